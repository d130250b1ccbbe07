"""Courses that answer to the person: rules of a course file, judged on what is known so far.

    course with [[rule]] -> policy -> judge(policy, board) -> session or none, dose, reasons

The board is what is known on a morning: of one person from a record, or of many virtual people
in a simulation. The same function judges both. `docs/rules.md` tells what is assumed.
"""

# Turns on double precision.
import sordino.pk as _pk  # noqa: F401  # pyright: ignore[reportUnusedImport]
from sordino.rules.now import Advice, RuleFound, advise
from sordino.rules.outcome import Outcome, RuleStudy, Stopped
from sordino.rules.study import simulate_rules

__all__ = [
    "Advice",
    "Outcome",
    "RuleFound",
    "RuleStudy",
    "Stopped",
    "advise",
    "simulate_rules",
]
