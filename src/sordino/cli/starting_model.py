"""A commented model file to start from, for any ready structure."""

from __future__ import annotations

import re

from sordino.library.structures import Structure, ready_structure

EXAMPLES = {
    "CL": 5.0,
    "VSS": 120.0,
    "KA": 1.0,
    "K": 0.1,
    "ALPHA": 1.5,
    "BETA": 0.15,
    "GAMMA": 0.02,
    "K21": 0.5,
    "K32": 0.5,
    "K31": 0.05,
    "K42": 0.05,
    "AOB": 2.0,
    "FM": 0.5,
}
"""Values to begin with; those of a structure fit together."""

BY_UNIT = {"L/h": 3.0, "L": 50.0, "1/h": 0.2}

TEXT = """\
# {title}. Every number here is an example: put in your own.
# What may stand in this file: docs/model-file.md. Check it: sordino models lint {name}.toml

schema = 1
id = "{name}"
title = "{title}"
structure = "{structure}"  # compartments: {compartments}
time_unit = "h"  # h | min, for every rate and duration of this file

# iiv: spread between patients. variance (NONMEM's OMEGA) | sd_log | cv_percent | sd_logit
{parameters}
# Also, for doses into a compartment: bioavailability F1, lag ALAG1, and the rate R1 or the
# duration D1 of an infusion with RATE -1 or -2. The number is that of the compartment.
# [[parameter]]
# name = "ALAG1"
# value = 0.25
# unit = "h"

{covariance}# Covariates are columns of the data set:
# [[individual]]
# parameter = "{first}"
# expression = "{first} * (weight / 70) ** 0.75"

# Residual error. proportional | additive | combined | log_additive
[[analyte]]
name = "central"
residual = {{ kind = "proportional", scale = "sd", proportional = 0.15 }}
"""


COVARIANCE = """\
# The covariance of two etas:
# [[covariance]]
# a = "{}"
# b = "{}"
# value = 0.02

"""


def starting_model(structure: str, name: str) -> str:
    """The text of a model file with an example for every number.

    `name` becomes its id. Raises UnknownName for a structure that is not there.
    """
    ready = ready_structure(structure)
    names = list(ready.parameters)
    identifier = re.sub(r"[^a-z0-9_]", "_", name.lower())
    spread = _spread(ready)
    return TEXT.format(
        title=ready.title[:1].upper() + ready.title[1:],
        name=identifier if identifier[:1].isalpha() else f"model_{identifier}",
        structure=structure,
        compartments=", ".join(f"{n} {c}" for n, c in enumerate(ready.compartments, start=1)),
        parameters="\n".join(_parameter(ready, parameter) for parameter in names),
        covariance=COVARIANCE.format(*spread) if len(spread) > 1 else "",
        first=names[0],
    )


def _parameter(structure: Structure, name: str) -> str:
    unit = structure.units("h")[name]
    value = EXAMPLES.get(name, BY_UNIT.get(unit, 1.0))
    lines = [
        "[[parameter]]",
        f'name = "{name}"',
        f"value = {value}",
        f'unit = "{unit}"',
    ]
    if name in _spread(structure):
        lines.append('iiv = { value = 0.09, kind = "variance" }')
    return "\n".join(lines) + "\n"


def _spread(structure: Structure) -> list[str]:
    """Parameters that differ between patients: the first one, and the central volume."""
    volume = structure.disposition.volume
    return [next(iter(structure.parameters)), *([volume] if volume else [])]
