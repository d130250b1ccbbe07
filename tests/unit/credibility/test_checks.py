"""The checks behind `sordino check`: all hold, and a changed number is noticed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sordino.credibility import (
    Assessment,
    Result,
    assess,
    calibration,
    validation,
    verification,
)
from sordino.credibility import uncertainty as uncertainty_room
from sordino.credibility.calibration import posterior_checks, study_checks
from sordino.credibility.checks import SECTIONS
from sordino.credibility.uncertainty import draw_checks
from sordino.credibility.validation import model_checks, slow_effect_checks
from sordino.errors import DocumentError
from sordino.library.pd_schema import load_pd_model
from sordino.library.protocols import protocol_names
from sordino.library.reader import load_pk_model, pk_model_ids
from sordino.library.schema import PkModel


@pytest.fixture(scope="module")
def found() -> Assessment:
    return assess()


def of_kind(found: Assessment, kind: str) -> list[Result]:
    return [r for r in found.results if r.kind == kind]


def changed(model_id: str, name: str, factor: float) -> PkModel:
    """A model of the library with one typical value changed."""
    model = load_pk_model(model_id)
    assert name in model.parameters
    parameters = tuple(
        p.model_copy(update={"value": p.value * factor}) if p.name == name else p
        for p in model.parameter
    )
    return model.model_copy(update={"parameter": parameters})


def only(monkeypatch: pytest.MonkeyPatch, room: Any, model: PkModel) -> None:
    monkeypatch.setattr(room, "pk_model_ids", lambda: (model.id,))
    monkeypatch.setattr(room, "load_pk_model", lambda _: model)


def test_every_check_holds_or_is_a_declared_miss(found: Assessment) -> None:
    declared = {
        (model_id, check.name)
        for model_id in pk_model_ids()
        for check in load_pk_model(model_id).check
        if check.known_miss
    }
    assert found.failed == ()
    missed = [r for r in found.results if r.status == "known miss" and r.kind != "study"]
    assert {(r.subject, r.name) for r in missed} == declared


def test_nothing_is_left_out(found: Assessment) -> None:
    papers = sum(len(load_pk_model(i).check) for i in pk_model_ids())
    assert len(of_kind(found, "paper")) == papers > 0
    assert len(of_kind(found, "slow effect")) == len(load_pd_model("slow_lag").check) > 0
    assert {r.subject for r in of_kind(found, "numerics")} == set(pk_model_ids())
    assert {r.subject for r in of_kind(found, "drug model")} == set(pk_model_ids())
    assert {r.subject for r in of_kind(found, "ready course")} == set(protocol_names())


def test_sections_come_in_the_order_of_the_guidance(found: Assessment) -> None:
    place = {section: k for k, section in enumerate(SECTIONS)}
    order = [place[r.section] for r in found.results]
    assert order == sorted(order)
    assert set(order) == set(place.values())


def test_every_result_says_what_it_compares(found: Assessment) -> None:
    for result in found.results:
        assert result.note
        if result.status in ("note", "not done"):
            assert result.found is None
            continue
        assert result.place
        assert result.found is not None
        assert result.low is not None
        assert result.high is not None
        assert (result.low <= result.found <= result.high) == (result.status == "pass")


def test_the_summary_counts_every_check(found: Assessment) -> None:
    numbers = [int(word) for word in found.summary.replace(";", " ").split() if word.isdigit()]
    total, passed, missed, failed, not_done = numbers
    assert total == passed + missed + failed
    assert total + not_done + found.count("note") == len(found.results)


def test_the_slow_effect_of_the_published_regimens(found: Assessment) -> None:
    """The four numbers that the structure of the slow clock has to give."""
    slow = [(r.subject, round(r.found or 0.0, 2)) for r in of_kind(found, "slow effect")]
    assert slow == [
        ("single_s_ketamine", 0.06),
        ("six_infusions", 0.12),
        ("six_infusions", 0.15),
        ("crps_100h", 0.74),
    ]


def test_a_changed_clearance_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, validation, changed("hijazi_2003", "k10", 1.05))
    assert [r.status for r in model_checks()] == ["FAIL"]


def test_a_known_miss_that_no_longer_misses_as_declared_is_news(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = load_pk_model("perezruixo_2021")
    missed = [r.name for r in model_checks() if r.status == "known miss"]
    assert len(missed) == 2
    checks = tuple(
        c.model_copy(update={"known_value": 1.1 * c.known_value}) if c.known_value else c
        for c in model.check
    )
    only(monkeypatch, validation, model.model_copy(update={"check": checks}))
    assert [r.name for r in model_checks() if r.status == "FAIL"] == missed


def test_a_changed_slow_clock_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    real = load_pd_model

    def slower(name: str) -> Any:
        model = real(name)
        parameters = tuple(
            p.model_copy(update={"value": 1.2 * p.value}) if p.name == "c50_slow" else p
            for p in model.parameter
        )
        return model.model_copy(update={"parameter": parameters})

    monkeypatch.setattr(validation, "load_pd_model", slower)
    assert {r.status for r in slow_effect_checks()} == {"FAIL"}


def test_another_answer_of_scipy_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, verification, load_pk_model("otto_2021"))
    real = verification.scipy.linalg.expm
    monkeypatch.setattr(verification.scipy.linalg, "expm", lambda a: real(1.001 * a))
    status = {r.name: r.status for r in verification.numerical_checks()}
    assert status["two infusions against SciPy"] == "FAIL"
    assert status["a day later, the same curve"] == "pass"


def test_draws_of_another_range_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    real = uncertainty_room.draw_from_files

    def wider(*arguments: Any) -> dict[str, dict[str, Any]]:
        drawn = real(*arguments)
        wide = {"transfer": 1.2 * np.asarray(drawn["slow_lag"]["transfer"])}
        return {**drawn, "slow_lag": {**drawn["slow_lag"], **wide}}

    monkeypatch.setattr(uncertainty_room, "draw_from_files", wider)
    assert [r.subject for r in draw_checks() if r.status == "FAIL"] == ["slow_lag"]


SHOWN = {
    "row": "noppers_2011_fm.pain_relief",
    "study": "noppers_2011_fm",
    "what": "50 percent relief",
    "unit": "of 100",
    "fitted": True,
    "published": 66.7,
    "predicted": [25.0, 58.3, 83.3],
    "inside": True,
}
SUMMARY: dict[str, Any] = {
    "made": {"data_digest": "0", "prior_digest": "0"},
    "diagnostics": {"worst_rhat": 1.004, "least_ess": 900.0, "divergences": 0},
    "studies": [SHOWN],
}


def shipped(monkeypatch: pytest.MonkeyPatch, folder: Path, **changes: Any) -> None:
    """A calibration with these entries ships with the package."""
    (folder / "calibration.json").write_text(json.dumps({**SUMMARY, **changes}))
    np.savez(folder / "draws.npz", transfer=np.linspace(0.0, 1.0, 4))
    monkeypatch.setattr(calibration, "FOLDER", folder)


def outcomes() -> dict[str, str]:
    return {r.name: r.status for r in posterior_checks()}


def test_without_a_calibration_that_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(calibration, "FOLDER", tmp_path)
    assert [r.status for r in (*study_checks(), *posterior_checks())] == ["not done"] * 2


def test_published_numbers_stand_beside_their_predictions(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    miss = {**SHOWN, "published": 100.0, "inside": False, "fitted": False}
    shipped(monkeypatch, tmp_path, studies=[SHOWN, miss])
    hit, missed = study_checks()
    assert (hit.status, missed.status) == ("pass", "known miss")
    assert (hit.found, hit.low, hit.expected, hit.high) == (66.7, 25.0, 58.3, 83.3)
    assert "never fitted" in missed.note


def test_chains_that_agree_pass_and_others_fail(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shipped(monkeypatch, tmp_path)
    found = outcomes()
    assert found.pop("draws belong to these files") == "FAIL"
    assert found.pop("simulation-based calibration") == "not done"
    assert set(found.values()) == {"pass"}
    bad = {"worst_rhat": 1.2, "least_ess": 90.0, "divergences": 3}
    shipped(monkeypatch, tmp_path, diagnostics=bad)
    failed = {name for name, status in outcomes().items() if status == "FAIL"}
    assert failed >= {"largest R-hat", "largest error of a posterior mean", "divergences"}


def test_draws_of_these_files_pass(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from sordino.calibrate.rows import evidence
    from sordino.calibrate.shipping import data_digest, prior_digest

    here = {"data_digest": data_digest(evidence().fitted), "prior_digest": prior_digest()}
    shipped(monkeypatch, tmp_path, made=here)
    assert outcomes()["draws belong to these files"] == "pass"


def test_ranks_that_are_uneven_fail(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shipped(monkeypatch, tmp_path)
    for chance, status in ((0.4, "pass"), (0.0001, "FAIL")):
        (tmp_path / "sbc.json").write_text(json.dumps({"fits": 100, "overall_p": chance}))
        assert outcomes()["simulation-based calibration"] == status


def test_intervals_that_hold_too_little_fail(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of 40 numbers 36 should lie inside; 20 do so with a chance far below 1 in 100."""
    outside = {**SHOWN, "inside": False}
    shipped(monkeypatch, tmp_path, studies=[SHOWN] * 36 + [outside] * 4)
    assert outcomes()["fitted numbers inside"] == "pass"
    shipped(monkeypatch, tmp_path, studies=[SHOWN] * 20 + [outside] * 20)
    assert outcomes()["fitted numbers inside"] == "FAIL"


def test_a_summary_of_another_form_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shipped(monkeypatch, tmp_path, diagnostics={"worst_rhat": "fine"})
    with pytest.raises(DocumentError, match="worst_rhat"):
        list(study_checks())
