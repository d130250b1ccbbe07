from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sordino.course import Session
from sordino.pk.lengths import TICKS_PER_HOUR
from sordino.simulation.grid import DENSE_SESSIONS, default_times_h, snapped

TICK_H = 1.0 / TICKS_PER_HOUR


def sessions(starts: list[float], length_h: float = 0.0) -> list[Session]:
    return [Session(s, s + length_h, 0, "ketamine", "iv") for s in starts]


def holds(times: np.ndarray, wanted: float) -> bool:
    return bool(np.min(np.abs(times - wanted)) < TICK_H)


@given(
    starts=st.lists(st.floats(0.0, 500.0), min_size=1, max_size=20, unique=True),
    length=st.sampled_from([0.0, 0.1, 2 / 3, 5.0, 100.0]),
    beyond=st.floats(0.0, 200.0),
)
def test_the_default_times_of_any_course(starts: list[float], length: float, beyond: float) -> None:
    starts = sorted(starts)
    until = max(starts[-1] + length + beyond, 0.1)
    times = default_times_h(sessions(starts, length), until)
    assert np.all(np.diff(times) > 0)
    assert times[0] == 0.0
    assert abs(times[-1] - until) < TICK_H
    assert all(holds(times, start) for start in starts)
    for start, following in zip(starts, [*starts[1:], np.inf], strict=True):
        if start + length <= following:
            assert holds(times, start + length)
    for daily in np.arange(starts[0] % 24.0, until, 24.0):
        assert holds(times, daily)


def test_one_infusion_is_looked_at_every_five_minutes_until_an_hour_after_it() -> None:
    times = default_times_h(sessions([0.0], 40 / 60), 72.0)
    dense = times[times <= 100 / 60 + TICK_H]
    np.testing.assert_allclose(np.diff(dense), 5 / 60, atol=TICK_H)
    assert list(times[-3:]) == [24.0, 48.0, 72.0]


def test_a_bolus_is_looked_at_every_five_minutes_for_two_hours() -> None:
    times = default_times_h(sessions([0.0]), 24.0)
    np.testing.assert_allclose(np.diff(times[times <= 2.0 + TICK_H]), 5 / 60, atol=TICK_H)


def test_a_long_infusion_is_cut_in_24_parts() -> None:
    times = default_times_h(sessions([0.0], 96.0), 96.0)
    np.testing.assert_allclose(times, np.arange(0.0, 97.0, 4.0))


@pytest.mark.parametrize(("count", "coarse"), [(DENSE_SESSIONS, False), (DENSE_SESSIONS + 1, True)])
def test_many_sessions_are_looked_at_more_coarsely(count: int, coarse: bool) -> None:
    times = default_times_h(sessions([24.0 * k for k in range(count)], 40 / 60), 24.0 * count)
    of_one_day = np.count_nonzero((times >= 24.0) & (times < 48.0))
    # Coarse: five points while it runs and ten after it; dense: 8 + 12 + 12 + 4 and the start.
    assert of_one_day == (15 if coarse else 37)


def test_a_session_is_not_looked_at_beyond_the_next_one_or_the_end() -> None:
    times = default_times_h(sessions([0.0, 0.5], 40 / 60), 0.75)
    assert times[-1] == 0.75
    between = times[(times > 0.0) & (times < 0.5)]
    np.testing.assert_allclose(between, np.arange(1, 6) * 5 / 60, atol=TICK_H)


def test_days_count_from_the_first_session() -> None:
    times = default_times_h(sessions([36.5]), 100.0)
    assert list(times[:3]) == [0.0, 12.5, 36.5]
    assert holds(times, 60.5)
    assert holds(times, 84.5)
    assert not holds(times, 72.0)


def test_snapped_times_are_sorted_distinct_microseconds() -> None:
    found = snapped([2.0, 1.0 + 1e-13, 1.0, np.pi])
    assert list(found[:2]) == [1.0, 2.0]
    assert found[2] == pytest.approx(np.pi, abs=TICK_H)
    assert (found[2] * TICKS_PER_HOUR).is_integer()
