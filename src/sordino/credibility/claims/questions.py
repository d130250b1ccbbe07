"""What would settle each claim: the comparison that is missing, and trials near to it."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sordino.findings import Finding, reject
from sordino.library.evidence import claims, studies
from sordino.library.evidence.parts import Part, RowId, Text
from sordino.library.evidence.reader import read_file

QUESTIONS_FILE = Path(__file__).parent / "questions.toml"


class Question(Part):
    """What a study would have to show. `trials` are registered ones: rows of `studies.toml`."""

    claim: RowId
    settles: Annotated[tuple[Text, ...], Field(min_length=1)]
    trials: tuple[RowId, ...] = ()


class Questions(Part):
    """The file as a whole: one question for every claim."""

    schema_version: Literal[1] = Field(alias="schema")
    question: tuple[Question, ...]

    @model_validator(mode="after")
    def _about_every_claim(self) -> Questions:
        asked, known = [q.claim for q in self.question], [c.id for c in claims()]
        if sorted(asked) != sorted(known):
            reject([Finding(("question",), "every claim needs one question", ", ".join(known))])
        trials = {trial for q in self.question for trial in q.trials}
        for trial in sorted(trials - {s.id for s in studies()}):
            reject([Finding(("question",), f"{trial} is no study of the library")])
        return self


@functools.lru_cache(maxsize=1)
def questions() -> dict[str, Question]:
    """What would settle each claim, by the name of the claim."""
    return {q.claim: q for q in read_file(Questions, QUESTIONS_FILE).question}


def trial_line(name: str) -> str:
    """A registered trial in one line, as its row says: number, design, size, status."""
    found = next(s for s in studies() if s.id == name)
    size = found.size.planned or found.size.planned_per_cohort
    parts = [
        found.design,
        f"{size} people planned" if size else "",
        found.status,
        "" if found.results_available else "no results seen",
    ]
    return f"{found.registry}: {', '.join(part for part in parts if part)}"
