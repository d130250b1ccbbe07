"""Which published model answers for which dose of a course."""

from __future__ import annotations

from dataclasses import dataclass

from sordino.course import Administration, Course
from sordino.errors import InputError, UnknownName
from sordino.library.drugs import drugs
from sordino.library.reader import load_pk_model, pk_model_ids
from sordino.library.schema import COVARIATES, PkModel
from sordino.pk.dosing import model_route

ARTERIAL_DEFAULT = {
    "iv": "simons_2022",
    "im": "simons_2022",
    "sc": "simons_2022",
    "sublingual": "simons_2022",
    "buccal": "simons_2022",
    "intranasal": "perezruixo_2021",
    "oral": "perezruixo_2021",
}
VENOUS_DEFAULT = {
    "iv": "otto_2021",
    "im": "otto_2021",
    "sc": "otto_2021",
    "intranasal": "perezruixo_2021",
    "oral": "perezruixo_2021",
}
"""Film and lozenge have no venous model. The sampling site of `perezruixo_2021` was not seen:
it serves as both."""


@dataclass(frozen=True)
class DoseGroup:
    """Doses that run through one model with one set of absorption values."""

    model: PkModel
    doses: tuple[Administration, ...]
    absorption_rate_per_h: float | None
    bioavailability: float | None

    @property
    def routes(self) -> tuple[str, ...]:
        return tuple(sorted({model_route(d.route) for d in self.doses}))

    @property
    def moieties(self) -> tuple[tuple[str, float, float], ...]:
        """(moiety to run, its part that is S-ketamine, its part that is R-ketamine)."""
        racemic = any(d.drug == "ketamine" for d in self.doses)
        if self.model.measured == "total":
            return (("total", 0.5, 0.5) if racemic else ("total", 1.0, 0.0),)
        return (("S", 1.0, 0.0), ("R", 0.0, 1.0)) if racemic else (("S", 1.0, 0.0),)


def dose_groups(course: Course, *, venous: bool = False) -> tuple[DoseGroup, ...]:
    """Sort the doses of a course by the model that describes them.

    Raises `InputError` when no model covers a route, `UnknownName` for an unknown model.
    """
    chosen = course.models.venous if venous else course.models.pk
    models: dict[str, PkModel] = {}
    found: dict[tuple[str, str, float | None, float | None], list[Administration]] = {}
    for dose in course.administrations():
        model = _model_for(dose, chosen, venous=venous)
        drug = dose.drug if model.measured == "total" else ""
        key = (model.id, drug, dose.absorption_rate_per_h, dose.bioavailability)
        models[model.id] = model
        found.setdefault(key, []).append(dose)
    return tuple(
        DoseGroup(models[model_id], tuple(doses), rate, fraction)
        for (model_id, _, rate, fraction), doses in found.items()
    )


def _model_for(dose: Administration, chosen: str | None, *, venous: bool) -> PkModel:
    where = f"treatment[{dose.treatment + 1}].route"
    defaults = VENOUS_DEFAULT if venous else ARTERIAL_DEFAULT
    if chosen is None and dose.route not in defaults:
        raise InputError(
            f"no published model gives venous concentrations after {dose.route} doses",
            where=where,
            allowed=", ".join(VENOUS_DEFAULT),
            hint="leave sampling at arterial",
        )
    try:
        model = load_pk_model(chosen or defaults[dose.route])
    except UnknownName as error:
        error.where = "models.venous" if venous else "models.pk"
        raise
    _usable(model, dose.drug)
    if model_route(dose.route) not in model.routes:
        able = [i for i in pk_model_ids() if model_route(dose.route) in load_pk_model(i).routes]
        raise InputError(
            f"model {model.id} does not describe the route {dose.route}",
            where=where,
            allowed=f"models with this route: {', '.join(able) or 'none'}",
            hint="leave [models] out to take the default of each route",
        )
    return model


def _usable(model: PkModel, drug: str) -> None:
    """A course drives effects by the concentration of its drug, along linear flows.

    Raises `InputError` for a model that describes anything else.
    """
    own = [name for name in model.covariate_names if name not in COVARIATES]
    measured = model.analytes.get("ketamine")
    wrong = {
        "is not linear": not model.is_linear,
        f"needs {' and '.join(own)}, which a course does not give": bool(own),
        "has no analyte ketamine in ng/mL": measured is None or measured.unit != "ng/mL",
        f"is about {model.drug}": model.drug not in drugs(),
    }
    found = [what for what, holds in wrong.items() if holds]
    if found:
        raise InputError(
            f"model {model.id} cannot be used for a course of {drug}: it {'; it '.join(found)}",
            hint="sordino predict takes any model, with a data set",
        )
