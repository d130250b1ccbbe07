"""Which treatments of fibromyalgia were tried, of those that the library knows, and others."""

from __future__ import annotations

from collections.abc import Iterator

from sordino.library.evidence import Comparator
from sordino.library.evidence.reader import comparators
from sordino.patient import Patient, Tried
from sordino.screening.interactions import plain_name
from sordino.screening.logic import Answer
from sordino.screening.result import Check

NOT_TREATMENTS = ("placebo", "ketamine")


def tried(patient: Patient) -> Iterator[Check]:
    """One check for each treatment with evidence, then one for each other that was tried."""
    known = _known()
    for name, rows in known.items():
        answer = _answer(name, rows, patient)
        yield Check(
            f"tried.{name}",
            _rule(name, rows),
            answer.status,
            answer.reason,
            answer.missing,
            topic="comparators",
            row=rows[0].id,
            cites=rows[0].cites,
            seen=rows[0].seen,
            notes=rows[0].notes,
        )
    for number, entry in enumerate(patient.tried or (), 1):
        if not any(_is(entry.treatment, name, rows) for name, rows in known.items()):
            yield Check(
                f"tried.other_{number}",
                f"tried: {entry.treatment}",
                "met",
                f"{_words(entry)}; no row of the library is about it",
                _open((number, entry)),
            )


def _known() -> dict[str, list[Comparator]]:
    """Rows of the library by the name that a course file has for the treatment."""
    found: dict[str, list[Comparator]] = {}
    for row in comparators():
        if row.comparator and row.kind not in NOT_TREATMENTS:
            found.setdefault(row.comparator, []).append(row)
    return found


def _rule(name: str, rows: list[Comparator]) -> str:
    studied = [row.treatment for row in rows if row.treatment != name]
    return f"tried: {name}" + (f" (studied: {studied[0]})" if studied else "")


def _is(text: str, name: str, rows: list[Comparator]) -> bool:
    return plain_name(text) in {plain_name(name), *(plain_name(row.treatment) for row in rows)}


def _answer(name: str, rows: list[Comparator], patient: Patient) -> Answer:
    own = [(n, e) for n, e in enumerate(patient.tried or (), 1) if _is(e.treatment, name, rows)]
    if own:
        missing = tuple(key for entry in own for key in _open(entry))
        return Answer("met", "; ".join(_words(entry) for _, entry in own), missing)
    if any(_is(drug.name, name, rows) for drug in patient.drug or ()):
        return Answer("met", "taken now; what it did is not stated")
    if patient.tried is None:
        return Answer("unknown", "treatments tried are not stated", ("tried",))
    return Answer("not met", "not among the treatments tried")


def _words(entry: Tried) -> str:
    time = "" if entry.weeks is None else f"{entry.weeks:g} weeks"
    result = entry.outcome or "outcome not stated"
    return ", ".join(part for part in (entry.dose or "", time, result) if part)


def _open(numbered: tuple[int, Tried]) -> tuple[str, ...]:
    """Keys of an entry that are not there."""
    number, entry = numbered
    return tuple(
        f"tried[{number}].{key}" for key in ("weeks", "outcome") if getattr(entry, key) is None
    )
