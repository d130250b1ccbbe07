"""The form of a check, and the order in which checks are told."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Section = Literal["verification", "validation", "uncertainty", "applicability"]
Status = Literal["pass", "known miss", "FAIL", "not done", "note"]
"""`known miss`: a file says beforehand that and by how much it misses; `not done`: nothing was
checked, and the note says why; `note`: nothing that can pass or fail."""

SECTIONS: dict[Section, str] = {
    "verification": "Is the mathematics right?",
    "validation": "Do the models give what was published?",
    "uncertainty": "Is what is not known drawn as it should be?",
    "applicability": "How far do the sources carry?",
}
"""The sections in the order of ASME V&V 40 and ICH M15, with the question of each."""


@dataclass(frozen=True)
class Result:
    """One check: what was asked, what came out, and whether that will do.

    `kind` is its group in the section; numbers are missing where a check has none.
    """

    section: Section
    kind: str
    subject: str
    name: str
    status: Status
    place: str
    note: str
    unit: str = ""
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    found: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """The result as plain data."""
        return asdict(self)


def within(found: float, low: float, high: float) -> Status:
    """`pass` or `FAIL`; a number that is none fails."""
    return "pass" if low <= found <= high else "FAIL"


def largest(
    section: Section, kind: str, subject: str, name: str, found: float, limit: float, note: str
) -> Result:
    """A check that a difference is not above a limit."""
    return Result(
        section=section,
        kind=kind,
        subject=subject,
        name=name,
        status=within(found, 0.0, limit),
        place="computed here",
        note=note,
        unit="largest difference",
        expected=0.0,
        low=0.0,
        high=limit,
        found=found,
    )
