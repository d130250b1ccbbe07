"""`sordino cite`: the papers behind a run of a course, as BibTeX."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sordino.cli import say
from sordino.cli.simulate import naming

if TYPE_CHECKING:
    from sordino.course import Course
    from sordino.library.pd_schema import PdModel
    from sordino.library.schema import PkModel


def cite(
    course: Annotated[Path, typer.Argument(help="The course file, .toml or .json.")],
    sampling: Annotated[
        str, typer.Option("--sampling", help="Blood levels of the run: arterial or venous.")
    ] = "arterial",
) -> None:
    """Print the papers that a run of a course rests on, as BibTeX.

    Those that its models cite, those that its effects were fitted to, and that of the regimen.

    sordino cite course.toml > course.bib
    """
    from sordino.course import load_course
    from sordino.library.cite import bibtex, keys_in, keys_of_model, references
    from sordino.library.evidence import study
    from sordino.library.papers import paper
    from sordino.library.posterior import fitted_studies

    read = load_course(course)
    models, effects = _used(read, sampling, course)
    keys = {key for model in (*models, *effects) for key in keys_of_model(model)}
    fitted = fitted_studies(effect.id for effect in effects)
    keys |= {key for name in fitted for key in study(name).cites}
    regimen = keys_in("; ".join([read.source or "", *read.assumed]))
    unknown = [model for model in models if model.citation.key not in references()]
    comments = [f"model {model.id}: {paper(model.citation)}" for model in unknown]
    if read.source and not regimen:
        comments.append(f"regimen: {read.source}")
    if comments:
        print("".join(f"% {' '.join(comment.split())}\n" for comment in comments))
    wanted = {*keys, *regimen, *_salt_keys(read)}
    print(bibtex(wanted), end="")
    say(f"{len(wanted)} references; a field that nobody saw is not there")


def _used(course: Course, sampling: str, file: Path) -> tuple[list[PkModel], list[PdModel]]:
    """The drug models and the effects of a run; an error names the course file."""
    from sordino.library.pd_schema import load_pd_model
    from sordino.simulation.dataset import course_engine
    from sordino.simulation.wellbeing import EFFECTS, why_not

    with naming(file):
        engine = course_engine(course, "typical", 1, 0, None, sampling)
        groups = (*engine.groups, *engine.measured_groups)
    beside = () if why_not(course) else EFFECTS
    effects = [*engine.effects.values(), *map(load_pd_model, [*beside, "virtual_patients"])]
    models = {group.model.id: group.model for group in groups}
    return list(models.values()), effects


def _salt_keys(course: Course) -> tuple[str, ...]:
    """What the base in a hydrochloride rests on, when a dose is weighed as one."""
    from sordino.library.evidence import fact

    salts = {treatment.salt for treatment in course.treatment}
    return fact("salt_factor_base_per_hcl").cites if "hydrochloride" in salts else ()
