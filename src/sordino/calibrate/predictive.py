"""Does the fitted model give back what the studies printed? Row by row, misses included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from sordino.calibrate.fit import Fit
from sordino.calibrate.likelihood import Published
from sordino.calibrate.model import Problem
from sordino.calibrate.rows import Row

LEVELS = (0.05, 0.5, 0.95)
DRAWS = 1000


@dataclass(frozen=True)
class Shown:
    """One published number beside what the model expects.

    `expected`: median and 90 percent interval of what an endless study like this one would
    print; `predicted`: of what one of its size would print. `inside`: whether the published
    number lies in the latter.
    """

    row: str
    study: str
    arm: str
    what: str
    unit: str
    n: int | None
    fitted: bool
    published: float
    expected: tuple[float, float, float]
    predicted: tuple[float, float, float]
    inside: bool

    def as_dict(self) -> dict[str, Any]:
        """The row as plain data."""
        return asdict(self)


UNITS = {
    "pain": "of 10",
    "pain_area": "point days",
    "cadss": "CADSS points",
    "sbp_change": "mmHg",
    "dbp_change": "mmHg",
    "heart_rate_change": "1/min",
    "madrs_change": "MADRS points",
    "fatigue_change": "percent",
}


def shown(prepared: Problem, fit: Fit, shifts: Sequence[tuple[str, str]]) -> list[Shown]:
    """Every number of every row of a problem, fitted or only compared.

    `shifts` are those of the fit; a study that was not fitted gets a new one.
    """
    z, shift = thinned(fit, DRAWS)
    drawn = _with_new(shift, shifts, prepared.shifts, fit.seed)
    keys = jax.random.split(jax.random.key(fit.seed), len(z))

    @jax.jit
    @jax.vmap
    def both(z: jax.Array, shift: jax.Array, key: jax.Array) -> tuple[Any, Any]:
        return prepared.predict(z, shift), prepared.simulate(z, shift, key)

    expected, simulated = both(jnp.asarray(z), jnp.asarray(drawn), keys)
    found: list[Shown] = []
    for row in prepared.rows:
        mine, made = expected[row.id], simulated[row.id]
        found += _counts(row, mine.shares, made) if row.counts else _means(row, mine, made)
    return found


def thinned(fit: Fit, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Draws that lie evenly over all chains: (draw, unknown), (draw, shift)."""
    total = len(fit.all_z)
    places = np.linspace(0, total - 1, min(count, total)).astype(int)
    return fit.all_z[places], fit.all_shift[places]


def _with_new(
    shift: np.ndarray,
    had: Sequence[tuple[str, str]],
    wanted: Sequence[tuple[str, str]],
    seed: int,
) -> np.ndarray:
    fresh = np.random.default_rng(seed).standard_normal((len(shift), len(wanted)))
    for k, place in enumerate(wanted):
        if place in had:
            fresh[:, k] = shift[:, list(had).index(place)]
    return fresh


def _counts(row: Row, shares: jax.Array, made: Published) -> list[Shown]:
    """People out of 100 beyond each threshold; readings count equally."""
    n = row.n or 1
    each = 100.0 * np.asarray(shares)
    drawn = 100.0 * np.asarray(made.counts) / n
    relief = "less than {:g} percent relief" if row.below else "{:g} percent relief"
    found: list[Shown] = []
    for k, count in enumerate(row.counts):
        response = row.readout == "madrs_response"
        what = "MADRS halved" if response else relief.format(row.thresholds[k])
        found.append(_shown(row, what, "of 100", 100.0 * count / n, each[..., k], drawn[:, k]))
    return found


def _means(row: Row, mine: Any, made: Published) -> list[Shown]:
    unit = UNITS[row.readout]
    assert row.value is not None
    what = row.readout.replace("_", " ")
    found = [_shown(row, what, unit, row.value, np.asarray(mine.mean), np.asarray(made.mean))]
    if row.sd is not None:
        sd, drawn = np.asarray(mine.sd), np.exp(np.asarray(made.log_sd))
        found.append(_shown(row, f"{what}, standard deviation", unit, row.sd, sd, drawn))
    return found


def _shown(
    row: Row, what: str, unit: str, value: float, expected: np.ndarray, drawn: np.ndarray
) -> Shown:
    low, middle, high = (float(v) for v in np.quantile(drawn, LEVELS))
    ends = tuple(float(v) for v in np.quantile(expected, LEVELS))
    return Shown(
        row=row.id,
        study=row.study,
        arm=row.arm,
        what=what,
        unit=unit,
        n=row.n,
        fitted=row.fitted,
        published=value,
        expected=(ends[0], ends[1], ends[2]),
        predicted=(low, middle, high),
        # A count equal to an end of the interval is inside, whatever the rounding says.
        inside=bool(low - 1e-9 <= value <= high + 1e-9),
    )
