"""Predictions of NONMEM-style data sets against what NONMEM and Torsten printed for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import NMTESTS, SOURCES, Source, scenarios_of
from scenarios import Scenario, predictions, records_of

import sordino
from sordino import SordinoError

EACH = pytest.mark.parametrize("source", SOURCES, ids=[source.key for source in SOURCES])


@EACH
def test_printed_figures_agree_with_the_closed_forms(source: Source) -> None:
    """The figures are copied rightly, and the models are those that the programs had."""
    constant = [s for s in scenarios_of(source) if s.constant]
    assert not {s.name: s.misses(s.closed()) for s in constant if s.misses(s.closed())}


@EACH
def test_predictions_agree_with_the_printed_figures(source: Source, tmp_path: Path) -> None:
    scenarios = scenarios_of(source)
    found = predictions(scenarios, tmp_path)
    misses = {s.name: s.misses(f) for s, f in zip(scenarios, found, strict=True) if s.misses(f)}
    assert not misses


@EACH
def test_a_prediction_does_not_depend_on_the_others_in_the_data(
    source: Source, tmp_path: Path
) -> None:
    """One individual alone, the last of the file, keeps its figures."""
    scenario = scenarios_of(source)[-1]
    assert not scenario.misses(predictions([scenario], tmp_path)[0])


@pytest.mark.parametrize("ss", [1, 2])
@pytest.mark.parametrize("rate", [0, 10])
def test_steady_state_with_a_lag_beyond_the_interval_is_refused(
    ss: int, rate: int, tmp_path: Path
) -> None:
    """NONMEM 7.4.3 prints -18569 for individual 409 of nlmixr2/nmtests, an infusion with SS = 1."""
    dose = {"TIME": 0, "AMT": 100, "CMT": 2, "RATE": rate, "II": 24, "SS": ss}
    columns = {"LAGT": "46", "BIOAV": "0.412", "DUR2": "2"}
    records = tuple({**one, **columns} for one in records_of([dose], ["1", "24"], 2))
    path = tmp_path / "model.toml"
    path.write_text(NMTESTS.toml(), encoding="utf-8")
    frame = Scenario("409", NMTESTS, records, (), ()).frame()
    with pytest.raises(SordinoError, match=r"(?is)lag.*II|II.*lag"):
        sordino.predict(sordino.load_model(str(path)), frame)
