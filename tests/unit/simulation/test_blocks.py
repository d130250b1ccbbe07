"""How a population is cut into blocks; a small stand-in for the engine says who was run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import pytest

from sordino.pk.parts import part_lanes
from sordino.simulation.blocks import LANES, Block, block_lanes, run_blocks, thread_count
from sordino.simulation.engine import CourseEngine, Readouts
from sordino.simulation.lanes import Lanes

Result = TypeVar("Result")


class Numbers:
    """An engine whose only readout is the number of patient and draw of each lane.

    As the real one, it writes over what it has handed out.
    """

    def __init__(self, draws: int = 1, *, known: bool = False) -> None:
        self.draws = draws
        self.known = known
        self.sizes: list[int] = []

    def ready(self, lanes: int) -> bool:
        return self.known

    def run(self, lanes: Lanes, use: Callable[[Readouts], Result]) -> Result:
        count = len(lanes.patient)
        self.sizes.append(count)
        parts = (count // part_lanes(count), part_lanes(count))
        alone = lanes.patient.reshape(parts)
        who = np.stack([alone, lanes.draw.reshape(parts)], axis=1)
        result = use({"who": who, "alone": alone})
        who[...] = alone[...] = -1
        return result


def engine(numbers: Numbers) -> CourseEngine:
    return cast("CourseEngine", numbers)


def same(block: Block) -> Block:
    assert set(block.readouts) == {"who", "alone"}  # copies, while the block is there
    return block


@pytest.mark.parametrize("patients", [1, 31, 32, 33, 511, 512, 513, 1025])
@pytest.mark.parametrize("draws", [1, 3])
def test_everybody_is_run_once_in_order(patients: int, draws: int) -> None:
    numbers = Numbers(draws)
    found = list(run_blocks(engine(numbers), patients, same))
    seen = np.concatenate([b.readouts["who"] for b in found], axis=1)
    everybody = np.tile(np.arange(patients), draws)
    assert np.array_equal(seen, np.stack([everybody, np.repeat(np.arange(draws), patients)]))
    for block in found:
        assert np.array_equal(block.readouts["alone"], block.patients)
    assert set(numbers.sizes) == {block_lanes(patients)}


@pytest.mark.parametrize(
    ("patients", "lanes"),
    [(1, 4), (6, 6), (33, 48), (64, 64), (200, 64), (1000, 256), (2048, 512), (10**6, 512)],
)
def test_small_populations_are_cut_for_several_cores(patients: int, lanes: int) -> None:
    assert block_lanes(patients) == lanes
    assert lanes <= LANES


@pytest.mark.parametrize("patients", [6, 64, 200, 1025])
def test_a_readout_is_written_to_the_places_of_its_patients(patients: int) -> None:
    found = np.full((3, 2, patients), -1)
    engine_of_three = engine(Numbers(3))
    rows = np.array([1, 0])
    for _ in run_blocks(engine_of_three, patients, lambda b: b.write("who", found[b.draw], rows)):
        pass
    assert np.array_equal(found[:, 1], np.tile(np.arange(patients), (3, 1)))
    assert np.array_equal(found[:, 0], np.repeat(np.arange(3), patients).reshape(3, patients))


def test_results_come_in_order_though_threads_end_out_of_order() -> None:
    def use(block: Block) -> int:
        time.sleep(0.02 if block.draw % 2 else 0.0)
        return block.draw

    assert list(run_blocks(engine(Numbers(12)), 3, use)) == list(range(12))


def test_the_first_block_is_run_alone() -> None:
    active: list[int] = []
    together: list[int] = []
    lock = threading.Lock()

    def use(block: Block) -> int:
        with lock:
            active.append(block.draw)
            together.append(len(active))
        time.sleep(0.02)
        with lock:
            active.remove(block.draw)
        return block.draw

    assert list(run_blocks(engine(Numbers(8)), 3, use)) == list(range(8))
    assert together[0] == 1
    assert max(together) <= thread_count()


def test_nobody_waits_for_an_engine_that_has_run_before() -> None:
    started = threading.Barrier(2, timeout=20.0)

    def use(block: Block) -> int:
        started.wait()
        return block.draw

    assert list(run_blocks(engine(Numbers(4, known=True)), 3, use)) == list(range(4))


def test_progress_counts_every_block() -> None:
    said: list[tuple[int, int]] = []
    list(run_blocks(engine(Numbers(2)), 2 * LANES, same, lambda *a: said.append(a)))
    assert said == [(k, 8) for k in range(1, 9)]


@pytest.mark.parametrize("bad", [0, 1, 5])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_fails_in_a_block_comes_out_and_the_rest_is_left(
    bad: int, error: type[BaseException]
) -> None:
    begun: list[int] = []

    def use(block: Block) -> Any:
        begun.append(block.draw)
        if block.draw == bad:
            raise error("in a block")
        time.sleep(0.01)

    with pytest.raises(error, match="in a block"):
        list(run_blocks(engine(Numbers(500)), 3, use))
    assert len(begun) <= bad + 2 * thread_count() + 2


def test_a_reader_who_stops_ends_the_work() -> None:
    begun: list[int] = []

    def use(block: Block) -> int:
        begun.append(block.draw)
        time.sleep(0.01)
        return block.draw

    found = run_blocks(engine(Numbers(500)), 3, use)
    assert [next(found), next(found)] == [0, 1]
    cast("Any", found).close()
    stopped = len(begun)
    time.sleep(0.1)
    assert len(begun) == stopped <= 2 * thread_count() + 3
