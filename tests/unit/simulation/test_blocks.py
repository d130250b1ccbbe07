"""How a population is cut into blocks; a small stand-in for the engine says who was run."""

from __future__ import annotations

import threading
import time
from typing import Any, cast

import numpy as np
import pytest

from sordino.pk.lengths import bucket
from sordino.simulation.blocks import LANES, Block, run_blocks, thread_count
from sordino.simulation.engine import CourseEngine
from sordino.simulation.lanes import Lanes


class Numbers:
    """An engine whose only readout is the number of patient and draw of each lane."""

    def __init__(self, draws: int = 1) -> None:
        self.draws = draws
        self.sizes: list[int] = []

    def run(self, lanes: Lanes) -> dict[str, np.ndarray]:
        patient, draw = np.asarray(lanes.patient), np.asarray(lanes.draw)
        self.sizes.append(len(patient))
        return {"who": np.stack([patient, draw]), "alone": patient}


def engine(numbers: Numbers) -> CourseEngine:
    return cast("CourseEngine", numbers)


def same(block: Block) -> Block:
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
    assert set(numbers.sizes) == {min(LANES, bucket(patients))}


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


def test_progress_counts_every_block() -> None:
    said: list[tuple[int, int]] = []
    list(run_blocks(engine(Numbers(2)), 2 * LANES, same, lambda *a: said.append(a)))
    assert said == [(1, 4), (2, 4), (3, 4), (4, 4)]


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
