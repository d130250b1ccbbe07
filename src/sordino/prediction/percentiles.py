"""Percentiles of observed and simulated values by bins of time."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sordino.events.table import Float64, Int64

if TYPE_CHECKING:
    import pandas as pd

LEVELS = (0.05, 0.5, 0.95)
INTERVAL = (0.025, 0.5, 0.975)
NAMES = ("p05", "p50", "p95")


@dataclass(frozen=True, eq=False)
class Panel:
    """One analyte, in one stratum when there are any.

    `times`, `values`: its observations (prediction-corrected where the check is). `table`: one
    row for each bin: `from`, `to` and `middle` (the median time of its observations), `n`, then
    for each of p05, p50 and p95 the `observed` percentile, and `low`, `simulated` and `high`:
    the median and the 95 percent interval of that percentile over the replicates.
    """

    analyte: str
    unit: str
    stratum: str
    times: Float64
    values: Float64
    table: pd.DataFrame


@dataclass(frozen=True, eq=False)
class VisualCheck:
    """A visual predictive check: panels, and what they rest on.

    `by`: "time" or "tad"; `time_unit`: what times count, "h" or "days". `left_out`: what was
    not used and why, in words; `notes`: what the simulations lack.
    """

    panels: tuple[Panel, ...]
    model: str
    model_digest: str
    data: str
    observations: int
    individuals: int
    replicates: int
    seed: int
    by: str
    time_unit: str
    corrected: bool
    stratify: str
    left_out: tuple[str, ...]
    notes: tuple[str, ...]


def by_bin(values: Float64, bins: Int64, count: int) -> Float64:
    """Percentiles of the last axis, by bin: (..., bin, level). nan is left out."""
    found = np.full((*values.shape[:-1], count, len(LEVELS)), np.nan)
    for number in range(count):
        part = values[..., bins == number]
        found[..., number, :] = np.moveaxis(_quantiles(part, LEVELS, -1), 0, -1)
    return found


def over_replicates(percentiles: Float64) -> Float64:
    """Interval and median of percentiles over replicates, the first axis: (3, bin, level)."""
    return _quantiles(percentiles, INTERVAL, 0)


def _quantiles(values: Float64, levels: tuple[float, ...], axis: int) -> Float64:
    if not np.isnan(values).any():
        return np.quantile(values, levels, axis=axis)
    with warnings.catch_warnings():
        # A bin of which nothing is left has no percentile.
        warnings.filterwarnings("ignore", "All-NaN slice", RuntimeWarning)
        return np.nanquantile(values, levels, axis=axis)


def bin_table(times: Float64, bins: Int64, observed: Float64, simulated: Float64) -> pd.DataFrame:
    """The table of a panel; `observed` (bin, level), `simulated` (replicate, bin, level)."""
    import pandas as pd

    parts = [times[bins == number] for number in range(len(observed))]
    table = pd.DataFrame(
        {
            "from": [part.min() for part in parts],
            "to": [part.max() for part in parts],
            "middle": [np.median(part) for part in parts],
            "n": [len(part) for part in parts],
        }
    )
    low, middle, high = over_replicates(simulated)
    for level, name in enumerate(NAMES):
        table[f"{name}_observed"] = observed[:, level]
        table[f"{name}_low"] = low[:, level]
        table[f"{name}_simulated"] = middle[:, level]
        table[f"{name}_high"] = high[:, level]
    return table
