"""Parameters along the records of a data set.

They change only where a covariate or the occasion does. Consecutive records with the same ones
share a set, so that formulas are evaluated once for each set and not once for each row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int

from sordino.errors import InputError
from sordino.events.table import EventTable
from sordino.library.schema import PkModel
from sordino.pk.individual import individual_values
from sordino.pk.system import evaluate, flow_rates

Carry = Literal["next", "last"]
"""Which record's covariates hold between two records: those of the one after, or of the one
before. "next" is NONMEM's rule (NONMEM Users Guide VI, III.B.2)."""

Rows = Int[np.ndarray, " row"]
Sets = Float[np.ndarray, " set"]


@dataclass(frozen=True, eq=False)
class ParameterSets:
    """Individual values by set, and which set belongs to each row.

    `row_set`: the row's own set. `step_set`: the set that acts between the row before and it.
    `first_row`: the first row of each set. `values`: by name, (set,).
    """

    model: PkModel
    table: EventTable
    row_set: Rows
    step_set: Rows
    first_row: Int[np.ndarray, " set"]
    values: Mapping[str, Sets]
    _formulas: dict[str, Sets] = field(default_factory=dict[str, Sets], repr=False)

    @property
    def hours_per_unit(self) -> float:
        """Hours in one unit of time of the model."""
        return 1.0 / self.model.time_units_per_hour

    def formula(self, text: str) -> Sets:
        """A formula of the model file for every set."""
        if text not in self._formulas:
            value = np.asarray(evaluate(text, self.values, np), float)
            self._formulas[text] = np.broadcast_to(value, self.first_row.shape)
        return self._formulas[text]

    def checked(self, text: str, what: str, *, positive: bool = False) -> Sets:
        """A formula that can only be 0 or more, or above 0, for every set.

        Raises `InputError` with `what` and the first row where it is anything else.
        """
        value = self.formula(text)
        wrong = ~np.isfinite(value) | (value <= 0.0 if positive else value < 0.0)
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            raise InputError(
                f"{what} of model {self.model.id} is {value[first]:g} here",
                where=place(self.table, int(self.first_row[first])),
                allowed="above 0" if positive else "0 or more",
                hint=f"it is {text}: look at the parameters, and at the covariates of this row",
            )
        return value

    @property
    def links(self) -> frozenset[tuple[int, int]]:
        """(to, from) of every transfer between two compartments, by number."""
        names = [c.name for c in self.model.compartment]
        ends = [(f.end, f.start) for f in self.model.flow if f.end is not None]
        return frozenset((names.index(a), names.index(b)) for a, b in ends if a != b)

    def rates(self, sets: Int[np.ndarray, " some"]) -> Float[np.ndarray, "some state state"]:
        """Rate matrices of some sets, 1/h, over all compartments of the model."""
        names = [c.name for c in self.model.compartment]
        chosen = {name: value[sets] for name, value in self.values.items()}
        matrix = np.zeros((len(sets), len(names), len(names)))
        for (row, column), rate in flow_rates(self.model, names, chosen, np).items():
            matrix[:, row, column] = rate
        return matrix


def occasions(table: EventTable) -> tuple[Rows, int]:
    """Number of the occasion of each row within its individual, from 0, and how many there are.

    Occasions are counted in the order in which their values first appear.
    """
    pairs = np.stack([table.individual, table.occasion], axis=1)
    _, first, inverse = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    owner = table.individual[first]
    order = np.lexsort([first, owner])
    place = np.empty(len(first), int)
    starts = np.searchsorted(owner[order], owner[order], side="left")
    place[order] = np.arange(len(first)) - starts
    number = place[inverse.reshape(-1)]
    return number, int(number.max(initial=0)) + 1


def parameter_sets(
    model: PkModel,
    table: EventTable,
    typical: Mapping[str, Any],
    etas: Mapping[str, Any],
    carry: Carry = "next",
) -> ParameterSets:
    """Evaluate the parameters of every individual wherever they change.

    `typical`: a number or (individual,) by name; `etas`: (individual,) or
    (occasion, individual) by name, occasions as `occasions` counts them.

    Raises `InputError` with the row where a parameter has no value, or a flow none that it can
    have.
    """
    individual = table.individual
    begins = np.diff(individual, prepend=-1) != 0
    changed = begins.copy()
    for values in table.covariates.values():
        changed[1:] |= values[1:] != values[:-1]
    occasion = np.zeros(len(individual), int)
    if any(np.ndim(eta) == 2 for eta in etas.values()):
        occasion, _ = occasions(table)
        changed[1:] |= occasion[1:] != occasion[:-1]
    first = np.flatnonzero(changed)
    row_set = np.cumsum(changed) - 1
    step_set = row_set
    if carry == "last":
        step_set = np.where(begins, row_set, np.concatenate([row_set[:1], row_set[:-1]]))
    who, when = individual[first], occasion[first]
    values = individual_values(
        model,
        {name: _of(value, who) for name, value in typical.items()},
        {name: _chosen(np.asarray(eta), who, when) for name, eta in etas.items()},
        {name: values[first] for name, values in table.covariates.items()},
        xp=np,
    )
    shaped = {k: np.broadcast_to(np.asarray(v, float), first.shape) for k, v in values.items()}
    _check(model, table, first, shaped)
    sets = ParameterSets(model, table, row_set, step_set, first, shaped)
    _check_flows(sets)
    return sets


def _check_flows(sets: ParameterSets) -> None:
    # One by one: what leaves by another flow must not hide a negative rate.
    for flow in sets.model.flow:
        for key, text, positive in (
            ("rate", flow.rate, False),
            ("vmax", flow.vmax, False),
            ("km", flow.km, True),
            ("volume", flow.volume, True),
            ("arrives", flow.arrives, False),
        ):
            if text is not None:
                sets.checked(text, f"{key} of the flow from {flow.label}", positive=positive)


def _of(value: Any, who: np.ndarray) -> Any:
    return value if np.ndim(value) == 0 else np.asarray(value)[who]


def _chosen(eta: np.ndarray, who: np.ndarray, when: np.ndarray) -> np.ndarray:
    return eta[when, who] if eta.ndim == 2 else eta[who] if eta.ndim == 1 else eta


def _check(
    model: PkModel, table: EventTable, first: np.ndarray, values: Mapping[str, Sets]
) -> None:
    names: Sequence[str] = [*model.parameters, *(d.name for d in model.derived)]
    for name in names:
        wrong = ~np.isfinite(values[name])
        if wrong.any():
            row = first[np.flatnonzero(wrong)[0]]
            raise InputError(
                f"the parameter {name} of model {model.id} has no value here",
                where=place(table, int(row)),
                hint="look at the covariates of this row and at the formula of the parameter",
            )


def place(table: EventTable, row: int, column: str = "") -> str:
    """The place of a row (position in the table) and a column, as messages name it."""
    where = f"row {int(table.row[row])}"
    who = table.ids[int(table.individual[row])] if len(table.ids) else ""
    named = f"{where} (ID {who})" if who else where
    return f"{named}, column {column}" if column else named
