"""Amounts and concentrations at every record of a data set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from sordino.errors import InputError
from sordino.events.table import EventTable
from sordino.library.schema import PkModel
from sordino.pk.histories.doses import SteadyDoses, collect, spans
from sordino.pk.histories.lanes import bucket, walk_all
from sordino.pk.histories.parameters import Carry, ParameterSets, parameter_sets, place
from sordino.pk.histories.steady import Cycle, constant_infusion, repeated_dose
from sordino.pk.histories.timeline import make_timeline
from sordino.pk.histories.walk import Links

STEADY_LANES = (8, 64, 512)
"""Steady states that are solved together."""


@dataclass(frozen=True, eq=False)
class Amounts:
    """What `predict_amounts` gives: mg in each compartment after each record.

    `sets` has the parameters; `values` has them for each row.
    """

    amounts: Float[np.ndarray, "row compartment"]
    sets: ParameterSets

    @cached_property
    def values(self) -> Mapping[str, Float[np.ndarray, " row"]]:
        """Individual and derived parameters and covariates at each row, by name."""
        return {name: value[self.sets.row_set] for name, value in self.sets.values.items()}


def predict_amounts(
    model: PkModel,
    table: EventTable,
    typical: Mapping[str, Any],
    etas: Mapping[str, Any],
    *,
    carry: Carry = "next",
) -> Amounts:
    """Amounts in all compartments after every record, and the parameters there.

    `typical`: typical values by name, numbers or (individual,); `etas`: deviations by
    parameter, (individual,) or (occasion, individual) with occasions numbered as
    `occasions` does; `carry`: whose covariates hold between two records, those of the
    "next" (NONMEM) or of the "last".

    Exact for linear models; see `nonlinear` for the others. Raises `InputError` with the row
    for what the model or NONMEM's rules do not define.
    """
    sets = parameter_sets(model, table, typical, etas, carry)
    between = spans(table)
    inputs, steady = collect(table, sets, between)
    timeline = make_timeline(table, sets, between, inputs)
    if not model.is_linear:
        from sordino.pk.histories.nonlinear import integrate

        return Amounts(integrate(table, sets, timeline, steady), sets)
    extra = _steady_amounts(table, sets, steady)
    return Amounts(walk_all(timeline, sets, extra), sets)


def concentrations(model: PkModel, amounts: Amounts) -> dict[str, Float[np.ndarray, " row"]]:
    """Every analyte at each row, in its own unit.

    Raises `InputError` with the row where a volume is not above 0.
    """
    found: dict[str, Float[np.ndarray, " row"]] = {}
    names = [c.name for c in model.compartment]
    for name, analyte in model.analytes.items():
        volume = amounts.sets.checked(analyte.volume, f"the volume of {name}", positive=True)
        factor = (analyte.scale / volume)[amounts.sets.row_set]
        found[name] = amounts.amounts[:, names.index(analyte.compartment)] * factor
    return found


def _steady_amounts(
    table: EventTable, sets: ParameterSets, steady: SteadyDoses
) -> Float[np.ndarray, "row compartment"] | None:
    """The amounts that steady-state records bring, without their own dose; None if no record."""
    if not len(steady.row):
        return None
    amounts = np.zeros((len(table.row), len(sets.model.compartment)))
    for chosen in (steady.constant, ~steady.constant):
        indices = np.flatnonzero(chosen)
        for begin in range(0, len(indices), STEADY_LANES[-1]):
            some = indices[begin : begin + STEADY_LANES[-1]]
            part = SteadyDoses(*(column[some] for column in steady))
            solved = _solve(sets, part)
            wrong = ~np.isfinite(solved).all(axis=1)
            if wrong.any():
                raise InputError(
                    "there is no steady state: a compartment that this dose reaches never empties",
                    where=place(table, int(part.row[np.flatnonzero(wrong)[0]]), "SS"),
                    hint="mark a compartment that only collects with collects = true",
                )
            np.add.at(amounts, part.row, solved)
    return amounts


def _solve(sets: ParameterSets, steady: SteadyDoses) -> Float[np.ndarray, "dose compartment"]:
    """Steady states of one kind, padded to a few sizes."""
    count, some = len(sets.model.compartment), len(steady.row)
    padding = np.zeros(bucket(some, STEADY_LANES) - some, int)
    lanes = np.concatenate([np.arange(some), padding])
    own = sets.row_set[steady.row][lanes]
    weights, lost = _losses(sets, own)
    rates = np.moveaxis(sets.rates(own), 0, -1)
    rates = rates * weights[:, None] / weights[None, :]
    into = np.zeros((count, len(lanes)))
    into[steady.compartment[lanes], np.arange(len(lanes))] = 1.0
    into *= weights
    if steady.constant.all():
        amounts = constant_infusion(rates, lost, into, steady.rate[lanes])
    else:
        columns = (steady.amount_mg, steady.rate, steady.duration_h, steady.period_h, steady.lag_h)
        cycle = Cycle(*(jnp.asarray(column) for column in (into, *(c[lanes] for c in columns))))
        collects = np.array([float(c.collects) for c in sets.model.compartment])
        links = Links(
            count + 2,
            sets.links
            | {(count, k) for k in range(count)}
            | {(k, count + 1) for k in range(count)},
        )
        amounts = repeated_dose(links, rates, lost, collects, cycle)
    return (np.asarray(amounts) / weights).T[:some]


def _losses(
    sets: ParameterSets, own: np.ndarray
) -> tuple[Float[np.ndarray, "compartment lane"], Float[np.ndarray, "compartment lane"]]:
    """What each compartment loses for good, 1/h, and the weights in which mass is counted.

    A mg of a parent may become more than a mg of a heavier metabolite; counted in weights
    (a mg of the parent is worth what becomes of it) mass is lost but never made.
    """
    model = sets.model
    names = [c.name for c in model.compartment]
    flows: list[tuple[int, int | None, np.ndarray, np.ndarray]] = []
    for flow in model.flow:
        rate = sets.formula(flow.rate)[own] / sets.hours_per_unit
        arrives = sets.formula(flow.arrives)[own]
        end = None if flow.end is None else names.index(flow.end)
        flows.append((names.index(flow.start), end, rate, arrives))
    weights = np.ones((len(names), len(own)))
    for _ in names:
        for start, end, _, arrives in flows:
            if end is not None:
                weights[start] = np.maximum(weights[start], arrives * weights[end])
    lost = np.zeros_like(weights)
    for start, end, rate, arrives in flows:
        kept = 0.0 if end is None else arrives * weights[end] / weights[start]
        lost[start] += rate * np.maximum(1.0 - kept, 0.0)
    return weights, lost
