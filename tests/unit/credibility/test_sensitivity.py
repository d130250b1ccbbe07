"""From a course to its indices: unknowns, their draws, and what the engine makes of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from sordino.cli.main import main
from sordino.course import Course
from sordino.course.model import ModelChoice
from sordino.credibility.sensitivity import Sensitivity, sensitivity, sobol, unknowns_of
from sordino.credibility.sensitivity.relief import study_for
from sordino.credibility.sensitivity.unknowns import Unknown, groups_of, typical_draws
from sordino.errors import InputError
from sordino.library import posterior
from sordino.library.pd_schema import load_pd_model
from sordino.library.protocols import load_protocol, protocol_text
from sordino.library.reader import load_pk_model
from sordino.simulation.blocks import run_blocks
from sordino.simulation.dataset import course_engine
from sordino.simulation.engine import CourseEngine

POINTS, PATIENTS = 64, 32


@pytest.fixture(scope="module")
def course() -> Course:
    return load_protocol("single_s_ketamine")


@pytest.fixture(scope="module")
def unknowns(course: Course) -> dict[str, Unknown]:
    engine = course_engine(course, 1, 1, 1, None, "arterial")
    return {u.name: u for u in unknowns_of(engine)}


@pytest.fixture(scope="module")
def found(course: Course) -> Sensitivity:
    return sensitivity(course, POINTS, PATIENTS)


def test_every_range_of_an_effect_on_pain_is_an_unknown(unknowns: dict[str, Unknown]) -> None:
    effects = ("equivalence", "fast_effect", "slow_lag", "placebo", "day_to_day")
    drawn = {p.name for e in effects for p in load_pd_model(e).parameter if p.prior is not None}
    learned = {name for e in effects for name in posterior.draws().by_effect[e]}
    assert {"omega_c50_fast", "relief_sd", "day_sd"} <= learned - drawn
    assert set(unknowns) == drawn | learned | {"blood levels (simons_2022)"}
    assert not unknowns["c50_slow"].assumed
    assert unknowns["transfer"].assumed or "no data" in unknowns["transfer"].range


def test_the_drug_model_is_one_unknown_with_an_input_for_each_error(
    unknowns: dict[str, Unknown],
) -> None:
    model = load_pk_model("simons_2022")
    errors = [p for p in model.parameter if p.standard_error]
    assert unknowns["blood levels (simons_2022)"].inputs == len(errors) > 1
    values = unknowns["blood levels (simons_2022)"].values(np.zeros((len(errors), 1)))
    for parameter in errors:
        assert values[model.id][parameter.name][0] == pytest.approx(parameter.value)


def test_uniform_numbers_become_the_draws_of_the_calibration(
    unknowns: dict[str, Unknown],
) -> None:
    chosen = [unknowns["transfer"], unknowns["omega_c50_fast"]]
    at = np.array([[0.0, 0.25, 1.0], [0.025, 0.5, 0.975]])
    drawn = typical_draws(chosen, at)
    for owner, name, row in (("slow_lag", "transfer", 0), ("fast_effect", "omega_c50_fast", 1)):
        exact = np.quantile(posterior.draws().values[name], at[row])
        np.testing.assert_allclose(drawn[owner][name], exact, atol=1e-6)
    assert "c50_fast" not in drawn["fast_effect"]


def test_uniform_numbers_become_the_ranges_of_a_file() -> None:
    turnover = load_protocol("single_s_ketamine").model_copy(
        update={"models": ModelChoice(slow_clock="turnover")}
    )
    found = {u.name: u for u in unknowns_of(course_engine(turnover, 1, 1, 1, None, "arterial"))}
    k_on = load_pd_model("slow_turnover").parameters["k_on"]
    assert k_on.prior is not None
    at = np.array([[0.025, 0.5, 0.975]])
    drawn = typical_draws([found["k_on"]], at)["slow_turnover"]["k_on"]
    exact = k_on.value * np.exp((k_on.prior.sd or 0.0) * norm.ppf(at[0]))
    np.testing.assert_allclose(drawn, exact, rtol=1e-12)


def slow_effect(course: Course, chosen: list[Unknown], at: np.ndarray) -> np.ndarray:
    """The slow effect of the typical patient a week after the infusion, (run,)."""
    slow = load_pd_model("slow_lag").parameters
    runs = at.shape[1]
    fixed = {n: np.full(runs, slow[n].value) for n in ("c50_slow", "half_time_slow")}
    own = dict(typical_draws(chosen, at)["slow_lag"])
    model = load_pk_model("simons_2022")
    still = {p.name: np.full(runs, p.value) for p in model.parameter if p.standard_error}
    engine = CourseEngine(
        course=course,
        times_h=np.array([0.0, 168.0]),
        draws=runs,
        seed=1,
        typical=True,
        venous=False,
        analytes=("ketamine",),
        typical_draws={"slow_lag": fixed | own, model.id: still},
    )
    return np.array([*run_blocks(engine, 1, lambda b: float(b.readout("effect_slow")[1, 0]))])


def test_indices_of_an_effect_that_is_linear_in_each_unknown(
    course: Course, unknowns: dict[str, Unknown]
) -> None:
    """The slow effect is proportional to transfer times emax; indices of a product are known.

    With means m and variances v: first index of one v1 m2^2 / V, total v1 (m2^2 + v2) / V.
    """
    chosen = [unknowns["transfer"], unknowns["emax_slow"]]
    found = sobol(lambda at: slow_effect(course, chosen, at), groups_of(chosen), 256, seed=2)
    draws = [posterior.draws().values[u.name] for u in chosen]
    m, v = [float(d.mean()) for d in draws], [float(d.var()) for d in draws]
    whole = (m[0] ** 2 + v[0]) * (m[1] ** 2 + v[1]) - (m[0] * m[1]) ** 2
    first = [v[0] * m[1] ** 2 / whole, v[1] * m[0] ** 2 / whole]
    total = [v[0] * (m[1] ** 2 + v[1]) / whole, v[1] * (m[0] ** 2 + v[0]) / whole]
    np.testing.assert_allclose(found.first[0], first, atol=0.03)
    np.testing.assert_allclose(found.total[0], total, atol=0.03)


def test_a_week_later_the_lasting_effect_decides(found: Sensitivity) -> None:
    shares = {s.unknown: s.total[0] for s in found.shares["pain, day 28"]}
    assert next(iter(shares)) == "transfer"
    # What is over within hours cannot matter for the mean effect four weeks later.
    assert shares["half_time_fast"] < 1e-3
    assert shares["emax_fast"] < 1e-3


def test_the_largest_come_first_and_all_are_there(found: Sensitivity) -> None:
    assert found.runs == POINTS * (len(found.unknowns) + 2)
    assert [o.name for o in found.outcomes] == list(found.shares)
    for shares in found.shares.values():
        totals = [s.total[0] for s in shares]
        assert totals == sorted(totals, reverse=True)
        assert {s.unknown for s in shares} == {u.name for u in found.unknowns}


def test_every_unknown_has_a_study_that_would_reduce_it(unknowns: dict[str, Unknown]) -> None:
    said = {name: study_for(unknown) for name, unknown in unknowns.items()}
    named = {name for name, text in said.items() if "measures this number" not in text}
    assert named == set(unknowns)
    assert len(set(said.values())) == len(said)


def test_assumptions_without_a_range_are_named(found: Sensitivity) -> None:
    assert any(text.startswith("day_to_day.day_correlation = ") for text in found.taken)
    assert not any("transfer" in text for text in found.taken)


@pytest.mark.parametrize("points", [0, 63, 100, 131072, -2])
def test_points_that_cannot_be(course: Course, points: int) -> None:
    with pytest.raises(InputError, match="base points"):
        sensitivity(course, points)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "course.toml"
    file.write_text(protocol_text("single_s_ketamine"))
    size = ["-n", str(POINTS), "--patients", str(PATIENTS)]
    assert main(["sensitivity", str(file), *size]) == 0
    text = capsys.readouterr().out
    assert "For pain, day 28, transfer matters most" in text
    assert "What would reduce it\n- transfer: " in text
    assert main(["sensitivity", str(file), *size, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["course_digest"] == load_protocol("single_s_ketamine").digest()
    assert all(len(o["shares"]) == len(data["unknowns"]) for o in data["outcomes"])


def test_the_command_refuses_other_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "course.toml"
    file.write_text(protocol_text("single_s_ketamine"))
    assert main(["sensitivity", str(file), "-n", "100"]) == 2
    assert "a power of 2" in capsys.readouterr().err
    assert main(["sensitivity", str(file), "--patients", "0"]) == 2
    assert "patients" in capsys.readouterr().err
