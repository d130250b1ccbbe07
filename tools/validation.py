"""Measure sordino against closed forms and other programs, and write it into docs/validation.md.

python tools/validation.py            write the table
python tools/validation.py --check    exit 1 if a prediction is not within its tolerance

The scenarios are those of tests/independent: `regimens.py` and `programs.py`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "validation.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
sys.path.insert(0, str(ROOT / "tests" / "independent"))

import programs  # noqa: E402  # pyright: ignore[reportMissingImports]
import regimens  # noqa: E402  # pyright: ignore[reportMissingImports]
import scenarios  # noqa: E402  # pyright: ignore[reportMissingImports]


@dataclass(frozen=True)
class Line:
    """What was measured for one group of scenarios."""

    against: str
    what: str
    within: str
    count: int
    figures: int
    difference: float
    misses: int

    def cells(self) -> tuple[str, ...]:
        """The line of the table."""
        worst = "0" if not self.difference else f"{self.difference:.1e}".replace("e-0", "e-")
        inside = "all" if not self.misses else f"all but {self.misses}"
        return (
            self.against,
            self.what,
            f"{self.count} × {self.figures / self.count:.0f}",
            self.within,
            worst,
            inside,
        )


def measured(
    against: str, what: str, within: str, people: Sequence[scenarios.Scenario], folder: Path
) -> Line:
    """Predict a group of scenarios and compare."""
    found = scenarios.predictions(people, folder)
    pairs = list(zip(people, found, strict=True))
    return Line(
        against,
        what,
        within,
        len(people),
        sum(len(one.records) for one in people),
        max(one.difference(values) for one, values in pairs),
        sum(len(one.misses(values)) for one, values in pairs),
    )


def lines(folder: Path) -> list[Line]:
    """Every group: the closed forms by model, the programs by file."""
    found: list[Line] = []
    for title in regimens.VARIANTS:
        people = regimens.scenarios_of(title)
        within = f"{regimens.CLOSED:.0e}".replace("e-0", "e-")
        found.append(measured("closed form, 50 digits", title, within, people, folder))
    for source in programs.SOURCES:
        people = programs.scenarios_of(source)
        within = f"{source.digits} digits printed"
        if source.relative:
            within += f", and {source.relative:.0e}".replace("e-0", "e-")
        found.append(measured(source.program, f"`{source.key}`", within, people, folder))
    return found


def table(found: Sequence[Line]) -> str:
    """The lines as text that is also a table in Markdown."""
    head = ("against", "scenario", "persons × records", "tolerance", "largest difference", "within")
    rows = [head, *[line.cells() for line in found]]
    widths = [max(len(row[k]) for row in rows) for k in range(len(head))]
    text = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    rule = "|" + "|".join("-" * (w + 2) for w in widths) + "|"
    return "\n".join([text[0], rule, *text[1:]])


def sources() -> str:
    """Where the printed figures are found, with the reason of the tolerance."""
    return "\n".join(
        f"- `{one.key}`: {one.program}, {one.date}; {one.place}. Tolerance: {one.why}."
        for one in programs.SOURCES
    )


def written(page: str, text: str) -> str:
    """The page with the text between its markers."""
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        raise SystemExit(f"{PAGE} lacks the line {BEGIN} or {END}")
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}"


def main() -> int:
    """Measure; write the page or only say whether all is within its tolerance."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="do not write the page")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        found = lines(Path(folder))
    text = table(found)
    print(text)
    if not check:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(written(page, f"{text}\n\n{sources()}"), encoding="utf-8")
    return 1 if any(line.misses for line in found) else 0


if __name__ == "__main__":
    sys.exit(main())
