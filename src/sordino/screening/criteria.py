"""The criteria for fibromyalgia of 2016, 2011 and 2010, and the scores behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from sordino.instruments import Score, score
from sordino.library.evidence.instruments import Instrument
from sordino.library.evidence.reader import instrument
from sordino.patient import Patient, Symptoms
from sordino.patient.history import SOMATIC
from sordino.screening.logic import Answer, all_of, settled
from sordino.screening.result import Check

SETS = ("acr_2016", "acr_2011", "acr_2010")
SEVERITIES = ("fatigue", "waking_unrefreshed", "cognitive_symptoms")
SOMATIC_KEY = "somatic_symptoms"
# J Rheumatol, table 4 on https://www.jrheum.org/highwire/markup/26964/expansion
_SCORE_OF_2010 = "the SSS of 2010 has somatic symptoms as judged, 0 to 3, for the three symptoms"

Ends = tuple[int, int]


def scores(patient: Patient) -> tuple[Score, ...]:
    """Painful areas, symptom severity, their sum, and pain, each with what is missing."""
    symptoms = patient.symptoms
    answers = {name: getattr(symptoms, name) for name in _sss_items()}
    wpi = score("acr_wpi", {} if symptoms.pain_areas is None else symptoms.pain_areas)
    sss = score("acr_sss", answers)
    both = score("fs_psd", {"wpi": wpi.value, "sss": sss.value})
    return wpi, sss, both, score("nrs_pain", patient.pain)


def criteria(patient: Patient, found: tuple[Score, ...]) -> Iterator[Check]:
    """Every set of criteria: first as a whole, then part by part."""
    wpi, sss = found[0], found[1]
    for name in SETS:
        row = instrument(name)
        own = _severity_of_2010(patient.symptoms) if name == "acr_2010" else _severity(sss)
        parts = dict(_parts(row, patient.symptoms, _ends(wpi), own))
        whole = all_of(parts)
        rule = f"{row.name}: {', '.join(word.replace('_', ' ') for word in parts)}"
        yield _check(row, name, rule, whole)
        for part, answer in parts.items():
            yield _check(row, f"{name}.{part}", _rule(row, part), answer)


def _parts(
    row: Instrument, symptoms: Symptoms, wpi: Ends, sss: tuple[Ends, tuple[str, ...]]
) -> Iterator[tuple[str, Answer]]:
    """Name and answer of each part that a set of criteria has."""
    assert row.diagnosis is not None
    yield "pain_and_severity", _pain_and_severity(row, symptoms, wpi, sss)
    if row.diagnosis.regions_at_least is not None:
        yield "generalized_pain", _generalized(row.diagnosis.regions_at_least, symptoms)
    yield "duration", _duration(row.diagnosis.months_at_least, symptoms.months)
    if row.diagnosis.other_diagnosis_excludes:
        yield "no_other_explanation", _no_other(symptoms.other_explanation)


def _pain_and_severity(
    row: Instrument, symptoms: Symptoms, wpi: Ends, sss: tuple[Ends, tuple[str, ...]]
) -> Answer:
    """Whether one of the pairs of limits is met, for all counts that missing answers leave open."""
    assert row.diagnosis is not None
    severity, unknown = sss
    outcomes = (
        any(
            pair.wpi_low <= w <= pair.wpi_high and s >= pair.sss_low
            for pair in row.diagnosis.any_of
        )
        for w, s in product(range(wpi[0], wpi[1] + 1), range(severity[0], severity[1] + 1))
    )
    status = settled(outcomes)
    reason = f"WPI {_words(wpi)}, SSS {_words(severity)}"
    if row.id == "acr_2010":
        reason += f"; {_SCORE_OF_2010}"
    areas = ("pain_areas",) if symptoms.pain_areas is None else ()
    missing = (*areas, *unknown) if status == "unknown" else ()
    return Answer(status, reason, tuple(f"symptoms.{key}" for key in missing))


def _generalized(at_least: int, symptoms: Symptoms) -> Answer:
    if symptoms.pain_areas is None:
        return Answer("unknown", "pain_areas is not stated", ("symptoms.pain_areas",))
    painful = [name for name, areas in regions().items() if set(areas) & set(symptoms.pain_areas)]
    words = ", ".join(name.replace("_", " ") for name in painful) or "none"
    reason = f"pain in {len(painful)} of {len(regions())} regions: {words}"
    return Answer(settled([len(painful) >= at_least]), reason)


def regions() -> Mapping[str, tuple[str, ...]]:
    """The regions and those of their areas that count for generalized pain."""
    slots = {slot.name: slot.items for slot in instrument("acr_wpi").slot}
    left_out = slots.pop("not_counted_for_generalized_pain")
    return {
        name: tuple(area for area in areas if area not in left_out) for name, areas in slots.items()
    }


def _duration(at_least: int, months: float | None) -> Answer:
    if months is None:
        return Answer("unknown", "months is not stated", ("symptoms.months",))
    return Answer(settled([months >= at_least]), f"{months:g} months at a similar level")


def _no_other(other: bool | None) -> Answer:
    if other is None:
        return Answer("unknown", "other_explanation is not stated", ("symptoms.other_explanation",))
    return Answer(settled([not other]), f"other_explanation is {str(other).lower()}")


def _sss_items() -> tuple[str, ...]:
    return tuple(name for slot in instrument("acr_sss").slot for name in slot.items)


def _ends(found: Score) -> Ends:
    """The lowest and the highest whole number that a count can be."""
    low, high = found.bounds if found.value is None and found.bounds else (found.value, found.value)
    return int(low or 0), int(high or 0)


def _severity(sss: Score) -> tuple[Ends, tuple[str, ...]]:
    return _ends(sss), sss.missing


def _severity_of_2010(symptoms: Symptoms) -> tuple[Ends, tuple[str, ...]]:
    """Three severities, and somatic symptoms as judged by the examiner instead of a count."""
    level = None if symptoms.somatic_symptoms is None else SOMATIC.index(symptoms.somatic_symptoms)
    values = {**{key: getattr(symptoms, key) for key in SEVERITIES}, SOMATIC_KEY: level}
    missing = tuple(key for key, value in values.items() if value is None)
    low = sum(value or 0 for value in values.values())
    (somatic,) = instrument("acr_2010").slot
    assert somatic.range is not None
    return (low, low + int(somatic.range[1]) * len(missing)), missing


def _words(ends: Ends) -> str:
    return f"{ends[0]}" if ends[0] == ends[1] else f"not known, {ends[0]} to {ends[1]}"


def _rule(row: Instrument, part: str) -> str:
    found = row.diagnosis
    assert found is not None
    pairs = (
        f"WPI {e.wpi_low:g} to {e.wpi_high:g} and SSS at least {e.sss_low:g}" for e in found.any_of
    )
    return {
        "pain_and_severity": ", or ".join(pairs),
        "generalized_pain": f"generalized pain: at least {found.regions_at_least} of "
        f"{found.regions_of} regions, jaw, chest and abdomen not counted",
        "duration": f"for at least {found.months_at_least} months",
        "no_other_explanation": "no other disorder would explain the pain",
    }[part]


def _check(row: Instrument, id_: str, rule: str, answer: Answer) -> Check:
    return Check(
        id_,
        rule,
        answer.status,
        answer.reason,
        answer.missing,
        topic="instruments",
        row=row.id,
        cites=row.cites,
        seen=row.seen,
        notes=row.notes,
    )
