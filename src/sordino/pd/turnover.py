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
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from sordino.pk.lengths import to_hours, to_ticks

POINTS = 5
"""Points of a panel, both ends included."""

FIRST_PANEL_H = 2.5 / 60.0
PANEL_RATIO = 1.0
"""A panel is no longer than this times the time since the last switch (or the first panel)."""


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
    POINTS): which of them the points of each panel are; `ends` (time,): the state at output
    time k is the state after the first `ends[k]` panels.
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
    for begin, end in pairwise(borders):
        before = switches[switches <= begin]
        switch = before[-1] if len(before) else begin
        for start, length in _halved(begin, end - begin, switch, first_h, ratio):
            starts.append(start)
            lengths.append(length)
    start, length = np.array(starts), np.array(lengths)
    points = start[:, None] + length[:, None] * np.linspace(0.0, 1.0, POINTS)
    before_jump = np.isin(_snapped(points[:, -1]), jumps)
    points[before_jump, -1] -= to_hours(1)
    times, point = np.unique(_snapped(points.ravel()), return_inverse=True)
    ends = np.searchsorted(start + length / 2, outputs)
    return TurnoverPlan(times, point.reshape(points.shape), length, ends)


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
    """The panels as arrays; compiled once for each shape."""
    filling = (k_on * concentration / (concentration + c50))[point]
    points = filling + k_off
    length = length_h[:, None]
    cumulative = [length * sum(w * points[:, j] for j, w in enumerate(row)) for row in CUMULATIVE]
    whole = cumulative[-1]
    weights = CUMULATIVE[-1]
    weighted = [w * jnp.exp(c - whole) for w, c in zip(weights, cumulative, strict=True)]
    up = sum(w * filling[:, j] for j, w in enumerate(weighted))
    total = sum(w * points[:, j] for j, w in enumerate(weighted))
    decay = jnp.exp(-whole)
    filled = -jnp.expm1(-whole) * up / jnp.maximum(total, jnp.finfo(decay.dtype).tiny)

    def panel(state: Array, now: tuple[Array, Array]) -> tuple[Array, Array]:
        state = now[0] * state + now[1]
        return state, state

    start = jnp.zeros_like(decay[0])
    states = jax.lax.scan(panel, start, (decay, filled))[1]
    return jnp.concatenate([start[None], states])[ends]
