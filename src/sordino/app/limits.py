"""Limits met or broken, in words: of guidelines and labels, of long use, and one's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sordino.app.asked import OwnLimits
from sordino.app.rows import row_link
from sordino.app.sources import Source, sources
from sordino.report import words
from sordino.safety.exposure import dosing
from sordino.safety.longterm import long_term_flags
from sordino.safety.rules import rules
from sordino.simulation.answers import Answers, Spread
from sordino.simulation.summary import Summary

MET, BROKEN, CARE = "met", "not met", "care"
ORDER = {BROKEN: 0, CARE: 1, MET: 2}
OWN = "your own limit"


@dataclass(frozen=True)
class LimitFound:
    """One limit: what it asks, what the course does, whether that meets it, and who says so.

    `row`: the page of the row of evidence behind it; nothing for a limit of one's own.
    """

    verdict: str
    says: str
    found: str
    by: str
    row: str
    sources: tuple[Source, ...]


def limits(summary: Summary, own: OwnLimits) -> tuple[LimitFound, ...]:
    """Every limit that speaks to this course; those that are broken come first."""
    given = dosing(summary.course)
    found = [*_own(summary, own, given.total_mg)]
    for rule in rules(summary.course, given, summary.answers.fit_to_leave_min):
        if rule.verdict in (MET, BROKEN):
            found.append(
                _limit(rule.verdict, rule.says, rule.found, rule.strength, rule.cites, rule.id)
            )
    for flag in long_term_flags(given):
        if flag.state == "reached":
            says = f"{flag.organ}: harm was seen after {flag.exposure}"
            found.append(_limit(CARE, says, flag.found, "reports of long use", flag.cites, flag.id))
    return tuple(sorted(found, key=lambda limit: ORDER[limit.verdict]))


def _limit(
    verdict: str, says: str, found: str, by: str, cites: Iterable[str], row: str = ""
) -> LimitFound:
    own = words.sentence(found if by == OWN else f"this course: {found}")
    link = row_link(row) if row else ""
    return LimitFound(verdict, words.sentence(says), own, by, link, sources(cites))


def _own(summary: Summary, own: OwnLimits, total_mg: float) -> Iterator[LimitFound]:
    answers = summary.answers
    if own.total_mg is not None:
        says = f"at most {own.total_mg:g} mg in the whole course"
        seen = f"this course gives {_told(total_mg, own.total_mg)} mg"
        yield _verdict(total_mg <= own.total_mg, says, seen)
    if own.cadss is not None:
        says = f"dissociation of at most {own.cadss:g} of 92 points"
        yield _spread(answers.peaks["cadss"], own.cadss, says, "points")
    if own.sbp_change is not None:
        says = f"a rise of the upper blood pressure of at most {own.sbp_change:g} mmHg"
        yield _spread(answers.peaks["sbp_change"], own.sbp_change, says, "mmHg")
    if own.leave_min is not None and answers.fit_to_leave_min:
        says = f"fit to leave within {own.leave_min:g} min of the start of a session"
        late = _latest(answers)
        seen = f"19 of 20 people are fit to leave after {_told(late, own.leave_min)} min"
        if late >= words.LEAVE_END_MIN:
            seen = "1 in 20 people or more are not before the next session or the end of watching"
        yield _verdict(late <= own.leave_min, says, seen)


def _latest(answers: Answers) -> float:
    return max(spread.high for spread in answers.fit_to_leave_min)


def _spread(found: Spread, limit: float, says: str, unit: str) -> LimitFound:
    """Met when 19 of 20 people stay within it."""
    seen = f"19 of 20 people stay below {_told(found.high, limit)} {unit}"
    return _verdict(found.high <= limit, says, seen)


def _told(found: float, limit: float) -> str:
    """A number with as many digits as it takes to see on which side of the limit it is."""
    for digits in range(4):
        if (round(found, digits) <= limit) == (found <= limit):
            return words.fixed(found, digits)
    return f"a little more than {limit:g}" if found > limit else f"{limit:g}"


def _verdict(met: bool, says: str, found: str) -> LimitFound:
    return _limit(MET if met else BROKEN, says, found, OWN, ())
