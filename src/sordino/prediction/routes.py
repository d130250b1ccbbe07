"""Routes whose absorption a published model leaves open.

Some models have no absorption of their own for intramuscular and subcutaneous doses: their
formulas use the names of `USER_ROUTE_NAMES`, which somebody has to give a value.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sordino.events import EventTable
from sordino.events.problems import Problems
from sordino.library.expressions import parse_expression
from sordino.library.schema import USER_ROUTE_NAMES, PkModel


def left_open(model: PkModel) -> tuple[str, ...]:
    """The names that the model uses and gives no value."""
    texts = [flow.rate for flow in model.flow]
    texts += [entry.fraction for route in model.route for entry in route.inputs]
    used = {name for text in texts for name in parse_expression(text).names}
    return tuple(name for name in USER_ROUTE_NAMES if name in used)


def refuse_open_routes(
    model: PkModel, table: EventTable, typical: Mapping[str, float], source: str
) -> None:
    """Raise DocumentError for doses whose way in has no value; 0 stands for none."""
    missing = [name for name in left_open(model) if not typical[name]]
    if not missing:
        return
    names = list(model.compartments)
    closed = {
        names.index(flow.start) + 1
        for flow in model.flow
        if parse_expression(flow.rate).names & set(missing)
    }
    routes = [
        place
        for place, route in enumerate(table.route_names)
        for entry in model.routes[route].inputs
        if parse_expression(entry.fraction).names & set(missing)
        or names.index(entry.to) + 1 in closed
    ]
    by_number = (table.route < 0) & np.isin(table.cmt, sorted(closed))
    problems = Problems(source, table.row)
    problems.add_rows(
        table.is_dose & (by_number | np.isin(table.route, routes)),
        "CMT" if not routes or by_number.any() else "ROUTE",
        f"model {model.id} has no absorption of its own for this dose",
        allowed=f"a value above 0 for {' and '.join(missing)}",
        hint=f"--set {missing[0]}=VALUE, or in Python parameters={{{missing[0]!r}: VALUE}}",
    )
    problems.raise_any()
