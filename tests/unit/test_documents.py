from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from sordino.documents import (
    MAX_BYTES,
    MAX_DEPTH,
    check_output,
    check_values,
    digest,
    parse_document,
    read_document,
    whole_file,
    write_whole,
)
from sordino.errors import DocumentError, OutputError


def written(folder: Path, content: str | bytes, name: str = "a.toml") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_toml_and_json_give_the_same_table(tmp_path: Path):
    toml = read_document(written(tmp_path, 'a = 1\nb = ["x"]\n'))
    json = read_document(written(tmp_path, '{"a": 1, "b": ["x"]}', "a.JSON"))
    assert toml == json == {"a": 1, "b": ["x"]}


def test_a_byte_order_mark_is_harmless(tmp_path: Path):
    assert read_document(written(tmp_path, b"\xef\xbb\xbfa = 1\n")) == {"a": 1}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.toml", "", "empty"),
        ("a.toml", " \n\t", "empty"),
        ("a.json", b"\xef\xbb\xbf", "empty"),
        ("a.toml", b"a = 1\n\0", "binary"),
        ("a.toml", "a = 1".encode("utf-16"), "UTF-16"),
        ("a.toml", b"# ok\ntitle = '\xe9'\n", "line 2"),
        ("a.toml", "a = 1\nb = \n", "line 2"),
        ("a.toml", "a = 1\na = 2\n", "line 2"),
        ("a.toml", "a = [1", "not valid TOML"),
        ("a.toml", "a = inf", "not a finite number"),
        ("a.toml", "a = [1.0, {b = nan}]", "a[2].b"),
        ("a.toml", "a = " + "9" * 5000, "out of range"),
        ("a.toml", "a = 99999999999999999999", "too large"),
        ("a.toml", "a = 2026-02-30", "not valid TOML"),
        ("a.toml", 'a = "\\u001b[31m"', "control characters"),
        ("a.toml", '"\\u001b" = 1', "control characters"),
        ("a.toml", "a = " + "[" * 400_000, "nested too deeply"),
        ("a.toml", "a = " + "[" * 40 + "]" * 40, "nested too deeply"),
        ("a.json", "[" * 400_000, "nested too deeply"),
        ("a.json", "{", "line 1"),
        ("a.json", "[1, 2]", "no table"),
        ("a.json", '{"a": NaN}', "not a finite number"),
        ("a.json", '{"a": 1e999}', "not a finite number"),
        ("a.json", '{"a": 1, "a": 2}', "stands twice"),
        ("a.json", '{"a": "\\ud800"}', "broken Unicode"),
        ("a.json", '{"\\ud800": 1}', "broken Unicode"),
        ("a.json", '{"a": ' + "9" * 5000 + "}", "out of range"),
        ("a.yaml", "a: 1", ".toml or .json"),
        ("a", "a = 1", ".toml or .json"),
    ],
)
def test_what_cannot_be_read_is_refused(
    tmp_path: Path, name: str, content: str | bytes, words: str
):
    path = written(tmp_path, content, name)
    with pytest.raises(DocumentError) as caught:
        read_document(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 2000
    str(caught.value).encode()


LONG = ".".join("a" * 60_000)


@pytest.mark.parametrize(
    "text",
    [
        f"{LONG} = 1",
        f"[{LONG}]",
        f"[[{LONG}]]",
        f"b = {{{LONG} = 1}}",
        f"b = [\n  {{ {LONG} = 1 }}]",
        LONG.replace(".", "\t . ") + " = 1",
        LONG.replace("a", '"a.\\""') + " = 1",
        LONG.replace("a", "'a'") + " = 1",
        f'b = """\\""""""\n{LONG} = 1',
        f"b = '''\\'''''\n{LONG} = 1",
        f"b = '#' # c\n{LONG} = 1",
    ],
    ids=range(11),
)
def test_a_key_of_many_parts_is_refused_before_it_is_parsed(
    text: str, monkeypatch: pytest.MonkeyPatch
):
    # The parser would need gigabytes for it.
    monkeypatch.setattr("tomllib.loads", lambda _: pytest.fail("it was parsed"))
    with pytest.raises(DocumentError, match=r"a key in line \d is nested too deeply"):
        parse_document(text, Path("a.toml"))


def test_dots_that_do_not_part_a_key_are_not_counted():
    key = ".".join("a" * MAX_DEPTH)
    lines = [
        f"# {LONG}",
        f'{key} = "{LONG}" # {LONG}',
        f"""b = [1.5, -1e-3, 1979-05-27 07:32:00.5] # it's "{LONG}""",
        f"c = '{LONG}\\'",
        f'"{LONG}" = """\n{LONG}\\""\\" "" \' {LONG}\\"""""',
        f"d = '''\n''{LONG}\"\\'''''",
        f"e = [{', '.join(['1.5'] * 50)},\n  {', '.join(['{a.b = 1}'] * 50)}]",
    ]
    found = parse_document("\n".join(lines), Path("a.toml"))
    assert set(found) == {"a", "b", "c", "d", "e", LONG}
    with pytest.raises(DocumentError, match="nested too deeply"):
        parse_document(f"{key}.a = 1", Path("a.toml"))


@pytest.mark.parametrize(
    "text", ['"\\', '"""\\', "'''", '"', "'\n", 'a="\\', "a.", "a ", "a=[\n"], ids=range(9)
)
def test_the_time_to_refuse_a_text_grows_with_the_text_alone(text: str):
    start = time.perf_counter()
    with pytest.raises(DocumentError):
        parse_document(text * (200_000 // len(text)), Path("a.toml"))
    assert time.perf_counter() - start < 2.0


def test_the_key_that_stands_twice_is_found_among_many():
    pairs = ", ".join(f'"{k}": 1' for k in range(50_000))
    start = time.perf_counter()
    with pytest.raises(DocumentError, match="'49999' stands twice"):
        parse_document(f'{{{pairs}, "49999": 2}}', Path("a.json"))
    assert time.perf_counter() - start < 2.0


def test_a_missing_file_a_folder_and_a_pipe_are_refused(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "folder.toml").mkdir()
    for name, words in [
        ("missing.toml", "no such file"),
        ("folder.toml", "a folder"),
        ("pipe.toml", "not a regular file"),
        ("x" * 300 + ".toml", "cannot be read"),
        ("nul\0.toml", "cannot be read"),
    ]:
        with pytest.raises(DocumentError, match=words):
            read_document(tmp_path / name)


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path):
    path = written(tmp_path, b"# " + b"x" * 10_000_000)
    start = time.perf_counter()
    with pytest.raises(DocumentError, match=f"at most {MAX_BYTES} bytes"):
        read_document(path)
    assert time.perf_counter() - start < 0.1


def test_values_that_no_document_holds_are_refused():
    with pytest.raises(DocumentError, match="type object"):
        check_values({"a": object()}, "course")
    with pytest.raises(DocumentError, match="key is not text"):
        check_values({1: 2}, "course")  # pyright: ignore[reportArgumentType]


def test_a_digest_does_not_depend_on_the_order_of_keys():
    assert digest({"a": 1, "b": {"c": 2, "d": 3}}) == digest({"b": {"d": 3, "c": 2}, "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})
    # sha256sum of the text {"a":1}
    expected = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
    assert digest({"a": 1}) == expected


def test_a_file_is_written_whole(tmp_path: Path):
    path = tmp_path / "out.toml"
    write_whole(path, "a = 1\n")
    assert path.read_text() == "a = 1\n"
    with pytest.raises(OutputError, match="exists already"):
        write_whole(path, "b = 2\n")
    assert path.read_text() == "a = 1\n"
    write_whole(path, b"c = 3\n", overwrite=True)
    assert path.read_text() == "c = 3\n"
    assert os.listdir(tmp_path) == ["out.toml"]


def test_nothing_is_left_when_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OutputError, match="No space left"):
        write_whole(tmp_path / "out.toml", "a = 1\n")
    assert os.listdir(tmp_path) == []


def test_a_file_that_appears_meanwhile_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "out.toml"
    real = os.fsync

    def meanwhile(descriptor: int) -> None:
        path.write_text("theirs")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", meanwhile)
    with pytest.raises(OutputError, match="exists already"):
        write_whole(path, "ours")
    assert path.read_text() == "theirs"
    assert os.listdir(tmp_path) == ["out.toml"]


def test_where_nothing_can_be_written(tmp_path: Path):
    bad = [tmp_path, tmp_path / "no" / "out.toml", tmp_path / "nul\0", tmp_path / ("x" * 300)]
    for path in [*bad, Path("/"), tmp_path / "\ud800"]:
        with pytest.raises(OutputError):
            write_whole(path, "x")
        with pytest.raises(OutputError):
            check_output(path, (path.suffix,))


def test_what_fails_in_the_block_is_not_taken_for_a_fault_of_the_file(tmp_path: Path):
    def half() -> None:
        with whole_file(tmp_path / "out.toml") as part:
            part.write_text("half")
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        half()
    assert os.listdir(tmp_path) == []


def test_a_target_is_looked_at_before_any_work(tmp_path: Path):
    check_output(tmp_path / "OUT.CSV", (".csv", ".parquet"))
    with pytest.raises(OutputError) as caught:
        check_output(tmp_path / "out.txt", (".csv", ".parquet"))
    assert caught.value.allowed == ".csv, .parquet"
