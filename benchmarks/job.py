"""The reference job: times, doses, virtual patients, reference values, and the error measure."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(__file__).parent / "data"
OUTPUTS = ("C", "NK", "Ce", "S", "pain")
FLOORS = {"C": 1e-2, "NK": 1e-2, "Ce": 1e-2, "S": 1e-6, "pain": 1e-2}
"""Below these a difference counts as absolute: ng/mL, ng/mL, ng/mL, none, points."""

B50_NG_ML = 50.0
BASE_PAIN = 7.0
EMAX_FAST, C50_FAST, EMAX_SLOW = 0.7, 100.0, 0.9
TICKS_PER_HOUR = 3_600_000_000

Patients = dict[str, np.ndarray]
"""Individual parameters and `weight` by name, one number for each patient."""


@dataclass(frozen=True)
class Job:
    """What is asked, as `reference_job.toml` states it; times in hours.

    `asked_h`: other output times than the table's, for measuring what they cost.
    """

    table: Mapping[str, Any]
    asked_h: tuple[float, ...] | None = None

    @cached_property
    def times_h(self) -> np.ndarray:
        """Output times: every 5 minutes for 6 h from each session, and every 24 h."""
        if self.asked_h is not None:
            return np.array(self.asked_h)
        minutes = {int(60 * start + 5 * k) for start in self.session_h for k in range(73)}
        minutes |= set(range(0, int(60 * self.table["time"]["end_h"]) + 1, 24 * 60))
        return np.array(sorted(minutes)) / 60.0

    @cached_property
    def session_h(self) -> tuple[float, ...]:
        return tuple(24.0 * day for day in self.table["time"]["sessions_day"])

    @property
    def infusion_h(self) -> float:
        return self.table["time"]["infusion_h"]

    @property
    def dose_mg_per_kg(self) -> float:
        return self.table["time"]["dose_mg_per_kg"]

    @cached_property
    def switch_h(self) -> np.ndarray:
        """Times at which an infusion starts or ends."""
        return np.array([t for s in self.session_h for t in (s, s + self.infusion_h)])

    @property
    def typical(self) -> dict[str, float]:
        return dict(self.table["typical"])

    @property
    def k_on(self) -> float:
        return self.table["system"]["kon_per_h"]

    @property
    def k_off(self) -> float:
        return self.table["system"]["koff_per_h"]

    def population(self, count: int, seed: int = 1) -> Patients:
        """Virtual patients: independent log-normal parameters and body weight."""
        rng = np.random.default_rng(seed)
        spread = self.table["sd_log"]
        found = {
            name: value * np.exp(spread[name] * rng.standard_normal(count))
            for name, value in self.typical.items()
        }
        weight = spread["weight"]
        found["weight"] = weight["median_kg"] * np.exp(
            weight["sd_log"] * rng.standard_normal(count)
        )
        return found


@dataclass(frozen=True)
class Reference:
    """Values that were computed elsewhere: `values[name]` is (patient, time)."""

    patients: Patients
    times_h: np.ndarray
    values: dict[str, np.ndarray]


def load_job() -> Job:
    """Read `data/reference_job.toml`."""
    return Job(tomllib.loads((DATA / "reference_job.toml").read_text(encoding="utf-8")))


def load_reference() -> Reference:
    """Read the five reference patients and their values."""
    people = _columns(DATA / "reference_patients.csv")
    rows = _columns(DATA / "reference_values.csv")
    count = len(people["patient"])
    shape = (count, -1)
    columns = {"C": "C_ng_ml", "NK": "NK_ng_ml", "Ce": "Ce_ng_ml", "S": "S", "pain": "pain"}
    patients = {k: v for k, v in people.items() if k not in ("patient", "weight_kg")}
    return Reference(
        patients={**patients, "weight": people["weight_kg"]},
        times_h=rows["time_h"].reshape(shape)[0],
        values={name: rows[column].reshape(shape) for name, column in columns.items()},
    )


def relative_errors(
    found: Mapping[str, np.ndarray], reference: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """Largest |x - ref| / max(ref, floor) of each output; arrays of one shape."""
    return {
        name: float(
            np.max(np.abs(found[name] - reference[name]) / np.maximum(reference[name], floor))
        )
        for name, floor in FLOORS.items()
        if name in found
    }


def reference_errors(job: Job, found: np.ndarray) -> dict[str, float]:
    """Errors of the five reference patients; `found` is (output, time, patient)."""
    reference = load_reference()
    at = np.array([int(np.argmin(np.abs(job.times_h - t))) for t in reference.times_h])
    if np.max(np.abs(job.times_h[at] - reference.times_h)) > 1e-6:
        raise ValueError("the reference values are not on the output times of the job")
    return relative_errors(
        {name: found[k][at].T for k, name in enumerate(OUTPUTS)}, reference.values
    )


def pain_of(site: np.ndarray, slow: np.ndarray) -> np.ndarray:
    """Pain of the reference job, for programs other than sordino."""
    return BASE_PAIN * (1.0 - EMAX_SLOW * slow) * (1.0 - EMAX_FAST * site / (site + C50_FAST))


def _columns(path: Path) -> dict[str, np.ndarray]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}
