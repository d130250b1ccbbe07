"""What makes people differ in a model file: covariates, spread, and the other enantiomer."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sordino.library.parts import Finite, Formula, Identifier, Origin, Part


class Covariate(Part):
    """A covariate of the model's own, with the value of the typical person.

    A covariate that every model knows (`sordino.library.checks.COVARIATES`) may be named
    too, to give it another typical value.
    """

    name: Identifier
    unit: str = ""
    typical: Finite
    note: str = ""


class Covariance(Part):
    """Covariance of the between-patient etas of two parameters, on the eta scale."""

    a: Identifier
    b: Identifier
    value: Finite
    source: str = ""
    place: str = ""


class Share(Part):
    """`parameter` is one estimate with `of`: it takes that eta, and that parameter draw."""

    parameter: Identifier
    of: Identifier
    source: str = ""
    place: str = ""


class Individual(Part):
    """How covariates change a parameter.

    Individual value = expression * exp(etas); for a parameter whose spread is on the
    logit scale, ilogit(logit(expression) + etas). `after` is applied to that value, and
    there the name of the parameter stands for it.
    """

    parameter: Identifier
    expression: Formula
    origin: Origin = "assumed"
    source: str = ""
    after: Formula | None = None
    note: str = ""


class Derived(Part):
    """A quantity computed from individual parameters, covariates and earlier ones."""

    name: Identifier
    expression: Formula
    unit: str = ""
    note: str = ""


class Adjustment(Part):
    """A parameter that differs in the other enantiomer; applied to the individual value."""

    parameter: Identifier
    expression: Formula


class Moiety(Part):
    """The other enantiomer, described by what differs from the measured one."""

    name: Identifier
    adjust: Annotated[tuple[Adjustment, ...], Field(min_length=1)]
    origin: Origin = "assumed"
    source: str = ""
    note: str = ""
