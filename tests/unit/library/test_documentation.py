"""Every example of docs/model-file.md is a model that loads, and its tables are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sordino.library.reader import lint_model, load_pk_model
from sordino.library.residuals import MASS, MOLAR
from sordino.library.structures import ready_structure, structure_names

PAGE = Path(__file__).resolve().parents[3] / "docs" / "model-file.md"
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
NAMES = [re.findall(r'^id = "(.*)"', text, re.MULTILINE)[0] for text in EXAMPLES]


def test_there_is_an_example_of_everything() -> None:
    assert len(set(NAMES)) == len(NAMES) >= 10


@pytest.mark.parametrize(("name", "text"), list(zip(NAMES, EXAMPLES, strict=True)), ids=NAMES)
def test_example_is_sound(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "example.toml"
    path.write_text(text)
    assert lint_model(path) == []
    assert load_pk_model(path).id == name


def test_the_smallest_example_is_small() -> None:
    assert len(EXAMPLES[0].splitlines()) <= 10


def test_the_units_of_an_additive_error_are_all_named() -> None:
    page = PAGE.read_text(encoding="utf-8")
    listed = page[page.index("or another concentration (") :].split(").", 1)[0]
    assert re.findall(r"`([a-z]+/[a-zL]+)`", listed) == [*MASS, *MOLAR]


def test_the_table_names_every_structure_with_its_parameters() -> None:
    page = PAGE.read_text(encoding="utf-8")
    table = page[page.index("## Ready structures") : page.index("Names, compartment numbers")]
    listed = {name for name in structure_names() if not name.endswith("_metabolite")}
    assert set(re.findall(r"`([a-z0-9]+_[a-z0-9_]+)`", table)) == listed
    for row in table.splitlines():
        first = re.match(r"\| `(\w+)`, `\w+` \| ([A-Z0-9 ]+)", row)
        if first:
            assert set(first[2].split()) == set(ready_structure(first[1]).parameters)
