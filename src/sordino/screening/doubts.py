"""Answers that hardly go together: each is taken as it stands, and the pair is pointed out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sordino.patient import Conditions, Patient

HEALTHY = "otherwise_healthy"
NO_DISEASE = (HEALTHY, "pregnancy", "lactation", "high_doses_planned")
"""Conditions that a healthy person may have."""
LIVER = ("moderate_hepatic_disease", "severe_hepatic_disease", "chronic_hepatitis")


@dataclass(frozen=True)
class Doubt:
    """Answers that hardly go together: their keys in the patient file, and why."""

    keys: tuple[str, ...]
    words: str


def doubts(patient: Patient) -> Iterator[Doubt]:
    """What to look at again."""
    conditions = patient.conditions
    ill = diseases(conditions)
    if conditions.otherwise_healthy and ill:
        yield _doubt((HEALTHY, *ill), "a healthy person has none of these diseases")
    for key in ("pregnancy", "lactation"):
        if patient.sex == "male" and getattr(conditions, key):
            words = "rare; is one of them a slip?"
            yield Doubt(("sex", f"conditions.{key}"), words)
    liver = tuple(key for key in LIVER if getattr(conditions, key))
    if conditions.child_pugh == "none" and liver:
        yield _doubt(("child_pugh", *liver), 'the class "none" means no disease of the liver')


def diseases(conditions: Conditions) -> tuple[str, ...]:
    """Keys of the diseases that are stated."""
    stated = (name for name in Conditions.model_fields if getattr(conditions, name) is True)
    return tuple(name for name in stated if name not in NO_DISEASE)


def _doubt(keys: tuple[str, ...], words: str) -> Doubt:
    return Doubt(tuple(f"conditions.{key}" for key in keys), words)
