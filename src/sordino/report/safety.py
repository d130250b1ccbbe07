"""The safety of a course in words and tables: for the report, the terminal, and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from sordino.report import words
from sordino.report.compare import sources
from sordino.report.result import plain_values
from sordino.report.sentences import PURPOSE
from sordino.report.tables import Table
from sordino.safety import Safety
from sordino.safety.incidence import Incidence
from sordino.safety.interactions import Change, InteractionFound
from sordino.simulation.answers import Estimate

SCHEMA_VERSION = 1


def safety_json(found: Safety) -> str:
    """Everything about the safety of a course as JSON text."""
    table = {"schema_version": SCHEMA_VERSION, "purpose": PURPOSE, **asdict(found)}
    table["cites"] = list(found.cites)
    return json.dumps(plain_values(table), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def lead(found: Safety) -> list[str]:
    """What matters most, in a few sentences."""
    said = [_amounts(found)]
    broken = [rule.says for rule in found.rules if rule.verdict == "not met"]
    if broken:
        said.append(f"Not met: {'; '.join(broken)}.")
    applying = [c.conditions for c in found.contraindications if c.applies]
    if applying:
        against = "; ".join(applying)
        said.append(f"This person has what calls for care or stands against it: {against}.")
    flags = [
        f"{flag.organ} ({flag.exposure})" for flag in found.long_term if flag.state == "reached"
    ]
    if flags:
        said.append(f"The course comes near exposures with long-term harm: {'; '.join(flags)}.")
    said += [words.sentence(gap) for gap in found.gaps]
    said += [_changed(change) for change in found.changes]
    return said


def _changed(change: Change) -> str:
    """What another drug changes in the simulation."""
    verb = "is" if change.what == "elimination" else "are"
    return (
        f"Beside {change.drug}, {change.what} {verb} multiplied by {change.factor:.2g} here, so "
        f"that the area under the level by route {change.route} is that of the source; its peak "
        "and the metabolites need not be."
    )


def _amounts(found: Safety) -> str:
    given = found.dosing
    who = " (weight assumed)" if given.weight_assumed else ""
    sessions = "1 session" if given.sessions == 1 else f"{given.sessions} sessions"
    return (
        f"{_amount(given.total_mg)} mg of base in {sessions} for a person of "
        f"{given.weight_kg:g} kg{who}; at most {_amount(given.largest_session_mg)} mg in one."
    )


def _amount(mg: float) -> str:
    return words.fixed(mg, 0 if mg >= 20 else 1)


def incidence(found: Safety) -> Table:
    """Side effects per session and per course."""
    rows = [
        (
            i.event,
            *(_count(e) for e in (i.per_session, i.excess_per_session)),
            *(_count(e) for e in (i.per_course, i.excess_per_course)),
            _counted_in(i),
        )
        for i in found.incidence
    ]
    header = (
        "Effect",
        "In a session",
        "More in a session than on placebo",
        "In the course",
        "More in the course than on placebo",
        "Counted in",
    )
    caption = (
        "People of 100 with the effect at least once. Ranges hold the error of the counts, and "
        "whether it is always the same people or chance anew each time."
    )
    return Table(caption, header, tuple(rows))


def _counted_in(found: Incidence) -> str:
    named = [
        source.row if source.called == found.event else f"{source.row}, as {source.called}"
        for source in found.sources
    ]
    return "; ".join(named) or "unknown: no source counts it"


def counted_in(found: Safety) -> list[str]:
    """Each source of the counts: over which sessions it counted, and in what it is a proxy."""
    said: dict[str, str] = {}
    for source in (s for i in found.incidence for s in i.sources):
        label = f"a proxy: {'; '.join(source.proxy)}" if source.proxy else "the same treatment"
        said[source.row] = f"{source.row}: {source.sessions}; {label}."
    return list(said.values())


def thresholds(found: Safety) -> Table:
    """Hours above thresholds over the whole course."""
    rows = [
        (
            f"{t.what} {t.threshold:g} {t.unit}",
            words.fixed(t.middle_h, 1),
            words.fixed(t.one_in_20_h, 1),
            t.note,
        )
        for t in found.hours_above
    ]
    header = ("What", "Middle person, h", "1 in 20 or more, h", "Threshold from")
    return Table("Hours of the whole course, from the simulation.", header, tuple(rows))


def pressure_words(found: Safety) -> str:
    """The pressure over the first session, as simulated."""
    seen = found.pressure
    back = (
        "it does not come back before the next session or the end"
        if seen.back_min is None
        else f"it is within {seen.back_mmhg:g} mmHg of the start "
        f"{words.minutes(seen.back_min)} later"
    )
    return (
        f"In the simulation the upper pressure rises by {words.spread(seen.sbp_rise)} mmHg and "
        f"the lower by {words.spread(seen.dbp_rise)} mmHg. In the middle person the peak comes "
        f"{words.minutes(seen.peak_min)} after the start of the first session; {back}."
    )


def pressure(found: Safety) -> Table:
    """What cohorts and labels saw of the pressure."""
    rows = tuple((p.about, p.says) for p in found.pressure.published)
    return Table("What cohorts and labels saw.", ("Who", "Blood pressure"), rows)


def rules(found: Safety) -> Table:
    """Guidelines and labels: what they say, what the course does."""
    order = {"not met": 0, "met": 1, "does not apply": 2, "says": 3}
    rows = [
        (r.says, "–" if r.verdict == "says" else r.verdict, r.found, r.strength)
        for r in sorted(found.rules, key=lambda r: order[r.verdict])
    ]
    header = ("Rule", "Met", "This course", "Source")
    return Table("What guidelines and labels say.", header, tuple(rows))


def contraindications(found: Safety) -> Table:
    """Who should not have it, or only with care."""
    words_of = {"exclude": "do not treat", "caution": "with care"}
    known = {True: "this person", False: "not this person", None: ""}
    rows = [
        (c.conditions, words_of[c.action], known[c.applies], f"{c.product}; {c.basis}")
        for c in found.contraindications
    ]
    caption = "Who should not have it. “Do not treat” and “with care” are our reading."
    if found.borrowed:
        caption += " No list for this route was seen: this is the one for infusions."
    return Table(caption, ("Condition", "Advice", "Applies", "Source"), tuple(rows))


def long_term(found: Safety) -> Table:
    """Harm of long or repeated use, and how near the course comes."""
    order = ("reached", "beyond what was seen", "not reached", "within what was seen")
    place = {state: k for k, state in enumerate(order)}
    rows = [
        (f.organ, f.state, f.exposure, f.seen, f"{f.found}; limit {f.limit}" if f.limit else "")
        for f in sorted(found.long_term, key=lambda f: place.get(f.state, len(order)))
    ]
    header = ("Organ", "Such an exposure is", "Exposure", "What was seen", "This course")
    return Table("Harm of long, heavy or repeated use.", header, tuple(rows))


def interactions(found: Safety) -> Table:
    """Other drugs: those that are taken first."""
    rows = [
        (i.drug, "yes" if i.taken else "", i.how, i.route, _ratio(i), i.says)
        for i in sorted(found.interactions, key=lambda i: not i.taken)
    ]
    header = ("Other drug", "Taken", "How", "Route", "Exposure, times", "Note")
    return Table("What other drugs do to ketamine.", header, tuple(rows))


def _ratio(found: InteractionFound) -> str:
    if found.auc_ratio is None:
        return "–"
    ends = f" ({found.auc_range[0]:g} to {found.auc_range[1]:g})" if found.auc_range else ""
    people = f", {found.people} people" if found.people else ""
    return f"{found.auc_ratio:g}{ends}{people}{', simulated' if found.simulated else ''}"


def regimens(found: Safety) -> Table:
    """Regimens that others gave."""
    rows = [
        (r.title, r.dose, "–" if r.people is None else str(r.people), r.compared)
        for r in found.regimens
    ]
    return Table(
        "Regimens that others gave.", ("Where", "Dose", "People", "This course"), tuple(rows)
    )


def all_tables(found: Safety) -> tuple[Table, ...]:
    """Every table, in the order in which they are read."""
    made = (
        incidence(found),
        thresholds(found),
        pressure(found),
        rules(found),
        contraindications(found),
        long_term(found),
        interactions(found),
        regimens(found),
    )
    return tuple(table for table in made if table.rows)


def sources_of(found: Safety) -> list[tuple[str, str, str]]:
    """Key, text and address of every paper behind it."""
    return sources(list(found.cites))


def _count(e: Estimate | None) -> str:
    return "–" if e is None else words.count(e)
