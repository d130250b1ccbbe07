r"""An alternative slow clock: a state that fills while the drug is there and empties slowly.

dS/dt = k_on B(C) (1 - S) - k_off S with B = C / (C + c50). With a(t) = k_on B + k_off the
solution over a panel from 0 to h is

    S(h) = e^{-A(h)} S(0) + (1 - e^{-A(h)}) m,    A(s) = \int_0^s a,
    m = \int_0^h k_on B e^{A(s)} ds / \int_0^h a e^{A(s)} ds.

m is a mean of the balance k_on B / a. The integrals are taken by the interpolating polynomial
through five points, with an error of order 6: equispaced ones where these are output times
anyway (Boole's rule), else nearly Lobatto's, whose error is a fifth of that. The weights of a
whole panel are positive, so m, and with it S, stays between 0 and 1 whatever the panel; inside
a panel m and the decay are held to their bounds. Panels are halved until they are short against
the time since the last switch of an input, where concentrations bend most.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from sordino.pk.lengths import bucket, to_hours, to_ticks
from sordino.pk.timeplan import READ_PADDING

POINTS = 5
"""Points of a panel, both ends included."""

FRACTIONS = 16
"""Points of a panel lie on sixteenths of its length."""

EVERY = POINTS - 1

BLOCK = 6
"""Panels of a block of the recurrence."""

PANEL_PADDING = 16
"""The number of panels is padded to a multiple of this."""

FIRST_PANEL_H = 0.32 / 60.0
PANEL_RATIO = 0.7
EVEN_RATIO = 0.5
"""A panel is no longer than this times the time since the last switch (or the first panel).
The second is for panels of equispaced points. For six infusions or boluses the state is then
right to 1e-6 of its value, however often it is looked at."""

EVEN = np.linspace(0.0, 1.0, POINTS)
LOBATTO = np.array([0.0, 3 / 16, 0.5, 13 / 16, 1.0])
"""Points of a panel of length 1. The second are Lobatto's but for 0.015 of the length: with
fractions of sixteen, halved panels have few distinct steps between their points."""


def _integration_matrix(points: np.ndarray) -> np.ndarray:
    """Row i: weights of the integral from 0 to point i over a panel of length 1."""
    powers = np.vander(points, POINTS, increasing=True)
    moments = points[:, None] ** np.arange(1, POINTS + 1) / np.arange(1, POINTS + 1)
    return moments @ np.linalg.inv(powers)


@dataclass(frozen=True)
class TurnoverPlan:
    """Panels between output times.

    `times_h`: all distinct times at which the concentration is needed, sorted; `point` (panel,
    POINTS): which of them the points of each panel are; `even` (panel,): whether those are
    equispaced; `ends` (time,): where each output time is among the start and the later points
    of all panels in turn.
    """

    times_h: np.ndarray
    point: np.ndarray
    length_h: np.ndarray
    even: np.ndarray
    ends: np.ndarray


def turnover_plan(
    times_h: Sequence[float] | np.ndarray,
    switch_h: Sequence[float] | np.ndarray,
    jump_h: Sequence[float] | np.ndarray = (),
    *,
    first_h: float = FIRST_PANEL_H,
    ratio: float = PANEL_RATIO,
) -> TurnoverPlan:
    """Panels that reach from 0 to the last output time (all > = 0, sorted).

    `switch_h`: times at which an input begins or ends. `jump_h`: those of them at which the
    concentration itself jumps (a bolus); a panel that ends there looks just before it.
    """
    outputs, jumps = _snapped(times_h), _snapped(jump_h)
    switches = np.unique(_snapped([*switch_h, *jump_h]))
    borders = np.unique(np.concatenate([[0.0], outputs, switches[switches <= outputs[-1]]]))
    unit = _common_unit(borders, first_h)
    starts: list[float] = []
    lengths: list[float] = []
    even: list[bool] = []
    reached = {0: 0}
    k = 0
    while k < len(borders) - 1:
        before = switches[switches <= borders[k]]
        switch = before[-1] if len(before) else borders[k]
        longest = max(first_h, EVEN_RATIO * (borders[k] - switch)) * (1 + 1e-9)
        merged = _mergeable(borders[k : k + POINTS], switches, longest)
        end = borders[k + merged]
        whole = end - borders[k]
        pieces = [(borders[k], whole)]
        if merged == 1:
            pieces = _halved(borders[k], whole, switch, first_h, ratio, unit)
        starts += [piece for piece, _ in pieces]
        lengths += [length for _, length in pieces]
        even += [merged > 1] * len(pieces)
        for inner in range(1, merged + 1):
            back = (merged - inner) * EVERY // merged
            reached[to_ticks(borders[k + inner])] = EVERY * len(starts) - back
        k += merged
    start, length = np.array(starts), np.array(lengths)
    inside = np.where(np.array(even)[:, None], EVEN, LOBATTO)
    points = start[:, None] + length[:, None] * inside
    before_jump = np.isin(_snapped(points[:, -1]), jumps)
    points[before_jump, -1] -= to_hours(1)
    times, point = np.unique(_snapped(points.ravel()), return_inverse=True)
    ends = np.array([reached[to_ticks(t)] for t in outputs])
    return TurnoverPlan(times, point.reshape(points.shape), length, np.array(even), ends)


def _mergeable(ahead: np.ndarray, switches: np.ndarray, longest_h: float) -> int:
    """How many of the next intervals one panel can take, its points being their ends."""
    for count in (EVERY, EVERY // 2):
        ends = ahead[: count + 1]
        even = len(ends) == count + 1 and np.ptp(np.diff(_in_ticks(ends))) == 0
        smooth = not np.isin(ends[1:-1], switches).any()
        if even and smooth and ends[-1] - ends[0] <= longest_h:
            return count
    return 1


def _in_ticks(times_h: np.ndarray) -> np.ndarray:
    return np.array([to_ticks(float(t)) for t in times_h])


def _snapped(times_h: Sequence[float] | np.ndarray) -> np.ndarray:
    """Times on the grid of whole microseconds, on which equal times are equal numbers."""
    return np.array([to_hours(to_ticks(float(t))) for t in times_h])


def _common_unit(borders_h: np.ndarray, first_h: float) -> int:
    """Ticks that all distances of borders and panels are whole multiples of; 0 without any.

    Panels of such lengths have points on one lattice, whose steps share an exponential.
    """
    common = math.gcd(*_in_ticks(borders_h).tolist())
    halvings = max(0, math.ceil(math.log2(common / to_ticks(first_h)))) if common else 0
    unit = common >> halvings
    return unit if unit << halvings == common and unit % FRACTIONS == 0 else 0


def _halved(
    start: float, length: float, switch: float, first_h: float, ratio: float, unit: int
) -> list[tuple[float, float]]:
    """Panels that are short enough, halves or as near as whole units allow."""
    if length <= max(first_h, ratio * (start - switch)) * (1 + 1e-9):
        return [(start, length)]
    half = length / 2
    if unit and to_ticks(length) >= 2 * unit:
        half = to_hours(to_ticks(length) // unit // 2 * unit)
    return [
        *_halved(start, half, switch, first_h, ratio, unit),
        *_halved(start + half, length - half, switch, first_h, ratio, unit),
    ]


class PanelArrays(NamedTuple):
    """A `TurnoverPlan` as it travels into compiled code; panels are padded with empty ones.

    `weights` (panel, i, point): weights of the integral from the start to point i; `inner`
    (inner,): panels with output times inside; `place` (time,): where each output time is among
    the starts of all panels and then the inner points of `inner`, point by point.
    """

    weights: Float[Array, "panel point point"]
    point: Int[Array, "panel point"]
    inner: Int[Array, " inner"]
    place: Int[Array, " time"]


def panel_arrays(plan: TurnoverPlan) -> PanelArrays:
    """The arrays of a plan."""
    count = len(plan.length_h)
    panels = count + 1 + -(count + 1) % PANEL_PADDING
    spare = (0, panels - count)
    matrices = [_integration_matrix(points) for points in (LOBATTO, EVEN)]
    weights = np.where(plan.even[:, None, None], matrices[1], matrices[0])
    panel, inside = np.divmod(plan.ends, EVERY)
    inner = np.unique(panel[inside > 0])
    size = bucket(len(inner))
    place = np.where(
        inside > 0, panels + (inside - 1) * size + np.searchsorted(inner, panel), panel
    )
    return PanelArrays(
        jnp.asarray(np.pad(weights * plan.length_h[:, None, None], (spare, (0, 0), (0, 0)))),
        jnp.asarray(np.pad(plan.point, (spare, (0, 0)), mode="edge")),
        jnp.asarray(np.pad(inner, (0, size - len(inner)))),
        jnp.asarray(np.pad(place, (0, -len(place) % READ_PADDING), mode="edge")),
    )


def turnover_state(
    plan: TurnoverPlan,
    concentration: Float[Array, "moment lanes"],
    k_on: Float[Array, "..."],
    k_off: Float[Array, "..."],
    c50: Float[Array, "..."],
) -> Float[Array, "time lanes"]:
    """S at the output times, starting from 0; `concentration` is given at `plan.times_h`."""
    found = _integrate(panel_arrays(plan), concentration, k_on, k_off, c50)
    return found[: len(plan.ends)]


def integrate(
    panels: PanelArrays,
    concentration: Float[Array, "moment lanes"],
    k_on: Float[Array, "..."],
    k_off: Float[Array, "..."],
    c50: Float[Array, "..."],
) -> Float[Array, "time lanes"]:
    """`turnover_state` inside compiled code, for lanes that the cache holds; times are padded."""
    filled = k_on * concentration / (concentration + c50)
    filling = [filled[panels.point[:, j]] for j in range(POINTS)]
    rate = [f + k_off for f in filling]
    weights = panels.weights.astype(filled.dtype)
    whole = weights[:, -1]
    # Integrals of the rate from each point to the end of the panel. The rate is nowhere
    # negative, but the polynomial through a steep one may be.
    left = [jnp.maximum(_weighted(whole - weights[:, j], rate), 0.0) for j in range(EVERY)]
    grown = [jnp.exp(-ahead) for ahead in left] + [jnp.ones_like(left[0])]
    mean = _mean(whole, filling, rate, grown)
    before = _recurrence(grown[0], (1.0 - grown[0]) * mean)
    chosen = panels.inner
    some, some_rates, some_grown = ([v[chosen] for v in vs] for vs in (filling, rate, grown))
    inside: list[Array] = []
    for point in range(1, EVERY):
        decay = jnp.exp(-jnp.maximum(left[0][chosen] - left[point][chosen], 0.0))
        mean = _mean(weights[chosen, point], some, some_rates, some_grown)
        inside.append(decay * before[chosen] + (1.0 - decay) * mean)
    return jnp.concatenate([before, *inside])[panels.place]


_integrate = jax.jit(integrate)


def _mean(
    weights: Float[Array, "panel point"],
    filling: list[Array],
    rate: list[Array],
    grown: list[Array],
) -> Array:
    """m of the panels up to one of their points."""
    up = _weighted(weights, [f * g for f, g in zip(filling, grown, strict=True)])
    total = _weighted(weights, [r * g for r, g in zip(rate, grown, strict=True)])
    return jnp.clip(up / jnp.maximum(total, jnp.finfo(total.dtype).tiny), 0.0, 1.0)


def _recurrence(
    decay: Float[Array, "panel lanes"], fill: Float[Array, "panel lanes"]
) -> Float[Array, "panel lanes"]:
    """x before each panel, of x -> decay x + fill from 0.

    Blocks of panels go forward side by side, each from 0, and then learn where they began,
    which is the same problem for fewer panels.
    """
    panels, lanes = decay.shape
    blocks = -(-panels // BLOCK)
    spare = ((0, blocks * BLOCK - panels), (0, 0))
    kept, gained = (
        [jnp.ones((blocks, lanes), decay.dtype)],
        [jnp.zeros((blocks, lanes), fill.dtype)],
    )
    decays = jnp.pad(decay, spare).reshape(blocks, BLOCK, lanes)
    fills = jnp.pad(fill, spare).reshape(blocks, BLOCK, lanes)
    for k in range(BLOCK):
        kept.append(kept[-1] * decays[:, k])
        gained.append(gained[-1] * decays[:, k] + fills[:, k])
    if blocks == 1:
        return jnp.concatenate(gained[:-1])[:panels]
    start = _recurrence(kept[-1], gained[-1])
    state = [k * start + g for k, g in zip(kept[:-1], gained[:-1], strict=True)]
    return jnp.stack(state, 1).reshape(-1, lanes)[:panels]


def _weighted(weights: Float[Array, "panel point"], values: list[Array]) -> Array:
    return functools.reduce(jnp.add, (weights[:, [k]] * v for k, v in enumerate(values)))
