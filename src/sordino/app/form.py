"""What the form of the page offers: drugs, routes, units, and the range that each field takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sordino.app.asked import MOST_DRAWS, MOST_PATIENTS
from sordino.app.editing import Edited, edited
from sordino.course.checks import MAX_DOSE_MG, MAX_DOSE_MG_PER_KG, MAX_DURATION_H
from sordino.course.describe import ROUTE_NAMES
from sordino.course.model import MAX_OBSERVED_DAYS
from sordino.course.names import DEPOT_ROUTES, DRUGS, INFUSED_ROUTES, ROUTES
from sordino.library.protocols import load_protocol, protocol_names
from sordino.patient.model import AGE_YEARS, HEIGHT_CM, WEIGHT_KG


@dataclass(frozen=True)
class Field:
    """What a field takes: `low` to `high` by its box, up to `slider` by its slider.

    `whole`: whole numbers alone.
    """

    low: float
    high: float
    slider: float
    step: float
    whole: bool = False


@dataclass(frozen=True)
class Route:
    """A way to give the drug; `infused`: over a time, `depot`: absorption must be stated."""

    id: str
    words: str
    infused: bool
    depot: bool


@dataclass(frozen=True)
class Protocol:
    """A published regimen to start from."""

    id: str
    title: str
    source: str
    course: Edited


@dataclass(frozen=True)
class Form:
    """All of it. Fields by name: doses by their unit, durations in minutes, times in days."""

    drugs: tuple[str, ...]
    routes: tuple[Route, ...]
    fields: dict[str, Field]
    protocols: tuple[Protocol, ...]


@cache
def form() -> Form:
    """What the page offers; the ranges are those that a course document takes.

    How far sliders go is a matter of handling: twice to four times the published regimens.
    """
    return Form(
        drugs=DRUGS,
        routes=tuple(
            Route(name, ROUTE_NAMES[name], name in INFUSED_ROUTES, name in DEPOT_ROUTES)
            for name in ROUTES
        ),
        fields={
            "age": Field(*AGE_YEARS, AGE_YEARS[1], 1),
            "weight": Field(*WEIGHT_KG, 160, 1),
            "height": Field(*HEIGHT_CM, 210, 1),
            "pain": Field(0, 10, 10, 0.5),
            "mg/kg": Field(0, MAX_DOSE_MG_PER_KG, 2, 0.05),
            "mg": Field(0, MAX_DOSE_MG, 200, 1),
            "duration": Field(0, MAX_DURATION_H * 60, 240, 5),
            "until": Field(1, MAX_OBSERVED_DAYS, 180, 1),
            "absorption": Field(0, 600, 120, 1),
            "available": Field(0, 100, 100, 1),
            "patients": Field(1, MOST_PATIENTS, MOST_PATIENTS, 1, whole=True),
            "draws": Field(1, MOST_DRAWS, 100, 1, whole=True),
            "seed": Field(0, 2**31 - 1, 100, 1, whole=True),
            "day": Field(0, MAX_OBSERVED_DAYS, 90, 1),
        },
        protocols=tuple(_protocol(name) for name in protocol_names()),
    )


def _protocol(name: str) -> Protocol:
    course = load_protocol(name)
    return Protocol(name, course.title, course.source or "", edited(course))
