"""Which names each formula of a model may use, and what dimension its value must have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sordino.library.dimensions import NO_DIMENSION, Dimension, parse_unit
from sordino.library.expressions import Expression, parse_expression
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
        name: parse_unit(_COVARIATE_UNITS.get(name, "")) for name in COVARIATES
    }
    known |= {"ka_user": per_time, "f_user": NO_DIMENSION, DOSE_NAME: parse_unit("mg")}
    known |= {entry.name: parse_unit(entry.unit) for entry in model.derived}
    known |= {parameter.name: parse_unit(parameter.unit) for parameter in model.parameter}
    return known


def formulas(model: PkModel) -> Iterator[Use]:
    """Yield every formula of a model."""
    typical = frozenset(COVARIATES) | frozenset(p.name for p in model.parameter)
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
    """Rates of the flows, and the volumes and molar masses of the analytes."""
    per_time = parse_unit(f"1/{model.time_unit}")
    for i, flow in enumerate(model.flow):
        rate, arrives = parse_expression(flow.rate), parse_expression(flow.arrives)
        yield Use(("flow", i, "rate"), rate, full | {"ka_user"}, per_time, "not negative")
        yield Use(("flow", i, "arrives"), arrives, full, NO_DIMENSION, "not negative")
    for i, analyte in enumerate(model.analyte):
        volume, mass = parse_expression(analyte.volume), parse_expression(analyte.molar_mass)
        yield Use(("analyte", i, "volume"), volume, full, parse_unit("L"), "positive")
        yield Use(("analyte", i, "molar_mass"), mass, full, parse_unit("g/mol"), "positive")


def _routes(model: PkModel, full: frozenset[str]) -> Iterator[Use]:
    """Fractions and durations of the inputs."""
    time = parse_unit(model.time_unit)
    for i, route in enumerate(model.route):
        names = full | {DOSE_NAME} | ({"f_user"} if route.name == "depot" else set[str]())
        for j, entry in enumerate(route.inputs):
            path = ("route", i, "inputs", j)
            fraction = parse_expression(entry.fraction)
            yield Use((*path, "fraction"), fraction, names, NO_DIMENSION, "not negative")
            if entry.duration is not None:
                duration = parse_expression(entry.duration)
                yield Use((*path, "duration"), duration, names, time, "positive")
