"""The time plan: walking its nodes and adding its offsets gives back every output time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sordino.pk.lengths import TICKS_PER_HOUR, to_ticks
from sordino.pk.timeplan import TILE, TimePlan, time_plan

FIVE_MINUTES = TICKS_PER_HOUR // 12


def hours(ticks: list[int]) -> list[float]:
    return [t / TICKS_PER_HOUR for t in ticks]


def slot_ticks(plan: TimePlan) -> dict[int, int]:
    return {slot: length for length, slot in plan.lengths.slot_of.items()}


def walked(plan: TimePlan) -> tuple[np.ndarray, list[int]]:
    """Node times in ticks by adding up steps, and the end of each occasion likewise."""
    length = slot_ticks(plan)
    nodes = np.zeros(plan.node_h.shape, int)
    ends: list[int] = []
    now = to_ticks(plan.start_h[0])
    for k in range(plan.occasions):
        assert to_ticks(plan.start_h[k]) == now
        for tile in range(plan.first_tile[k], plan.first_tile[k + 1]):
            for j in range(TILE):
                now += length[int(plan.node_slot[tile, j])]
                nodes[tile, j] = now
        now += length[int(plan.end_slot[k])]
        ends.append(now)
    return nodes, ends


def read_ticks(plan: TimePlan, nodes: np.ndarray) -> list[int]:
    """Where each output is read, by the places of its node and its offset."""
    length = slot_ticks(plan)
    found: list[int] = []
    for k in range(plan.reads):
        node, offset = int(plan.read_node[k]), int(plan.read_offset[k])
        assert plan.read_occasion[k] == plan.tile_occasion[node // TILE]
        found.append(int(nodes.ravel()[node]) + length[int(plan.offset_slot[offset])])
    return found


times = st.one_of(
    st.integers(0, 600).map(lambda k: k * FIVE_MINUTES),
    st.integers(0, 50 * TICKS_PER_HOUR),
)


@st.composite
def schedules(draw: st.DrawFn) -> tuple[list[int], list[int], list[int]]:
    """Outputs, events and occasion starts, some of them at the same times."""
    events = sorted(set(draw(st.lists(times, min_size=1, max_size=6))))
    more = draw(st.lists(times, min_size=1, max_size=60))
    outputs = sorted({*more, *draw(st.lists(st.sampled_from(events), max_size=3))})
    starts = sorted({0, *draw(st.lists(st.sampled_from(events), max_size=3))})
    return outputs, events, starts


@given(schedule=schedules(), offsets=st.booleans())
def test_every_output_is_read_at_its_time(
    schedule: tuple[list[int], list[int], list[int]], offsets: bool
) -> None:
    outputs, events, starts = schedule
    plan = time_plan(hours(outputs), hours(events), hours(starts), 30.0, offsets=offsets)
    nodes, ends = walked(plan)
    assert read_ticks(plan, nodes) == outputs
    assert ends == [*starts[1:], max(outputs[-1], events[-1])]


@given(schedule=schedules(), offsets=st.booleans())
def test_every_event_is_a_node_of_the_occasion_it_begins_in(
    schedule: tuple[list[int], list[int], list[int]], offsets: bool
) -> None:
    outputs, events, starts = schedule
    plan = time_plan(hours(outputs), hours(events), hours(starts), 30.0, offsets=offsets)
    nodes, _ = walked(plan)
    for event in events:
        occasion = int(np.searchsorted(starts, event, side="right")) - 1
        tiles = slice(plan.first_tile[occasion], plan.first_tile[occasion + 1])
        assert event in nodes[tiles]
    np.testing.assert_allclose(
        plan.node_h[: plan.first_tile[-1]] * TICKS_PER_HOUR, nodes[: plan.first_tile[-1]], atol=0.01
    )


@given(schedule=schedules())
def test_no_offset_reaches_past_a_change(
    schedule: tuple[list[int], list[int], list[int]],
) -> None:
    # An output read at an offset sees what its node sees: nothing may change in between.
    outputs, events, starts = schedule
    plan = time_plan(hours(outputs), hours(events), hours(starts), 30.0)
    nodes, _ = walked(plan)
    changes = np.array(sorted({*events, *starts}))
    for k, output in enumerate(outputs):
        node = nodes.ravel()[plan.read_node[k]]
        assert not np.any((changes > node) & (changes <= output))


def test_without_offsets_outputs_are_nodes() -> None:
    plan = time_plan([0.0, 0.5, 1.0, 7.0], [0.0, 0.7], [0.0], 30.0, offsets=False)
    assert set(plan.offset_slot.tolist()) == {0}
    real = sorted(set(np.round(plan.node_h.ravel(), 9).tolist()))
    assert real == [0.0, 0.5, 0.7, 1.0, 7.0]


def test_a_grid_of_five_minutes_takes_few_steps() -> None:
    outputs = np.arange(0.0, 24.0 + 1e-9, 1.0 / 12.0)
    plan = time_plan(outputs, [0.0], [0.0], 30.0, states=8, outputs=1)
    steps = np.count_nonzero(plan.node_slot)
    assert steps < len(outputs) / 4


@pytest.mark.parametrize("offsets", [True, False])
def test_a_single_time(offsets: bool) -> None:
    plan = time_plan([0.0], [0.0], [0.0], 30.0, offsets=offsets)
    nodes, ends = walked(plan)
    assert read_ticks(plan, nodes) == [0]
    assert ends == [0]
