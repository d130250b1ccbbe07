"""What blood samples say of the virtual people: how much each counts.

A sample is compared with what the model that drives the effects has in each lane at that time,
with the residual error of that model's source.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from sordino.course import Course
from sordino.following.ahead import Standing
from sordino.library.graph import Analyte
from sordino.library.residuals import additive_scale
from sordino.pk.system import evaluate
from sordino.record import Sample
from sordino.simulation.models import dose_groups

Numbers = NDArray[np.float64]

MIXED_H = 1.0
"""So long after a session blood from a vein is taken to be like that from an artery (assumed)."""
RELATIVE_ERROR = 0.2
"""Where a source prints no residual error (assumed)."""


@dataclass(frozen=True)
class Samples:
    """Samples that are used: hours from the first session, and what was said of the others."""

    used: tuple[Sample, ...]
    time_h: Numbers
    notes: tuple[str, ...]


def usable(now: Standing) -> Samples:
    """The samples that the model can be compared with."""
    used: list[Sample] = []
    times: list[float] = []
    notes: list[str] = []
    analytes: set[str] = set()
    if now.given is not None:
        groups = dose_groups(now.given)
        analytes = set.intersection(*({a.name for a in g.model.analyte} for g in groups))
    ends = [now.hours(s.end) for s in now.record.given]
    for sample in now.record.samples:
        hours = now.hours(sample.time)
        before = [end for end in ends if end <= hours]
        running = any(
            now.hours(s.start) <= hours < now.hours(s.end) + MIXED_H for s in now.record.given
        )
        label = f"the {sample.analyte} sample of {sample.time:%Y-%m-%d %H:%M} is not used"
        if sample.analyte not in analytes:
            notes.append(f"{label}: no model of these sessions has {sample.analyte}")
        elif not before and not running:
            notes.append(f"{label}: it was taken before the first session")
        elif running and sample.site != "arterial":
            notes.append(
                f"{label}: until {MIXED_H:g} h after a session blood from a vein differs from "
                "the arterial level of the model"
            )
        else:
            used.append(sample)
            times.append(hours)
    return Samples(tuple(used), np.array(times), tuple(notes))


def weights(samples: Samples, given: Course, found: dict[str, Numbers]) -> Numbers:
    """How much each lane counts by the samples, on the log scale.

    `found`: concentrations (sample, lanes), ng/mL, by the names of the result.
    """
    model = dose_groups(given)[0].model
    names = {p.name: p.value for p in model.parameter}
    total = np.zeros(next(iter(found.values())).shape[1])
    for k, sample in enumerate(samples.used):
        predicted = found[f"conc_{sample.analyte}"][k]
        total += _log_density(sample, predicted, model.analytes[sample.analyte], names)
    return total


def _log_density(
    sample: Sample, predicted: Numbers, analyte: Analyte, names: dict[str, float]
) -> Numbers:
    relative, absolute, on_log = _errors(analyte, names)
    if on_log:
        apart = np.log(sample.value) - np.log(np.maximum(predicted, 1e-12))
        return log_ndtr(apart / on_log) if sample.below else -0.5 * (apart / on_log) ** 2
    sd = np.maximum(np.hypot(relative * predicted, absolute), 1e-9)
    apart = (sample.value - predicted) / sd
    return log_ndtr(apart) if sample.below else -0.5 * apart**2 - np.log(sd)


def _errors(analyte: Analyte, names: dict[str, float]) -> tuple[float, float, float]:
    """Relative, absolute (ng/mL) and log standard deviations of the residual error."""
    residual = analyte.residual
    if residual is None:
        return RELATIVE_ERROR, 0.0, 0.0
    scale = additive_scale(analyte)
    mass = 1.0 if scale.molar_mass is None else float(evaluate(scale.molar_mass, names, np))
    own = residual.additive_sd * scale.factor * mass
    return residual.proportional_sd, own, residual.log_sd
