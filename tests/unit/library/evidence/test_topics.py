"""What is shown of the library is all of it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from sordino.errors import UnknownName
from sordino.library.cite import references
from sordino.library.evidence import claims
from sordino.library.evidence.ledger import ledger
from sordino.library.evidence.parts import SEEN
from sordino.library.evidence.reader import FOLDER
from sordino.library.evidence.topics import TOPICS

FILES = sorted(path.stem for path in FOLDER.glob("*.toml"))
PAGE = Path(__file__).resolve().parents[4] / "docs" / "evidence.md"


def tables(name: str) -> Iterator[dict[str, Any]]:
    """Every row of a file as it is written there."""
    file = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    for value in file.values():
        if isinstance(value, list):
            yield from cast("list[dict[str, Any]]", value)


def leaves(value: object) -> Iterator[object]:
    """Every single value in a table, with the key that it has."""
    if isinstance(value, dict):
        for key, inner in cast("dict[str, object]", value).items():
            yield from ((key, leaf) for leaf in leaves(inner))
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from leaves(inner)
    else:
        yield value


@pytest.mark.parametrize("name", FILES)
def test_every_value_of_every_row_is_shown(name: str) -> None:
    """An entry as plain values holds each value of its row, as often as the row does."""
    for row in tables(name):
        plain = json.loads(json.dumps(TOPICS[name].entry(row["id"]).plain()))
        found = list(leaves(plain))
        for leaf in leaves(row):
            assert leaf in found, (row["id"], leaf)
            found.remove(leaf)


@pytest.mark.parametrize("name", TOPICS)
def test_a_list_has_a_cell_for_each_column(name: str) -> None:
    topic = TOPICS[name]
    assert {len(entry.cells) for entry in topic.entries()} == {len(topic.columns)}


@pytest.mark.parametrize("name", FILES)
def test_a_topic_lists_its_file(name: str) -> None:
    assert [entry.id for entry in TOPICS[name].entries()] == [row["id"] for row in tables(name)]


def test_the_ledger_is_a_topic() -> None:
    assert [entry.id for entry in TOPICS["parameters"].entries()] == [row.id for row in ledger()]


@pytest.mark.parametrize("name", TOPICS)
def test_every_row_has_its_sources_in_words(name: str) -> None:
    for entry in TOPICS[name].entries():
        sources = entry.plain()["sources"]
        assert [source["key"] for source in sources] == list(entry.cites)
        assert all(source["text"] == references()[source["key"]].text() for source in sources)


def test_what_has_no_sources_is_an_assumption_or_a_claim_that_nobody_studied() -> None:
    bare = {e.id for topic in TOPICS.values() for e in topic.entries() if not e.cites}
    unstudied = {c.id for c in claims() if not c.studies}
    assumed = {row.id for row in ledger() if "value" in row.assumed}
    assert bare <= unstudied | assumed
    assert "slow_lag.transfer" in bare


def test_times_are_shown_in_hours_too() -> None:
    plain = TOPICS["studies"].entry("noppers_2011_fm").plain()
    hours = {o["time"]: o["time_h"] for o in plain["observation"]}
    assert hours == {"15 min": 0.25, "180 min": 3.0, "1 week": 168.0, "8 week": 1344.0}


def test_an_unknown_row() -> None:
    with pytest.raises(UnknownName, match="noppers_2011") as caught:
        TOPICS["studies"].entry("nopers_2011_fm")
    assert "noppers_2011_fm" in caught.value.hint


def test_the_page_explains_every_word() -> None:
    page = PAGE.read_text(encoding="utf-8")
    words = [*TOPICS, *SEEN, "calibrate", "context", "sanity_check", "withheld", "ambiguous"]
    kinds = ["responders", "mean", "share", "range", "median", "contrast", "words"]
    verdicts = ["supported", "partly", "not_shown", "against", "untested"]
    for word in (*words, *kinds, *verdicts):
        assert f"`{word}`" in page, word
