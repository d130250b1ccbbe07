"""Claims: every one has its run, its question and its stored numbers; nothing is typed in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sordino.cli.main import main
from sordino.credibility.arms import Setting
from sordino.credibility.claims import (
    RUNS,
    SETTING,
    Run,
    cell_text,
    made_runs,
    questions,
    run_claims,
    stored_runs,
    trial_line,
    write_runs,
)
from sordino.credibility.claims.courses import changed, sessions_of_three_a_week, total_mg
from sordino.credibility.claims.form import fixed, rounded, with_ends
from sordino.credibility.claims.levels import exposure, nasal_lozenge
from sordino.credibility.claims.published import observed
from sordino.credibility.claims.questions import QUESTIONS_FILE, Questions
from sordino.credibility.claims.relief import people_per_arm, root_cause_reset
from sordino.documents import read_document
from sordino.errors import DocumentError
from sordino.library.evidence import claims, study
from sordino.library.evidence.reader import read_file
from sordino.library.protocols import load_protocol
from sordino.library.reader import load_pk_model
from sordino.library.typical import typical_values
from sordino.report.claims import VERDICTS, claims_html
from sordino.simulation.answers import Estimate

SMALL = Setting(patients=40, draws=4, seed=1)
Captured = pytest.CaptureFixture[str]


def numbers(run: Run | dict[str, Any]) -> Iterator[float]:
    """Every number of a run, as it is stored."""
    plain: Any = run.as_dict() if isinstance(run, Run) else run
    for table in plain["tables"]:
        for row in table["rows"]:
            for cell in row:
                if isinstance(cell, dict):
                    yield from cell.values()
                elif isinstance(cell, int | float):
                    yield float(cell)


def test_every_claim_has_a_run_and_a_question() -> None:
    names = [claim.id for claim in claims()]
    assert list(RUNS) == names
    assert list(stored_runs().runs) == names
    assert list(questions()) == names
    assert set(VERDICTS) >= {claim.verdict for claim in claims()}


class Enough(Exception):
    """Nobody waits for the claim any more."""


@pytest.mark.parametrize(
    "name", ["mechanism_gain", "rapid_relief", "relief_days_weeks", "iv_course_by_response",
             "better_than_opioids", "side_effects_mild"]
)  # fmt: skip
def test_a_claim_ends_between_two_pieces_of_its_work(name: str) -> None:
    told: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        told.append((done, total))
        if len(told) == 2:
            raise Enough

    with pytest.raises(Enough):
        run_claims([name], replace(SMALL, progress=progress))
    assert len(told) == 2


def test_stored_runs_say_what_they_computed_or_what_they_lack() -> None:
    for run in stored_runs().runs.values():
        assert run["ran"]
        assert run["says"]
        for table in run["tables"]:
            assert table["rows"], table["title"]
            assert {len(row) for row in table["rows"]} == {len(table["columns"])}


def test_stored_intervals_hold_their_value() -> None:
    for run in stored_runs().runs.values():
        for table in run["tables"]:
            for cell in (c for row in table["rows"] for c in row if isinstance(c, dict)):
                if "low" in cell:
                    assert cell["low"] <= cell["high"]
                    assert table["interval"]


@pytest.mark.parametrize("name", ["dissociation_brief", "mood"])
def test_a_stored_run_comes_out_again(name: str) -> None:
    """When this fails the models have changed: python tools/credibility.py claims."""
    again = run_claims([name], SETTING)[0]
    stored = dict(stored_runs().runs[name])
    np.testing.assert_allclose(list(numbers(again)), list(numbers(stored)), rtol=1e-3, atol=1e-9)
    assert again.as_dict()["courses"] == stored["courses"]


def test_with_the_slow_effect_off_nothing_lasts() -> None:
    table = root_cause_reset(SMALL).tables[0]
    for row in table.rows:
        on, off, adds = row[2:5]
        assert isinstance(on, Estimate)
        assert isinstance(off, Estimate)
        assert isinstance(adds, Estimate)
        assert on.value - off.value == pytest.approx(adds.value)
        if row[1] == 28:
            assert off.value == pytest.approx(0.0, abs=1e-9)
        assert adds.value < 0.0


def test_people_per_arm_of_half_a_standard_deviation() -> None:
    """The textbook case: 63 an arm by the normal approximation, 5 percent two-sided, 80 percent."""
    assert people_per_arm(np.full(9, 0.5), np.ones(9)) == ("63", "63")
    assert people_per_arm(np.zeros(9), np.ones(9)) == ("beyond any trial", "beyond any trial")


def test_exposure_is_dose_over_clearance() -> None:
    """Of a linear model; the look ends three days after the dose, which leaves little."""
    course = load_protocol("single_s_ketamine")
    values = typical_values(load_pk_model("kamp_2020"), course.patient_covariates())
    on_kamp = course.model_copy(
        update={"models": course.models.model_copy(update={"pk": "kamp_2020"})}
    )
    assert {"CL"} <= set(values)
    assert exposure(on_kamp) == pytest.approx(1000.0 * 35.0 / values["CL"], rel=0.02)


def test_doses_of_equal_exposure_have_equal_exposure() -> None:
    run = nasal_lozenge(SMALL)
    doses = {row[0]: row[2] for row in run.tables[0].rows}
    vein = changed("single_s_ketamine", {"days": [0], "dose": "0.5 mg/kg", "duration": "40 min"})
    lozenge = {"days": [0], "route": "sublingual", "duration": None}
    under = changed("single_s_ketamine", {**lozenge, "dose": f"{doses['under the tongue']:.4f} mg"})
    assert exposure(under) == pytest.approx(exposure(vein), rel=2e-3)
    assert doses["intravenous, 40 min"] == pytest.approx(35.0, rel=1e-6)


def test_courses_of_three_a_week() -> None:
    six = sessions_of_three_a_week(6)
    assert [s.start_h / 24.0 for s in six.sessions()] == [0, 2, 4, 7, 9, 11]
    assert total_mg(six) == pytest.approx(210.0)
    assert len(sessions_of_three_a_week(10).sessions()) == 10


def test_results_of_studies_in_words() -> None:
    trial = study("noppers_2011_fm").observation[0]
    assert observed(trial) == "8 of 12 people with more than 50 percent less"
    long = [observed(o) for o in study("sigtermans_2009_crps").observation]
    assert long[0] == "mean score 2.68"
    assert "p = 0.07" in long
    relapse = study("murrough_2013_six_infusions").observation[-1]
    assert observed(relapse) == "median 18 (quartiles 11 to 27) day"


def test_cells_in_words() -> None:
    assert cell_text({"value": 1.23456, "low": 0.5, "high": 2.0}) == "1.23 (0.5 to 2)"
    assert cell_text({"value": 12.0}) == "12"
    assert cell_text(19820.4) == "19820"
    assert cell_text("unknown") == "unknown"
    assert rounded(1e-15) == 0.0
    assert with_ends(Estimate(-0.01, -0.04, 0.2)) == "0.0 (0.0 to 0.2)"
    assert fixed(-0.001, 2) == "0.00"


def test_a_registered_trial_in_a_line() -> None:
    line = trial_line("nct07230171")
    assert line.startswith("NCT07230171: ")
    assert "92 people planned" in line
    assert line.endswith("no results seen")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ('claim = "mood"', "every claim needs one question"),
        ("nct07230171", "no study of the library"),
    ],
)
def test_questions_that_do_not_fit_are_refused(tmp_path: Path, change: str, says: str) -> None:
    other = {'claim = "mood"': 'claim = "moods"', "nct07230171": "nct00000000"}[change]
    file = tmp_path / "questions.toml"
    file.write_text(QUESTIONS_FILE.read_text().replace(change, other))
    with pytest.raises(DocumentError) as caught:
        read_file(Questions, file)
    assert any(says in str(finding) for finding in caught.value.findings)


def test_runs_are_stored_and_read_as_they_are(tmp_path: Path) -> None:
    runs = made_runs(run_claims(["right_for_you"], SMALL), SMALL)
    file = tmp_path / "runs.json"
    write_runs(runs, file)
    table = read_document(file)
    assert table["runs"] == [json.loads(json.dumps(runs.runs["right_for_you"]))]
    assert table["setting"] == {"patients": 40, "draws": 4, "seed": 1}
    assert runs.current
    changed_data = {**runs.made_with, "data": "0" * 64}
    assert not type(runs)(changed_data, runs.setting, runs.runs).current


def test_the_command_shows_evidence_run_and_question(capsys: Captured) -> None:
    assert main(["evidence", "claims", "better_than_opioids"]) == 0
    text = capsys.readouterr().out
    for part in (*stored_runs().runs["better_than_opioids"]["lacks"],):
        assert part.split(":")[0] in text
    assert "untested" in text
    assert "What would settle it" in text
    assert "Strong opioid every day" in text


def test_the_command_as_json(capsys: Captured) -> None:
    assert main(["evidence", "claims", "mood", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["verdict"] == "partly"
    assert data["settles"] == list(questions()["mood"].settles)
    assert data["computed"]["says"] == stored_runs().runs["mood"]["says"]
    assert data["computed"]["setting"] == dict(stored_runs().setting)


def test_the_command_runs_a_claim_again(capsys: Captured) -> None:
    assert main(["evidence", "claims", "right_for_you", "--run"]) == 0
    said = capsys.readouterr()
    assert "running right_for_you" in said.err
    assert stored_runs().runs["right_for_you"]["says"][1] in " ".join(
        said.out.replace("\n ", " ").split()
    )


def test_the_page_holds_every_claim(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "claims.html"
    assert main(["evidence", "claims", "--output", str(file)]) == 0
    text = file.read_text()
    assert text == claims_html(stored_runs())
    for claim in claims():
        assert f'id="{claim.id}"' in text
    assert "<script" not in text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["evidence", "studies", "--run"], "are for claims"),
        (["evidence", "--run"], "are for claims"),
        (["evidence", "claims", "mood", "-o", "page.html"], "a page holds all claims"),
        (["evidence", "claims", "-o", "page.txt"], ".html"),
        (["evidence", "claims", "moods"], "mood"),
    ],
)
def test_what_the_command_refuses(arguments: list[str], says: str, capsys: Captured) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert said.out == ""
