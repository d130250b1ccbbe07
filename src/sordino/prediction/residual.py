"""Residual error: from a prediction to what would be measured."""

from __future__ import annotations

import numpy as np

from sordino.errors import UnitError
from sordino.events import EventTable
from sordino.events.table import Float64, Int64
from sordino.library.residuals import additive_scale
from sordino.library.schema import Analyte, PkModel
from sordino.pk.histories import Amounts
from sordino.prediction.randomness import People, normals


def measured(
    model: PkModel,
    table: EventTable,
    amounts: Amounts,
    asked: Int64,
    predicted: Float64,
    people: People,
    seed: int,
) -> Float64:
    """Predictions with residual error, (row,), in the units of their analytes.

    `asked`: the analyte of each row; `people`: the keys of the individuals of `table`.
    Additive error may take a value below 0, as in NONMEM. An analyte without residual error is
    measured as predicted.
    """
    found = predicted.copy()
    record = np.arange(len(table)) - table.starts[table.individual]
    for place, analyte in enumerate(model.analyte):
        rows = np.flatnonzero(asked == place)
        if analyte.residual is None or not len(rows):
            continue
        keys = (*people.at(table.individual[rows]), record[rows])
        z = normals(seed, [f"residual/{model.id}/{analyte.name}"], *keys)[0]
        additive = _additive(analyte, model, amounts, rows)
        found[rows] = with_error(analyte, predicted[rows], additive, z)
    return found


def with_error(
    analyte: Analyte, predicted: Float64, additive_sd: Float64 | float, z: Float64
) -> Float64:
    """A prediction with its error: standard normal numbers times the standard deviation.

    Proportional and additive error are independent, so that their variances add up:
    y = f + z sqrt((p f)^2 + a^2); log-additive: y = f exp(s z). `additive_sd` is in the unit
    of the analyte.
    """
    error = analyte.residual
    if error is None:
        return predicted
    if error.kind == "log_additive":
        return predicted * np.exp(error.log_sd * z)
    return predicted + z * np.hypot(error.proportional_sd * predicted, additive_sd)


def _additive(analyte: Analyte, model: PkModel, amounts: Amounts, rows: Int64) -> Float64 | float:
    """The standard deviation of the additive error in the unit of the analyte."""
    error = analyte.residual
    if error is None or not error.additive_sd:
        return 0.0
    try:
        scale = additive_scale(analyte)
    except UnitError as found:
        found.where = f"model {model.id}: analyte {analyte.name}, residual"
        raise
    sd = error.additive_sd * scale.factor
    if scale.molar_mass is None:
        return sd
    return sd * amounts.sets.formula(scale.molar_mass)[amounts.sets.row_set[rows]]
