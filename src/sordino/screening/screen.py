"""Screening one person: every rule, met, not met or unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sordino.library.evidence.reader import safety
from sordino.patient import Patient, load_patient
from sordino.screening.contraindications import contraindications
from sordino.screening.criteria import SETS, criteria, scores
from sordino.screening.doubts import doubts
from sordino.screening.interactions import interactions
from sordino.screening.procedure import abuse, monitoring, tests_needed
from sordino.screening.result import Check, Group, Screening
from sordino.screening.tried import tried


def screen(patient: Patient | str | Path | Mapping[str, Any]) -> Screening:
    """Go through the rules for one person.

    `patient` is a patient, a patient file, or a table of plain values with the keys of one. What is
    not stated is unknown, and `Screening.missing` lists it; nothing is assumed, and there is no
    verdict over all rules.

    Raises DocumentError with all findings when the patient file cannot be used.

    >>> screen({"symptoms": {"months": 2}}).check("acr_2016.duration").status
    'not met'
    """
    person = patient if isinstance(patient, Patient) else load_patient(patient)
    found = scores(person)
    diagnosis = tuple(criteria(person, found))
    groups = (
        Group(
            "criteria",
            "Criteria for fibromyalgia",
            "the criterion is fulfilled; a set of criteria is no diagnosis",
            diagnosis,
        ),
        Group("tried", "Treatments tried", "it was tried", tuple(tried(person))),
        Group(
            "indication",
            "What the guideline says about ketamine in this condition",
            "the condition is there, so that the statement is about this person",
            tuple(_indication(diagnosis)),
        ),
        Group(
            "contraindications",
            "Contraindications and cautions",
            "the condition is there; exclude or caution is this package's reading of the source",
            (*contraindications(person), *abuse(person)),
        ),
        Group(
            "interactions",
            "Other drugs",
            "it is taken; the effect was seen with the drug and route that are named",
            tuple(interactions(person)),
        ),
        Group(
            "tests",
            "Tests before treatment",
            "the statement of the guideline is about this person",
            tuple(tests_needed(person)),
        ),
        Group(
            "monitoring",
            "Watching, eating, leaving, driving",
            "it is arranged as the source asks, for the product that is named",
            tuple(monitoring(person)),
        ),
    )
    return Screening(person.title, person.id, found, groups, tuple(doubts(person)))


def _indication(diagnosis: tuple[Check, ...]) -> Iterator[Check]:
    """What the guideline says of fibromyalgia; the newest criteria say whether that is there."""
    newest = next(check for check in diagnosis if check.id == SETS[0])
    for row in safety().guideline_rule:
        if row.kind == "indication" and row.condition == "fibromyalgia":
            evidence = (row.evidence or "not graded").replace("_", " ")
            later = f"; later: {row.later_evidence}" if row.later_evidence else ""
            yield Check(
                row.id,
                f"{row.condition}: evidence for {row.horizon} {evidence}{later}",
                newest.status,
                f"criteria of 2016: {newest.status}",
                newest.missing,
                product=row.guideline,
                grade=row.grade or "",
                certainty=row.certainty or "",
                topic="safety",
                row=row.id,
                cites=row.cites,
                seen=row.seen,
                notes=row.notes,
            )
