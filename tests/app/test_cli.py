from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from sordino.app.checks import check_certificate, check_data, check_name
from sordino.app.login import hashed
from sordino.app.serve import listening
from sordino.app.settings import Settings
from sordino.cli.app import _password_hash, _settings
from sordino.cli.main import main
from sordino.errors import InputError


def test_it_listens_on_this_machine_at_a_free_port_and_stops_quietly(tmp_path: Path) -> None:
    store = str(tmp_path / "records.db")
    command = [sys.executable, "-m", "sordino", "app", "--no-open", "--data", store]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None
    found = re.search(r"http://127\.0\.0\.1:\d+/", running.stderr.readline())
    assert found
    door = running.stderr.readline().split()[-1]
    assert door.startswith(f"{found[0]}open/")
    for attempt in range(2):  # the first may wait until everything is imported
        with urllib.request.urlopen(f"{found[0]}api/health", timeout=60) as answer:
            assert answer.status == 200, attempt
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert said == ""


def test_a_taken_port_is_one_clear_error(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["app", "--no-open", "--port", str(port)]) == 2
    said = capsys.readouterr().err
    assert f"port {port}" in said
    assert "hint: " in said


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (["--listen", "0.0.0.0"], "--listen"),
        (["--certificate", "a.pem"], "--key"),
        (["--key", "a.pem"], "--certificate"),
        (["--listen", "a..b", "--name", "a", "--password-file", "PASSWORD"], "--listen"),
        (["--listen", "0.0.0.0", "--password-file", "PASSWORD"], "--name"),
        (["--listen", "::", "--password-file", "PASSWORD"], "--name"),
        (["--name", "a/b"], "--name"),
        (["--name", "a:80"], "--name"),
        (["--name", ""], "--name"),
        (["--data", "nowhere/x.db"], "--data"),
        (["--data", "sqlite:///nowhere/x.db"], "--data"),
        (["--data", "."], "--data"),
        (["--audit-log", "nowhere/a.log", "--password-file", "PASSWORD"], "nowhere/a.log"),
        (["--audit-log", "."], "cannot be written"),
        (["--password-file", "GARBAGE"], "no argon2 hash"),
        (["--certificate", "nope.pem", "--key", "nope.key"], "nope.pem"),
        (["--certificate", "GARBAGE", "--key", "GARBAGE"], "--certificate"),
    ],
)
def test_what_does_not_go_together_is_refused(
    arguments: list[str],
    place: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sordino.app.serve.uvicorn", None)
    for name, text in {"PASSWORD": hashed("a long password"), "GARBAGE": "$argon2id$x"}.items():
        Path(name).write_text(text, encoding="utf-8")
        Path(name).chmod(0o600)
    assert main(["app", "--no-open", *arguments]) == 2
    said = capsys.readouterr().err
    assert place in said
    assert said.count("error: ") == 1
    assert "sordino is at" not in said


def test_a_password_is_asked_for_once_and_kept_as_a_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "password"
    monkeypatch.setattr("typer.prompt", lambda *_, **__: "a long enough password")
    made = _password_hash(path)
    assert made.startswith("$argon2")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    monkeypatch.setattr("typer.prompt", lambda *_, **__: pytest.fail("asked again"))
    assert _password_hash(path) == made
    settings = _settings(8000, "0.0.0.0", ["a.example"], path, None, None, None)
    assert settings.password_hash == made
    assert "in the clear" in capsys.readouterr().err


def test_a_file_without_a_hash_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("secret", encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(InputError, match="no argon2 hash"):
        _password_hash(path)
    assert path.read_text(encoding="utf-8") == "secret"


@pytest.mark.skipif(os.name != "posix", reason="needs the permissions of POSIX")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_a_hash_that_others_can_read_or_change_is_refused(
    mode: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typer.prompt", lambda *_, **__: "a long enough password")
    path = tmp_path / "pass word"
    made = _password_hash(path)
    path.chmod(mode)
    with pytest.raises(InputError, match="others") as caught:
        _password_hash(path)
    subprocess.run(caught.value.hint, shell=True, check=True)
    assert _password_hash(path) == made


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    # 192.0.2.0/24 is set aside for documentation (RFC 5737).
    with pytest.raises(InputError, match="cannot listen"):
        listening(Settings(host="192.0.2.1", port=0, password_hash="x"))


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder with a certificate, its key, the same key locked, and another key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl program")
    for line in (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -out chain "
        "-days 2 -subj /CN=sordino.test",
        "pkey -in key -aes256 -passout pass:secret -out locked",
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out other",
    ):
        command = ["openssl", *line.split()]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    return tmp_path


def test_a_certificate_and_its_key_belong_together(keys: Path) -> None:
    check_certificate(keys / "chain", keys / "key")
    with pytest.raises(InputError, match="not the key"):
        check_certificate(keys / "chain", keys / "other")
    with pytest.raises(InputError, match="locked"):
        check_certificate(keys / "chain", keys / "locked")


@pytest.mark.parametrize("name", ["a.example", "LOCALHOST", "10.0.0.7", "::1", "[::1]", "my_pc"])
def test_names_and_addresses_are_host_names(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("data", ["new.db", "sqlite:///new.db", "postgresql://a@b/c"])
def test_a_store_may_be_made_later(data: str) -> None:
    check_data(data)


@pytest.mark.skipif(os.name != "posix", reason="needs /proc")
def test_only_the_loopback_address_is_listened_on() -> None:
    with listening(Settings()) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_a_store_that_is_none_is_refused_before_anything_opens(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["app", "--no-open", "--data", "nonsense://x"]) == 2
    said = capsys.readouterr()
    assert "nonsense" in said.err
    assert "127.0.0.1" not in said.err
