"""Everything that is checked, in the order of ASME V&V 40 and ICH M15."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sordino.credibility.applicability import applicability
from sordino.credibility.checks import Result, Status
from sordino.credibility.uncertainty import uncertainty
from sordino.credibility.validation import validation
from sordino.credibility.verification import verification

QUESTION = (
    "What will a course of ketamine do to the fibromyalgia pain of a person like this one, from "
    "the first minute to the third month, and how sure are we?"
)
USE = (
    "Research, teaching and the planning of trials: to see what published results imply and what "
    "they leave open. Not for the choice of a dose or a treatment for one person."
)
RISK = (
    "Influence: low, because nothing is decided by the model alone. Consequence of a wrong "
    "answer: hope or fear without ground, or a trial that is too small. Both rise with how far "
    "a course lies outside the ranges below."
)


@dataclass(frozen=True)
class Assessment:
    """All results, and how many there are of each status."""

    results: tuple[Result, ...]

    @property
    def failed(self) -> tuple[Result, ...]:
        """The checks that do not hold."""
        return tuple(r for r in self.results if r.status == "FAIL")

    def count(self, *statuses: Status) -> int:
        """How many results have one of the statuses."""
        return sum(r.status in statuses for r in self.results)

    @property
    def summary(self) -> str:
        """The count of each outcome in one line; notes are no checks."""
        done = len(self.results) - self.count("note", "not done")
        return (
            f"{done} checks: {self.count('pass')} passed, {self.count('known miss')} known misses, "
            f"{self.count('FAIL')} failed; {self.count('not done')} not done"
        )


def assess() -> Assessment:
    """Run every check."""
    found: Sequence[Result] = (
        *verification(),
        *validation(),
        *uncertainty(),
        *applicability(),
    )
    return Assessment(tuple(found))
