"""Records on the page: who may read them, how they get in, and what is made of them."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from sordino.app.records import MOST_ASKED, Records
from sordino.app.server import create_app
from sordino.app.settings import Settings
from sordino.following import follow
from sordino.record import load_record
from sordino.record.templates import template_text
from sordino.store import open_store

COURSE = {
    "patient": {"age": 47, "weight": "70 kg"},
    "treatment": [
        {"drug": "ketamine", "route": "iv", "dose": "0.5 mg/kg", "duration": "40 min", "days": [0]}
    ],
    "observe": {"until": "30 days"},
}
RATINGS = (7, 6, 5, 6, 5, 5, 4, 6, 5, 6, 6, 5)
"""Made up: pain of the days after the example that the program gives."""


def record_text() -> str:
    """The example of a record, with more days in the diary and without its blood sample."""
    rows = [row for row in template_text("csv").splitlines() if ",sample," not in row]
    rows += [f"P01,diary,2026-01-{8 + k:02d},,pain,{pain},,,,," for k, pain in enumerate(RATINGS)]
    return "\n".join(rows) + "\n"


FILE = {"name": "record.csv", "text": record_text(), "who": "AB"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("store") / "records.db")


@pytest.fixture(scope="module")
def reader(store: str) -> Iterator[TestClient]:
    """The browser of whoever started the program."""
    settings = Settings(port=8000, warm=False, data=store)
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as opened:
        assert opened.get("/follow").status_code == 401
        opened.get(f"/open/{settings.key}")
        yield opened


@pytest.fixture(scope="module")
def known(reader: TestClient) -> str:
    """Somebody in the store, by the name that the page has for them."""
    assert reader.post("/api/follow/store").status_code == 204
    taken = reader.post("/api/follow/import", json=FILE)
    assert taken.status_code == 200, taken.text
    (listed,) = reader.get("/api/follow").json()
    return listed["id"]


def test_without_a_store_the_page_offers_to_make_one(tmp_path: Path) -> None:
    store = tmp_path / "none.db"
    settings = Settings(port=8000, warm=False, data=str(store))
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as opened:
        opened.get(f"/open/{settings.key}")
        assert "There is no store yet" in opened.get("/follow").text
        assert opened.get("/api/follow").status_code == 422
        assert not store.exists()
        opened.post("/api/follow/store")
        assert "Nobody yet" in opened.get("/follow").text


def test_a_store_that_another_program_keeps_is_not_the_fault_of_who_asks(
    reader: TestClient, known: str, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sordino.app.records.WAIT_S", 0.1)
    with contextlib.closing(sqlite3.connect(store)) as other:
        other.execute("BEGIN EXCLUSIVE")
        answers = [
            reader.get("/api/follow"),
            reader.get(f"/api/follow/{known}"),
            reader.post("/api/follow/import", json=FILE),
            reader.post("/api/follow/store"),
        ]
        page = reader.get("/follow", headers={"accept": "text/html"})
    for answer in answers:
        assert answer.status_code == 503
        (found,) = answer.json()["findings"]
        assert "locked" in found["what"]
        assert "another program" in found["hint"]
    assert page.status_code == 503
    assert "nother program uses it" in page.text
    assert reader.get("/api/follow").status_code == 200


def test_other_pages_do_not_wait_for_the_store(
    reader: TestClient, known: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = threading.Event()
    monkeypatch.setattr(Records, "patients", lambda _: (held.wait(60.0), ())[1])
    with ThreadPoolExecutor(MOST_ASKED + 2) as pool:
        try:
            waiting = [pool.submit(reader.get, "/api/follow") for _ in range(MOST_ASKED + 1)]
            # One is too much, and is told so while the others wait.
            (refused,) = wait(waiting, 30.0, FIRST_COMPLETED).done
            assert refused.result().status_code == 503
            assert "too many" in refused.result().json()["detail"]
            models = pool.submit(reader.get, "/api/models")
            assert models.result(30.0).status_code == 200
        finally:
            held.set()
        assert sorted(w.result(30.0).status_code for w in waiting) == [*[200] * MOST_ASKED, 503]


@pytest.mark.parametrize("cookie", ["", "wrong", "ä"])
def test_nobody_else_reads_records(store: str, known: str, cookie: str) -> None:
    settings = Settings(port=8000, warm=False, data=store)
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as other:
        headers = [(b"cookie", f"sordino_records_8000={cookie}".encode())]
        for path in ("/follow", f"/follow/{known}", "/api/follow", f"/api/follow/{known}"):
            answer = other.get(path, headers=headers)
            assert answer.status_code == 401
            assert "P01" not in answer.text
        assert other.post("/api/follow/import", json=FILE, headers=headers).status_code == 401
        assert other.post("/api/follow/store", headers=headers).status_code == 401
        assert other.get("/open/wrong").status_code == 404


def test_the_address_of_a_person_says_nothing_of_them(reader: TestClient, known: str) -> None:
    assert "P01" not in known
    page = reader.get(f"/follow/{known}")
    assert page.status_code == 200
    assert "P01" in page.text
    assert reader.get("/follow/0123456789").status_code == 404


def test_a_record_comes_back_as_it_was_taken_in(
    reader: TestClient, known: str, store: str, tmp_path: Path
) -> None:
    file = tmp_path / "record.csv"
    file.write_text(record_text())
    with open_store(store) as opened:
        assert opened.record("P01").digest() == load_record(file).digest()
        assert {change.who for change in opened.audit()} == {"AB"}
    shown = reader.get(f"/api/follow/{known}").json()
    assert shown["summary"]["digest"] == load_record(file).digest()
    again = reader.post("/api/follow/import", json=FILE).json()
    assert again["added"] == 0
    assert again["unchanged"] == len(load_record(file).everything())


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"text": record_text().replace("ketamine", "ketamin")}, "column name"),
        ({"text": record_text().replace(",pain,7", ",pain,70")}, "0 to 10"),
        ({"name": "record.exe"}, "holds no record"),
        ({"name": "record.json", "form": "fhir", "text": "{}"}, "record.json"),
        ({"text": ""}, "record.csv"),
        ({"who": " "}, "who"),
        ({"patient": "P02"}, "P02"),
        ({"form": "redcap"}, ""),
    ],
)
def test_a_bad_file_is_refused_with_every_finding_and_the_store_stays(
    reader: TestClient, known: str, store: str, changed: dict[str, Any], says: str
) -> None:
    with open_store(store) as opened:
        before = opened.digest()
    answer = reader.post("/api/follow/import", json={**FILE, **changed})
    assert answer.status_code == 422
    assert says in answer.text
    assert "/tmp" not in answer.text
    assert answer.json()["findings"]
    with open_store(store) as opened:
        assert opened.digest() == before


def test_a_forecast_can_be_stopped(
    reader: TestClient, known: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Event()

    def endless(*given: Any) -> None:
        for _ in range(3000):
            given[-1](1, 6)
            begun.set()
            time.sleep(0.01)

    monkeypatch.setattr("sordino.app.forecasting.follow", endless)
    started = reader.post(f"/api/follow/{known}/forecast", json={"course": COURSE}).json()
    assert begun.wait(60.0)
    stopped = reader.delete(f"/api/jobs/{started['id']}").json()
    assert (stopped["state"], stopped["done"], stopped["total"]) == ("stopping", 1, 6)
    until = time.monotonic() + 5.0
    while reader.get(f"/api/jobs/{started['id']}").json()["state"] == "stopping":
        assert time.monotonic() < until
        time.sleep(0.01)
    assert reader.get(f"/api/jobs/{started['id']}").json()["state"] == "stopped"


def test_what_following_finds_is_shown_and_can_be_kept(
    reader: TestClient, known: str, tmp_path: Path
) -> None:
    started = reader.post(f"/api/follow/{known}/forecast", json={"course": COURSE})
    assert started.status_code == 202, started.text
    name = started.json()["id"]
    until = time.monotonic() + 300.0
    while reader.get(f"/api/jobs/{name}").json()["state"] in ("waiting", "running", "stopping"):
        assert time.monotonic() < until
        time.sleep(0.1)
    found = reader.get(f"/api/jobs/{name}/follow.json").json()
    file = tmp_path / "record.csv"
    file.write_text(record_text())
    wanted = follow(COURSE, file)
    assert found["slow_responder"] == pytest.approx(wanted.slow_responder, abs=1e-4)
    assert found["record_digest"] == wanted.record_digest
    page = reader.get(f"/jobs/{name}/forecast").text
    assert "Where this person stands" in page
    assert " style=" not in page
    for path in ("visit.html", "visit-plain.html"):
        answer = reader.get(f"/api/jobs/{name}/{path}")
        assert "attachment" in answer.headers["content-disposition"]
    reader.cookies.clear()
    for path in (f"/api/jobs/{name}", f"/api/jobs/{name}/follow.json", f"/jobs/{name}/forecast"):
        assert reader.get(path).status_code == 401


def test_a_large_file_may_come_in_and_nothing_else_may_be_large(reader: TestClient) -> None:
    large = {**FILE, "text": "x" * 300_000}
    assert reader.post("/api/follow/import", json=large).status_code in (401, 422)
    assert reader.post("/api/plan", json=large).status_code == 413
