"""What the other drugs of a person do to ketamine, as far as a row of the evidence says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sordino.library.evidence.safety import CirculationStudy, Interaction
from sordino.patient import Drug, Patient
from sordino.screening.asks import TakenAsk, asks
from sordino.screening.logic import Answer, any_of
from sordino.screening.result import Check

KIND_WORDS = {
    "benzodiazepine": "a benzodiazepine",
    "opioid": "an opioid",
    "psychostimulant": "a psychostimulant",
    "mao_inhibitor": "an MAO inhibitor",
    "ssri": "an SSRI",
}


def interactions(patient: Patient) -> Iterator[Check]:
    """One check for each drug and route that a row is about."""
    for ask in asks().taken:
        row = ask.evidence
        answer = _taken(ask, patient)
        if isinstance(row, Interaction) and row.above_mg_diazepam is not None:
            answer = _enough(answer, row.above_mg_diazepam, patient.drug or ())
        yield Check(
            row.id,
            _rule(ask, row),
            answer.status,
            answer.reason,
            answer.missing,
            product=_product(row),
            effect=_effect(row),
            topic="safety",
            row=row.id,
            cites=row.cites,
            seen=row.seen,
            notes=row.notes,
        )


def plain_name(text: str) -> str:
    """A name in small letters, its words parted by one space, without apostrophes."""
    return " ".join(re.findall(r"\w+", re.sub(r"['’`]", "", text.casefold()).replace("_", " ")))


def _taken(ask: TakenAsk, patient: Patient) -> Answer:
    """Whether a drug of the list, or something else that is taken, is what the row is about."""
    found = [_is_meant(ask, number, drug) for number, drug in enumerate(patient.drug or (), 1)]
    intake = any_of({key: getattr(patient.intake, key) for key in ask.intake}, table="intake")
    if ask.intake:
        found.append(intake)
    met = [answer for answer in found if answer.status == "met"]
    if met:
        return Answer("met", "; ".join(answer.reason for answer in met))
    # What has a key of its own is not looked for among the drugs.
    listed = patient.drug is not None or (ask.intake and not ask.kinds)
    open_ = [answer for answer in found if answer.status == "unknown"]
    if not listed:
        open_.append(Answer("unknown", "drugs are not stated", ("drug",)))
    if open_:
        missing = dict.fromkeys(key for answer in open_ for key in answer.missing)
        reason = "; ".join(dict.fromkeys(answer.reason for answer in open_))
        return Answer("unknown", reason, tuple(missing))
    looked = "no drug of that name" if ask.names else "no drug of that kind"
    return Answer("not met", "; ".join([looked, *([intake.reason] if ask.intake else [])]))


def _is_meant(ask: TakenAsk, number: int, drug: Drug) -> Answer:
    """Whether one drug is what the row is about; a drug of no stated class may be of any."""
    name = f" {plain_name(drug.name)} "
    if any(f" {word} " in name for word in ask.names):
        if not ask.nasal or drug.nasal:
            return Answer("met", f"takes {drug.name}")
        if drug.nasal is None:
            key = f"drug[{number}].nasal"
            return Answer("unknown", f"whether {drug.name} is nasal is not stated", (key,))
    if ask.kinds and drug.kind in ask.kinds:
        return Answer("met", f"takes {drug.name}, {KIND_WORDS[drug.kind]}")
    if ask.kinds and drug.kind is None:
        key = f"drug[{number}].kind"
        return Answer("unknown", f"the kind of {drug.name} is not stated", (key,))
    return Answer("not met", f"{drug.name} is another drug")


def _enough(answer: Answer, above_mg: float, drugs: tuple[Drug, ...]) -> Answer:
    """A benzodiazepine counts from a dose on; all of them together."""
    if answer.status != "met":
        return answer
    own = [(n, drug) for n, drug in enumerate(drugs, 1) if drug.kind == "benzodiazepine"]
    total = sum(drug.diazepam_mg or 0.0 for _, drug in own)
    reason = f"{answer.reason}; {total:g} mg diazepam a day are stated"
    open_ = tuple(f"drug[{n}].diazepam_equivalent" for n, drug in own if drug.diazepam_mg is None)
    if total > above_mg:
        return Answer("met", reason)
    return Answer("unknown" if open_ else "not met", reason, open_)


def _rule(ask: TakenAsk, row: Interaction | CirculationStudy) -> str:
    if isinstance(row, CirculationStudy):
        return f"takes {' or '.join(KIND_WORDS[kind] for kind in ask.kinds)}"
    limit = (
        ""
        if row.above_mg_diazepam is None
        else f" above {row.above_mg_diazepam:g} mg diazepam a day"
    )
    return f"takes {row.perpetrator}{limit}"


def _product(row: Interaction | CirculationStudy) -> str:
    if isinstance(row, CirculationStudy):
        return f"{row.drug}, {row.dose}"
    return f"{row.victim}, {row.route}" if row.route else row.victim


def _effect(row: Interaction | CirculationStudy) -> str:
    if isinstance(row, CirculationStudy) or row.auc_ratio is None:
        return "; ".join(row.findings)
    words = [
        "no change of exposure was seen"
        if row.auc_ratio == 1.0
        else f"exposure times {row.auc_ratio:g}"
    ]
    if row.cmax_ratio is not None and row.cmax_ratio != 1.0:
        words.append(f"peak times {row.cmax_ratio:g}")
    return ", ".join(words)
