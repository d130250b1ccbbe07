"""What screening gives back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal

from sordino._version import __version__
from sordino.errors import UnknownName
from sordino.instruments import Score
from sordino.library.cite import references
from sordino.library.evidence.reader import pick
from sordino.screening.doubts import Doubt

Status = Literal["met", "not met", "unknown"]

NO_VERDICT = (
    "Each rule stands by itself, and there are rules that are not here. Whether to treat is not "
    "answered: that is for the person and a clinician who knows them. A research and teaching aid, "
    "not a medical device."
)


@dataclass(frozen=True)
class Check:
    """One rule for one person.

    `rule` is what is asked, `reason` why it came out so. `missing` are keys of the patient file
    that would settle it. `topic` and `row` name the evidence (`sordino evidence TOPIC ROW`),
    `cites` its references and `seen` how they were read. The other fields are the row's own:
    `product` that it is about, `action` and `basis` of a contraindication, `grade` and `certainty`
    of a guideline, `effect` of an interaction or what a test showed, its `notes`.
    """

    id: str
    rule: str
    status: Status
    reason: str
    missing: tuple[str, ...] = ()
    product: str = ""
    action: str = ""
    basis: str = ""
    grade: str = ""
    certainty: str = ""
    effect: str = ""
    topic: str = ""
    row: str = ""
    cites: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The check as plain values; a key without a value is absent."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
            if value
        }


@dataclass(frozen=True)
class Group:
    """Rules of one kind; `met_means` says what "met" is in this group."""

    name: str
    title: str
    met_means: str
    checks: tuple[Check, ...]

    def as_dict(self) -> dict[str, Any]:
        """The group as plain values."""
        return {
            "name": self.name,
            "title": self.title,
            "met_means": self.met_means,
            "rules": [check.as_dict() for check in self.checks],
        }


@dataclass(frozen=True)
class Screening:
    """All rules for one person, without a verdict over them.

    `doubts`: answers that hardly go together.
    """

    title: str | None
    id: str | None
    scores: tuple[Score, ...]
    groups: tuple[Group, ...]
    doubts: tuple[Doubt, ...] = ()

    @property
    def checks(self) -> Iterator[Check]:
        """Every check, in the order of the groups."""
        return (check for group in self.groups for check in group.checks)

    def group(self, name: str) -> Group:
        """The group called `name`; raises UnknownName for none."""
        found = {group.name: group for group in self.groups}
        if name not in found:
            raise UnknownName("group of rules", name, found)
        return found[name]

    def check(self, id_: str) -> Check:
        """The check called `id_`; raises UnknownName for none."""
        return pick("rule", id_, self.checks)

    @property
    def missing(self) -> dict[str, tuple[str, ...]]:
        """Keys of the patient file that are not there, each with the checks that ask for it."""
        asked = [(check.id, check.missing) for check in self.checks]
        # The other scores are parts of criteria, which ask for what they lack.
        asked += [
            (found.instrument, ("pain",))
            for found in self.scores
            if found.instrument == "nrs_pain" and found.missing
        ]
        keys = dict.fromkeys(key for _, missing in asked for key in missing)
        return {key: tuple(name for name, missing in asked if key in missing) for key in keys}

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain values, with the references that it rests on."""
        cited = [c.cites for c in self.checks] + [score.cites for score in self.scores]
        keys = sorted({key for cites in cited for key in cites})
        return {
            "sordino_version": __version__,
            "patient": {"title": self.title, "id": self.id},
            "scores": [score.as_dict() for score in self.scores],
            "groups": [group.as_dict() for group in self.groups],
            "doubts": [{"keys": list(d.keys), "words": d.words} for d in self.doubts],
            "missing": [{"key": key, "asked_by": list(ids)} for key, ids in self.missing.items()],
            "sources": [{"key": key, "text": references()[key].line()} for key in keys],
            "note": NO_VERDICT,
        }
