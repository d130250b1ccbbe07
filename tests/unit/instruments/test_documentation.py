"""The page on instruments says of each one what the package does."""

from __future__ import annotations

import re
from pathlib import Path

from sordino.instruments import compare, instrument_names, items_of, score


def page(root: Path) -> str:
    return (root / "docs" / "instruments.md").read_text(encoding="utf-8")


def test_every_instrument_is_in_the_table(root: Path) -> None:
    rows = [line for line in page(root).splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert set(instrument_names()) <= set(named)


def test_the_numbers_of_items_in_the_table(root: Path) -> None:
    for name in ("acr_wpi", "fiqr", "bowdle_vas", "phq9", "gad7", "madrs", "fss", "mfi20"):
        (row,) = [line for line in page(root).splitlines() if line.startswith(f"| `{name}` |")]
        assert int(re.findall(r"\d+", row.split("|")[2])[0]) == len(items_of(name))


def test_every_key_of_the_json_is_told(root: Path) -> None:
    first, second = score("nrs_pain", 7), score("nrs_pain", 4)
    found = {*first.as_dict(), "change"}
    assert not {key for key in found if f"`{key}`" not in page(root)}
    told = re.findall(r"`(\w+)`", page(root).split("| `change` |")[1].splitlines()[0])
    assert set(told) <= set(compare(first, second).as_dict())


def test_the_example_comes_out_as_printed(root: Path) -> None:
    found = score("phq9", [2, 2, 2, 2, 1, 1, 2, 0, 0])
    assert f'{found.value}, "{found.band}", {found.missing}' in page(root)
