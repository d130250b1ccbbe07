"""How far do the sources carry? The people and doses of each drug model, and of each course."""

from __future__ import annotations

from collections.abc import Iterator

from sordino.credibility.checks import Result
from sordino.library.protocols import load_protocol, protocol_names
from sordino.library.reader import load_pk_model, pk_model_ids
from sordino.library.schema import PkModel
from sordino.simulation.applicability import extrapolations
from sordino.simulation.dataset import course_engine


def applicability() -> Iterator[Result]:
    """Ranges of the drug models, then the ways in which ready courses leave them."""
    for model_id in pk_model_ids():
        model = load_pk_model(model_id)
        yield _note("drug model", model_id, model.title or model_id, "; ".join(_ranges(model)))
    for name in protocol_names():
        course = load_protocol(name)
        engine = course_engine(course, "typical", 1, 0, None, "arterial")
        yield _note("ready course", name, course.title, "; ".join(extrapolations(engine)))


def _note(kind: str, subject: str, name: str, note: str) -> Result:
    return Result(
        section="applicability",
        kind=kind,
        subject=subject,
        name=name,
        status="note",
        place="library",
        note=note,
    )


def _ranges(model: PkModel) -> Iterator[str]:
    about = model.applicability
    yield about.population or "population not seen"
    for name, ends, unit in (
        ("age", about.age, "years"),
        ("weight", about.weight, "kg"),
        ("dose", about.dose_mg, "mg"),
    ):
        yield f"{name} {ends[0]:g} to {ends[1]:g} {unit}" if ends else f"{name} range not seen"
    yield f"routes: {', '.join(model.routes)}"
    yield f"{model.sampling} sampling{'' if model.sampling_verified else ', not verified'}"
