r"""An alternative slow clock: a state that fills while the drug is there and empties slowly.

dS/dt = k_on B(C) (1 - S) - k_off S with B = C / (C + c50). With a(t) = k_on B + k_off the
solution over a panel from 0 to h is

    S(h) = e^{-A(h)} S(0) + (1 - e^{-A(h)}) m,    A(s) = \int_0^s a,
    m = \int_0^h k_on B e^{A(s)} ds / \int_0^h a e^{A(s)} ds.

m is a mean of the balance k_on B / a. The integrals are taken by the interpolating polynomial
through five equispaced points (Boole's rule, order 6), whose weights are positive: m, and with
it S, stays between 0 and 1 whatever the panel. Panels are halved until they are short against
the time since the last switch of an input, where concentrations bend most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from sordino.pk.lengths import to_hours, to_ticks

POINTS = 5
"""Points of a panel, both ends included."""

EVERY = POINTS - 1

PART = 64
"""Lanes that are integrated together."""

FIRST_PANEL_H = 0.32 / 60.0
PANEL_RATIO = 0.5
"""A panel is no longer than this times the time since the last switch (or the first panel).
For six infusions the state is then right to about 1e-7 of its value."""


def _integration_matrix() -> np.ndarray:
    """Row i: weights of the integral from 0 to point i over a panel of length 1."""
    points = np.linspace(0.0, 1.0, POINTS)
    powers = np.vander(points, POINTS, increasing=True)
    moments = points[:, None] ** np.arange(1, POINTS + 1) / np.arange(1, POINTS + 1)
    return moments @ np.linalg.inv(powers)


CUMULATIVE = _integration_matrix()


@dataclass(frozen=True)
class TurnoverPlan:
    """Panels between output times.

    `times_h`: all distinct times at which the concentration is needed, sorted; `point` (panel,
    POINTS): which of them the points of each panel are; `ends` (time,): where each output
    time is among the start and the later points of all panels in turn.
    """

    times_h: np.ndarray
    point: np.ndarray
    length_h: np.ndarray
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
    starts: list[float] = []
    lengths: list[float] = []
    reached = {0: 0}
    k = 0
    while k < len(borders) - 1:
        before = switches[switches <= borders[k]]
        switch = before[-1] if len(before) else borders[k]
        longest = max(first_h, ratio * (borders[k] - switch)) * (1 + 1e-9)
        merged = _mergeable(borders[k : k + POINTS], switches, longest)
        end = borders[k + merged]
        for start, length in _halved(borders[k], end - borders[k], switch, first_h, ratio):
            starts.append(start)
            lengths.append(length)
        for inner in range(1, merged + 1):
            back = (merged - inner) * EVERY // merged
            reached[to_ticks(borders[k + inner])] = EVERY * len(starts) - back
        k += merged
    start, length = np.array(starts), np.array(lengths)
    points = start[:, None] + length[:, None] * np.linspace(0.0, 1.0, POINTS)
    before_jump = np.isin(_snapped(points[:, -1]), jumps)
    points[before_jump, -1] -= to_hours(1)
    times, point = np.unique(_snapped(points.ravel()), return_inverse=True)
    ends = np.array([reached[to_ticks(t)] for t in outputs])
    return TurnoverPlan(times, point.reshape(points.shape), length, ends)


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


def _halved(
    start: float, length: float, switch: float, first_h: float, ratio: float
) -> list[tuple[float, float]]:
    if length <= max(first_h, ratio * (start - switch)) * (1 + 1e-9):
        return [(start, length)]
    half = length / 2
    return [
        *_halved(start, half, switch, first_h, ratio),
        *_halved(start + half, half, switch, first_h, ratio),
    ]


def turnover_state(
    plan: TurnoverPlan,
    concentration: Float[Array, "moment lanes"],
    k_on: Float[Array, "..."],
    k_off: Float[Array, "..."],
    c50: Float[Array, "..."],
) -> Float[Array, "time lanes"]:
    """S at the output times, starting from 0; `concentration` is given at `plan.times_h`."""
    arrays = (jnp.asarray(plan.length_h), jnp.asarray(plan.point), jnp.asarray(plan.ends))
    return integrate(*arrays, concentration, k_on, k_off, c50)


@jax.jit
def integrate(
    length_h: Float[Array, " panel"],
    point: Int[Array, "panel point"],
    ends: Int[Array, " time"],
    concentration: Float[Array, "moment lanes"],
    k_on: Float[Array, "..."],
    k_off: Float[Array, "..."],
    c50: Float[Array, "..."],
) -> Float[Array, "time lanes"]:
    """The panels as arrays; compiled once for each shape. Lanes run in cache-sized parts."""
    lanes = concentration.shape[1]
    width = PART if lanes % PART == 0 else lanes
    values = [jnp.broadcast_to(v, (lanes,)).reshape(-1, width) for v in (k_on, k_off, c50)]
    parts = jnp.moveaxis(concentration.reshape(-1, lanes // width, width), 1, 0)
    found = jax.lax.map(lambda one: _integrate_part(length_h, point, ends, *one), (parts, *values))
    return jnp.moveaxis(found, 0, 1).reshape(-1, lanes)


def _integrate_part(
    length_h: Float[Array, " panel"],
    point: Int[Array, "panel point"],
    ends: Int[Array, " time"],
    concentration: Float[Array, "moment lanes"],
    k_on: Float[Array, " lanes"],
    k_off: Float[Array, " lanes"],
    c50: Float[Array, " lanes"],
) -> Float[Array, "time lanes"]:
    filling = [k_on * c / (c + c50) for c in (concentration[point[:, j]] for j in range(POINTS))]
    points = [f + k_off for f in filling]
    length = length_h[:, None]
    passed = [length * _weighted(row, points) for row in CUMULATIVE]
    grown = [jnp.exp(c - passed[-1]) for c in passed]
    decays: list[Array] = []
    fills: list[Array] = []
    for end in range(1, POINTS):
        up = _weighted(CUMULATIVE[end], [f * g for f, g in zip(filling, grown, strict=True)])
        total = _weighted(CUMULATIVE[end], [p * g for p, g in zip(points, grown, strict=True)])
        mean = jnp.clip(up / jnp.maximum(total, jnp.finfo(total.dtype).tiny), 0.0, 1.0)
        decay = grown[0] / grown[end]
        decays.append(decay)
        fills.append((1.0 - decay) * mean)

    def panel(state: Array, now: tuple[Array, Array]) -> tuple[Array, Array]:
        return now[0] * state + now[1], state

    start = jnp.zeros_like(k_on)
    last, before = jax.lax.scan(panel, start, (decays[-1], fills[-1]))
    inside = [d * before + f for d, f in zip(decays[:-1], fills[:-1], strict=True)]
    following = jnp.concatenate([before[1:], last[None]])
    every = jnp.stack([*inside, following], axis=1).reshape(-1, start.shape[0])
    return jnp.concatenate([start[None], every])[ends]


def _weighted(weights: np.ndarray, values: list[Array]) -> Array:
    return sum((float(w) * v for w, v in zip(weights, values, strict=True)), start=jnp.zeros(()))
