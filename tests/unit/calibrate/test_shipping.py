"""The draws that ship: whole, sound, made from these data, and told as they are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sordino.calibrate.fit import LEAST_ESS, RHAT_LIMIT
from sordino.calibrate.page import ranks_table, tables
from sordino.calibrate.rows import evidence
from sordino.calibrate.shipping import (
    data_digest,
    only_compared,
    prior_digest,
)
from sordino.calibrate.unknowns import ASSUMPTIONS, EFFECTS, unknowns
from sordino.library.pd_schema import load_pd_model
from sordino.library.posterior import draws
from sordino.library.posterior.shipped import DRAWS, FOLDER

LARGEST = 300_000


def test_the_shipped_draws_were_made_from_these_data_and_priors() -> None:
    made = draws().about["made"]
    assert made["data_digest"] == data_digest(evidence().fitted), "fit again: the data changed"
    assert made["prior_digest"] == prior_digest(), "fit again: a prior changed"


def test_the_chains_of_the_shipped_draws_agree() -> None:
    told = draws().about["diagnostics"]
    assert told["sound"]
    assert told["divergences"] == 0
    assert max(told["rhat"].values()) < RHAT_LIMIT
    assert min(told["ess"].values()) > LEAST_ESS
    assert set(told["rhat"]) == set(told["ess"]) >= {u.name for u in unknowns()}


def test_the_shipped_draws_are_whole_and_small() -> None:
    assert draws().count == draws().about["made"]["kept"] == 1000
    assert {u.name for u in unknowns()} <= set(draws().values)
    assert all(np.isfinite(v).all() for v in draws().values.values())
    assert (FOLDER / DRAWS).stat().st_size < LARGEST


def test_names_are_those_of_the_effect_files() -> None:
    owners = draws().about["owners"]
    assert set(owners.values()) == {*EFFECTS, ASSUMPTIONS}
    for name, owner in owners.items():
        if owner != ASSUMPTIONS:
            parameter = load_pd_model(owner).parameters[name]
            assert draws().about["units"][name] == parameter.unit


def test_draws_are_sorted_by_effect_file() -> None:
    by_effect = draws().by_effect
    assert set(by_effect["circulation"]) >= {"sbp_rise", "dbp_rise", "heart_rate_rise"}
    assert list(by_effect["day_to_day"]) == ["day_sd"]
    # Both slow clocks know how much of the effect is carried over.
    assert by_effect["slow_lag"]["transfer"] is by_effect["slow_turnover"]["transfer"]
    for effect, own in by_effect.items():
        plain = {name.removeprefix("omega_") for name in own}
        assert plain <= set(load_pd_model(effect).parameters)


def test_spreads_are_named_after_what_differs() -> None:
    assert set(draws().spreads) == {
        "c50_fast",
        "cadss_rise",
        "sbp_rise",
        "dbp_rise",
        "heart_rate_rise",
    }
    assert draws().spreads["c50_fast"] is draws().values["omega_c50_fast"]


@pytest.mark.parametrize(
    "name",
    ["transfer", "p_slow", "emax_fast", "emax_slow", "pain_crps", "pain_neuropathic"],
)
def test_fractions_are_fractions(name: str) -> None:
    drawn = draws().values[name]
    assert drawn.min() >= 0.0
    assert drawn.max() <= 1.0


def test_what_no_data_fix_stays_a_range() -> None:
    """How much of the CRPS effect exists in fibromyalgia: none of it to all of it."""
    low, high = np.quantile(draws().values["transfer"], [0.05, 0.95])
    assert low < 0.15
    assert high > 0.85
    told = {e["name"]: e for e in draws().about["learned"]}
    assert told["transfer"]["lesson"] == "nothing"


def test_draws_and_summary_tell_the_same() -> None:
    for entry in draws().about["learned"]:
        own = f"{entry['name']}_of_studies"
        drawn = draws().values[own if own in draws().values else entry["name"]]
        # A thousand draws know a median to about a fifteenth of the spread.
        width = entry["posterior"][2] - entry["posterior"][0]
        assert np.median(drawn) == pytest.approx(entry["posterior"][1], abs=0.08 * width)


def test_every_published_number_is_told_with_its_misses() -> None:
    told = draws().about["studies"]
    assert {s["row"] for s in told} == {r.id for r in evidence().rows}
    for s in told:
        low, middle, high = s["predicted"]
        assert low <= middle <= high
        assert s["inside"] == (low - 1e-9 <= s["published"] <= high + 1e-9)
    page = tables(draws().about)
    assert page.count("**outside**") == sum(not s["inside"] for s in told)


def test_every_observation_that_is_not_fitted_is_told_with_its_reason() -> None:
    page = tables(draws().about)
    assert len(draws().about["left_out"]) == len(evidence().left_out)
    assert [e["row"] for e in only_compared()] == [r.id for r in evidence().rows if not r.fitted]
    for entry in [*draws().about["left_out"], *only_compared()]:
        assert entry["why"] in page


def test_the_page_holds_what_ships(root: Path) -> None:
    page = (root / "docs" / "calibration.md").read_text(encoding="utf-8")
    assert tables(draws().about) in page, "run tools/calibration.py"


def test_the_ranks_that_ship_are_even_and_on_the_page(root: Path) -> None:
    ranks = json.loads((FOLDER / "sbc.json").read_text(encoding="utf-8"))
    assert ranks["overall_p"] > 0.01
    assert set(ranks["p"]) == {u.name for u in unknowns()}
    assert all(sum(counts) == ranks["fits"] for counts in ranks["counts"].values())
    page = (root / "docs" / "calibration.md").read_text(encoding="utf-8")
    assert ranks_table(ranks) in page, "run tools/calibration.py"
