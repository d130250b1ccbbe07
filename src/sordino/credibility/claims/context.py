"""Claims that need more than the models here hold: what there is, and what is missing."""

from __future__ import annotations

from sordino.course import Course
from sordino.credibility.arms import Setting
from sordino.credibility.claims.beside import harm_table, screening_table, treatments_table
from sordino.credibility.claims.courses import changed, digests, last_h, limits_of, total_mg
from sordino.credibility.claims.form import Cell, Run, Table, columns
from sordino.credibility.claims.levels import exposure
from sordino.credibility.claims.published import cited_table
from sordino.library.evidence import safety
from sordino.library.protocols import load_protocol

PLANS = ("single_s_ketamine", "six_infusions", "five_days", "ten_days_4h", "crps_100h")
SECOND_START_DAY = 16


def better_than_opioids(setting: Setting) -> Run:
    """What is known of a daily opioid and of a ketamine course; no verdict between them."""
    course = load_protocol("six_infusions")
    return Run(
        claim="better_than_opioids",
        ran="Six racemic infusions, and a strong opioid every day, in the same people as far as "
        "sources go.",
        tables=(
            treatments_table(("six_infusions", "opioid"), setting),
            cited_table("better_than_opioids"),
            harm_table(course, "six infusions"),
        ),
        says=(
            f"Six infusions hold {total_mg(course):.0f} mg in a patient of 70 kg. No number for a "
            "daily opioid in fibromyalgia stands against it, so neither is called better.",
        ),
        lacks=(
            "Relief by a daily opioid in fibromyalgia: no randomised evidence was found, and a "
            "curve of tolerance would be made up.",
            "Use of other drugs by people who get ketamine.",
        ),
        courses=digests({"six_infusions": course}),
    )


def long_term_safety_open(_: Setting) -> Run:
    """Doses and exposures of plans beside those at which harm was seen."""
    plans = {name: load_protocol(name) for name in PLANS}
    liver = two_long_infusions()
    return Run(
        claim="long_term_safety_open",
        ran="Dose, exposure and length of published plans, and of the two 100-h infusions after "
        "which liver enzymes rose.",
        tables=(
            _plans(PLANS, liver),
            harm_table(plans["six_infusions"], "six infusions"),
            harm_table(liver, "two infusions of 100 h"),
        ),
        says=(
            f"Two infusions of 100 h hold {_times(liver, plans['six_infusions'])} times the dose "
            "of six short ones. That is a distance, not a proof of safety: no source gives a limit "
            "below which repeated courses are safe.",
        ),
        lacks=("A published threshold of dose or exposure for repeated therapeutic courses.",),
        cautions=(
            f"The second long infusion begins on day {SECOND_START_DAY}; whether the source counts "
            "the days from the start or the end of the first one is not known.",
            *limits_of(liver),
        ),
        courses=digests({**plans, "two infusions of 100 h": liver}),
    )


def right_for_you(_: Setting) -> Run:
    """Rules for a person of whom only age, sex, weight, height and pain are known."""
    person = load_protocol("six_infusions").patient
    rules = screening_table(person)
    unknown = sum(row[3] for row in rules.rows if isinstance(row[3], int))
    against: list[tuple[Cell, ...]] = [
        (row.id, row.product, row.action, "; ".join(row.conditions) or _pressure(row), row.basis)
        for row in safety().contraindication
    ]
    excluded = sum(row[2] == "exclude" for row in against)
    return Run(
        claim="right_for_you",
        ran="A screen of a person of whom only age, sex, weight, height and pain are known; "
        "sordino screen does it for any patient file.",
        tables=(
            rules,
            Table(
                "What speaks against it",
                columns("row", "product", "action", "condition", "basis"),
                tuple(against),
                "the action is this package's reading of the source",
            ),
        ),
        says=(
            f"{excluded} conditions exclude and {len(against) - excluded} ask for care; of this "
            f"person {unknown} rules stay open until somebody asks.",
            "Who benefits is not known: the library holds no trial in people chosen because other "
            "treatments had failed them.",
        ),
    )


def two_long_infusions() -> Course:
    """Two infusions of 100 h, the second begun 16 days after the first began (assumed)."""
    return changed("crps_100h", {"days": [0, SECOND_START_DAY]}, "90 days")


def _plans(names: tuple[str, ...], more: Course | None = None) -> Table:
    courses = {name: load_protocol(name) for name in names}
    if more is not None:
        courses["two infusions of 100 h"] = more
    rows = tuple(
        (name, len(c.sessions()), total_mg(c), exposure(c), last_h(c) / 24.0)
        for name, c in courses.items()
    )
    heads = columns(
        "plan",
        "sessions",
        ("dose at 70 kg", "mg"),
        ("exposure", "ng h/mL"),
        ("from first to last", "days"),
    )
    return Table("Dose and exposure of plans (S-equivalents in plasma)", heads, rows)


def _times(more: Course, less: Course) -> str:
    return f"{total_mg(more) / total_mg(less):.0f}"


def _pressure(row: object) -> str:
    above = (getattr(row, "sbp_above_mmhg", None), getattr(row, "dbp_above_mmhg", None))
    ends = [f"{limit:g}" for limit in above if limit is not None]
    return f"blood pressure above {'/'.join(ends)} mmHg" if ends else ""
