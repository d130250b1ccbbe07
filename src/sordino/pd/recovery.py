"""When a patient is fit to leave after a session."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

Course = Float[Array, "time lanes"]
Lanes = Float[Array, "..."]


def owning_session(times_h: np.ndarray, session_h: np.ndarray) -> np.ndarray:
    """The session that each output time belongs to; -1 before the first one."""
    return np.searchsorted(session_h, times_h, side="right") - 1


def fit_to_leave_h(
    times_h: Float[Array, " time"],
    session_of_time: Int[Array, " time"],
    session_h: Float[Array, " session"],
    shortest_stay_h: Float[Array, " session"],
    unfit: Bool[Array, "time lanes"],
) -> Float[Array, "session lanes"]:
    """Hours from the start of each session until a patient is fit to leave.

    That is the first output time from which on the patient is not `unfit` until the next
    session, and not before the shortest stay. NaN where no such time is left.
    """
    count = times_h.shape[0]
    sessions = session_h.shape[0]
    step = jnp.where(unfit, jnp.arange(count)[:, None], -1)
    owner = jnp.where(session_of_time < 0, sessions, session_of_time)
    # Of sessions that begin at once the last one owns the times; they end together.
    last = jnp.searchsorted(session_h, session_h, side="right") - 1
    latest = jax.ops.segment_max(step, owner, sessions + 1)[last]
    following = jnp.clip(latest + 1, 0, count - 1)
    same = (latest + 1 < count) & (session_of_time[following] == last[:, None])
    clear = jnp.where(same, times_h[following], jnp.nan)
    clear = jnp.where(latest < 0, session_h[:, None], clear)
    return jnp.maximum(clear - session_h[:, None], shortest_stay_h[:, None])
