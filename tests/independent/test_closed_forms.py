"""The engine against the textbook solutions of one and two compartments, written by hand.

Formulas: Gibaldi and Perrier, Pharmacokinetics, 2nd edition, chapters 1 and 2. Both sides are
exact but for rounding, which the engine collects in every step it takes: 1e-11 leaves room for
the two thousand base steps that these courses need at most.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from sordino.course import Administration
from sordino.library.reader import PK_FOLDER
from sordino.library.schema import PkModel
from sordino.pk.run import PkRun, Reads
from sordino.pk.system import system_for

WITHIN = 1e-11
TIMES = np.array([0.0, 0.1, 0.25, 0.5, 2.0 / 3.0, 1.0, 1.5, 3.0, 5.0, 8.0, 12.0, 24.0, 30.0, 48.0])


def model(
    parameters: Sequence[str],
    compartments: Sequence[str],
    flows: Sequence[dict[str, str]],
    routes: Sequence[dict[str, Any]],
) -> PkModel:
    """A small model: ketamine is measured in `central` over `V`, the time unit is the hour."""
    table = tomllib.loads((PK_FOLDER / "kamp_2020.toml").read_text())
    for part in ("individual", "check", "moiety", "share", "derived"):
        table.pop(part, None)
    parameter = next(p for p in table["parameter"] if p["name"] == "V1")
    mass = next(p for p in table["parameter"] if p["name"] == "molar_mass_ketamine")
    named = [copy.deepcopy(parameter) | {"name": name, "value": 1.0} for name in parameters]
    table["parameter"] = [*named, mass]
    table["compartment"] = [{"name": name} for name in compartments]
    table["flow"] = list(flows)
    table["analyte"][0] |= {"compartment": "central", "volume": "V"}
    table["route"] = list(routes)
    return PkModel.model_validate(table)


IV = {"name": "iv", "inputs": [{"to": "central", "kind": "direct"}]}
OUT = {"from": "central", "rate": "CL / V"}
ONE = model(["CL", "V"], ["central"], [OUT], [IV])
ORAL = model(
    ["CL", "V", "KA", "F"],
    ["gut", "central"],
    [{"from": "gut", "to": "central", "rate": "KA"}, OUT],
    [{"name": "oral", "inputs": [{"to": "gut", "kind": "direct", "fraction": "F"}]}],
)
ZERO_ORDER = model(
    ["CL", "V", "D"],
    ["central"],
    [OUT],
    [{"name": "oral", "inputs": [{"to": "central", "kind": "zero_order", "duration": "D"}]}],
)
TWO = model(
    ["CL", "V", "Q", "V2"],
    ["central", "outer"],
    [
        {"from": "central", "to": "outer", "rate": "Q / V"},
        {"from": "outer", "to": "central", "rate": "Q / V2"},
        OUT,
    ],
    [IV],
)


@dataclass(frozen=True)
class Dose:
    mg: float
    start_h: float = 0.0
    duration_h: float = 0.0
    route: str = "iv"


def simulated(
    of: PkModel, doses: Sequence[Dose], **values: Sequence[float] | np.ndarray
) -> np.ndarray:
    """Concentrations (time, person) for people who have these parameter values."""
    given = tuple(
        Administration(0, k, "ketamine", d.route, d.start_h, d.duration_h, d.mg, 0.0, None, None)
        for k, d in enumerate(doses)
    )
    lanes = {n: jnp.asarray(v, float) for n, v in values.items()}
    count = len(next(iter(lanes.values())))
    lanes["molar_mass_ketamine"] = jnp.full(count, 237.73)
    weight = jnp.full(count, 70.0)
    run = PkRun(
        system=system_for(of, tuple({d.route for d in doses}), ("ketamine",)),
        doses=given,
        reads=(Reads(("ketamine",), TIMES),),
        varying=frozenset(values),
        occasion_h=(),
        typical={n: float(v[0]) for n, v in lanes.items()} | {"weight": 70.0},
        dtype=jnp.dtype("float64"),
    )
    return np.asarray(run(lanes, {}, {"weight": weight}, "total")[0]["ketamine"])


def after(time: np.ndarray) -> np.ndarray:
    """1 from 0 on, as a column."""
    return (time >= 0.0)[:, None] * 1.0


def infused(since: np.ndarray, length: float | np.ndarray, rate: np.ndarray) -> np.ndarray:
    r"""\int_0^{min(t, T)} e^{-rate (t - s)} ds for an input of length T; (time, person)."""
    since = np.clip(since, 0.0, None)[:, None]
    ran = np.minimum(since, length)
    return np.exp(-rate * (since - ran)) * -np.expm1(-rate * ran) / rate


CL, V = np.array([90.0, 12.5, 31.0]), np.array([20.0, 300.0, 31.0])


def test_one_compartment_bolus() -> None:
    got = simulated(ONE, [Dose(35.0), Dose(10.0, 12.0)], CL=CL, V=V)
    k = CL / V
    expected = sum(
        mg / V * np.exp(-k * np.clip(TIMES - start, 0.0, None)[:, None]) * after(TIMES - start)
        for mg, start in ((35.0, 0.0), (10.0, 12.0))
    )
    np.testing.assert_allclose(got, 1000.0 * expected, rtol=WITHIN)


def test_one_compartment_infusion() -> None:
    got = simulated(ONE, [Dose(35.0, 0.0, 2.0 / 3.0), Dose(80.0, 0.5, 24.0)], CL=CL, V=V)
    k = CL / V
    first = 35.0 / (2.0 / 3.0) / V * infused(TIMES, 2.0 / 3.0, k)
    second = 80.0 / 24.0 / V * infused(TIMES - 0.5, 24.0, k)
    np.testing.assert_allclose(got, 1000.0 * (first + second), rtol=WITHIN)


def test_an_infusion_without_end_reaches_rate_over_clearance() -> None:
    got = simulated(ONE, [Dose(480.0, 0.0, 48.0)], CL=[90.0, 45.0], V=[20.0, 20.0])
    # Steady state: 10 mg/h over the clearance; what is missing after 48 h is e^-108.
    np.testing.assert_allclose(got[-1], 1000.0 * 10.0 / np.array([90.0, 45.0]), rtol=WITHIN)


def test_first_order_absorption() -> None:
    ka, f = np.array([1.4, 0.02, 6.0]), np.array([0.2, 1.0, 0.64])
    got = simulated(ORAL, [Dose(60.0, route="oral")], CL=CL, V=V, KA=ka, F=f)
    k, t = CL / V, TIMES[:, None]
    # e^-kt - e^-ka t without cancellation, for either order of the two rates.
    difference = np.exp(-k * t) * -np.expm1(-(ka - k) * t) / (ka - k)
    np.testing.assert_allclose(got, 1000.0 * 60.0 * f * ka / V * difference, rtol=WITHIN)


def test_first_order_absorption_as_fast_as_elimination() -> None:
    # The rate matrix has no full set of eigenvectors: the limit of the formula above.
    got = simulated(ORAL, [Dose(60.0, route="oral")], CL=CL, V=V, KA=CL / V, F=[1.0, 1.0, 0.5])
    k, t = CL / V, TIMES[:, None]
    expected = 1000.0 * 60.0 * np.array([1.0, 1.0, 0.5]) / V * k * t * np.exp(-k * t)
    np.testing.assert_allclose(got, expected, rtol=WITHIN)


def test_zero_order_absorption_with_a_duration_of_its_own_in_everybody() -> None:
    # Ends on an output time, between two, and after the next dose has begun.
    length = np.array([0.5, 0.3711, 2.3])
    doses = [Dose(60.0, 0.0, route="oral"), Dose(60.0, 1.5, route="oral")]
    got = simulated(ZERO_ORDER, doses, CL=CL, V=V, D=length)
    k = CL / V
    both = infused(TIMES, length, k) + infused(TIMES - 1.5, length, k)
    np.testing.assert_allclose(got, 1000.0 * 60.0 / length / V * both, rtol=WITHIN)


def two_exponentials(q: np.ndarray, v2: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """(coefficient, rate) of both terms of the unit impulse response of the central amount."""
    k10, k12, k21 = CL / V, q / V, q / v2
    total = k10 + k12 + k21
    alpha = (total + np.sqrt(total**2 - 4.0 * k10 * k21)) / 2.0
    beta = k10 * k21 / alpha
    return [
        ((alpha - k21) / (alpha - beta), alpha),
        ((k21 - beta) / (alpha - beta), beta),
    ]


Q, V2 = np.array([150.0, 3.0, 40.0]), np.array([40.0, 90.0, 500.0])


def test_two_compartments_bolus() -> None:
    got = simulated(TWO, [Dose(35.0)], CL=CL, V=V, Q=Q, V2=V2)
    t = TIMES[:, None]
    expected = sum(c * np.exp(-rate * t) for c, rate in two_exponentials(Q, V2))
    np.testing.assert_allclose(got, 1000.0 * 35.0 / V * expected, rtol=WITHIN)


@pytest.mark.parametrize("length", [2.0 / 3.0, 10.0])
def test_two_compartments_infusion(length: float) -> None:
    got = simulated(TWO, [Dose(35.0, 0.0, length)], CL=CL, V=V, Q=Q, V2=V2)
    expected = sum(c * infused(TIMES, length, rate) for c, rate in two_exponentials(Q, V2))
    np.testing.assert_allclose(got, 1000.0 * 35.0 / length / V * expected, rtol=WITHIN)
