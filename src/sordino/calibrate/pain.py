"""Pain as studies report it: shares of people with enough relief, means, areas.

Averages over the virtual patients, over slow responders and the others, and over the change from
day to day, with the effects of `pd` as a simulation has them. All looks of all studies are
computed side by side; everything is smooth in the unknowns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logit, ndtr
from jaxtyping import Array, Float

from sordino.calibrate.exposure import Exposures, Key, People, exposure_key
from sordino.calibrate.readouts import Predicted, Values, site
from sordino.calibrate.rows import AREA_DAYS, AREA_POINTS, Row
from sordino.library.pd_schema import load_pd_model
from sordino.library.posterior import uses
from sordino.pd.gain import fast_effect, gain, slow_effect, slow_fraction
from sordino.pd.pain import EDGE, SCALE, expectation, pain_score, placebo_relief

READOUTS = ("responders", "pain", "pain_area")

NOISE = np.polynomial.hermite_e.hermegauss(3)
"""Points and weights of the change from day to day, as a standard normal number."""

DAY_H = 24.0

Looks = Float[Array, "look patient"]


class Felt(NamedTuple):
    """Baseline pain (0 to 10) at each look; what part is left without and with slow response."""

    base: Looks
    without_slow: Looks
    with_slow: Looks


@dataclass(frozen=True, eq=False)
class PainStudies:
    """All rows about pain; each has its looks, one after the other."""

    rows: tuple[Row, ...]
    blood: Exposures
    people: People

    @cached_property
    def _of(self) -> dict[str, np.ndarray]:
        """Numbers of the looks of each row."""
        ends = np.cumsum([row.at_h.size for row in self.rows])
        return {
            row.id: np.arange(end - row.at_h.size, end)
            for row, end in zip(self.rows, ends, strict=True)
        }

    @cached_property
    def _row_of(self) -> np.ndarray:
        """Number of the row of each look."""
        return np.repeat(np.arange(len(self.rows)), [row.at_h.size for row in self.rows])

    @cached_property
    def _clock(self) -> tuple[np.ndarray, np.ndarray]:
        """Hours since the latest and since the first session at each look."""
        clocks = [self.blood[exposure_key(row)].clock(row.at_h.ravel()) for row in self.rows]
        since, running = zip(*clocks, strict=True)
        return np.concatenate(since), np.concatenate(running)

    def predict(self, values: Values, shifts: Mapping[str, Array]) -> dict[str, Predicted]:
        """What every row should show; `shifts` of the mean relief by study."""
        felt = self._felt(values, shifts)
        return {**self._counts(felt, values), **self._means(felt, values)}

    def _felt(self, values: Values, shifts: Mapping[str, Array]) -> Felt:
        def each(chosen: Sequence[Array]) -> Float[Array, "look 1"]:
            lengths = np.array([row.at_h.size for row in self.rows])
            return jnp.repeat(jnp.stack(chosen), lengths, total_repeat_length=lengths.sum())[
                :, None
            ]

        c50 = values["c50_fast"] * jnp.exp(values["omega_c50_fast"] * self.people.c50)
        fast = fast_effect(self._sites("fast", values), values["emax_fast"], c50)
        fraction = slow_fraction(self._sites("slow", values), values["c50_slow"])
        transfer = each([_transfer(row, values) for row in self.rows])
        slow = slow_effect(fraction, jnp.ones(()), transfer, values["emax_slow"])
        relief = placebo_relief(
            self._envelope(values),
            jnp.asarray(self.people.placebo),
            values["relief_mean"] + each([shifts[row.study] for row in self.rows]),
            values["relief_sd"],
            values["relief_max"],
        )
        spread = load_pd_model("virtual_patients").parameters["pain_sd_logit"].value
        middle = logit(each([_baseline(row, values) for row in self.rows]))
        base = SCALE / (1.0 + jnp.exp(-(middle + spread * self.people.baseline)))
        left = 1.0 - relief
        return Felt(base, gain(fast, jnp.zeros_like(slow)) * left, gain(fast, slow) * left)

    @cached_property
    def _by_blood(self) -> tuple[tuple[tuple[Key, np.ndarray], ...], np.ndarray]:
        """Times of all looks at each blood, and where each look is among them in turn."""
        looks: dict[Key, list[np.ndarray]] = {}
        places: dict[Key, list[np.ndarray]] = {}
        for row in self.rows:
            looks.setdefault(exposure_key(row), []).append(row.at_h.ravel())
            places.setdefault(exposure_key(row), []).append(self._of[row.id])
        order = np.concatenate([place for found in places.values() for place in found])
        return tuple((k, np.concatenate(v)) for k, v in looks.items()), np.argsort(order)

    def _sites(self, name: str, values: Values) -> Looks:
        by_blood, order = self._by_blood
        found = [site(name, values, self.blood[key], at_h) for key, at_h in by_blood]
        return jnp.concatenate(found)[order]

    def _envelope(self, values: Values) -> Looks:
        since, running = self._clock
        there = expectation(
            jnp.asarray(since),
            jnp.asarray(running),
            values["half_time_expectation"],
            values["half_time_course"] * DAY_H,
        )
        return jnp.broadcast_to(there, (len(since), len(self.people.placebo)))

    def _counts(self, felt: Felt, values: Values) -> dict[str, Predicted]:
        counted = [row for row in self.rows if row.readout == "responders"]
        if not counted:
            return {}
        looks = [np.repeat(self._of[r.id], len(r.thresholds)) for r in counted]
        levels = [np.tile(r.thresholds, r.at_h.size) / 100.0 for r in counted]
        at, level = np.concatenate(looks), np.concatenate(levels)
        limit = logit(felt.base[at] * (1.0 - level)[:, None] / SCALE)

        def beyond(left: Looks) -> Float[Array, " asked"]:
            expected = logit(jnp.clip(felt.base[at] * left[at] / SCALE, EDGE, 1.0 - EDGE))
            return ndtr((limit - expected) / values["day_sd"]).mean(axis=1)

        share = _mixed(beyond(felt.with_slow), beyond(felt.without_slow), values)
        parts = jnp.split(share, np.cumsum([len(k) for k in looks])[:-1])
        return {
            row.id: Predicted(shares=_shaped(row, part))
            for row, part in zip(counted, parts, strict=True)
        }

    def _means(self, felt: Felt, values: Values) -> dict[str, Predicted]:
        measured = [row for row in self.rows if row.readout != "responders"]
        if not measured:
            return {}
        at = np.concatenate([self._of[row.id] for row in measured])
        noises = [np.full((len(at), len(self.people.placebo)), point) for point in NOISE[0]]

        def mean(left: Looks) -> Float[Array, " look"]:
            found = [
                weight * pain_score(felt.base[at], left[at], values["day_sd"] * noise)
                for noise, weight in zip(noises, NOISE[1], strict=True)
            ]
            return sum(found, start=jnp.zeros(())).mean(axis=1) / NOISE[1].sum()

        pain = _mixed(mean(felt.with_slow), mean(felt.without_slow), values)
        parts = jnp.split(pain, np.cumsum([row.at_h.size for row in measured])[:-1])
        return {
            row.id: Predicted(mean=_summed(row, part), sd=jnp.full(len(row.at_h), jnp.nan))
            for row, part in zip(measured, parts, strict=True)
        }


def _mixed(with_slow: Array, without_slow: Array, values: Values) -> Array:
    """Average over slow responders and the others."""
    return values["p_slow"] * with_slow + (1.0 - values["p_slow"]) * without_slow


def _shaped(row: Row, share: Array) -> Float[Array, "reading threshold"]:
    beyond = share.reshape(len(row.at_h), len(row.thresholds))
    return 1.0 - beyond if row.below else beyond


def _summed(row: Row, pain: Array) -> Float[Array, " reading"]:
    if row.readout != "pain_area":
        return pain
    return pain.reshape(row.at_h.shape) @ AREA_POINTS[1] * (AREA_DAYS / 2.0)


def _baseline(row: Row, values: Values) -> Float[Array, ""]:
    """Baseline pain of the median person of a study, as a fraction of the scale."""
    name = _population(row.study)[0]
    fibromyalgia = load_pd_model("virtual_patients").parameters["pain"].value
    return values[name] if name else jnp.asarray(fibromyalgia / SCALE)


def _transfer(row: Row, values: Values) -> Float[Array, ""]:
    """How much of the slow effect exists in the people of a study."""
    name = _population(row.study)[1]
    return values[name] if name else jnp.ones(())


def _population(study: str) -> tuple[str, str]:
    found = next(p for p in uses().population if p.study == study)
    return found.pain, found.transfer
