"""Regimens whose concentrations are known in closed form: the usual models and inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

import closed_forms as cf
from scenarios import Model, Scenario, records_of

ONE = {"CL": "1.1", "V": "20"}
TWO_IV = {"CL": "5", "V1": "50", "Q": "3", "V2": "80"}
TWO = {"CL": "5", "V2": "50", "Q": "3", "V3": "80", "KA": "1.3"}
THREE_IV = {"CL": "5", "V1": "50", "Q2": "3", "V2": "80", "Q3": "1", "V3": "120"}
THREE = {"CL": "5", "V2": "50", "Q3": "3", "V3": "80", "Q4": "1", "V4": "120", "KA": "1"}
MODELS = {
    "one compartment, IV": Model("advan1_trans2", ONE),
    "one compartment, oral": Model("advan2_trans2", ONE | {"KA": "1.5"}),
    "one compartment, oral, ka = k": Model("advan2_trans2", {"CL": "2", "V": "16", "KA": "0.125"}),
    "one compartment, oral, ka near k": Model(
        "advan2_trans2", {"CL": "2", "V": "16", "KA": "0.12500001"}
    ),
    "one compartment, half-life of 14 days": Model(
        "advan2_trans2", {"CL": "0.1", "V": "50", "KA": "1"}
    ),
    "two compartments, IV": Model("advan3_trans4", TWO_IV),
    "two compartments, oral": Model("advan4_trans4", TWO),
    "three compartments, IV": Model("advan11_trans4", THREE_IV),
    "three compartments, oral": Model("advan12_trans4", THREE),
}
NO = Decimal(0)
MODELLED = {"D": "2.9", "R": "41"}
FRACTIONS = {1: "0.63", 2: "0.85", 3: "0.4", 4: "1.2"}
LAGS = {1: "1.7", 2: "0.9", 3: "2.3", 4: "0.4"}

Dose = dict[str, object]
REGIMENS: dict[str, list[Dose]] = {
    "one bolus": [{"AMT": 100}],
    "bolus every 12 h, six times": [{"AMT": 100, "II": 12, "ADDL": 5}],
    "steady state, bolus every 12 h": [{"AMT": 100, "II": 12, "SS": 1}],
    "steady state, bolus every 12 h, then six more": [{"AMT": 100, "II": 12, "SS": 1, "ADDL": 6}],
    "steady state, bolus every 0.5 h": [{"AMT": 5, "II": "0.5", "SS": 1}],
    "one infusion over 4 h": [{"AMT": 100, "RATE": 25}],
    "infusion over 4 h every 24 h, four times": [{"AMT": 100, "RATE": 25, "II": 24, "ADDL": 3}],
    "infusions over 30 h every 12 h, five times": [{"AMT": 120, "RATE": 4, "II": 12, "ADDL": 4}],
    "steady state, infusion over 4 h every 24 h": [{"AMT": 100, "RATE": 25, "II": 24, "SS": 1}],
    "steady state, infusion over 24 h every 24 h": [{"AMT": 96, "RATE": 4, "II": 24, "SS": 1}],
    "steady state, infusion over 30 h every 12 h, then three more": [
        {"AMT": 120, "RATE": 4, "II": 12, "SS": 1, "ADDL": 3}
    ],
    "steady state, infusion over 36 h every 12 h": [{"AMT": 144, "RATE": 4, "II": 12, "SS": 1}],
    "steady state, infusion without end": [{"RATE": 10, "SS": 1}],
    "steady state 1 and 2, bolus and infusion": [
        {"AMT": 100, "II": 24, "SS": 1},
        {"TIME": 8, "AMT": 50, "RATE": 10, "II": 24, "SS": 2},
        {"TIME": 10, "AMT": 40, "II": 12, "SS": 2, "ADDL": 2},
    ],
    "steady state after other doses": [
        {"AMT": 100, "RATE": 5, "II": 6, "ADDL": 8},
        {"TIME": 9, "AMT": 30, "II": 8, "SS": 1},
    ],
    "reset during an infusion, then a dose": [
        {"AMT": 100, "RATE": 5, "II": 6, "ADDL": 8},
        {"TIME": 9, "EVID": 3},
        {"TIME": 11, "EVID": 4, "AMT": 70},
    ],
    "modelled duration": [{"AMT": 100, "RATE": -2, "II": 12, "ADDL": 2}],
    "modelled rate": [{"AMT": 100, "RATE": -1, "II": 12, "ADDL": 2}],
    "steady state, modelled duration": [{"AMT": 100, "RATE": -2, "II": 12, "SS": 1}],
    "steady state, modelled rate, longer than the interval": [
        {"AMT": 100, "RATE": -1, "II": "1.75", "SS": 1}
    ],
}
TIMES = ("0", "0.25", "1", "1.7", "2.5", "4", "6", "8.3", "11.99", "12", "13.5", "24", "37.1", "96")
CLOSED = 1e-9
"""Relative tolerance of the closed forms; both sides are exact but for rounding."""


@dataclass(frozen=True)
class Variant:
    """The same parameters for every regimen and compartment of a model: plain or adjusted."""

    title: str
    model: Model
    lags: Mapping[int, Decimal]


def variants(title: str, model: Model) -> tuple[Variant, Variant]:
    """A model with modelled rates and durations, and with bioavailability and lags too."""
    known = model.mammillary({})
    numbers = range(1, known.central + len(known.inward) + 1)
    plain = {f"{k}{n}": v for n in numbers for k, v in MODELLED.items()}
    adjusted = plain | {f"F{n}": FRACTIONS[n] for n in numbers}
    adjusted |= {f"ALAG{n}": LAGS[n] for n in numbers}
    return (
        Variant(
            title, replace(model, values={**model.values, **plain}), dict.fromkeys(numbers, NO)
        ),
        Variant(
            f"{title}, with F and lag",
            replace(model, values={**model.values, **adjusted}),
            {n: Decimal(LAGS[n]) for n in numbers},
        ),
    )


VARIANTS = {v.title: v for title, model in MODELS.items() for v in variants(title, model)}


def _allowed(doses: Sequence[Dose], lag: Decimal) -> bool:
    """A steady state needs a lag shorter than the interval."""
    return not any(dose.get("SS") and 0 < Decimal(str(dose.get("II", 0))) <= lag for dose in doses)


@cache
def scenarios_of(title: str) -> tuple[Scenario, ...]:
    """Every regimen into every compartment of a variant; the closed forms say what is expected."""
    variant = VARIANTS[title]
    known = variant.model.mammillary({})
    found: list[Scenario] = []
    for compartment, lag in variant.lags.items():
        for regimen, doses in REGIMENS.items():
            if not _allowed(doses, lag):
                continue
            given = [{"TIME": 0, "CMT": compartment, **dose} for dose in doses]
            records = records_of(given, TIMES, known.central)
            expected = [float(x) for x in cf.predicted(records, known, variant.model.dosing)]
            found.append(
                Scenario(
                    f"{title}; {regimen}; into compartment {compartment}",
                    variant.model,
                    records,
                    tuple(expected),
                    tuple(CLOSED * abs(x) for x in expected),
                )
            )
    return tuple(found)
