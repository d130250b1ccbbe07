"""Comparing, claims, screening and what was learned: the pages say what their rooms found."""

from __future__ import annotations

import csv
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from sordino.app.learned import density, learned
from sordino.app.rows import row_link, row_links
from sordino.app.saying import TITLES
from sordino.app.screening_form import labels, questions
from sordino.compare import compare
from sordino.credibility.arms import Setting
from sordino.credibility.claims import Run
from sordino.library.evidence import claims
from sordino.library.posterior import draws
from sordino.patient import load_patient
from sordino.report.compare import compare_json
from sordino.screening import screen

Ask = Callable[..., dict[str, Any]]
SMALL = {"patients": 24, "draws": 2}


def ended(client: TestClient, started: Any, seconds: float = 180.0) -> dict[str, Any]:
    """Wait for a job, which must have been taken."""
    assert started.status_code == 202, started.text
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = client.get(f"/api/jobs/{started.json()['id']}").json()
        if found["state"] not in ("waiting", "running", "stopping"):
            return found
        time.sleep(0.05)
    raise AssertionError("the work does not end")


def compared(client: TestClient, **asked: Any) -> str:
    found = ended(client, client.post("/api/compare", json=SMALL | asked))
    assert found["state"] == "done", found
    assert found["done"] <= found["total"]
    return found["id"]


def test_a_comparison_is_that_of_the_same_course_files(
    client: TestClient, ask: Ask, tmp_path: Path
) -> None:
    course = ask()["course"] | {"title": "Two infusions"}
    name = compared(client, courses=[course], comparators=["duloxetine", "placebo"])
    shown = client.get(f"/api/jobs/{name}/comparison.json").json()
    file = tmp_path / "two.json"
    file.write_text(json.dumps(course))
    arms = [str(file), "duloxetine", "placebo"]
    wanted = json.loads(compare_json(compare(arms, SMALL["patients"], SMALL["draws"])))
    assert [arm["name"] for arm in shown["arms"]] == ["Two infusions", "duloxetine", "placebo"]
    for mine, theirs in zip(shown["arms"], wanted["arms"], strict=True):
        assert {**mine, "name": ""} == {**theirs, "name": ""}
    page = client.get(f"/jobs/{name}/comparison").text
    assert "Duloxetine 60 mg a day" in page
    assert 'href="/evidence/comparators/' in page
    assert client.get(f"/api/jobs/{name}/comparison.html").text.startswith("<!doctype html>")
    # A result of another kind is not there.
    assert client.get(f"/api/jobs/{name}/plan").status_code == 404


def test_all_courses_are_compared_for_the_person_of_the_first(client: TestClient, ask: Ask) -> None:
    first, second = ask()["course"], ask()["course"] | {"patient": {"age": 30, "pain": 4}}
    name = compared(client, courses=[first, second])
    arms = client.get(f"/api/jobs/{name}/comparison.json").json()["arms"]
    assert arms[0]["curve"] == arms[1]["curve"]
    assert len({arm["title"] for arm in arms}) == 2


def test_a_comparison_keeps_nothing_of_who_the_person_is(client: TestClient, ask: Ask) -> None:
    course = ask()["course"]
    course["patient"] |= {"id": "MRN-4711", "title": "Jane Roe"}
    name = compared(client, courses=[course])
    for path in (f"/jobs/{name}/comparison", f"/api/jobs/{name}/comparison.json"):
        assert "4711" not in client.get(path).text
        assert "Jane" not in client.get(path).text


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({}, "0 treatments"),
        ({"comparators": ["duloxetin"]}, "unknown comparator"),
        ({"comparators": ["placebo", "placebo"]}, "twice"),
        ({"courses": [{"treatment": [{"drug": "duloxetine"}]}]}, ""),
        ({"comparators": ["placebo"], "patients": 100_000}, "2000"),
        ({"courses": [{}] * 5}, "at most 4"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    client: TestClient, changed: dict[str, Any], says: str
) -> None:
    answer = client.post("/api/compare", json=changed)
    assert answer.status_code in (404, 422)
    assert says in answer.text


def test_a_comparison_can_be_stopped(client: TestClient, ask: Ask) -> None:
    asked = {"courses": [ask()["course"]], "patients": 2000, "draws": 100}
    started = client.post("/api/compare", json=asked)
    client.delete(f"/api/jobs/{started.json()['id']}")
    assert ended(client, started)["state"] == "stopped"
    name = started.json()["id"]
    assert client.get(f"/api/jobs/{name}/comparison.json").status_code == 409


def test_every_claim_has_its_page_with_what_would_settle_it(client: TestClient) -> None:
    listed = client.get("/api/claims").json()
    assert [c["id"] for c in listed] == [c.id for c in claims()] == list(TITLES)
    overview = client.get("/claims").text
    for claim in claims():
        assert f'href="/claims/{claim.id}"' in overview
        page, twin = client.get(f"/claims/{claim.id}"), client.get(f"/api/claims/{claim.id}").json()
        assert page.status_code == 200
        assert twin["claim"]["says"] == claim.says
        assert twin["claim"]["settles"]
        for study in claim.studies:
            assert f'href="{row_link(study)}"' in page.text
    for start in ("/claims/", "/api/claims/"):
        assert client.get(f"{start}none").status_code == 404
    assert client.post("/api/claims/none/run", json={}).status_code == 404


def test_a_claim_that_is_computed_again_can_be_stopped(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Event()

    def endless(_: Any, setting: Setting) -> list[Run]:
        for _ in range(3000):
            setting.pause()
            begun.set()
            time.sleep(0.01)
        return []

    monkeypatch.setattr("sordino.app.saying.run_claims", endless)
    started = client.post("/api/claims/months_after_few/run", json={})
    assert begun.wait(60.0)
    stopped = client.delete(f"/api/jobs/{started.json()['id']}").json()
    assert stopped["state"] == "stopping"
    assert ended(client, started, 5.0)["state"] == "stopped"


def test_a_claim_is_computed_again(client: TestClient) -> None:
    found = ended(client, client.post("/api/claims/right_for_you/run", json={}))
    assert found["state"] == "done", found
    made = client.get(f"/api/jobs/{found['id']}/claim").json()
    stored = client.get("/api/claims/right_for_you").json()
    assert made["current"] is True
    assert made["claim"]["tables"] == stored["claim"]["tables"]
    assert "What the model computes" in client.get(f"/jobs/{found['id']}/claim").text


PERSON = {
    "age": 47,
    "symptoms": {"months": 8, "pain_areas": ["neck", "chest"], "fatigue": 2},
    "conditions": {"pregnancy": False, "active_psychosis": True},
    "drug": [{"name": "lorazepam", "kind": "benzodiazepine"}],
}


def test_screening_says_what_its_room_says(client: TestClient) -> None:
    answer = client.post("/api/screen", json={"person": PERSON})
    assert answer.json() == json.loads(json.dumps(screen(PERSON).as_dict()))
    page = client.post("/screen", json={"person": PERSON}).text
    assert "active psychosis" in page.lower()
    assert 'href="/evidence/safety/' in page
    assert 'href="https://doi.org/' in page


def test_everything_that_screening_misses_can_be_answered_on_the_form(client: TestClient) -> None:
    assert set(screen({}).missing) <= set(labels())
    page = client.get("/screen").text
    for path in labels():
        assert f'data-path="{path}"' in page
    assert [g.name for g in questions()] == [g["name"] for g in client.get("/api/screen").json()]


@pytest.mark.parametrize(
    ("person", "where"),
    [
        ({"age": 7}, "age"),
        ({"conditions": {"pregnant": True}}, "conditions.pregnant"),
        ({"drug": [{"kind": "opioid"}]}, "drug[1].name"),
        ({"weight": "70"}, "weight"),
        ({"symptoms": {"fatigue": 4}}, "symptoms.fatigue"),
    ],
)
def test_a_person_who_cannot_be_screened_is_refused_at_the_key(
    client: TestClient, person: dict[str, Any], where: str
) -> None:
    for path in ("/api/screen", "/screen", "/api/patient/file"):
        answer = client.post(path, json={"person": person})
        assert answer.status_code == 422
        assert where in [f["where"] for f in answer.json()["findings"]]


def test_a_patient_file_is_read_as_it_was_written(client: TestClient) -> None:
    text = client.post("/api/patient/file", json={"person": PERSON}).text
    read = client.post("/api/patient/read", json={"name": "p.toml", "text": text}).json()
    assert load_patient(read) == load_patient(PERSON)
    assert client.post("/api/patient/read", json={"name": "p.toml", "text": "="}).status_code == 422


def test_what_was_learned_is_what_the_draws_hold(client: TestClient) -> None:
    shown = {one["name"]: one for one in client.get("/api/learned").json()}
    shipped = draws()
    assert list(shown) == [e["name"] for e in shipped.about["learned"]]
    rows = list(csv.DictReader(client.get("/api/learned/draws.csv").text.splitlines()))
    for name, values in shipped.values.items():
        assert np.array_equal([float(row[name]) for row in rows], values)
    for name, one in shown.items():
        edges = np.array(one["density"]["edges"])
        assert np.all(np.diff(edges) > 0)
        inside = (shipped.values[name] >= edges[0]) & (shipped.values[name] <= edges[-1])
        assert inside.mean() > 0.98


def test_a_density_puts_both_on_one_axis() -> None:
    before, after = np.linspace(0.0, 10.0, 1000), np.linspace(4.0, 5.0, 1000)
    found = density(before, after)
    peak = int(np.argmax(found.posterior))
    assert 4.0 <= found.edges[peak] <= 5.0
    assert max(found.posterior) == 1.0
    # The same number of draws over a tenth of the axis stands about ten times as high.
    assert np.median(found.prior) == pytest.approx(0.1, rel=0.3)


def test_every_learned_number_is_drawn(client: TestClient) -> None:
    page = client.get("/learned").text
    assert page.count('<svg class="chart small"') == len(learned())
    assert " style=" not in page


def test_every_row_that_is_linked_is_there(client: TestClient) -> None:
    for name in ("noppers_2011_fm", "duloxetine_60_120.sultan_2008", "severe_hepatic_disease"):
        assert client.get(row_links()[name]).status_code == 200
    assert row_link("severe_hepatic_disease.part") == row_link("severe_hepatic_disease")
    assert row_link("nothing.of.this") == ""


def test_a_missing_page_is_a_page_for_people_and_a_problem_for_programs(client: TestClient) -> None:
    page = client.get("/claims/none", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["content-type"][:9]) == (404, "text/html")
    plain = client.get("/claims/none")
    assert plain.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/compare", "/claims", "/claims/mood", "/screen", "/learned"])
def test_new_pages_hold_no_inline_script_or_style(client: TestClient, path: str) -> None:
    text = client.get(path).text
    assert "<style" not in text
    assert " style=" not in text
    assert text.count("<script") == text.count('<script type="module" src=')
