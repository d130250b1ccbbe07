"""Which names each formula of a model may use, and what dimension its value must have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sordino.library.dimensions import NO_DIMENSION, Dimension, parse_unit
from sordino.library.expressions import Expression, parse_expression
from sordino.library.graph import Compartment, Flow
from sordino.library.schema import COVARIATES, DOSE_NAME, PkModel

Path = tuple[str | int, ...]

_COVARIATE_UNITS = {"weight": "kg", "age": "years", "height": "cm"}


@dataclass(frozen=True)
class Use:
    """One formula of a model: where it stands, what it may use, what it must be.

    `unit` is None where any dimension will do. `sign` is what the value must be for the
    typical person: "positive", "not negative" or "" (anything finite).
    """

    path: Path
    expression: Expression
    names: frozenset[str]
    unit: Dimension | None
    sign: str = ""


def name_dimensions(model: PkModel) -> dict[str, Dimension]:
    """Return the dimension of every name that a formula of `model` can use.

    Raises `UnitError` for a parameter with a unit that is not known.
    """
    per_time = parse_unit(f"1/{model.time_unit}")
    known: dict[str, Dimension] = {
        name: parse_unit(_COVARIATE_UNITS.get(name, "ratio")) for name in COVARIATES
    }
    known |= {entry.name: parse_unit(entry.unit) for entry in model.covariate}
    known |= {"ka_user": per_time, "f_user": NO_DIMENSION, DOSE_NAME: parse_unit("mg")}
    known |= {entry.name: parse_unit(entry.unit) for entry in model.derived}
    known |= {parameter.name: parse_unit(parameter.unit) for parameter in model.parameter}
    return known


def formulas(model: PkModel) -> Iterator[Use]:
    """Yield every formula of a model."""
    typical = frozenset(model.known_covariates) | frozenset(p.name for p in model.parameter)
    full = typical | frozenset(entry.name for entry in model.derived)
    yield from _person(model, typical)
    yield from _graph(model, full)
    yield from _routes(model, full)
    for i, check in enumerate(model.check):
        if check.expression is not None:
            yield Use(
                ("check", i, "expression"),
                parse_expression(check.expression),
                full | ({DOSE_NAME} if check.dose is not None else set[str]()),
                parse_unit(check.unit),
            )


def _person(model: PkModel, typical: frozenset[str]) -> Iterator[Use]:
    """Formulas that turn typical values into those of a person."""
    units = {parameter.name: parameter.unit for parameter in model.parameter}

    def unit_of(parameter: str) -> Dimension | None:
        return parse_unit(units[parameter]) if parameter in units else None

    for i, rule in enumerate(model.individual):
        path, unit = ("individual", i), unit_of(rule.parameter)
        yield Use((*path, "expression"), parse_expression(rule.expression), typical, unit)
        if rule.after is not None:
            yield Use((*path, "after"), parse_expression(rule.after), typical, unit)
    for i, moiety in enumerate(model.moiety):
        for j, change in enumerate(moiety.adjust):
            path = ("moiety", i, "adjust", j, "expression")
            yield Use(path, parse_expression(change.expression), typical, unit_of(change.parameter))
    for i, entry in enumerate(model.derived):
        earlier = typical | frozenset(other.name for other in model.derived[:i])
        yield Use(
            ("derived", i, "expression"),
            parse_expression(entry.expression),
            earlier,
            parse_unit(entry.unit),
        )


def _graph(model: PkModel, full: frozenset[str]) -> Iterator[Use]:
    """Compartments, flows, and the volumes and molar masses of the analytes."""
    for i, compartment in enumerate(model.compartment):
        for key, text, unit, sign in _of_compartment(compartment, model.time_unit):
            yield Use(("compartment", i, key), parse_expression(text), full, unit, sign)
    for i, flow in enumerate(model.flow):
        for key, text, unit, sign in _of_flow(flow, model.time_unit):
            names = full | {"ka_user"} if key == "rate" else full
            yield Use(("flow", i, key), parse_expression(text), names, unit, sign)
    for i, analyte in enumerate(model.analyte):
        litres = NO_DIMENSION if analyte.unit == "mg" else parse_unit("L")
        volume = parse_expression(analyte.volume)
        yield Use(("analyte", i, "volume"), volume, full, litres, "positive")
        if analyte.molar_mass is not None:
            mass = parse_expression(analyte.molar_mass)
            yield Use(("analyte", i, "molar_mass"), mass, full, parse_unit("g/mol"), "positive")


Place = tuple[str, str, Dimension, str]


def _of_compartment(compartment: Compartment, time_unit: str) -> Iterator[Place]:
    """Key, formula, unit and sign of what a dose into a compartment goes by."""
    time = parse_unit(time_unit)
    yield "bioavailability", compartment.bioavailability, NO_DIMENSION, "not negative"
    yield "lag", compartment.lag, time, "not negative"
    if compartment.infusion_rate is not None:
        unit = parse_unit(f"mg/{time_unit}")
        yield "infusion_rate", compartment.infusion_rate, unit, "positive"
    if compartment.infusion_duration is not None:
        yield "infusion_duration", compartment.infusion_duration, time, "positive"


def _of_flow(flow: Flow, time_unit: str) -> Iterator[Place]:
    """Key, formula, unit and sign of what moves along a flow."""
    if flow.vmax is None or flow.km is None or flow.volume is None:
        yield "rate", flow.rate, parse_unit(f"1/{time_unit}"), "not negative"
    else:
        yield "vmax", flow.vmax, parse_unit(f"mg/{time_unit}"), "not negative"
        yield "km", flow.km, parse_unit("mg/L"), "positive"
        yield "volume", flow.volume, parse_unit("L"), "positive"
    yield "arrives", flow.arrives, NO_DIMENSION, "not negative"


def _routes(model: PkModel, full: frozenset[str]) -> Iterator[Use]:
    """Fractions, lags and durations of the inputs."""
    time = parse_unit(model.time_unit)
    for i, route in enumerate(model.route):
        names = full | {DOSE_NAME} | ({"f_user"} if route.name == "depot" else set[str]())
        for j, entry in enumerate(route.inputs):
            path = ("route", i, "inputs", j)
            fraction, lag = parse_expression(entry.fraction), parse_expression(entry.lag)
            yield Use((*path, "fraction"), fraction, names, NO_DIMENSION, "not negative")
            yield Use((*path, "lag"), lag, names, time, "not negative")
            if entry.duration is not None:
                duration = parse_expression(entry.duration)
                yield Use((*path, "duration"), duration, names, time, "positive")
