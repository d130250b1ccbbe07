"""Doses with a lag: the same in everybody, or each patient's own, through every kind of input.

Three ways lead to the same numbers: a dose that the course itself gives later, a lag that is the
same in everybody, and a lag that differs between patients. The last takes other code, with inputs
that begin at a time of their own in every lane.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from sordino.course import Administration
from sordino.errors import InputError
from sordino.library.schema import PkModel
from sordino.pk.dosing import event_hours, gated_doses
from sordino.pk.run import PkRun, Reads
from sordino.pk.system import system_for

TYPICAL = {"CL": 20.0, "V": 30.0, "Q": 15.0, "V2": 60.0, "KA": 1.3, "F": 0.7, "D": 0.8, "LAG": 0.4}
TIMES = np.array([0.0, 0.2, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 12.0, 24.0, 24.5, 48.0])
OUTPUTS = ("drug", "swallowed")

# Some hundred base steps, each of which may round once, on both sides.
WITHIN = 1e-11


def lagged(lag: str = "LAG", duration: str = "D") -> PkModel:
    """Two compartments and a gut; every route waits for `lag` hours."""
    late = {"lag": lag} if lag else {}
    return PkModel.model_validate(
        {
            "schema": 1,
            "id": "lagged",
            "drug": "ketamine",
            "parameter": [
                {"name": n, "value": v, "unit": "1", "origin": "assumed"}
                for n, v in TYPICAL.items()
            ],
            "compartment": [{"name": n} for n in ("gut", "central", "outer")],
            "flow": [
                {"from": "gut", "to": "central", "rate": "KA"},
                {"from": "central", "to": "outer", "rate": "Q / V"},
                {"from": "outer", "to": "central", "rate": "Q / V2"},
                {"from": "central", "rate": "CL / V"},
            ],
            "analyte": [
                {"name": "drug", "compartment": "central", "volume": "V"},
                {"name": "swallowed", "compartment": "gut", "volume": "1"},
            ],
            "route": [
                {"name": "iv", "inputs": [{"to": "central", "kind": "direct", **late}]},
                {
                    "name": "oral",
                    "inputs": [{"to": "gut", "kind": "direct", "fraction": "F", **late}],
                },
                {
                    "name": "buccal",
                    "inputs": [
                        {"to": "gut", "kind": "zero_order", "duration": duration, **late},
                        {"to": "central", "kind": "direct", "fraction": "1 - F", **late},
                    ],
                },
            ],
        }
    )


LAGGED, PROMPT = lagged(), lagged("")


def give(route: str, start_h: float, mg: float, length_h: float = 0.0) -> Administration:
    return Administration(0, 0, "ketamine", route, start_h, length_h, mg, 0.0, None, None)


def simulated(
    doses: Sequence[Administration],
    people: Mapping[str, Any],
    *,
    model: PkModel = LAGGED,
    times: np.ndarray = TIMES,
    occasion_h: Sequence[float] = (),
    etas: Mapping[str, np.ndarray] | None = None,
    shared: bool = False,
) -> dict[str, np.ndarray]:
    """ng/mL by output, (time, person). `people`: what differs from `TYPICAL`.

    With `shared` nothing is said to differ: then everybody must be the same.
    """
    count = len(next(iter(people.values())))
    lanes = {n: np.broadcast_to(people.get(n, v), count) for n, v in TYPICAL.items()}
    differing: frozenset[str] = frozenset() if shared else frozenset({*people, *(etas or {})})
    routes = sorted({d.route for d in doses})
    outputs = OUTPUTS if routes != ["iv"] else OUTPUTS[:1]
    run = PkRun(
        system=system_for(model, routes, outputs),
        doses=tuple(sorted(doses, key=lambda d: d.start_h)),
        reads=(Reads(outputs, times),),
        varying=differing,
        occasion_h=tuple(occasion_h),
        typical={n: float(v[0]) for n, v in lanes.items()} | {"weight": 70.0},
        dtype=jnp.dtype("float64"),
    )
    (found,) = run(
        {n: jnp.asarray(v) for n, v in lanes.items()},
        {n: jnp.asarray(v) for n, v in (etas or {}).items()},
        {"weight": jnp.full(count, 70.0)},
        "total",
    )
    return {n: np.asarray(v) for n, v in found.items()}


def assert_same(found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> None:
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        limit = 1e-14 * values.max()
        np.testing.assert_allclose(found[name], values, rtol=WITHIN, atol=limit, err_msg=name)


def alone(
    doses: Sequence[Administration], people: Mapping[str, np.ndarray], **options: Any
) -> dict[str, np.ndarray]:
    """Everybody by himself, with a lag that is the same in everybody: himself."""
    each = [
        simulated(doses, {n: v[k : k + 1] for n, v in people.items()}, shared=True, **options)
        for k in range(len(next(iter(people.values()))))
    ]
    return {n: np.concatenate([one[n] for one in each], axis=1) for n in each[0]}


WAYS: dict[str, Callable[[float, float], Administration]] = {
    "bolus": lambda start, mg: give("iv", start, mg),
    "infusion": lambda start, mg: give("iv", start, mg, 0.75),
    "swallowed": lambda start, mg: give("oral", start, mg),
    "zero order and at once": lambda start, mg: give("buccal", start, mg),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_shared_lag_is_a_dose_given_later(
    way: Callable[[float, float], Administration],
) -> None:
    doses = [way(0.0, 50.0), way(1.0, 20.0)]
    later = [replace(d, start_h=d.start_h + 0.4) for d in doses]
    person = {"LAG": np.array([0.4])}
    found = simulated(doses, person, shared=True)
    assert_same(found, simulated(later, person, shared=True, model=PROMPT))
    # Nobody has anything before the first dose arrives.
    assert np.all(found["drug"][TIMES < 0.4] == 0.0)


# No lag; one that ends at an output time; between two; beyond the next dose and the one after
# (these are given at 1 and 2.5 h).
LAGS = np.array([0.0, 0.25, 0.3711, 1.0, 1.2345, 2.7])


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_lag_of_its_own_in_every_patient(
    way: Callable[[float, float], Administration],
) -> None:
    doses = [way(0.0, 50.0), way(1.0, 20.0), way(2.5, 80.0)]
    people = {"LAG": LAGS, "CL": np.linspace(10.0, 40.0, len(LAGS))}
    assert_same(simulated(doses, people), alone(doses, people))


def test_durations_and_lags_that_both_differ() -> None:
    doses = [give("buccal", 0.0, 50.0), give("iv", 1.5, 10.0, 0.5), give("buccal", 3.0, 50.0)]
    people = {
        "LAG": np.array([0.0, 0.25, 0.1, 1.75, 2.9]),
        "D": np.array([0.25, 2.0, 0.0123, 0.25, 3.05]),
    }
    assert_same(simulated(doses, people), alone(doses, people))


def test_a_dose_for_everybody_beside_lagged_ones() -> None:
    # The infusion by another route is not lagged: both kinds of input meet in one compartment.
    table = LAGGED.model_dump(by_alias=True)
    table["route"][0]["inputs"][0]["lag"] = "0"
    model = PkModel.model_validate(table)
    doses = [give("oral", 0.0, 50.0), give("iv", 0.5, 10.0, 1.0), give("iv", 1.0, 5.0)]
    people = {"LAG": np.array([0.0, 0.7, 1.1])}
    assert_same(simulated(doses, people, model=model), alone(doses, people, model=model))


@settings(max_examples=5)
@given(
    lags=st.lists(st.floats(0.0, 2.9), min_size=4, max_size=4),
    mg=st.lists(st.floats(1.0, 100.0), min_size=3, max_size=3),
)
def test_any_lags(lags: list[float], mg: list[float]) -> None:
    # Doses add up, and one dose alone is the same curve, moved by the lag.
    doses = [give("buccal", 2.0 * k, amount) for k, amount in enumerate(mg)]
    people = {"LAG": np.array(lags)}
    together = simulated(doses, people)
    each = [simulated([d], people) for d in doses]
    assert_same(together, {n: np.sum([one[n] for one in each], axis=0) for n in together})


def test_looking_more_often_changes_nothing() -> None:
    doses = [give("buccal", 0.0, 50.0), give("buccal", 1.0, 20.0)]
    more = np.unique(np.concatenate([TIMES, np.linspace(0.0, 48.0, 60)]))
    few, many = (simulated(doses, {"LAG": LAGS}, times=t) for t in (TIMES, more))
    there = np.searchsorted(more, TIMES)
    assert_same(few, {n: v[there] for n, v in many.items()})


@pytest.mark.parametrize(("given_h", "lag"), [(24.0, 1.0 / 3.0), (20.1, 0.05)])
def test_an_output_at_the_moment_of_arrival_sees_the_dose(given_h: float, lag: float) -> None:
    # It is the last time of all, and the sum may differ from it in the last bit.
    doses = [give("iv", 0.0, 10.0), give("iv", given_h, 30.0)]
    times, people = np.array([0.0, 12.0, given_h + lag]), {"LAG": np.array([0.0, lag])}
    found = simulated(doses, people, times=times)
    assert found["drug"][-1, 1] > 1000.0 * 30.0 / TYPICAL["V"]
    assert_same(found, alone(doses, people, times=times))


def test_times_in_minutes() -> None:
    minutes: dict[str, Any] = LAGGED.model_dump(by_alias=True) | {"time_unit": "min"}
    for flow in minutes["flow"]:
        flow["rate"] = f"({flow['rate']}) / 60"
    model = PkModel.model_validate(minutes)
    doses, lags = [give("buccal", 0.0, 50.0)], np.array([0.1, 0.7, 2.0])
    found = simulated(doses, {"LAG": 60.0 * lags, "D": np.full(3, 48.0)}, model=model)
    assert_same(found, simulated(doses, {"LAG": lags, "D": np.full(3, 0.8)}))


def test_a_lag_by_a_formula_with_a_covariate() -> None:
    model = lagged("LAG * weight / 70")
    doses = [give("oral", 0.0, 50.0), give("oral", 6.0, 50.0)]
    run = PkRun(
        system=system_for(model, ["oral"], OUTPUTS),
        doses=tuple(doses),
        reads=(Reads(OUTPUTS, TIMES),),
        varying=frozenset({"weight"}),
        occasion_h=(),
        typical=TYPICAL | {"weight": 70.0},
        dtype=jnp.dtype("float64"),
    )
    weight = np.array([35.0, 70.0, 140.0])
    lanes = {n: jnp.full(3, v) for n, v in TYPICAL.items()}
    (found,) = run(lanes, {}, {"weight": jnp.asarray(weight)}, "total")
    expected = simulated(doses, {"LAG": 0.4 * weight / 70.0})
    assert_same({n: np.asarray(v) for n, v in found.items()}, expected)


class TestSessionsThatDiffer:
    """Bioavailability, clearance, volume, duration and lag drawn anew for each session."""

    OCCASIONS = (0.0, 2.0, 6.0)
    ETAS: Mapping[str, Sequence[float]] = {
        "CL": (0.0, 0.6, -0.5),
        "V": (0.2, -0.4, 0.3),
        "F": (0.3, -0.8, 0.1),
        "D": (-0.4, 0.9, 0.2),
        "LAG": (0.0, 2.3, 1.1),
    }

    def reference(
        self, doses: Sequence[Administration], sizes: Mapping[str, float]
    ) -> dict[str, np.ndarray]:
        """SciPy's DOP853 at 1e-12 from one change to the next.

        The session in which a dose is given says how it is absorbed, and when; the rates are
        those of the session in force.
        """
        values = [
            {
                n: v * np.exp(sizes.get(n, 0.0) * self.ETAS.get(n, (0.0,) * 3)[k])
                for n, v in TYPICAL.items()
            }
            for k in range(3)
        ]
        jumps: list[tuple[float, int, float]] = []
        runs: list[tuple[float, float, int, float]] = []
        for dose in doses:
            own = values[self.session(dose.start_h)]
            begin = dose.start_h + own["LAG"]
            if dose.route == "buccal":
                runs.append((begin, begin + own["D"], 0, dose.dose_mg / own["D"]))
                jumps.append((begin, 1, (1.0 - own["F"]) * dose.dose_mg))
            elif dose.route == "oral":
                jumps.append((begin, 0, own["F"] * dose.dose_mg))
            else:
                end = begin + dose.duration_h
                runs.append((begin, end, 1, dose.dose_mg / dose.duration_h))
        changes = {t for b, e, _, _ in runs for t in (b, e)} | {t for t, _, _ in jumps}
        borders = sorted({*TIMES, *self.OCCASIONS, *changes, 60.0})
        state, found = np.zeros(3), {n: [] for n in OUTPUTS}
        for begin, end in pairwise(borders):
            for when, place, mg in jumps:
                state[place] += mg if when == begin else 0.0
            now = values[self.session(begin)]
            if begin in TIMES:
                found["drug"].append(1000.0 * state[1] / now["V"])
                found["swallowed"].append(1000.0 * state[0])
            flow = np.zeros(3)
            for on, off, place, rate in runs:
                flow[place] += rate if on <= begin < off else 0.0
            out, there, back = now["CL"] / now["V"], now["Q"] / now["V"], now["Q"] / now["V2"]
            matrix = np.array(
                [
                    [-now["KA"], 0.0, 0.0],
                    [now["KA"], -out - there, back],
                    [0.0, there, -back],
                ]
            )
            state = solve_ivp(
                lambda _, x, a=matrix, b=flow: a @ x + b,
                (begin, end),
                state,
                method="DOP853",
                rtol=1e-12,
                atol=1e-14,
            ).y[:, -1]
        return {n: np.array(v) for n, v in found.items()}

    def session(self, time_h: float) -> int:
        return int(np.searchsorted(self.OCCASIONS, time_h, side="right")) - 1

    @pytest.mark.parametrize("route", ["oral", "buccal", "iv"])
    @pytest.mark.parametrize(
        "changing", [("CL", "V", "F", "D", "LAG"), ("CL", "V", "F")], ids="-".join
    )
    def test_against_an_adaptive_solver(self, route: str, changing: tuple[str, ...]) -> None:
        # With 2.3 the second dose, given at 2 h, arrives after 6 h: in the third session. Where
        # lag and duration do not change, outputs are read at offsets from the nodes.
        doses = [give(route, t, 50.0, 0.75 if route == "iv" else 0.0) for t in self.OCCASIONS]
        factors = np.array([1.0, 0.3, 0.0])
        sizes = [dict.fromkeys(changing, float(f)) for f in factors]
        etas = {n: np.outer(self.ETAS[n], factors) for n in changing}
        found = simulated(
            doses, {"V": np.full(3, TYPICAL["V"])}, occasion_h=self.OCCASIONS, etas=etas
        )
        for lane in range(3):
            expected = self.reference(doses, sizes[lane])
            for name, read in found.items():
                values = expected[name]
                np.testing.assert_allclose(
                    read[:, lane], values, rtol=1e-9, atol=1e-12 * values.max()
                )

    @pytest.mark.parametrize("route", ["oral", "buccal", "iv"])
    def test_a_shared_lag_into_the_next_session(self, route: str) -> None:
        # The dose of the first session arrives in the second; it is absorbed as in the first.
        doses = [give(route, t, 50.0, 0.75 if route == "iv" else 0.0) for t in self.OCCASIONS]
        etas = {n: np.array([v, v]).T for n, v in self.ETAS.items() if n != "LAG"}
        everybody = {n: np.full(2, v) for n, v in (("V", 30.0), ("LAG", 2.5))}
        shared, own = (
            simulated(doses, everybody, model=lagged(lag), occasion_h=self.OCCASIONS, etas=etas)
            for lag in ("2.5", "LAG")
        )
        assert_same(shared, own)


def test_lags_beyond_the_doses_kept_track_of_are_refused() -> None:
    doses = [give("oral", 1.0 * k, 10.0) for k in range(5)]
    with pytest.raises(InputError, match="absorption phase"):
        simulated(doses, {"LAG": np.array([0.5, 3.5])})
    assert simulated(doses, {"LAG": np.array([0.5, 2.9])})["drug"].min() >= 0.0


def test_shared_lags_move_the_events_and_own_ones_do_not() -> None:
    system = system_for(LAGGED, ["iv", "oral"], OUTPUTS)
    doses = [give("iv", 0.0, 5.0, 2.0), give("oral", 3.0, 5.0)]
    assert event_hours(gated_doses(system, doses, {"LAG": 0.5})) == [0.5, 3.5, 2.5]
    own = gated_doses(system, doses, {})
    assert [(g.gate.mode, g.gate.late, g.gate.lasts) for g in own] == [
        ("timed", True, True),
        ("timed", True, False),
    ]
    assert event_hours(own) == [0.0, 3.0, 2.0]
