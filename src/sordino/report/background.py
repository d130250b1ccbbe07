"""What stands behind a result: models, effects, assumptions, limits, sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sordino.library import posterior
from sordino.library.cite import references
from sordino.library.evidence import study
from sordino.library.evidence.ledger import SPREAD, calibrated, drawn, was_learned
from sordino.library.papers import paper
from sordino.library.pd_schema import PdModel, load_pd_model
from sordino.library.reader import load_pk_model
from sordino.pk.dosing import model_route
from sordino.simulation.summary import Summary
from sordino.simulation.wellbeing import EFFECTS, why_not

if TYPE_CHECKING:
    from sordino.course import Course
    from sordino.library.parts import Parameter, Source
    from sordino.library.schema import PkModel


@dataclass(frozen=True)
class ModelUsed:
    """One drug model: what it is, how complete, how far it was checked."""

    id: str
    title: str
    grade: str
    people: str
    sampling: str
    cautions: tuple[str, ...]
    not_seen: tuple[str, ...]
    citation: str
    digest: str


@dataclass(frozen=True)
class EffectUsed:
    """One effect file, or the file that says who the virtual patients are."""

    id: str
    title: str
    structure: str
    cautions: tuple[str, ...]
    not_seen: tuple[str, ...]
    citations: tuple[str, ...]


@dataclass(frozen=True)
class Assumption:
    """One thing that no source gives. `kind` says what of it is assumed."""

    where: str
    name: str
    kind: str
    value: float | str | None
    unit: str
    range: str
    note: str


@dataclass(frozen=True)
class SourceUsed:
    """One place that numbers were read from."""

    used_by: str
    text: str
    url: str


@dataclass(frozen=True)
class CalibrationUsed:
    """What the effects were fitted to.

    `inside`: how many of the fitted numbers lie in the 90 percent interval of what the fitted
    model expects. `taught_nothing`: parameters of these effects whose ranges are still those that
    were chosen.
    """

    draws: int
    fitted: int
    inside: int
    studies: tuple[str, ...]
    taught_nothing: tuple[str, ...]
    data_digest: str


@dataclass(frozen=True)
class Background:
    """All of it, in the order in which a report shows it."""

    models: tuple[ModelUsed, ...]
    effects: tuple[EffectUsed, ...]
    assumptions: tuple[Assumption, ...]
    limits: tuple[str, ...]
    sources: tuple[SourceUsed, ...]
    calibration: CalibrationUsed | None


def background(summary: Summary) -> Background:
    """Everything behind one summary, read from the library by the names in its provenance."""
    models = used_models(summary)
    effects = used_effects(summary)
    limits = str(summary.quantiles.attrs["extrapolating"])
    return Background(
        models=tuple(_model(m) for m in models),
        effects=tuple(_effect(e) for e in effects),
        assumptions=(
            *_of_course(summary.course),
            *(a for e in effects for a in _of_effect(e)),
            *(a for m in models for a in _of_model(m, summary.course)),
        ),
        limits=tuple(note for note in limits.split("; ") if note),
        sources=tuple(_sources(summary.course, models, effects)),
        calibration=calibration_used(summary),
    )


def calibration_used(summary: Summary) -> CalibrationUsed | None:
    """The calibration that the draws of a summary come from; None with published values only."""
    if int(summary.quantiles.attrs["draws"]) == 1:
        return None
    found = posterior.draws()
    effects = [effect.id for effect in used_effects(summary)]
    studies = posterior.fitted_studies(effects)
    shown = [s for s in found.about["studies"] if s["fitted"] and s["study"] in studies]
    own = {name for effect in effects for name in found.by_effect.get(effect, {})}
    return CalibrationUsed(
        draws=found.count,
        fitted=len(shown),
        inside=sum(s["inside"] for s in shown),
        studies=studies,
        taught_nothing=tuple(sorted(n for n in own if found.lesson(n) == "nothing")),
        data_digest=found.about["made"]["data_digest"],
    )


def used_models(summary: Summary) -> list[PkModel]:
    """The drug models in use, those of a user's own file included."""
    chosen = (summary.course.models.pk, summary.course.models.venous)
    own = {m.id: m for m in (load_pk_model(c) for c in chosen if c is not None)}
    names = str(summary.quantiles.attrs["pk_models"]).split(", ")
    return [own[name] if name in own else load_pk_model(name) for name in names]


def used_effects(summary: Summary) -> list[PdModel]:
    """The effect files in use, and the one about the virtual patients."""
    names = str(summary.quantiles.attrs["effects"]).split(", ")
    beside = () if why_not(summary.course) else EFFECTS
    return [load_pd_model(name) for name in [*names, *beside, "virtual_patients"]]


def _model(model: PkModel) -> ModelUsed:
    confirmed = "" if model.sampling_verified else " (not confirmed)"
    return ModelUsed(
        id=model.id,
        title=model.title,
        grade=f"{model.completeness}; {model.verification}",
        people=model.applicability.population,
        sampling=f"{model.sampling}{confirmed}",
        cautions=model.cautions,
        not_seen=model.not_seen,
        citation=paper(model.citation),
        digest=model.digest,
    )


def _effect(effect: PdModel) -> EffectUsed:
    return EffectUsed(
        id=effect.id,
        title=effect.title,
        structure=effect.structure,
        cautions=effect.cautions,
        not_seen=effect.not_seen,
        citations=tuple(_reference(key)[0] for key in effect.citations),
    )


def _of_course(course: Course) -> Iterator[Assumption]:
    for text in course.assumed:
        yield Assumption("this course", "regimen", "course", None, "", "", text)


def _of_effect(effect: PdModel) -> Iterator[Assumption]:
    for p in effect.parameter:
        learned = calibrated(effect.id, p)
        yield from _of_parameter(effect.id, p, learned or (drawn(p.prior) if p.prior else ""))
        # A published value may still be drawn from a range that somebody had to choose.
        chosen = p.prior is not None and p.prior.note.startswith("assumed")
        if p.prior and chosen and p.origin != "assumed" and not was_learned(effect.id, p.name):
            spread = learned or drawn(p.prior)
            yield Assumption(
                effect.id, p.name, "how sure we are", p.value, p.unit, spread, p.prior.note
            )


def _of_model(model: PkModel, course: Course) -> Iterator[Assumption]:
    given = course.administrations()
    racemic = any(a.drug == "ketamine" for a in given)
    for p in model.parameter:
        yield from _of_parameter(model.id, p, "")
    rules = [rule.parameter for rule in model.individual if rule.origin == "assumed"]
    if rules:
        text = f"how covariates change {', '.join(rules)}"
        yield Assumption(model.id, "covariates", "rule", None, "", "", text)
    routes = {model_route(a.route) for a in given}
    for route in model.route:
        if route.origin == "assumed" and route.name in routes:
            yield Assumption(model.id, f"route {route.name}", "rule", None, "", "", route.note)
    for moiety in model.moiety:
        if moiety.origin == "assumed" and racemic:
            name = f"{moiety.name}-ketamine"
            yield Assumption(model.id, name, "rule", None, "", "", moiety.note)


def _of_parameter(where: str, p: Parameter, drawn: str) -> Iterator[Assumption]:
    bounds = f"{p.low:g} to {p.high:g}" if p.low is not None and p.high is not None else ""
    if p.origin == "assumed":
        note = p.note or p.place
        yield Assumption(where, p.name, "value", p.value, p.unit, drawn or bounds, note)
    for kind, found in (("spread between people", p.iiv), ("spread between sessions", p.iov)):
        if found is not None and found.origin == "assumed":
            yield Assumption(where, p.name, kind, found.value, SPREAD[found.kind], "", found.note)


def _sources(
    course: Course, models: Sequence[PkModel], effects: Sequence[PdModel]
) -> Iterator[SourceUsed]:
    if course.source:
        yield SourceUsed("this course", course.source, "")
    for model in models:
        yield SourceUsed(model.id, paper(model.citation), _doi_url(model.citation.doi))
        yield from _read_from(model.id, model.sources)
    for effect in effects:
        for key in effect.citations:
            text, url = _reference(key)
            yield SourceUsed(effect.id, text, url)
        yield from _read_from(effect.id, effect.sources)
    for name in posterior.fitted_studies(effect.id for effect in effects):
        for key in study(name).cites:
            text, url = _reference(key)
            yield SourceUsed("calibration", text, url)


def _read_from(user: str, sources: dict[str, Source]) -> Iterator[SourceUsed]:
    for source in sources.values():
        yield SourceUsed(user, f"numbers read from: {source.kind}", source.url)


def _reference(key: str) -> tuple[str, str]:
    found = references().get(key)
    return (found.text(), found.address) if found else (key, "")


def _doi_url(doi: str) -> str:
    return f"https://doi.org/{doi}" if doi else ""
