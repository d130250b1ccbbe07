"""A comparison in words and tables."""

from __future__ import annotations

from sordino.compare import Arm, Comparison
from sordino.compare.model import Effort, Harm, Stopped
from sordino.compare.tally import DAYS, LOOKS
from sordino.report import words
from sordino.report.compare_chart import share_at
from sordino.report.tables import Table
from sordino.simulation.answers import THRESHOLDS, Estimate

UNKNOWN = "unknown"
LAST = LOOKS[-1]
LEVEL = 30
ORIGINS = {"simulated": "calculated", "published": "published", "derived": "derived"}
ORIGIN_WORDS = (
    "Calculated: by the models of this program. Published: the difference that trials print, on "
    "top of the placebo of this program. Derived: from another number that trials print."
)


def look_name(day: int) -> str:
    """A look as it heads a column."""
    return f"day {day}" if day < 28 else f"week {day // 7}"


def headline(arm: Arm) -> str:
    """One sentence for each arm: week 12, and what of it is due to the treatment, and when."""
    share = share_at(arm, LAST, LEVEL)
    if share is None or share.with_treatment is None:
        return f"{arm.title}: unknown. {arm.notes[0]}"
    said = (
        f"{arm.title}: in week 12 about {words.count(share.with_treatment)} of 100 have at least "
        f"{LEVEL} percent less pain"
    )
    if arm.name == "placebo":
        return f"{said}."
    due = [f"{_more(arm, day)} {_when(day)}" for day in LOOKS if day not in (7, 56)]
    return f"{said}. Because of the treatment: {words.listed(due)}."


def _more(arm: Arm, day: int) -> str:
    share = share_at(arm, day, LEVEL)
    found = share.difference if share else None
    if found is None:
        return UNKNOWN
    most = found.value if found.high is None else found.high
    least = found.value if found.low is None else found.low
    return "fewer than 1" if round(most) == round(least) == 0 else words.count(found)


def _when(day: int) -> str:
    return f"on {look_name(day)}" if day < 28 else f"in {look_name(day)}"


def glance(found: Comparison) -> Table:
    """Relief, an arm a row."""
    rows = [
        (
            arm.title,
            _share(arm, 28),
            _share(arm, LAST),
            _due(arm),
            _pain(arm),
            _estimate(arm.relief_days),
        )
        for arm in found.arms
    ]
    header = (
        "Treatment",
        "Of 100, week 4",
        "Of 100, week 12",
        "Due to it, week 12",
        "Mean pain, day 84",
        f"Days of {DAYS} with relief",
    )
    caption = (
        f"Relief is at least {LEVEL} percent less pain. In brackets the range that studies leave "
        "open."
    )
    return Table(caption, header, tuple(rows))


def burden(found: Comparison) -> Table:
    """How soon, and what it takes, an arm a row."""
    rows = [
        (
            arm.title,
            _first(arm.first_relief_day, arm),
            _first(arm.first_relief_day_without, arm),
            _stopped_words(arm.stopped),
            _hours(arm.effort),
            _number(arm.effort.lifts_home),
        )
        for arm in found.arms
    ]
    header = (
        "Treatment",
        "Half had relief by day",
        "Without it by day",
        "Stopped for side effects, of 100",
        "Hours in a clinic",
        "Lifts home",
    )
    caption = (
        "Relief on at least one day, bad and good days included. Hours with the middle 90 of 100 "
        "people."
    )
    return Table(caption, header, tuple(rows))


def responders(found: Comparison, level: int) -> Table:
    """Responders at every look."""
    rows: list[tuple[str, ...]] = []
    for arm in found.arms:
        cells = [_share(arm, day, level) for day in LOOKS]
        share = share_at(arm, LAST, level)
        rows.append((arm.title, *cells, ORIGINS.get(share.origin, "") if share else UNKNOWN))
        if share is not None and arm.name != "placebo":
            plain = [share_at(arm, day, level) for day in LOOKS]
            more = [words.count(s.difference) if s and s.difference else "–" for s in plain]
            rows.append(("– due to it", *more, ""))
    header = ("Treatment", *(look_name(day) for day in LOOKS), "How known")
    return Table(f"People of 100 with at least {level} percent less pain.", header, tuple(rows))


def pain(found: Comparison) -> Table:
    """Mean pain at every look; unknown arms say so."""
    rows: list[tuple[str, ...]] = []
    for arm in found.arms:
        if arm.curve is None:
            rows.append((arm.title, *([UNKNOWN] * (len(LOOKS) + 1))))
            continue
        mean, low, high = arm.curve.mean, arm.curve.low, arm.curve.high
        cells = [
            words.pain(Estimate(mean[d], low[d] if low else None, high[d] if high else None))
            for d in (0, *LOOKS)
        ]
        rows.append((arm.title, *cells))
    header = ("Treatment", "before", *(f"day {day}" for day in LOOKS))
    return Table("Mean pain of 10 on single days.", header, tuple(rows))


def harms(arm: Arm) -> Table:
    """Side effects of an arm, people of 100."""
    rows = tuple(
        (h.event, *(_count(e) for e in (h.percent, h.control_percent, h.excess)), _proxy(h))
        for h in arm.harms
    )
    caption = (
        "People of 100 with the effect at least once."
        if arm.harms
        else "No source that counts side effects was seen."
    )
    header = ("Effect", "With it", "On placebo", "More than on placebo", "Counted in")
    return Table(caption, header, rows)


def stopped(found: Comparison) -> Table:
    """Who stopped, of 100."""
    rows = [
        (
            arm.title,
            s.reason,
            _percent(s.percent),
            _percent(s.control_percent),
            "; ".join(part for part in (s.row, s.population) if part),
        )
        for arm in found.arms
        for s in arm.stopped
    ]
    rows += [(arm.title, UNKNOWN, "–", "–", "") for arm in found.arms if not arm.stopped]
    header = ("Treatment", "Why", "With it", "On placebo", "Source")
    return Table("People of 100 who stopped.", header, tuple(rows))


def effort(found: Comparison) -> Table:
    """What each arm asks of a person in 90 days."""
    rows = [
        (
            arm.title,
            arm.effort.doses,
            _number(arm.effort.sessions),
            _hours(arm.effort),
            _number(arm.effort.lifts_home),
            arm.effort.note,
        )
        for arm in found.arms
    ]
    header = ("Treatment", "What", "Clinic sessions", "Hours there", "Lifts home", "Note")
    return Table(f"In {DAYS} days.", header, tuple(rows))


def strength(found: Comparison) -> Table:
    """How well the effect on pain is known."""
    rows = [(arm.title, words.sentence(arm.strength)) for arm in found.arms]
    return Table(
        "By the sources that the effect on pain is drawn from, and how they were read.",
        ("Treatment", "How well it is known"),
        tuple(rows),
    )


def evidence(arm: Arm) -> Table:
    """Every row of the evidence behind an arm."""
    rows = tuple((e.id, e.design, e.certainty, e.seen, e.says) for e in arm.evidence)
    header = ("Row", "What it is", "Certainty", "Seen in", "What it says")
    return Table(f"sordino evidence comparators or studies, behind {arm.title}.", header, rows)


def ranges(found: Comparison) -> list[str]:
    """What the ranges hold."""
    sure = (
        "The range in brackets holds what studies leave open: for a course its parameters, for a "
        "comparator the error of the published difference and its onset, for all of them the size "
        f"of placebo relief. In 90 of 100 ways to read the studies, the number lies within it "
        f"({found.draws} were run)."
        if found.draws > 1
        else "No range is given, because only one reading of the studies was run."
    )
    return [
        sure,
        "Counts hold how people differ and how pain changes from day to day. The same people, with "
        "the same placebo response and the same bad days, are in every arm.",
        "What a treatment adds is its number less that of the same people without any drug. In a "
        "course that is the same visits without drug; tablets have no visits, so hope rises more "
        "slowly. From week 4 on there is no difference between the two.",
        "Published differences come from everybody who began a trial, also those who stopped.",
        "An error in the form of the models is in none of these ranges, nor is the error of "
        "comparing treatments across trials: no trial put these arms side by side.",
    ]


def _share(arm: Arm, day: int, level: int = LEVEL) -> str:
    share = share_at(arm, day, level)
    return UNKNOWN if share is None else _estimate(share.with_treatment)


def _due(arm: Arm) -> str:
    share = share_at(arm, LAST, LEVEL)
    if arm.name == "placebo":
        return "–"
    return UNKNOWN if share is None else _estimate(share.difference)


def _pain(arm: Arm) -> str:
    if arm.curve is None:
        return UNKNOWN
    low, high = arm.curve.low, arm.curve.high
    ends = (None, None) if low is None or high is None else (low[LAST], high[LAST])
    return words.pain(Estimate(arm.curve.mean[LAST], *ends))


def _estimate(e: Estimate | None) -> str:
    return UNKNOWN if e is None else words.count(e)


def _count(e: Estimate | None) -> str:
    return "–" if e is None else words.count(e)


def _first(e: Estimate | None, arm: Arm) -> str:
    if arm.curve is None:
        return UNKNOWN
    if e is None:
        return f"after day {DAYS}"
    high = e.high
    if high is not None and high > DAYS:
        return f"{words.fixed(e.value, 0)} ({words.fixed(e.low, 0)} to over {DAYS})"
    return words.days(e)


def _stopped_words(found: tuple[Stopped, ...]) -> str:
    own = [s for s in found if s.reason == "side effects"]
    if not own:
        return UNKNOWN
    drug, control = _percent(own[0].percent), _percent(own[0].control_percent)
    return f"{drug} (placebo {control})"


def _percent(value: float | None) -> str:
    return words.fixed(value, 0)


def _hours(found: Effort) -> str:
    if found.clinic_hours is None:
        return UNKNOWN if found.sessions is None else "none"
    return words.count(found.clinic_hours)


def _number(value: int | None) -> str:
    return UNKNOWN if value is None else str(value)


def _proxy(found: Harm) -> str:
    rows = ", ".join(found.rows) or "no source counts it"
    return f"{rows}: {found.proxy}" if found.proxy else rows


LEVELS = THRESHOLDS
