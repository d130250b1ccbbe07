"""The answer in sentences: counts out of 100, what the ranges hold, an honest verdict.

Whoever reads this may be ill and hopeful. Every rule errs on the side of promising less.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from sordino.library import posterior
from sordino.library.pd_schema import load_pd_model
from sordino.report import words
from sordino.simulation.answers import SOON_H, Answers, Estimate, PainAt, Response
from sordino.simulation.summary import Summary

FEW_OF_100 = 5
"""Assumed: fewer than this many people of 100 helped by the drug counts as no difference."""
LITTLE_PAIN = 0.5
"""Assumed: less than this many points of 10 counts as no difference for one person."""
AFTER_H = 7 * 24.0
"""Assumed: relief is called lasting from a week after the last session on."""
FROM_H = 28 * 24.0
LEVEL = 30
CHANCE = 1.645 * 0.5
"""90 of 100 times, a share of n people lies within CHANCE / sqrt(n) of the true one, or nearer."""

PURPOSE = "This is a research and teaching aid, not a medical device."


class Verdict(Enum):
    """What a difference between drug and no drug allows one to say."""

    UNCERTAIN = "how sure this is was not worked out"
    NONE = "no difference can be expected"
    OPEN = "a difference is possible, and so is none"
    SOME = "a difference is expected"


@dataclass(frozen=True)
class Sentences:
    """The text of a report, in the order in which it is read."""

    headline: str
    verdict: str
    slow: str
    soon: tuple[str, ...]
    session: tuple[str, ...]
    relief_days: str
    interval: tuple[str, ...]
    people: str
    fast: str


def sentences(summary: Summary) -> Sentences:
    """Every sentence of a report about one summary."""
    typical = is_typical(summary)
    look = headline_time(summary)
    return Sentences(
        headline=_headline(summary, look, typical),
        verdict=_lasting(summary, look, typical),
        slow=_slow(summary),
        soon=_soon(summary, typical),
        session=_session(summary, typical),
        relief_days=_relief_days(summary.answers, typical),
        interval=_interval(summary, typical),
        people=_people(summary, typical),
        fast=_fast(),
    )


def is_typical(summary: Summary) -> bool:
    """Whether one typical patient was simulated instead of a population."""
    return summary.quantiles.attrs["patients"] == "typical"


def draw_count(summary: Summary) -> int:
    """How many draws of what studies leave open were run."""
    return int(summary.quantiles.attrs["draws"])


def headline_time(summary: Summary) -> PainAt | None:
    """The look at pain that the headline is about.

    From week 4 on, the first weekly look whose days all lie a week or more after the last
    session; the latest look when there is none; nothing when pain was never looked at.
    """
    seen = summary.answers.pain
    end = max(s.end_h for s in summary.course.sessions())
    later = [p for p in seen if p.time_h >= FROM_H and is_after(p, end)]
    return later[0] if later else (seen[-1] if seen else None)


def is_after(look: PainAt, end_h: float) -> bool:
    """Whether all days of a weekly look lie a week or more after the end of treatment."""
    first_day_h = look.time_h - 6 * 24.0
    return look.label.startswith("week") and first_day_h >= end_h + AFTER_H


def judge(difference: Estimate, threshold: float, digits: int) -> Verdict:
    """What a difference allows one to say; `threshold` is the smallest that counts.

    The rules see the numbers as they are printed. UNCERTAIN without a range; NONE when the
    whole range is below the threshold; SOME when all of it reaches the threshold; OPEN when
    it lies on both sides.
    """
    if difference.low is None or difference.high is None:
        return Verdict.UNCERTAIN
    ends = sorted(abs(round(v, digits)) for v in (difference.low, difference.high))
    if ends[1] < threshold:
        return Verdict.NONE
    return Verdict.OPEN if ends[0] < threshold else Verdict.SOME


def response_at(answers: Answers, time_h: float, level: int = LEVEL) -> Response:
    """The responders at one look."""
    found = [r for r in answers.responses if r.time_h == time_h and r.threshold_percent == level]
    return found[0]


def when(label: str) -> str:
    """A look as it stands in a sentence: `in week 4`, `on day 1`."""
    if label.startswith("week"):
        return f"in {label}"
    return f"on {label}" if label.startswith("day") else label


def _headline(summary: Summary, look: PainAt | None, typical: bool) -> str:
    if look is None:
        return (
            "The course is not watched long enough to say anything about pain: it ends within "
            f"{SOON_H:g} hours of the first session."
        )
    if typical:
        before = words.fixed(summary.course.patient_covariates().get("pain", _usual_pain()), 1)
        return (
            f"The pain of the typical patient, {before} of 10 before treatment, is about "
            f"{words.pain(look.with_drug)} {when(look.label)} with this course; it would be about "
            f"{words.pain(look.without_drug)} without any drug."
        )
    found = response_at(summary.answers, look.time_h)
    return (
        f"Of 100 people like this one, about {words.count(found.with_drug)} have at least "
        f"{LEVEL} percent less pain {when(look.label)} with this course; about "
        f"{words.count(found.without_drug)} would without any drug."
    )


def _lasting(summary: Summary, look: PainAt | None, typical: bool) -> str:
    if look is None:
        return ""
    end = max(s.end_h for s in summary.course.sessions())
    after = is_after(look, end)
    kind = "lasting difference" if after else "difference at that time"
    still = "" if after else " Treatment was still going on, or had ended less than a week before."
    difference, threshold, digits = _difference(summary, look, typical)
    amount = _amount(difference, typical)
    text = {
        Verdict.UNCERTAIN: f"The drug makes a difference of {amount}. How sure this is was not "
        "worked out: only one reading of the studies was run.",
        Verdict.NONE: f"No {kind} can be expected from what is known: the drug itself accounts "
        f"for {amount}.",
        Verdict.OPEN: f"A {kind} is possible, but nothing known assures it: the drug itself "
        f"accounts for {amount}.",
        Verdict.SOME: f"A {kind} is expected if the calculation holds: the drug itself accounts "
        f"for {amount}.",
    }
    return text[judge(difference, threshold, digits)] + still


def _difference(summary: Summary, look: PainAt, typical: bool) -> tuple[Estimate, float, int]:
    """The difference that is judged, the smallest that counts, and its decimals."""
    if typical:
        return look.difference, LITTLE_PAIN, 1
    return response_at(summary.answers, look.time_h).difference, FEW_OF_100, 0


def _amount(difference: Estimate, typical: bool) -> str:
    """A difference in words; less pain is said as a gain."""
    if typical:
        less = _negated(difference)
        return f"about {words.pain(less)} points less pain"
    if round(difference.value if difference.high is None else difference.high) == 0:
        return "fewer than 1 of 100 people"
    return f"about {words.count(difference)} of 100 people"


def _negated(e: Estimate) -> Estimate:
    return Estimate(
        -e.value, None if e.high is None else -e.high, None if e.low is None else -e.low
    )


def _slow(summary: Summary) -> str:
    if summary.course.models.slow_clock == "turnover":
        return (
            "The relief that outlasts the drug is calculated here with an alternative form of "
            "the slow effect (slow_clock = turnover). All its numbers are assumed; whether such "
            "an effect exists in fibromyalgia is not known."
        )
    return (
        "Whether relief that outlasts the drug exists in fibromyalgia is not known. It was "
        "measured in another pain illness, CRPS, after 100 hours of S-ketamine (Dahan 2011). "
        + _transfer(draw_count(summary))
        + " The calculation never lets the drug make pain worse, so the difference cannot fall "
        "below zero. The one blinded trial in fibromyalgia that followed patients for eight weeks "
        "found no lasting difference (Noppers 2011)."
    )


def _transfer(draws: int) -> str:
    if draws > 1:
        return "The calculation lets any part of it carry over, from none to all."
    part = load_pd_model("slow_lag").parameters["transfer"].value
    return f"The calculation lets {part:.0%} of it carry over, a number that nobody has measured."


def _soon(summary: Summary, typical: bool) -> tuple[str, ...]:
    """Hours after the first session, and the next day where nothing else was given till then."""
    sessions = summary.course.sessions()
    first_start_h = min(s.start_h for s in sessions)
    first_end_h = min(s.end_h for s in sessions)
    found: list[str] = []
    for look in summary.answers.pain:
        if not look.label.startswith(("day", f"{SOON_H:g} hours")):
            continue
        early = look.label.startswith("day")
        again = any(first_start_h < s.start_h < look.time_h for s in sessions)
        if early and (again or look.time_h < first_end_h + 12.0):
            continue
        place = "By the next day" if early else look.label.replace("2 hours", "Two hours")
        found.append(_soon_one(summary, look, typical, place))
    return tuple(found)


def _soon_one(summary: Summary, look: PainAt, typical: bool, place: str) -> str:
    difference, threshold, digits = _difference(summary, look, typical)
    judged = judge(difference, threshold, digits)
    verdict = {
        Verdict.UNCERTAIN: "",
        Verdict.NONE: " That is too little to count on.",
        Verdict.OPEN: " It may be too little to count on.",
        Verdict.SOME: "",
    }[judged]
    if typical:
        return (
            f"{place}, pain is about {words.pain(look.with_drug)} of 10 with the drug and "
            f"{words.pain(look.without_drug)} without: {_amount(difference, typical)}.{verdict}"
        )
    found = response_at(summary.answers, look.time_h)
    return (
        f"{place}, about {words.count(found.with_drug)} of 100 have at least {LEVEL} percent less "
        f"pain with the drug and {words.count(found.without_drug)} without; the drug itself "
        f"accounts for {_amount(difference, typical)}.{verdict}"
    )


def _fast() -> str:
    low, high = (words.rounded(end) for end in posterior.draws().range("c50_fast"))
    return (
        "How much ketamine in the blood it takes to ease fibromyalgia pain is poorly known: "
        f"anything from {low} to {high} ng/mL fits the studies. That is why the ranges for the "
        "first hours are wide."
    )


def _session(summary: Summary, typical: bool) -> tuple[str, ...]:
    peaks, leave = summary.answers.peaks, summary.answers.fit_to_leave_min
    fit = load_pd_model("recovery").parameters["cadss_fit"].value
    most = "" if typical else " in 90 of 100 people"
    if most and draw_count(summary) > 1:
        most += ", all ways to read the studies taken together"
    first = "the first session" if len(leave) > 1 else "the session"
    said = [
        f"At its peak, the feeling of being cut off from oneself or the world (dissociation) "
        f"reaches a score of about {words.spread(peaks['cadss'])} of 92{most}. Trials count a "
        f"score above {fit:g} as dissociation.",
        f"The upper blood pressure rises by about {words.spread(peaks['sbp_change'])} mmHg{most}, "
        f"the lower one by about {words.spread(peaks['dbp_change'])} mmHg.",
    ]
    if leave:
        said.append(_leave_words(leave[0].median, leave[0].high, typical, first))
        said.append(
            "Fit to leave is meant strictly here: next to no dissociation, and pressure back. "
            "Clinics let people go sooner, 15 to 60 min after an infusion."
        )
    said.append("Nobody should drive before the next day.")
    return tuple(said)


def _leave_words(median: float, late: float, typical: bool, first: str) -> str:
    if median >= words.LEAVE_END_MIN:
        return "Most people are not fit to leave before the next session begins or watching ends."
    half = words.minutes(median)
    if typical:
        return f"The typical patient is fit to leave about {half} after the start of {first}."
    if late >= words.LEAVE_END_MIN:
        rest = "1 in 20 or more is not before the next session begins or watching ends"
    else:
        rest = f"19 of 20 are after {words.minutes(late)}"
    return f"Counted from the start of {first}, half are fit to leave after {half}; {rest}."


def _relief_days(answers: Answers, typical: bool) -> str:
    if not answers.relief_window_days or typical:
        return ""
    return (
        f"Of {answers.relief_window_days} days, a person has on average at least {LEVEL} percent "
        f"less pain on about {words.days(answers.relief_days)} with the drug and "
        f"{words.days(answers.relief_days_without)} without."
    )


def _interval(summary: Summary, typical: bool) -> tuple[str, ...]:
    draws = draw_count(summary)
    if typical:
        said = [
            "These numbers are for one made-up person who is average in every way. They leave out "
            "how people differ and how pain changes from day to day.",
            "Counts out of 100 need a population: run again with --patients 1000.",
        ]
    else:
        said = [
            "The count holds the differences between people and the changes from day to day.",
        ]
    if draws > 1:
        what = "pain" if typical else "count"
        said.append(
            "The range in brackets holds what studies leave open: in 90 of 100 ways to read the "
            f"studies, the {what} lies within it ({draws} were run)."
        )
        said.append(_calibrated())
    else:
        said.append(
            "No range is given for counts and pain, because no uncertainty was asked for: only "
            "the published values were run. Run again with --draws 20 to see how sure this is."
        )
    both = "what studies leave open" if typical else _both(draws)
    if not (typical and draws == 1):
        said.append(f"The ranges of scores, pressures and times of a session hold {both}.")
    said.append(
        "“Without any drug” means the same person with the same visits and hopes, but no drug in "
        "them; placebo groups in trials show how much that alone does."
    )
    if not typical:
        count = int(summary.quantiles.attrs["patients"])
        said.append(
            f"With {count} made-up people, chance alone moves a count by up to "
            f"{100 * CHANCE / math.sqrt(count):.0f} of 100."
        )
    said.append("An error in the form of the models is in none of these ranges.")
    return tuple(said)


def _calibrated() -> str:
    found = posterior.draws()
    fitted = [s for s in found.about["studies"] if s["fitted"]]
    studies = len({s["study"] for s in fitted})
    return (
        f"A way to read the studies is a set of numbers for the effects that fits what {studies} "
        f"studies published ({len(fitted)} numbers), and of how another place could differ from "
        "those that were studied. Whether the lasting effect seen in other pain "
        "exists in fibromyalgia is nothing that they can tell: all of it and none of it are in "
        "the range."
    )


def _both(draws: int) -> str:
    return (
        "both: people differ, and studies leave things open"
        if draws > 1
        else "the differences between people only"
    )


def _people(summary: Summary, typical: bool) -> str:
    given = summary.course.patient_covariates()
    names = {
        "age": "age",
        "female": "sex",
        "weight": "weight",
        "height": "height",
        "pain": "pain before treatment",
    }
    fixed = [word for key, word in names.items() if key in given]
    free = [word for key, word in names.items() if key not in given]
    if typical:
        without = 100 * (1 - load_pd_model("slow_lag").parameters["p_slow"].value)
        start = (
            "One typical patient: every number of the models at its middle, no change from day to "
            "day, hardly any response to being treated as such, and one who does respond to the "
            f"slow effect. About {without:.0f} of 100 people do not."
        )
    else:
        start = (
            f"{summary.quantiles.attrs['patients']} made-up people. They differ in how their "
            "bodies handle ketamine, in how they respond, and from day to day."
        )
    same = f" They all have the {words.listed(fixed)} that the course gives." if fixed else ""
    if typical:
        same = f" The {words.listed(fixed)} come from the course." if fixed else ""
    rest = f" Taken from people with fibromyalgia in trials, or assumed: {words.listed(free)}."
    return start + same + (rest if free else "")


def _usual_pain() -> float:
    return load_pd_model("virtual_patients").parameters["pain"].value
