"""What the evidence says of a comparator beside relief: harms, who stopped, how strong it is."""

from __future__ import annotations

import numpy as np

from sordino.compare.model import EvidenceRow, Harm, Stopped
from sordino.compare.profiles import Profile
from sordino.library.evidence import Comparator, comparator
from sordino.library.evidence.comparators import Withdrawal
from sordino.library.evidence.parts import SideEffect
from sordino.safety.estimates import share_draws
from sordino.simulation.answers import Estimate, estimate

DRAWS = 2000
SEED = 21


def harms(profile: Profile) -> tuple[Harm, ...]:
    """Side effects of a comparator, people of 100, as its source counts them."""
    if not profile.side_effects:
        return ()
    row = comparator(profile.side_effects)
    drug_n, placebo_n = _sizes(row)
    return tuple(_harm(row, effect, drug_n, placebo_n) for effect in row.side_effect)


def _sizes(row: Comparator) -> tuple[int | None, int | None]:
    """People in both arms; that half were on placebo is assumed where only the sum is printed."""
    half = None if row.n is None else row.n // 2
    return row.n_drug or half, row.n_placebo or half


def _harm(row: Comparator, effect: SideEffect, drug_n: int | None, placebo_n: int | None) -> Harm:
    rng = np.random.default_rng(SEED)
    excess = None
    if effect.rd_percent is not None:
        excess = Estimate(effect.rd_percent, None, None)
    with_it = _share(effect.percent, drug_n, rng)
    control = _share(effect.control_percent, placebo_n, rng)
    if with_it is not None and control is not None:
        excess = estimate(with_it - control)
    return Harm(
        event=effect.event,
        percent=None if with_it is None else estimate(with_it),
        control_percent=None if control is None else estimate(control),
        excess=excess,
        rows=(row.id,),
        proxy=row.population,
    )


def _share(
    percent: float | None, people: int | None, rng: np.random.Generator
) -> np.ndarray | None:
    return None if percent is None else 100.0 * share_draws(percent, people, DRAWS, rng)


def stopped(profile: Profile) -> tuple[Stopped, ...]:
    """Who stopped, and why."""
    return tuple(
        Stopped(
            entry.reason,
            _percent(entry, "drug"),
            _percent(entry, "placebo"),
            entry.population or comparator(name).population,
            name,
        )
        for name in profile.withdrawal
        for entry in comparator(name).withdrawal
    )


def _percent(entry: Withdrawal, arm: str) -> float | None:
    percent = getattr(entry, f"{arm}_percent")
    count, people = getattr(entry, f"{arm}_count"), getattr(entry, f"{arm}_n")
    if percent is None and count is not None and people:
        return 100.0 * count / people
    return percent


def evidence_rows(profile: Profile) -> tuple[EvidenceRow, ...]:
    """Every row that stands behind a comparator."""
    return tuple(_row(row) for row in profile.rows)


def _row(row: Comparator) -> EvidenceRow:
    return EvidenceRow(
        row.id, design_words(row), row.certainty or "not graded", ", ".join(row.seen), _says(row)
    )


def design_words(row: Comparator) -> str:
    """How many trials and people a row is about."""
    arms = (row.n_drug or 0) + (row.n_placebo or 0)
    people = row.n or arms
    parts = [
        row.recommendation,
        f"{row.trials} trial{'s' * (row.trials != 1)}" if row.trials else "",
        f"{people} people" if people else "",
        row.design,
        row.population,
        row.dose,
    ]
    return "; ".join(part for part in parts if part) or "not said"


def _says(row: Comparator) -> str:
    onset = [f"{o.what}: {o.time or ' to '.join(o.between or ())} ({o.arm})" for o in row.onset]
    return "; ".join((*onset, *row.findings, *row.notes))


def strength(profile: Profile) -> str:
    """In a few words, how well the effect on pain is known: by the rows it is drawn from."""
    used = dict.fromkeys([*(m.row for m in profile.mean), *(r.row for r in profile.relief)])
    if profile.name == "placebo":
        used = dict.fromkeys(profile.says)
    if not used:
        advice = [f"guideline: {r.recommendation}" for r in profile.rows if r.recommendation]
        return "; ".join(["no effect size seen", *dict.fromkeys(advice)])
    parts: list[str] = []
    for name in used:
        row = comparator(name)
        people = row.n or (row.n_drug or 0) + (row.n_placebo or 0)
        trials = f"{row.trials} trials, " if row.trials and row.trials > 1 else ""
        size = f"{people} people" if people else "size not seen"
        graded = f", {row.certainty} certainty" if row.certainty else ""
        parts.append(f"{trials}{size}{graded} ({', '.join(row.seen)})")
    return "; ".join(dict.fromkeys(parts))
