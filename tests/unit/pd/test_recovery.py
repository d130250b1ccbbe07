"""Fit to leave, on curves where the answer can be seen."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from sordino.pd.recovery import fit_to_leave_h, owning_session

HOURS = np.array([0.0, 1.0, 2.0, 3.0, 24.0, 25.0, 26.0, 27.0])
SESSIONS = np.array([0.0, 24.0])


def leave(
    unfit: Sequence[Sequence[int]],
    stay_h: Sequence[float] = (0.5, 0.5),
    sessions: np.ndarray = SESSIONS,
    hours: np.ndarray = HOURS,
) -> np.ndarray:
    """(session, lane) hours; `unfit`: one row of marks for each lane."""
    owner = owning_session(hours, sessions)
    found = fit_to_leave_h(
        jnp.asarray(hours),
        jnp.asarray(owner),
        jnp.asarray(sessions),
        jnp.asarray(list(stay_h)),
        jnp.asarray(np.array(unfit, bool).T),
    )
    return np.asarray(found)


def test_the_first_time_after_the_last_unfit_one() -> None:
    got = leave([[0, 1, 1, 0, 0, 1, 0, 0], [0, 1, 0, 0, 1, 1, 1, 0]])
    np.testing.assert_array_equal(got, [[3.0, 2.0], [2.0, 3.0]])


def test_a_relapse_counts() -> None:
    np.testing.assert_array_equal(leave([[1, 0, 1, 0, 0, 0, 0, 0]])[0], [3.0])


def test_never_unfit_leaves_after_the_shortest_stay() -> None:
    np.testing.assert_array_equal(leave([[0] * 8], stay_h=(2.0, 1.0))[:, 0], [2.0, 1.0])


def test_the_shortest_stay_holds_even_when_fit_earlier() -> None:
    np.testing.assert_array_equal(leave([[1, 0, 0, 0, 0, 0, 0, 0]], stay_h=(2.5, 2.5))[0], [2.5])


def test_never_fit_before_the_next_session_has_no_time() -> None:
    got = leave([[1, 1, 1, 1, 0, 1, 1, 1]])[:, 0]
    assert np.isnan(got).all()


def test_one_session_does_not_wait_for_another() -> None:
    # Unfit at the end of the first session's times, fit all through the second.
    got = leave([[0, 0, 0, 1, 0, 0, 0, 0]])[:, 0]
    assert np.isnan(got[0])
    assert got[1] == 0.5


def test_what_was_before_the_first_session_does_not_matter() -> None:
    sessions = np.array([2.0, 24.0])
    got = leave([[1, 1, 0, 0, 0, 0, 0, 0]], sessions=sessions)
    np.testing.assert_array_equal(got[:, 0], [0.5, 0.5])


def test_sessions_that_begin_at_once_end_together() -> None:
    # A film and an infusion at the same hour are two sessions with the same times.
    sessions = np.array([0.0, 0.0, 24.0])
    got = leave([[1, 1, 0, 0, 0, 0, 0, 0]], stay_h=(0.5, 2.5, 0.5), sessions=sessions)
    np.testing.assert_array_equal(got[:, 0], [2.0, 2.5, 0.5])


def test_times_belong_to_the_latest_session() -> None:
    owner = owning_session(np.array([0.0, 5.0, 6.0, 7.0]), np.array([5.0, 7.0]))
    np.testing.assert_array_equal(owner, [-1, 0, 0, 1])
