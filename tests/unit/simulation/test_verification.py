"""The checks behind `sordino check`: all hold, and a changed number is noticed."""

from __future__ import annotations

from typing import Any

import pytest

from sordino.library.pd_schema import load_pd_model
from sordino.library.reader import load_pk_model, pk_model_ids
from sordino.library.schema import PkModel
from sordino.simulation import verification
from sordino.simulation.verification import Result, model_checks, run_checks, slow_effect_checks


@pytest.fixture(scope="module")
def results() -> list[Result]:
    return run_checks()


def changed(model_id: str, name: str, factor: float) -> PkModel:
    """A model of the library with one typical value changed."""
    model = load_pk_model(model_id)
    assert name in model.parameters
    parameters = tuple(
        p.model_copy(update={"value": p.value * factor}) if p.name == name else p
        for p in model.parameter
    )
    return model.model_copy(update={"parameter": parameters})


def only(monkeypatch: pytest.MonkeyPatch, model: PkModel) -> None:
    monkeypatch.setattr(verification, "pk_model_ids", lambda: (model.id,))
    monkeypatch.setattr(verification, "load_pk_model", lambda _: model)


def test_every_check_holds_or_is_a_declared_miss(results: list[Result]) -> None:
    declared = {
        (model_id, check.name)
        for model_id in pk_model_ids()
        for check in load_pk_model(model_id).check
        if check.known_miss
    }
    missed = {(r.subject, r.name) for r in results if r.status != "pass"}
    assert missed == declared
    assert all(r.status == "known miss" for r in results if r.status != "pass")


def test_nothing_is_left_out(results: list[Result]) -> None:
    counted = {kind: sum(r.kind == kind for r in results) for kind in ("slow effect", "paper")}
    assert counted["slow effect"] == len(load_pd_model("slow_lag").check) > 0
    assert counted["paper"] == sum(len(load_pk_model(i).check) for i in pk_model_ids()) > 0
    numerics = [r for r in results if r.kind == "numerics"]
    assert sorted({r.subject for r in numerics}) == sorted(pk_model_ids())
    assert [r.kind for r in results] == sorted(
        (r.kind for r in results), key=["slow effect", "paper", "numerics"].index
    )


def test_every_result_says_what_it_compares(results: list[Result]) -> None:
    for result in results:
        assert result.low <= result.expected <= result.high
        assert (result.low <= result.found <= result.high) == (result.status == "pass")
        assert result.place
        assert result.note
        assert set(result.as_dict()) == set(Result.__dataclass_fields__)


def test_the_slow_effect_of_the_published_regimens(results: list[Result]) -> None:
    """The four numbers that the structure of the slow clock has to give."""
    found = [(r.subject, round(r.found, 2)) for r in results if r.kind == "slow effect"]
    assert found == [
        ("single_s_ketamine", 0.06),
        ("six_infusions", 0.12),
        ("six_infusions", 0.15),
        ("crps_100h", 0.74),
    ]


def test_a_changed_clearance_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, changed("hijazi_2003", "k10", 1.05))
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
    only(monkeypatch, model.model_copy(update={"check": checks}))
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

    monkeypatch.setattr(verification, "load_pd_model", slower)
    assert {r.status for r in slow_effect_checks()} == {"FAIL"}
