from __future__ import annotations

import contextlib
import gzip
import json
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.testclient import TestClient

from sordino.app.python_code import course_table
from sordino.course import load_course
from sordino.library.protocols import load_protocol, protocol_names
from sordino.report.sentences import sentences
from sordino.report.svg import definition
from sordino.simulation.summary import summarize

Ask = Callable[..., dict[str, Any]]


def finished(client: TestClient, name: str) -> dict[str, Any]:
    for _ in range(1200):
        found = client.get(f"/api/jobs/{name}").json()
        if found["state"] not in ("waiting", "running", "stopping"):
            return found
        time.sleep(0.1)
    raise AssertionError("the run does not end")


def run(client: TestClient, question: dict[str, Any]) -> str:
    started = client.post("/api/jobs", json=question)
    assert started.status_code == 202, started.text
    name = started.json()["id"]
    assert finished(client, name)["state"] == "done"
    return name


def test_the_exact_answer_is_that_of_summarize(client: TestClient, ask: Ask) -> None:
    question = ask()
    name = run(client, question)
    shown = client.get(f"/api/jobs/{name}/plan").json()
    said = sentences(summarize(load_course(question["course"]), 40, 2))
    assert shown["exact"] is True
    assert shown["headline"] == said.headline
    assert shown["verdict"] == said.verdict


def test_the_first_answer_has_no_ranges_and_the_middle_of_the_exact_one(
    client: TestClient, ask: Ask
) -> None:
    question = ask(run={"patients": 200, "draws": 2})
    first = client.post("/api/plan", json=question).json()
    exact = client.get(f"/api/jobs/{run(client, question)}/plan").json()
    assert first["exact"] is False
    assert first["verdict"] == ""
    for chart in (f["chart"] for f in first["figures"]):
        ranges = [t["q05"] for n, t in chart["tables"].items() if n.endswith(".sure")]
        assert ranges
        assert not any(ranges)
    assert [f["chart"]["drawing"] for f in first["figures"]] == [
        f["chart"]["drawing"] for f in exact["figures"]
    ]
    peaks = [
        max(a["figures"][0]["chart"]["tables"]["conc_ketamine.people"]["q50"])
        for a in (first, exact)
    ]
    # 200 people under one of two draws each, beside all of them under both.
    assert peaks[0] == pytest.approx(peaks[1], rel=0.05)


def test_a_drawing_knows_every_table_and_end(client: TestClient, ask: Ask) -> None:
    shown = client.post("/api/plan", json=ask()).json()
    for chart in (f["chart"] for f in shown["figures"]):
        drawn = client.get(f"/api/drawings/{chart['drawing']}").json()
        assert set(drawn["datasets"]) == set(chart["tables"])
        assert not any(drawn["datasets"].values())
        assert {p["name"] for p in drawn["params"]} == set(chart["ends"])
    assert client.get("/api/drawings/none").status_code == 404


def test_a_run_can_be_followed_and_its_results_fetched(client: TestClient, ask: Ask) -> None:
    name = run(client, ask())
    events = client.get(f"/api/jobs/{name}/events")
    assert events.headers["content-type"].startswith("text/event-stream")
    assert events.text.startswith("event: done\ndata: {")
    result = client.get(f"/api/jobs/{name}/result.json")
    assert json.loads(result.text)["provenance"]["patients"] == "40"
    assert "attachment" in result.headers["content-disposition"]
    assert client.get(f"/api/jobs/{name}/report.html").text.startswith("<!doctype html>")
    rows = client.get(f"/api/jobs/{name}/curves.csv").text.splitlines()
    assert rows[0] == "time_h,variable,unit,over,quantile,value"


def test_a_run_can_be_stopped(client: TestClient, ask: Ask) -> None:
    question = ask(run={"patients": 2000, "draws": 100})
    name = client.post("/api/jobs", json=question).json()["id"]
    client.delete(f"/api/jobs/{name}")
    assert finished(client, name)["state"] == "stopped"
    assert client.get(f"/api/jobs/{name}/plan").status_code == 409


def test_a_run_that_nobody_watches_any_more_ends(client: TestClient, ask: Ask) -> None:
    question = ask(run={"patients": 2000, "draws": 100})
    name = client.post("/api/jobs", json=question).json()["id"]
    jobs = cast("Any", client.app).state.rooms.jobs
    job = jobs.get(name)
    job.watched = 1
    job.leave()
    assert not job.stop.is_set()
    job.watched = 0
    job.leave()
    assert finished(client, name)["state"] == "stopped"


def test_a_later_run_of_the_same_tab_ends_the_earlier(client: TestClient, ask: Ask) -> None:
    long = ask(run={"patients": 2000, "draws": 100}, tab="one")
    first = client.post("/api/jobs", json=long).json()["id"]
    second = client.post("/api/jobs", json=ask(tab="one")).json()["id"]
    assert finished(client, first)["state"] == "stopped"
    assert finished(client, second)["state"] == "done"


def test_another_course_of_the_same_tab_ends_the_run(client: TestClient, ask: Ask) -> None:
    long = ask(run={"patients": 2000, "draws": 100}, tab="changing")
    name = client.post("/api/jobs", json=long).json()["id"]
    assert client.post("/api/plan", json=ask(tab="another")).status_code == 200
    assert client.get(f"/api/jobs/{name}").json()["state"] in {"waiting", "running"}
    assert client.post("/api/plan", json=ask(tab="changing")).status_code == 200
    assert finished(client, name)["state"] == "stopped"


def test_an_older_turn_is_overtaken(client: TestClient, ask: Ask) -> None:
    assert client.post("/api/plan", json=ask(tab="two", turn=9)).status_code == 200
    late = client.post("/api/plan", json=ask(tab="two", turn=8))
    assert (late.status_code, late.json()["title"][:7]) == (409, "A later")


def test_what_is_wrong_comes_with_its_place(client: TestClient, ask: Ask) -> None:
    question = ask()
    question["course"]["treatment"][0]["dose"] = "50 mg/kg"
    question["course"]["patient"]["weight"] = 70
    answer = client.post("/api/plan", json=question)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    found = {f["where"]: f for f in answer.json()["findings"]}
    assert set(found) == {"patient.weight", "treatment[1].dose"}
    assert "write" in found["patient.weight"]["hint"]


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"run": {"patients": 10_001}}, "run.patients"),
        ({"run": {"patients": 10_000, "draws": 200}}, "run.patients"),
        ({"run": {"seed": -1}}, "run.seed"),
        ({"run": {"patients": True}}, "run.patients"),
        ({"run": {"draws": "5"}}, "run.draws"),
        ({"limits": {"cadss": True}}, "limits.cadss"),
        ({"limits": {"cadss": 0}}, "limits.cadss"),
        ({"more": 1}, "more"),
        ({"tab": "<script>"}, "tab"),
    ],
)
def test_a_run_is_bounded(
    client: TestClient, ask: Ask, changed: dict[str, Any], where: str
) -> None:
    answer = client.post("/api/plan", json=ask(**changed))
    assert answer.status_code == 422
    assert where in [
        f["where"].rpartition(".int")[0] or f["where"] for f in answer.json()["findings"]
    ]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"person": {"pain": 3, "pain": 5}}', "the key 'pain' stands twice"),
        (b'{"person": {}, "person": {"pain": 5}}', "the key 'person' stands twice"),
        (b'{"person": {"pain": NaN}}', "NaN is not a finite number"),
        (b'{"person": {"pain": 3}', "not valid JSON at line 1, column 23"),
        (b'{"person": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"person": {"sex": "\xe9"}}', "not UTF-8"),
    ],
)
def test_a_body_is_read_as_a_file_is_read(client: TestClient, body: bytes, says: str) -> None:
    headers = {"content-type": "application/json"}
    answer = client.post("/api/screen", content=body, headers=headers)
    assert answer.status_code == 422
    (found,) = answer.json()["findings"]
    assert found["where"] == "body"
    assert says in found["what"]


@pytest.mark.parametrize(
    ("headers", "where", "allowed"),
    [
        ({"content-type": "text/plain"}, "Content-Type", "application/json"),
        ({"content-type": "application/jsonp"}, "Content-Type", "application/json"),
        ({"content-type": ""}, "Content-Type", "application/json"),
        ({}, "Content-Type", "application/json"),
        (
            {"content-type": "application/json", "content-encoding": "gzip"},
            "Content-Encoding",
            "identity",
        ),
    ],
)
def test_another_kind_of_body_is_refused_by_its_name(
    client: TestClient, headers: dict[str, str], where: str, allowed: str
) -> None:
    body = b'{"person": {"pain": 3}}'
    sent = gzip.compress(body) if "content-encoding" in headers else body
    answer = client.post("/api/screen", content=sent, headers=headers)
    assert answer.status_code == 415
    assert answer.headers["content-type"] == "application/problem+json"
    (found,) = answer.json()["findings"]
    assert (found["where"], found["allowed"]) == (where, allowed)


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "Application/JSON; charset=utf-8"},
        {"content-type": "application/merge-patch+json", "content-encoding": "Identity"},
    ],
)
def test_json_is_taken_however_it_is_named(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post("/api/screen", content=b'{"person": {"pain": 3}}', headers=headers)
    assert answer.status_code == 200


def test_too_many_sessions_are_refused(client: TestClient, ask: Ask) -> None:
    question = ask()
    question["course"]["treatment"][0] |= {"days": [k / 8 for k in range(201)]}
    assert client.post("/api/plan", json=question).status_code == 422


@pytest.mark.parametrize("path", ["/etc/passwd.toml", "../x.json", "model.toml"])
def test_no_file_of_the_machine_is_opened(client: TestClient, ask: Ask, path: str) -> None:
    for changed in ({"models": {"pk": path}}, {"models": {"venous": path}}, {"patient": path}):
        question = ask()
        question["course"] |= changed
        answer = client.post("/api/plan", json=question)
        assert answer.status_code == 422
        assert "no such file" not in answer.text


@pytest.mark.parametrize("name", protocol_names())
def test_a_course_file_is_read_as_it_was_written(client: TestClient, name: str) -> None:
    wanted = load_protocol(name)
    text = client.post("/api/course/file", json={"course": course_table(wanted)}).text
    assert load_course(tomllib.loads(text)) == wanted
    read = client.post("/api/course/read", json={"name": "x.toml", "text": text}).json()
    assert [s["day"] for s in read["sessions"]] == [
        pytest.approx(s.start_h / 24, abs=1e-6) for s in wanted.sessions()
    ]


def test_a_broken_course_file_is_refused(client: TestClient) -> None:
    for name, text in (("x.toml", "a ="), ("x.txt", "a = 1"), ("x.json", "[]"), ("x.toml", "")):
        answer = client.post("/api/course/read", json={"name": name, "text": text})
        assert answer.status_code == 422
        assert answer.json()["findings"][0]["what"]


def run_code(client: TestClient, question: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Run the code that the page gives, in a folder."""
    names: dict[str, Any] = {}
    with contextlib.chdir(folder):
        exec(client.post("/api/course/python", json=question).text, names)
    return names


def test_the_code_says_all_of_the_run(client: TestClient, ask: Ask, tmp_path: Path) -> None:
    question = ask(run={"patients": "typical", "draws": 1, "seed": 3, "sampling": "venous"})
    attrs = run_code(client, question, tmp_path)["result"].quantiles.attrs
    assert (attrs["patients"], attrs["draws"], attrs["seed"]) == ("typical", 1, 3)
    assert attrs["sampling"] == "venous"


def test_the_code_draws_the_figures_of_the_page_with_the_same_numbers(
    client: TestClient, ask: Ask, tmp_path: Path
) -> None:
    question = ask(run={"patients": 40, "draws": 2, "seed": 5})
    shown = client.get(f"/api/jobs/{run(client, question)}/plan").json()
    names = run_code(client, question, tmp_path)
    assert (tmp_path / "session.svg").read_text().startswith("<svg")
    for figure in shown["figures"]:
        drawn = definition(names[figure["id"]])["datasets"]
        for table, columns in figure["chart"]["tables"].items():
            if not table.endswith((".people", ".sure")):
                continue
            wanted = {row["time"]: row for row in drawn[table]}
            for k, hours in enumerate(columns["time"]):
                for name, values in columns.items():
                    assert values[k] == wanted[hours][name], (table, name, hours)


def test_every_page_has_its_twin(client: TestClient) -> None:
    for path in (
        "models",
        "models/simons_2022",
        "models/slow_lag",
        "evidence",
        "evidence/studies",
        "evidence/studies/noppers_2011_fm",
    ):
        assert client.get(f"/{path}").status_code == 200
        assert client.get(f"/api/{path}").json()
    for path in ("models/none", "evidence/none", "evidence/studies/none"):
        for start in ("/", "/api/"):
            answer = client.get(f"{start}{path}")
            assert answer.status_code == 404
            assert "none" in answer.json()["detail"]


def test_every_number_of_a_model_is_on_its_page(client: TestClient) -> None:
    from sordino.library.reader import load_pk_model

    text = client.get("/models/simons_2022").text
    for parameter in load_pk_model("simons_2022").parameter:
        assert f">{parameter.name}<" in text
        assert f"{parameter.value:.4g} " in text
