"""What holds for any course through any linear model: laws, not numbers.

The model is small and invented. Its three analytes are the amounts in three of its places (the
volume is 1 L, so 1000 ng/mL is 1 mg). Tolerances: a run takes some hundreds of base steps, each
of which may round once; 1e-12 leaves room for that.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sordino.course import Administration
from sordino.errors import InputError
from sordino.library.reader import PK_FOLDER, load_pk_model
from sordino.library.schema import PkModel
from sordino.pk.run import PkRun, Reads
from sordino.pk.system import System, system_for

WITHIN = 1e-12
NAMES = ("ketamine", "norketamine", "hydroxynorketamine")
TYPICAL = {"k10": 2.0, "k12": 3.0, "k21": 0.4, "KA": 1.5, "D": 0.6, "F": 0.7}
PLACES = (("gut", "central", "outer"), ("gone", "central", "outer"))
TIMES = np.array([0.0, 0.25, 0.75, 1.0, 2.0, 3.5, 6.0, 9.0, 24.0, 30.0, 72.0])


@lru_cache
def body(places: tuple[str, ...]) -> PkModel:
    """Gut, central and outer compartment, and one that collects what is eliminated."""
    table = tomllib.loads((PK_FOLDER / "kamp_2020.toml").read_text())
    for part in ("individual", "check", "moiety", "share", "derived"):
        table.pop(part, None)
    parameter = next(p for p in table["parameter"] if p["name"] == "V1")
    spread = {"value": 0.3, "kind": "sd_log"}
    table["parameter"] = [
        copy.deepcopy(parameter) | {"name": n, "value": v, "iiv": spread}
        for n, v in TYPICAL.items()
    ]
    table["compartment"] = [{"name": n} for n in ("gut", "central", "outer", "gone")]
    table["flow"] = [
        {"from": "gut", "to": "central", "rate": "KA"},
        {"from": "central", "to": "outer", "rate": "k12"},
        {"from": "outer", "to": "central", "rate": "k21"},
        {"from": "central", "to": "gone", "rate": "k10"},
    ]
    table["analyte"] = [
        {"name": name, "compartment": place, "volume": "1", "molar_mass": "237.73"}
        for name, place in zip(NAMES, places, strict=True)
    ]
    swallowed = {"to": "gut", "kind": "zero_order", "fraction": "F", "duration": "D"}
    table["route"] = [
        {"name": "iv", "inputs": [{"to": "central", "kind": "direct"}]},
        {"name": "oral", "inputs": [swallowed]},
    ]
    return PkModel.model_validate(table)


def system(places: tuple[str, ...] = PLACES[0]) -> System:
    return system_for(body(places), ("iv", "oral"), NAMES)


def amounts(
    doses: Sequence[Administration],
    people: Mapping[str, np.ndarray],
    times: np.ndarray = TIMES,
    places: tuple[str, ...] = PLACES[0],
) -> dict[str, np.ndarray]:
    """mg in three places, (time, person)."""
    run = PkRun(
        system=system(places),
        doses=tuple(sorted(doses, key=lambda d: d.start_h)),
        reads=(Reads(NAMES, times),),
        varying=frozenset(TYPICAL),
        occasion_h=(),
        typical=TYPICAL | {"weight": 70.0},
        dtype=jnp.dtype("float64"),
    )
    lanes = {n: jnp.asarray(v) for n, v in people.items() if n != "weight"}
    (read,) = run(lanes, {}, {"weight": jnp.asarray(people["weight"])}, "total")
    return {place: np.asarray(read[n]) / 1000.0 for n, place in zip(NAMES, places, strict=True)}


def persons(count: int, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    drawn = {n: v * np.exp(rng.normal(0.0, 0.4, count)) for n, v in TYPICAL.items()}
    drawn["F"] = rng.uniform(0.05, 1.0, count)
    return drawn | {"weight": rng.uniform(45.0, 130.0, count)}


def dose(route: str, start_h: float, mg: float, per_kg: float, length_h: float) -> Administration:
    length = length_h if route == "iv" else 0.0
    return Administration(0, 0, "ketamine", route, start_h, length, mg, per_kg, None, None)


# Quarters of an hour keep the number of distinct step lengths, and so of compilations, small;
# the durations of swallowed doses differ in everybody anyway. Two hours between swallowed doses.
DOSES = st.lists(
    st.builds(
        dose,
        route=st.sampled_from(["iv", "oral"]),
        start_h=st.integers(0, 12).map(lambda k: 2.0 * k),
        mg=st.floats(1.0, 200.0),
        per_kg=st.sampled_from([0.0, 0.5]),
        length_h=st.sampled_from([0.0, 0.25, 0.75, 4.0]),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda d: (d.route, d.start_h),
)
SEEDS = st.integers(0, 10_000)
FEW = settings(max_examples=8)


def given_so_far(doses: Sequence[Administration], people: Mapping[str, np.ndarray]) -> np.ndarray:
    """mg that have entered the body by each time, (time, person)."""
    total = np.zeros((len(TIMES), len(people["weight"])))
    for d in doses:
        mg = d.dose_mg + d.dose_mg_per_kg * people["weight"]
        length = people["D"] if d.route == "oral" else d.duration_h
        part = people["F"] if d.route == "oral" else 1.0
        since = (TIMES - d.start_h)[:, None]
        if np.all(np.asarray(length) == 0.0):
            total += mg * (since >= 0)
        else:
            total += part * mg * np.clip(since / length, 0.0, 1.0)
    return total


@FEW
@given(doses=DOSES, seed=SEEDS)
def test_what_enters_is_in_the_body_or_has_left_it(doses: list[Administration], seed: int) -> None:
    people = persons(3, seed)
    inside = amounts(doses, people)
    left = amounts(doses, people, places=PLACES[1])["gone"]
    total = inside["gut"] + inside["central"] + inside["outer"] + left
    np.testing.assert_allclose(total, given_so_far(doses, people), rtol=1e-11, atol=1e-13)


@FEW
@given(doses=DOSES, seed=SEEDS)
def test_nothing_is_ever_negative(doses: list[Administration], seed: int) -> None:
    looked = np.array([0.0, 48.0, 400.0])
    for mg in amounts(doses, persons(5, seed), looked).values():
        assert mg.min() >= 0.0


@FEW
@given(first=DOSES, second=DOSES, seed=SEEDS)
def test_courses_add_up(
    first: list[Administration], second: list[Administration], seed: int
) -> None:
    people = persons(3, seed)
    both = amounts([*first, *second], people)
    one, other = amounts(first, people), amounts(second, people)
    for place, mg in both.items():
        np.testing.assert_allclose(mg, one[place] + other[place], rtol=1e-11, atol=1e-13)


@FEW
@given(doses=DOSES, factor=st.floats(1e-3, 1e3), seed=SEEDS)
def test_amounts_are_proportional_to_the_dose(
    doses: list[Administration], factor: float, seed: int
) -> None:
    people = persons(3, seed)
    larger = [
        replace(d, dose_mg=factor * d.dose_mg, dose_mg_per_kg=factor * d.dose_mg_per_kg)
        for d in doses
    ]
    once, more = amounts(doses, people), amounts(larger, people)
    for place, mg in once.items():
        np.testing.assert_allclose(more[place], factor * mg, rtol=WITHIN)


@FEW
@given(doses=DOSES, hours=st.integers(1, 2000), seed=SEEDS)
def test_a_later_start_shifts_everything(
    doses: list[Administration], hours: int, seed: int
) -> None:
    people = persons(3, seed)
    later = [replace(d, start_h=d.start_h + hours) for d in doses]
    now, then = amounts(doses, people), amounts(later, people, TIMES + hours)
    for place, mg in now.items():
        np.testing.assert_allclose(then[place], mg, rtol=1e-11, atol=1e-14)


@FEW
@given(doses=DOSES, seed=SEEDS)
def test_the_order_of_people_does_not_matter(doses: list[Administration], seed: int) -> None:
    people = persons(6, seed)
    order = np.random.default_rng(seed).permutation(6)
    mixed = {n: v[order] for n, v in people.items()}
    straight, shuffled = amounts(doses, people), amounts(doses, mixed)
    for place, mg in straight.items():
        np.testing.assert_allclose(shuffled[place], mg[:, order], rtol=1e-13, atol=1e-300)


COURSE = [
    dose("iv", 0.0, 0.0, 0.5, 0.75),
    dose("oral", 2.0, 60.0, 0.0, 0.0),
    dose("iv", 24.0, 10.0, 0.0, 0.0),
]


@pytest.mark.parametrize("size", [1, 7])
def test_people_are_the_same_alone_and_in_a_crowd(size: int) -> None:
    people = persons(300, seed=3)
    crowd = amounts(COURSE, people)
    for start in (0, 150, 300 - size):
        few = {n: v[start : start + size] for n, v in people.items()}
        for place, mg in amounts(COURSE, few).items():
            there = crowd[place][:, start : start + size]
            np.testing.assert_allclose(mg, there, rtol=1e-13, atol=1e-300)


def test_somebody_very_fast_does_not_change_the_others() -> None:
    # One person empties the gut two thousand times as fast: everybody's steps are halved eleven
    # times more often, which rounds differently and is exact all the same.
    people = persons(7, seed=4)
    fast = {n: v.copy() for n, v in people.items()}
    fast["KA"][3] *= 2000.0
    usual, beside = amounts(COURSE, people), amounts(COURSE, fast)
    others = np.array([0, 1, 2, 4, 5, 6])
    for place, mg in usual.items():
        np.testing.assert_allclose(beside[place][:, others], mg[:, others], rtol=1e-9)


@pytest.mark.parametrize("rate", [np.inf, np.nan, 1e12])
def test_a_rate_beyond_all_measure_is_refused(rate: float) -> None:
    people = persons(4, seed=4)
    people["KA"][1] = rate
    with pytest.raises(InputError, match="rate constant"):
        amounts(COURSE, people)


def test_absorption_beyond_the_doses_kept_track_of_is_refused() -> None:
    people = persons(4, seed=5)
    people["D"][2] = 7.0
    doses = [dose("oral", 2.0 * k, 10.0, 0.0, 0.0) for k in range(6)]
    with pytest.raises(InputError, match="absorption phase"):
        amounts(doses, people)
    people["D"][2] = 5.9
    assert amounts(doses, people)["central"].min() >= 0.0


def test_absorption_that_runs_through_several_later_doses() -> None:
    # Up to three at a time: added up from courses of one dose each.
    people = persons(4, seed=6)
    people["D"] = np.array([0.3, 2.0, 3.7, 5.999])
    doses = [dose("oral", 2.0 * k, 10.0 + k, 0.0, 0.0) for k in range(4)]
    together = amounts(doses, people)
    alone = [amounts([d], people) for d in doses]
    for place, mg in together.items():
        np.testing.assert_allclose(mg, sum(a[place] for a in alone), rtol=1e-11, atol=1e-13)


def closed(model: str) -> dict[str, Any]:
    """A library model that loses nothing: every mg arrives, what leaves is collected."""
    table = tomllib.loads((PK_FOLDER / f"{model}.toml").read_text())
    table.pop("check", None)
    for flow in table["flow"]:
        flow.pop("arrives", None)
        flow.setdefault("to", "gone")
    table["compartment"] = [*table["compartment"], {"name": "gone"}]
    return table


def test_nothing_is_lost_in_the_largest_model() -> None:
    # 20 mg over 20 min and a film: F1 and F2 of simons_2022 say what enters the two depots.
    table = closed("simons_2022")
    typical = {n: p.value for n, p in load_pk_model("simons_2022").parameters.items()}
    film = Administration(0, 0, "esketamine", "sublingual", 1.0, 0.0, 50.0, 0.0, None, None)
    doses = (dose("iv", 0.0, 20.0, 0.0, 1.0 / 3.0), film)
    places = [c["name"] for c in table["compartment"] if c["name"] != "depot"]
    total = np.zeros(len(TIMES))
    for k in range(0, len(places), 3):
        chosen = places[k : k + 3]
        table["analyte"] = [
            {"name": n, "compartment": c, "volume": "1", "molar_mass": "molar_mass_ketamine"}
            for n, c in zip(NAMES, chosen, strict=False)
        ]
        model = PkModel.model_validate(table)
        run = PkRun(
            system=system_for(model, ("iv", "sublingual"), NAMES[: len(chosen)]),
            doses=tuple(replace(d, drug="esketamine") for d in doses),
            reads=(Reads(NAMES[: len(chosen)], TIMES),),
            varying=frozenset(),
            occasion_h=(),
            typical=typical | {"weight": 70.0},
            dtype=jnp.dtype("float64"),
        )
        (read,) = run(
            {n: jnp.full(1, v) for n, v in typical.items()}, {}, {"weight": jnp.full(1, 70.0)}
        )
        total += sum(np.asarray(v)[:, 0] for v in read.values()) / 1000.0
    entered = 20.0 * np.clip(TIMES * 3.0, 0.0, 1.0)
    for share, minutes in ((0.263, 13.1), (1.16, 29.9)):
        entered += share * 50.0 * np.clip((TIMES - 1.0) * 60.0 / minutes, 0.0, 1.0)
    np.testing.assert_allclose(total, entered, rtol=1e-11)
