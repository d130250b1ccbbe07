"""What has to be added to a store so that it holds what a record says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sordino.errors import DocumentError

_DIFFERS = "the store says something else about this"
_HINT = "if the new one is right, use --supersede: the old one stays in the audit"


@dataclass(frozen=True, slots=True)
class Current:
    """A valid entry: its number, and what it says; without content it is withdrawn."""

    id: int
    content: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One entry to add."""

    what: Literal["added", "superseded", "withdrawn"]
    key: str
    content: str | None
    supersedes: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything to add for one patient, or what is refused."""

    patient: str
    steps: tuple[Step, ...]
    refused: tuple[DocumentError, ...]
    unchanged: int

    def after(self, current: Mapping[str, Current]) -> dict[str, str | None]:
        """What each key will say."""
        before = {key: found.content for key, found in current.items()}
        return before | {step.key: step.content for step in self.steps}


def plan_of(
    patient: str,
    current: Mapping[str, Current],
    wanted: Mapping[str, str],
    *,
    supersede: bool,
    whole: bool,
) -> Plan:
    """The steps from `current` to `wanted`."""
    steps: list[Step] = []
    refused: list[DocumentError] = []
    unchanged = 0
    for key, content in wanted.items():
        found = current.get(key)
        if found is None or found.content is None:
            steps.append(Step("added", key, content, found.id if found else None))
        elif found.content == content:
            unchanged += 1
        elif supersede:
            steps.append(Step("superseded", key, content, found.id))
        else:
            refused.append(DocumentError(_DIFFERS, where=f"entry {key}", hint=_HINT))
    if whole:
        steps += [
            Step("withdrawn", key, None, found.id)
            for key, found in current.items()
            if found.content is not None and key not in wanted
        ]
    return Plan(patient, tuple(steps), tuple(refused), unchanged)
