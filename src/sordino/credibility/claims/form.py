"""The form of what is computed for a claim: tables of numbers, and sentences made from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sordino.simulation.answers import Estimate

DIGITS = 5
"""Significant digits of a stored number."""

Cell: TypeAlias = str | float | Estimate | None


@dataclass(frozen=True)
class Column:
    """A column of a table: what it holds, and its unit (empty for words and counts)."""

    name: str
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """Numbers of a run. `interval` says what the ends of a number with two ends mean."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    interval: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data; an `Estimate` becomes value, low and high."""
        return {
            "title": self.title,
            "columns": [{"name": c.name, "unit": c.unit} for c in self.columns],
            "rows": [[_plain(cell) for cell in row] for row in self.rows],
            "interval": self.interval,
        }


@dataclass(frozen=True)
class Run:
    """What was computed for one claim.

    `ran` says what was simulated; `says` what came out, in words made from the numbers;
    `lacks` what the claim asks for and no model here gives; `cautions` how far the numbers
    carry; `courses` the digests of the courses.
    """

    claim: str
    ran: str
    tables: tuple[Table, ...]
    says: tuple[str, ...]
    lacks: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    courses: Mapping[str, str] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "claim": self.claim,
            "ran": self.ran,
            "tables": [table.as_dict() for table in self.tables],
            "says": list(self.says),
            "lacks": list(self.lacks),
            "cautions": list(self.cautions),
            "courses": dict(self.courses or {}),
        }


DRAWS = "90 percent interval: what studies leave open (parameter draws)"
PEOPLE = "the middle 90 of 100 people (all parameter draws together)"


def columns(*names: str | tuple[str, str]) -> tuple[Column, ...]:
    """Columns from names, or pairs of name and unit."""
    return tuple(Column(n) if isinstance(n, str) else Column(*n) for n in names)


def _plain(cell: Cell) -> Any:
    if isinstance(cell, Estimate):
        ends = {"low": cell.low, "high": cell.high}
        found = {"value": cell.value} | {k: v for k, v in ends.items() if v is not None}
        return {key: rounded(value) for key, value in found.items()}
    return rounded(cell) if isinstance(cell, float) else cell


def rounded(value: float) -> float:
    """A number with the digits that are stored; a difference of rounding errors is 0."""
    return 0.0 if abs(value) < 1e-12 else float(f"{value:.{DIGITS}g}")


def with_ends(value: Estimate, digits: int = 1) -> str:
    """A number in words: `1.2 (0.4 to 3.0)`."""
    if value.low is None or value.high is None:
        return fixed(value.value, digits)
    ends = f"{fixed(value.low, digits)} to {fixed(value.high, digits)}"
    return f"{fixed(value.value, digits)} ({ends})"


def fixed(value: float, digits: int) -> str:
    """A number with a fixed count of decimals, never minus zero."""
    return f"{round(value, digits) + 0.0:.{digits}f}"


def cell_text(cell: Any) -> str:
    """A stored cell in words: a number with its ends in brackets, at most three digits."""
    if isinstance(cell, dict):
        found: dict[str, float] = cell
        ends = f" ({found['low']:.3g} to {found['high']:.3g})" if "low" in found else ""
        return f"{found['value']:.3g}{ends}"
    if isinstance(cell, float):
        return f"{cell:.0f}" if abs(cell) >= 1000 else f"{cell:.3g}"
    return "" if cell is None else str(cell)


def listed(words: Iterable[str]) -> str:
    """Words as a list in a sentence."""
    found = list(words)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}"
