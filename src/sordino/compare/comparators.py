"""A comparator as an arm: what trials found, moved onto the placebo of this program.

Some people respond to a drug and the others do not: in trials responses are mostly very good or
very poor (`duloxetine.time_course`). So a part q of the people lose a large part r of the pain
that placebo leaves them, the others lose nothing; q comes in over the weeks. Whatever a source
prints at the end of its trials sets q: the difference of mean pain, or of responders.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from sordino.compare.evidence import evidence_rows, harms, stopped, strength
from sordino.compare.model import Arm, Effort, Origin
from sordino.compare.people import WithoutDrug
from sordino.compare.profiles import Profile
from sordino.compare.published import (
    difference_draws,
    even_draws,
    excess_basis,
    excess_draws,
    mean_difference,
    onset_half_time_draws,
    onset_part,
)
from sordino.compare.results import (
    Measured,
    curve,
    first_relief,
    measured,
    mixed,
    relief_days,
    shares,
)
from sordino.compare.tally import DAYS, LOOKS, Tally, look_days
from sordino.simulation.answers import THRESHOLDS

RESPONSE = (0.6, 0.8)
"""Assumed: the part of their pain that people lose who respond, any value between."""
LEAST = 1e-9
"""Keeps a division from failing where a handful of people all respond anyway."""


@dataclass(frozen=True)
class Responding:
    """The part of the people who respond once the effect is there: (draw,).

    `in_pain` from the difference of mean pain where one is published, `in_shares` from that of
    responders; where only one is, both are that.
    """

    in_pain: np.ndarray
    in_shares: np.ndarray


class ComparatorTally:
    """Adds up a comparator over the people of every draw."""

    def __init__(self, profile: Profile, draws: int, seed: int) -> None:
        self.profile = profile
        self._draws, self._seed = draws, seed
        self._size = even_draws(f"{profile.name}/response", RESPONSE, draws, seed)
        self._tally = Tally(draws)

    def add(self, people: WithoutDrug) -> None:
        """Add the people of one draw: as if all responded, and as if none did."""
        treated = people.pain * (1.0 - self._size[people.draw])
        self._tally.add(people.draw, treated, people.pain, people.base)

    def measured(self) -> Measured:
        """The arm in every draw."""
        if self.profile.onset is None or self.profile.name == "placebo":
            nobody = np.zeros((self._draws, DAYS + 1))
            return mixed(self._tally, nobody, nobody)
        days = np.arange(DAYS + 1.0)
        half_times = onset_half_time_draws(
            self.profile.onset, self.profile.name, self._draws, self._seed
        )
        part = np.stack([onset_part(days, h) for h in half_times])
        found = self._responding()
        return mixed(self._tally, found.in_pain[:, None] * part, found.in_shares[:, None] * part)

    def _responding(self) -> Responding:
        """What of the published difference the people of the last look need to show."""
        profile, found = self.profile, measured(self._tally)
        by_pain = by_shares = None
        if profile.mean:
            week = found.pain[:, :, look_days(LOOKS[-1])].mean(axis=2)
            difference = difference_draws(profile, self._draws, self._seed)
            by_pain = difference / np.minimum(week[:, 0] - week[:, 1], -LEAST)
        if profile.relief:
            use = profile.relief[0]
            last = found.responders[:, :, -1, THRESHOLDS.index(round(use.threshold_percent))]
            excess = excess_draws(use, profile.name, self._draws, self._seed)
            by_shares = excess / np.maximum(last[:, 0] - last[:, 1], LEAST)
        pain, count = (by_pain, by_shares) if by_pain is not None else (by_shares, by_shares)
        if pain is None:
            raise AssertionError(f"{profile.name} has neither a mean nor responders")
        count = pain if count is None else count
        return Responding(np.clip(pain, -1.0, 1.0), np.clip(count, -1.0, 1.0))

    def arm(self) -> Arm:
        """What is shown of it."""
        profile, found = self.profile, self.measured()
        days, days_without = relief_days(found)
        first, first_without = first_relief(found)
        return Arm(
            name=profile.name,
            title=profile.title,
            kind="comparator",
            curve=curve(found),
            shares=shares(found, {level: _origin(profile, level) for level in THRESHOLDS}),
            relief_days=days,
            relief_days_without=days_without,
            first_relief_day=first,
            first_relief_day_without=first_without,
            harms=harms(profile),
            stopped=stopped(profile),
            effort=effort(profile),
            strength=strength(profile),
            evidence=evidence_rows(profile),
            notes=_notes(profile, found),
            cites=_cites(profile),
        )


def _origin(profile: Profile, level: int) -> Origin:
    if profile.name == "placebo":
        return "simulated"
    printed = {round(use.threshold_percent) for use in profile.relief}
    return "published" if level in printed else "derived"


def unknown_arm(profile: Profile) -> Arm:
    """A comparator whose effect on pain no source gives."""
    return Arm(
        name=profile.name,
        title=profile.title,
        kind="comparator",
        curve=None,
        shares=(),
        relief_days=None,
        relief_days_without=None,
        first_relief_day=None,
        first_relief_day_without=None,
        harms=harms(profile),
        stopped=stopped(profile),
        effort=effort(profile),
        strength=strength(profile),
        evidence=evidence_rows(profile),
        notes=("No source gives its effect on pain.", *([profile.note] if profile.note else [])),
        cites=_cites(profile),
    )


def effort(profile: Profile) -> Effort:
    """Doses and visits of a comparator."""
    if profile.visits == "unknown":
        return Effort(None, None, None, profile.doses, "how many visits it takes was not seen")
    return Effort(0, None, 0, profile.doses, "visits for prescriptions are not counted")


def _notes(profile: Profile, found: Measured) -> tuple[str, ...]:
    if profile.name == "placebo":
        return (
            "The rise of placebo relief over weeks is assumed; its size after 12 weeks is that of "
            "30 trials. Tablets have no session that lifts hope for a day or two.",
        )
    said: list[str] = []
    for use in profile.mean:
        value, _, basis = mean_difference(use)
        said.append(f"Mean pain: {value:.2g} of 10 against control, {use.row}; error {basis}.")
    if not profile.mean:
        pain = found.pain[:, :, LOOKS[-1]].mean(axis=0)
        said.append(
            f"Mean pain is derived from responders: {pain[0] - pain[1]:.2g} of 10 against placebo."
        )
    said += [
        f"{use.threshold_percent:g} percent responders: published difference, {use.row}; "
        f"error {excess_basis(use)}."
        for use in profile.relief
    ]
    derived = [f"{level}" for level in THRESHOLDS if _origin(profile, level) == "derived"]
    if derived:
        said.append(
            f"{' and '.join(derived)} percent responders are derived: part of the people respond, "
            f"and lose {100 * RESPONSE[0]:.0f} to {100 * RESPONSE[1]:.0f} percent of their pain "
            "(assumed), the others nothing."
        )
    if profile.onset is not None:
        said.append(
            f"Nine tenths of the effect after {profile.onset.words}, "
            f"{profile.onset.origin}: {profile.onset.note}."
        )
    return (*said, *([profile.note] if profile.note else []))


def _cites(profile: Profile) -> tuple[str, ...]:
    return tuple(sorted({key for row in profile.rows for key in row.cites}))


def comparator_arms(
    wanted: Sequence[Profile], people: Iterable[WithoutDrug], draws: int, seed: int
) -> dict[str, Arm]:
    """Arms by name, for people without drug in every draw."""
    running = [ComparatorTally(p, draws, seed) for p in wanted if p.known]
    for each in people:
        for one in running:
            one.add(each)
    found = {one.profile.name: one.arm() for one in running}
    return found | {p.name: unknown_arm(p) for p in wanted if not p.known}
