from __future__ import annotations

import numpy as np
import pytest

from sordino.library import posterior
from sordino.library.evidence.ledger import drawn, ledger
from sordino.library.pd_schema import Prior, load_pd_model, pd_model_ids
from sordino.library.reader import load_pk_model, pk_model_ids

MODELS = {
    **{name: load_pd_model(name) for name in pd_model_ids()},
    **{name: load_pk_model(name) for name in pk_model_ids()},
}


def test_every_parameter_of_every_model_stands_once() -> None:
    ids = [row.id for row in ledger()]
    assert len(ids) == len(set(ids))
    assert set(ids) == {f"{name}.{p.name}" for name, m in MODELS.items() for p in m.parameter}


@pytest.mark.parametrize("row", ledger(), ids=lambda row: row.id)
def test_a_row_is_the_parameter(row) -> None:
    model = MODELS[row.model]
    parameter = next(p for p in model.parameter if p.name == row.name)
    assert (row.value, row.origin) == (parameter.value, parameter.origin)
    assert row.unit.split(" at ")[0] == parameter.unit
    assert row.standard_error == parameter.standard_error
    assert row.url == (model.sources[parameter.source].url if parameter.source else "")
    assert ("value" in row.assumed) == (parameter.origin == "assumed")
    assert row.source or row.note or row.place


def test_assumptions_come_first() -> None:
    ranks = [0 if "value" in row.assumed else 1 if row.assumed else 2 for row in ledger()]
    assert ranks == sorted(ranks)
    assert set(ranks) == {0, 1, 2}


def test_what_of_a_parameter_is_assumed() -> None:
    rows = {row.id: row for row in ledger()}
    assert rows["slow_lag.transfer"].assumed == ("value",)
    # A published pulse, a spread taken from another readout, a range that somebody chose.
    pulse = rows["circulation.heart_rate_rise"]
    assert pulse.assumed == ("how sure we are", "spread between people")
    assert rows["slow_lag.half_time_slow"].assumed == ()
    assert "calibrated" in pulse.between_people
    assert any("percent, coefficient of variation" in r.between_people for r in ledger())


def test_a_range_that_studies_narrowed_is_no_longer_assumed() -> None:
    rows = {row.id: row for row in ledger()}
    assert load_pd_model("slow_lag").parameters["emax_slow"].prior is not None
    assert posterior.draws().lesson("emax_slow") not in ("", "nothing")
    assert rows["slow_lag.emax_slow"].assumed == ("value",)
    assert posterior.draws().lesson("omega_c50_fast") not in ("", "nothing")
    assert "spread between people" not in rows["fast_effect.c50_fast"].assumed
    # Nothing was learned about it: the range is still what somebody chose.
    assert posterior.draws().lesson("c50_dissociation") == "nothing"
    assert "how sure we are" in rows["dissociation.c50_dissociation"].assumed


def test_a_calibrated_parameter_tells_its_range_and_what_was_learned() -> None:
    row = next(r for r in ledger() if r.id == "slow_lag.transfer")
    low, high = posterior.draws().range("transfer")
    middle = float(np.median(posterior.draws().values["transfer"]))
    assert row.uncertainty == (
        f"calibrated: {middle:.3g} ({low:.3g} to {high:.3g}) in 90 of 100 draws; "
        "the studies taught nothing"
    )


def test_a_number_that_differs_between_places_tells_the_mean_of_studies_too() -> None:
    row = next(r for r in ledger() if r.id == "placebo.relief_mean")
    own = posterior.draws().values["relief_mean_of_studies"]
    low, high = np.quantile(own, [0.05, 0.95])
    assert f"the mean of studies {np.median(own):.3g} ({low:.3g} to {high:.3g})" in row.uncertainty
    wide = posterior.draws().range("relief_mean")
    assert wide[0] < low < high < wide[1]


@pytest.mark.parametrize(
    ("prior", "text"),
    [
        (Prior(distribution="uniform", low=0, high=1, note="x"), "any value from 0 to 1"),
        (
            Prior(distribution="loguniform", low=0.1, high=2, note="x"),
            "any value from 0.1 to 2, even on the log",
        ),
        (
            Prior(distribution="lognormal", sd=0.345, note="x"),
            "standard deviation 0.345 on the log scale",
        ),
        (
            Prior(distribution="logit", sd=0.4, note="x"),
            "standard deviation 0.4 on the logit scale",
        ),
        (Prior(distribution="normal", sd=2, note="x"), "standard deviation 2 on the plain scale"),
    ],
)
def test_how_sure_we_are_in_words(prior: Prior, text: str) -> None:
    assert drawn(prior) == text


def test_a_value_that_is_not_drawn_says_so() -> None:
    rows = {row.id: row for row in ledger()}
    assert rows["day_to_day.day_correlation"].uncertainty.startswith("taken as it is")
    error = rows["otto_2021.CL"]
    if error.standard_error is not None:
        assert error.uncertainty == f"standard error {error.standard_error:.3g}"
