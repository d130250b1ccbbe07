"""Every drug model, by every route, against an adaptive solver.

The right-hand side is made here from the text of the model file, by an interpreter of its own:
nothing of the package's reader, expressions, matrices or time plan is used for it. Diffrax
integrates it with Dopri8 from one discontinuity or output time to the next, so that no dense
output is interpolated.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sordino.course import Administration
from sordino.library.reader import load_pk_model, pk_model_ids
from sordino.pk.run import PkRun, Reads
from sordino.pk.system import EffectSite, system_for

# Dopri8 asks for 1e-12 of a value in each step. Over some thousand steps that leaves about 1e-10;
# 1e-9 is what is promised. Values far below the peak are compared with the peak: there the
# solver's own absolute tolerance rules.
RELATIVE, OF_PEAK = 1e-9, 1e-12
STATES, SEGMENTS = 20, 96

SITES = {"fast": 11.8 / 60.0, "slow": 10.9 * 24.0}  # half-times in h: any two will do
FUNCTIONS: dict[str, Any] = {
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "min": min,
    "max": max,
    "abs": abs,
    "logit": lambda p: math.log(p / (1.0 - p)),
    "ilogit": lambda x: 1.0 / (1.0 + math.exp(-x)),
}


@dataclass(frozen=True)
class Person:
    """Covariates, and etas by parameter: one for the person, one for each occasion."""

    covariates: dict[str, float]
    between: dict[str, float]
    within: dict[str, list[float]] = field(default_factory=dict[str, list[float]])


@dataclass(frozen=True)
class Segment:
    """A span in which nothing changes: dx/dt = matrix x + flow, after `jump` at its start."""

    begin: float
    end: float
    matrix: np.ndarray
    flow: np.ndarray
    jump: np.ndarray


def formula(text: str, names: Mapping[str, float]) -> float:
    return float(eval(text, {"__builtins__": {}}, {**FUNCTIONS, **names}))


def table_of(name: str) -> dict[str, Any]:
    return tomllib.loads((files("sordino") / "library" / "pk" / f"{name}.toml").read_text())


def numbers(table: dict[str, Any], person: Person, moiety: str, occasion: int) -> dict[str, float]:
    """All names of a model file for one person in one occasion."""
    known = {**person.covariates, **{p["name"]: p["value"] for p in table["parameter"]}}
    spreads = {p["name"]: p for p in table["parameter"]}
    same = {s["parameter"]: s["of"] for s in table.get("share", [])}
    rules = {r["parameter"]: r for r in table.get("individual", [])}
    found = dict(known)
    for name, parameter in spreads.items():
        rule = rules.get(name, {"expression": name})
        value = formula(rule["expression"], known)
        source = same.get(name, name)
        eta = person.between.get(source, 0.0)
        if source in person.within:
            eta += person.within[source][occasion]
        spread = parameter.get("iiv", parameter.get("iov", {}))
        if spread.get("kind") == "sd_logit":
            value = FUNCTIONS["ilogit"](FUNCTIONS["logit"](value) + eta)
        else:
            value *= math.exp(eta)
        if "after" in rule:
            value = formula(rule["after"], {**known, name: value})
        found[name] = value
    for other in table.get("moiety", []):
        if other["name"] == moiety:
            changes = {a["parameter"]: formula(a["expression"], found) for a in other["adjust"]}
            found |= changes
    for derived in table.get("derived", []):
        found[derived["name"]] = formula(derived["expression"], found)
    return found


class Reference:
    """One person, one course, one moiety of a model file."""

    def __init__(self, name: str, person: Person, moiety: str, occasion_h: Sequence[float]):
        self.table = table_of(name)
        self.per_hour = 60.0 if self.table["time_unit"] == "min" else 1.0
        self.occasion_h = list(occasion_h) or [0.0]
        self.index = {c["name"]: i for i, c in enumerate(self.table["compartment"])}
        self.values = [numbers(self.table, person, moiety, k) for k in range(len(self.occasion_h))]
        self.matrices = [self._matrix(v) for v in self.values]

    def occasion(self, time: float) -> int:
        return max(k for k, start in enumerate(self.occasion_h) if start <= time)

    def _analyte(self, name: str) -> dict[str, Any]:
        return next(a for a in self.table["analyte"] if a["name"] == name)

    def _matrix(self, values: dict[str, float]) -> np.ndarray:
        matrix = np.zeros((STATES, STATES))
        for flow in self.table["flow"]:
            if flow["from"] == "depot" and "ka_user" not in values:
                continue
            start = self.index[flow["from"]]
            rate = formula(flow["rate"], values) * self.per_hour
            matrix[start, start] -= rate
            if "to" in flow:
                arrives = formula(flow.get("arrives", "1"), values)
                matrix[self.index[flow["to"]], start] += rate * arrives
        drug = self._analyte("ketamine")
        for k, site in enumerate(SITES):
            row, follow = len(self.index) + k, math.log(2.0) / values[f"half_time_{site}"]
            volume = formula(drug["volume"], values)
            matrix[row, self.index[drug["compartment"]]] += follow * 1000.0 / volume
            matrix[row, row] -= follow
        return matrix

    def _inputs(
        self, doses: Sequence[Administration], share: Mapping[str, float]
    ) -> list[tuple[int, float, float, float]]:
        """(state, mg, begin, length) of everything that enters; hours."""
        found: list[tuple[int, float, float, float]] = []
        for dose in doses:
            values = self.values[self.occasion(dose.start_h)]
            amount = dose.dose_mg + dose.dose_mg_per_kg * values["weight"]
            name = "depot" if dose.route in ("im", "sc") else dose.route
            route = next(r for r in self.table["route"] if r["name"] == name)
            for entry in route["inputs"]:
                space = {**values, "dose": amount}
                part = amount * share[dose.drug] * formula(entry.get("fraction", "1"), space)
                length = dose.duration_h
                if "duration" in entry:
                    length = formula(entry["duration"], space) / self.per_hour
                found.append((self.index[entry["to"]], part, dose.start_h, length))
        return found

    def segments(
        self, doses: Sequence[Administration], share: Mapping[str, float], times: np.ndarray
    ) -> list[Segment]:
        inputs = self._inputs(doses, share)
        ends = [begin + length for _, _, begin, length in inputs]
        borders = {0.0, *times, *self.occasion_h, *(i[2] for i in inputs), *ends}
        cuts = sorted(t for t in borders if t <= times[-1])
        found: list[Segment] = []
        for begin, end in zip(cuts, [*cuts[1:], cuts[-1] + 1e-3], strict=True):
            flow, jump = np.zeros(STATES), np.zeros(STATES)
            for state, amount, start, length in inputs:
                if length > 0 and start <= begin < start + length:
                    flow[state] += amount / length
                elif length == 0 and start == begin:
                    jump[state] += amount
            found.append(Segment(begin, end, self.matrices[self.occasion(begin)], flow, jump))
        return found

    def outputs(self, time: float, state: np.ndarray) -> dict[str, float]:
        values = self.values[self.occasion(time)]
        found = {
            a["name"]: 1000.0 * state[self.index[a["compartment"]]] / formula(a["volume"], values)
            for a in self.table["analyte"]
        }
        return found | {s: state[len(self.index) + k] for k, s in enumerate(SITES)}


@jax.jit
def integrated(length: jax.Array, matrix: jax.Array, flow: jax.Array, jump: jax.Array) -> jax.Array:
    """The state at the start of every segment, after its jump."""

    def one(state: jax.Array, now: tuple[jax.Array, ...]) -> tuple[jax.Array, jax.Array]:
        span, a, b, added = now
        begin = state + added
        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(lambda t, y, args: args[0] @ y + args[1]),
            diffrax.Dopri8(),
            0.0,
            span,
            None,
            begin,
            (a, b),
            saveat=diffrax.SaveAt(t1=True),
            stepsize_controller=diffrax.PIDController(rtol=1e-12, atol=1e-15),
            max_steps=None,
        )
        assert solution.ys is not None
        return solution.ys[0], begin

    return jax.lax.scan(one, jnp.zeros(STATES), (length, matrix, flow, jump))[1]


def solved(reference: Reference, parts: list[Segment], times: np.ndarray) -> dict[str, np.ndarray]:
    assert len(parts) <= SEGMENTS
    padded = [*parts, *[parts[-1]] * (SEGMENTS - len(parts))]
    states = np.asarray(
        integrated(
            jnp.array([p.end - p.begin for p in padded]),
            jnp.array([p.matrix for p in padded]),
            jnp.array([p.flow for p in padded]),
            # Padding continues after the last output, where nobody looks.
            jnp.array([p.jump for p in padded]),
        )
    )
    at = {p.begin: state for p, state in zip(parts, states, strict=False)}
    rows = [reference.outputs(t, at[t]) for t in times]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def give(
    route: str,
    start_h: float,
    mg: float,
    *,
    drug: str = "ketamine",
    duration_h: float = 0.0,
    dose_mg_per_kg: float = 0.0,
) -> Administration:
    return Administration(0, 0, drug, route, start_h, duration_h, mg, dose_mg_per_kg, None, None)


def people(name: str, occasions: int, seed: int = 5) -> list[Person]:
    """Three different people; the spread is that of the model file."""
    rng = np.random.default_rng(seed)
    table = table_of(name)
    found: list[Person] = []
    for weight, age, asian in ((52.0, 25.0, 0.0), (70.0, 71.0, 1.0), (118.0, 44.0, 0.0)):
        covariates = {"weight": weight, "age": age, "height": 165.0, "female": 1.0}
        covariates |= {"asian": asian, "japanese": asian, "ka_user": 0.02, "f_user": 0.85}
        covariates |= {f"half_time_{s}": h * math.exp(rng.normal(0, 0.3)) for s, h in SITES.items()}
        # The size of the etas does not matter here, only that they differ.
        varying = [p["name"] for p in table["parameter"] if "iiv" in p]
        between = {n: float(rng.normal(0.0, 0.3)) for n in varying}
        changing = [p["name"] for p in table["parameter"] if "iov" in p]
        within = {n: [float(rng.normal(0.0, 0.4)) for _ in range(occasions)] for n in changing}
        found.append(Person(covariates, between, within if occasions else {}))
    return found


def engine_values(
    name: str,
    doses: Sequence[Administration],
    times: np.ndarray,
    persons: Sequence[Person],
    occasion_h: Sequence[float],
    moiety: str,
) -> dict[str, np.ndarray]:
    """The same through the package: (time, person) by output."""
    model = load_pk_model(name)
    routes = tuple(sorted({"depot" if d.route in ("im", "sc") else d.route for d in doses}))
    sites = tuple(EffectSite(s, "ketamine", f"half_time_{s}") for s in SITES)
    typical = {n: p.value for n, p in model.parameters.items()}
    system = system_for(model, routes, tuple(model.analytes), sites)
    run = PkRun(
        system=system,
        doses=tuple(doses),
        reads=(Reads(system.outputs, times),),
        varying=frozenset(persons[0].between) | frozenset(persons[0].within) | {"weight", "age"},
        occasion_h=tuple(occasion_h),
        typical=typical | persons[0].covariates,
        dtype=jnp.dtype("float64"),
    )
    full = jnp.ones(len(persons))
    etas = {n: jnp.array([p.between[n] for p in persons]) for n in persons[0].between}
    for n in persons[0].within:
        changing = jnp.array([p.within[n] for p in persons]).T
        etas[n] = etas.get(n, 0.0) + changing
    covariates = {n: jnp.array([p.covariates[n] for p in persons]) for n in persons[0].covariates}
    (read,) = run({n: v * full for n, v in typical.items()}, etas, covariates, moiety)
    return {n: np.asarray(v) for n, v in read.items()}


SHARES = {
    "S": {"esketamine": 1.0, "ketamine": 0.5},
    "R": {"esketamine": 0.0, "ketamine": 0.5},
    "total": {"esketamine": 1.0, "ketamine": 1.0},
}


def compare(
    name: str,
    doses: Sequence[Administration],
    times: np.ndarray,
    *,
    moiety: str,
    occasion_h: Sequence[float] = (),
) -> None:
    persons = people(name, len(occasion_h))
    got = engine_values(name, doses, times, persons, occasion_h, moiety)
    for lane, person in enumerate(persons):
        reference = Reference(name, person, moiety, occasion_h)
        expected = solved(reference, reference.segments(doses, SHARES[moiety], times), times)
        assert set(got) == set(expected)
        for output, values in expected.items():
            peak = np.abs(values).max()
            assert peak > 0, output
            np.testing.assert_allclose(
                got[output][:, lane],
                values,
                rtol=RELATIVE,
                atol=OF_PEAK * peak,
                err_msg=f"{name} {moiety} {output}, person {lane}",
            )


def moieties(name: str) -> list[str]:
    model = load_pk_model(name)
    return ["total"] if model.measured == "total" else ["S", *(m.name for m in model.moiety)]


def all_routes(name: str) -> list[Administration]:
    """A dose by every route that the model has, close enough to run into each other."""
    have = load_pk_model(name).routes
    doses = [
        give("iv", 0.0, 30.0, duration_h=40.0 / 60.0),
        give("iv", 0.25, 5.0),
        give("iv", 24.0, 0.0, dose_mg_per_kg=0.5, duration_h=0.75),
        give("sublingual", 1.0, 50.0),
        give("buccal", 1.4, 50.0, drug="esketamine"),
        give("intranasal", 1.0, 84.0, drug="esketamine"),
        give("intranasal", 1.5, 20.0),
        give("oral", 2.0, 60.0),
        give("im", 3.0, 25.0),
        give("sc", 25.0, 10.0),
    ]
    return [d for d in doses if ("depot" if d.route in ("im", "sc") else d.route) in have]


TIMES = np.unique(
    np.concatenate(
        [
            np.arange(0.0, 4.0, 0.125),
            np.array([4.0, 6.0, 9.5, 16.0, 24.0, 24.25, 24.75, 25.0, 26.0, 30.0, 48.0, 72.0]),
        ]
    )
)


@pytest.mark.parametrize(("name", "moiety"), [(n, m) for n in pk_model_ids() for m in moieties(n)])
def test_every_route_of_every_model(name: str, moiety: str) -> None:
    doses = all_routes(name)
    model = load_pk_model(name)
    assert {"depot" if d.route in ("im", "sc") else d.route for d in doses} == set(model.routes)
    compare(name, sorted(doses, key=lambda d: d.start_h), TIMES, moiety=moiety)


@pytest.mark.parametrize("route", ["iv", "intranasal", "oral", "im"])
def test_one_route_alone(route: str) -> None:
    # The engine leaves out compartments that one route does not reach: each route is a system
    # of its own.
    compare("perezruixo_2021", [give(route, 0.5, 56.0)], TIMES[TIMES < 30], moiety="R")


def test_film_sessions_that_differ_within_a_person() -> None:
    # Durations of absorption, and rates of the matrix, are drawn anew for each session; the
    # third film is taken while the second is still being absorbed.
    sessions = [0.0, 24.0, 24.0 + 25.0 / 60.0, 49.0]
    doses = [give("sublingual", s, 50.0, drug="esketamine") for s in sessions]
    doses.insert(1, give("iv", 6.0, 20.0, drug="esketamine", duration_h=1.0 / 3.0))
    within = np.arange(0.0, 1.5, 0.25)
    times = np.unique(np.concatenate([*(s + within for s in sessions), [5.0, 7.0, 40.0, 72.0]]))
    occasions = [0.0, 6.0, *sessions[1:]]
    compare("simons_2022", doses, times, moiety="S", occasion_h=occasions)


def test_film_that_is_looked_at_once_a_day() -> None:
    # Between two looks the input ends, in each person at a time of its own.
    sessions = [0.0, 48.0]
    doses = [give("sublingual", s, 100.0) for s in sessions]
    times = np.array([0.0, 24.0, 47.0, 48.0, 72.0])
    compare("simons_2022", doses, times, moiety="R", occasion_h=sessions)
