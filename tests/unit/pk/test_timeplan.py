"""The time plan: walking its nodes and adding its offsets gives back every output time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sordino.pk.lengths import ROW_TILE, TICKS_PER_HOUR, to_ticks
from sordino.pk.timeplan import READ_PADDING, ReadPlan, TimePlan, Work, time_plan

FIVE_MINUTES = TICKS_PER_HOUR // 12


def hours(ticks: list[int]) -> list[float]:
    return [t / TICKS_PER_HOUR for t in ticks]


def slot_ticks(plan: TimePlan) -> dict[int, float]:
    """The length, in ticks, of what the chain of products puts into each slot."""
    chain = plan.lengths
    length = {0: 0.0, 1: chain.base_h * TICKS_PER_HOUR}
    for k in range(1, chain.shorts):
        length[k + 1] = float(chain.short_h[k]) * TICKS_PER_HOUR
    for target, left, right in chain.chain[: chain.products].tolist():
        length[target] = length[left] + length[right]
    return length


def row_ticks(plan: TimePlan, read: ReadPlan) -> dict[int, float]:
    """The offset, in ticks, that each row slot belongs to."""
    length, reached = slot_ticks(plan), {0: 0.0}
    for tile, ops in enumerate(read.chain.ops[: read.chain.tiles].tolist()):
        for place, (start, matrix) in enumerate(ops):
            reached[1 + ROW_TILE * tile + place] = reached[start] + length[matrix]
    return reached


def walked(plan: TimePlan) -> tuple[np.ndarray, list[int]]:
    """Node times in ticks by adding up steps, and the end of each occasion likewise."""
    length = slot_ticks(plan)
    nodes = np.full(plan.node_h.shape, -1)
    ends: list[int] = []
    now = to_ticks(plan.start_h[0])
    for k in range(plan.occasions):
        assert to_ticks(plan.start_h[k]) == now
        for node in range(plan.first_node[k], plan.first_node[k + 1]):
            assert plan.node_occasion[node] == k
            now = round(now + length[int(plan.node_slot[node])])
            nodes[node] = now
        now = round(now + length[int(plan.end_slot[k])])
        ends.append(now)
        assert to_ticks(plan.end_h[k]) == now
    return nodes, ends


def read_ticks(plan: TimePlan, read: ReadPlan, nodes: np.ndarray) -> list[int]:
    """Where each output is read, by the places of its node and its offset."""
    offset = row_ticks(plan, read)
    found: list[int] = []
    for k in range(read.reads):
        node = int(read.node[k])
        assert read.first[plan.node_occasion[node]] <= k < read.first[plan.node_occasion[node] + 1]
        found.append(round(nodes[node] + offset[int(read.row[k])]))
    return found


times = st.one_of(
    st.integers(0, 600).map(lambda k: k * FIVE_MINUTES),
    st.integers(0, 50 * TICKS_PER_HOUR),
)
Schedule = tuple[list[list[int]], list[int], list[int]]


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Sets of outputs, events and occasion starts, some of them at the same times."""
    events = sorted(set(draw(st.lists(times, min_size=1, max_size=6))))
    shared = draw(st.lists(times, max_size=10))
    sets: list[list[int]] = []
    for _ in range(draw(st.integers(1, 3))):
        own = draw(st.lists(times, min_size=1, max_size=40))
        at_events = draw(st.lists(st.sampled_from(events), max_size=3))
        sets.append(sorted({*own, *at_events, *shared}))
    starts = sorted({0, *draw(st.lists(st.sampled_from(events), max_size=3))})
    return sets, events, starts


def planned(schedule: Schedule, *, offsets: bool = True) -> TimePlan:
    sets, events, starts = schedule
    return time_plan([hours(s) for s in sets], hours(events), hours(starts), 30.0, offsets=offsets)


@given(schedule=schedules(), offsets=st.booleans())
def test_every_output_is_read_at_its_time(schedule: Schedule, offsets: bool) -> None:
    sets, events, starts = schedule
    plan = planned(schedule, offsets=offsets)
    nodes, ends = walked(plan)
    assert len(plan.reads) == len(sets)
    for read, asked in zip(plan.reads, sets, strict=True):
        assert read.reads == len(asked)
        assert read_ticks(plan, read, nodes) == asked
    assert ends == [*starts[1:], max(*(s[-1] for s in sets), events[-1])]


@given(schedule=schedules(), offsets=st.booleans())
def test_every_event_is_a_node_of_the_occasion_it_begins_in(
    schedule: Schedule, offsets: bool
) -> None:
    _, events, starts = schedule
    plan = planned(schedule, offsets=offsets)
    nodes, _ = walked(plan)
    for event in events:
        occasion = int(np.searchsorted(starts, event, side="right")) - 1
        first, beyond = plan.first_node[occasion : occasion + 2]
        assert event in nodes[first:beyond]
    real = plan.first_node[-1]
    np.testing.assert_allclose(plan.node_h[:real] * TICKS_PER_HOUR, nodes[:real], atol=0.01)


@given(schedule=schedules())
def test_no_offset_reaches_past_a_change(schedule: Schedule) -> None:
    # An output read at an offset sees what its node sees: nothing may change in between.
    sets, events, starts = schedule
    plan = planned(schedule)
    nodes, _ = walked(plan)
    changes = np.array(sorted({*events, *starts}))
    for read, asked in zip(plan.reads, sets, strict=True):
        for k, output in enumerate(asked):
            node = nodes[read.node[k]]
            assert not np.any((changes > node) & (changes <= output))


@given(schedule=schedules(), offsets=st.booleans())
def test_padding_repeats_the_last(schedule: Schedule, offsets: bool) -> None:
    plan = planned(schedule, offsets=offsets)
    for read in plan.reads:
        for each in (read.node, read.row):
            assert len(each) % READ_PADDING == 0
            assert len(each) - read.reads < READ_PADDING
            assert np.all(each[read.reads :] == each[read.reads - 1])
        assert read.first[0] == 0
        assert np.all(read.first[plan.occasions :] == len(read.node))
    real = plan.first_node[-1]
    assert np.all(plan.node_slot[real:] == 0)
    assert np.all(plan.node_h[real:] == plan.node_h[real - 1])
    assert np.all(plan.first_node[plan.occasions :] == real)


def test_without_offsets_outputs_are_nodes() -> None:
    plan = time_plan([[0.0, 0.5, 1.0, 7.0]], [0.0, 0.7], [0.0], 30.0, offsets=False)
    assert set(plan.reads[0].row.tolist()) == {0}
    real = sorted(set(np.round(plan.node_h, 9).tolist()))
    assert real == [0.0, 0.5, 0.7, 1.0, 7.0]


def test_a_grid_of_five_minutes_takes_few_steps() -> None:
    outputs = np.arange(0.0, 24.0 + 1e-9, 1.0 / 12.0)
    plan = time_plan([outputs], [0.0], [0.0], 30.0, work=Work(64, 8, (8,)))
    steps = np.count_nonzero(plan.node_slot)
    assert steps < len(outputs) / 4


def test_what_is_dear_is_spared() -> None:
    outputs = np.arange(0.0, 24.0 + 1e-9, 1.0 / 12.0)

    def steps(work: Work) -> int:
        plan = time_plan([outputs], [0.0], [0.0], 30.0, work=work)
        return int(np.count_nonzero(plan.node_slot))

    assert steps(Work(8, 500, (1,))) < steps(Work(8, 1, (500,)))


@pytest.mark.parametrize("offsets", [True, False])
def test_a_single_time(offsets: bool) -> None:
    plan = time_plan([[0.0]], [0.0], [0.0], 30.0, offsets=offsets)
    nodes, ends = walked(plan)
    assert read_ticks(plan, plan.reads[0], nodes) == [0]
    assert ends == [0]


def test_a_time_asked_for_twice_is_read_twice() -> None:
    plan = time_plan([[0.0, 0.5, 0.5, 2.0]], [0.0], [0.0], 30.0)
    nodes, _ = walked(plan)
    expected = [to_ticks(t) for t in (0.0, 0.5, 0.5, 2.0)]
    assert read_ticks(plan, plan.reads[0], nodes) == expected
