"""Effect sites as weights on a concentration that is known at some times.

dCe/dt = k (C - Ce), Ce(0) = 0, k = ln 2 / half-time, gives

    Ce(T) = integral from 0 to T of k exp(-k (T - s)) C(s) ds.

Between its nodes C is taken as a straight line; the integral of a line is exact. So Ce(T) is a
weighted sum of the values at the nodes, with weights that depend on the half-time alone and
have derivatives: concentrations are computed once, half-times are free.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

SMALL = 1e-3
"""Below this k times the length of an interval, a series replaces differences that cancel."""

FIRST_H = 0.5 / 60.0
RATIO = 1.12
"""Nodes after a switch: the first interval, and how much longer each one is than the last.
For infusions the sites are then right to a thousandth (a test compares with exact ones)."""


def nodes_h(switch_h: np.ndarray, until_h: float, also_h: np.ndarray) -> np.ndarray:
    """Times at which to know the concentration: graded after each switch of an input, hours.

    `also_h`: times that must be among them, such as those of a reading.
    """
    found = {0.0, until_h, *also_h.tolist()}
    ends = [*switch_h[1:], until_h]
    for start, end in zip(switch_h, ends, strict=True):
        offset, length = 0.0, FIRST_H
        while start + offset < end:
            found.add(float(start + offset))
            offset, length = offset + length, length * RATIO
    return np.array(sorted(t for t in found if t <= until_h))


def site_weights(
    nodes: np.ndarray, at_h: np.ndarray, half_time_h: Float[Array, ""]
) -> Float[Array, "reading node"]:
    """Weights of C at `nodes` (hours) in the effect site at each of `at_h`.

    Every time of `at_h` must be a node.
    """
    rate = jnp.log(2.0) / half_time_h
    x = rate * np.diff(nodes)
    far = _far_end(x)
    near = -jnp.expm1(-x) - far
    # What is left at a reading of what an interval gave at its own end.
    since = at_h[:, None] - nodes[None, 1:]
    left = jnp.where(since >= 0.0, jnp.exp(-rate * np.clip(since, 0.0, None)), 0.0)
    first = jnp.pad(left * far, ((0, 0), (0, 1)))
    return first + jnp.pad(left * near, ((0, 0), (1, 0)))


def _far_end(x: Float[Array, " interval"]) -> Float[Array, " interval"]:
    """Weight of the value at the begin of an interval, (1 - e^-x (1 + x)) / x."""
    safe = jnp.where(x < SMALL, 1.0, x)
    exact = (-jnp.expm1(-safe) - safe * jnp.exp(-safe)) / safe
    series = x / 2.0 - x**2 / 3.0 + x**3 / 8.0
    return jnp.where(x < SMALL, series, exact)
