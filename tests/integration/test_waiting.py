"""Two programs at one store: who waits too long is told so."""

from __future__ import annotations

import time

import pytest

from sordino.errors import OutputError
from sordino.store import create_store, open_store
from sordino.store.engine import WAIT_S, make_engine, parse_url, writing_to


def test_a_second_writer_gives_up_and_is_told_why(address: str) -> None:
    create_store(address)
    start = time.monotonic()
    with (
        writing_to(make_engine(parse_url(address))),
        pytest.raises(OutputError, match="cannot be used") as caught,
        open_store(address, wait_s=0.2) as store,
        writing_to(store.engine),
    ):
        pytest.fail("two write at once")
    assert time.monotonic() - start < WAIT_S / 2
    assert "another program" in caught.value.hint
