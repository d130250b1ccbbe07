"""The reference job with a dosing history for each individual, as records of a data set.

Everybody has six infusions and is seen at as many times as in the reference job, but at times of
their own, which nobody else shares. The eight linear states are asked for; S is not linear.
"""

from __future__ import annotations

import json
import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from job import DATA, Job, Patients

import sordino
from sordino.events import EventTable, read_table
from sordino.library.schema import PkModel
from sordino.pk.histories import concentrations, predict_amounts

SHOWN = ("ketamine", "norketamine", "effect_site")
"""The analytes that stand for C, NK and Ce."""

SHIFT_H, JITTER_H = 12.0, 2.0 / 60.0
"""How late a session may begin, and how far an output may be from the five-minute grid."""

LONGER = (0.75, 1.5)
"""An infusion runs for so many times as long as in the reference job."""


@dataclass(frozen=True, eq=False)
class Histories:
    """Who gets and is asked what; hours from midnight of the first day, (individual, ...)."""

    patients: Patients
    start_h: np.ndarray
    end_h: np.ndarray
    dose_mg: np.ndarray
    times_h: np.ndarray

    @property
    def count(self) -> int:
        return len(self.start_h)

    @property
    def records(self) -> int:
        """Records of one individual."""
        return self.start_h.shape[1] + self.times_h.shape[1]

    def part(self, chosen: slice) -> Histories:
        """Some of the individuals."""
        return Histories(
            {name: values[chosen] for name, values in self.patients.items()},
            *(a[chosen] for a in (self.start_h, self.end_h, self.dose_mg, self.times_h)),
        )


def histories(job: Job, count: int, seed: int = 3) -> Histories:
    """Individuals as in the reference job, with six doses and 523 outputs at their own times."""
    people = job.population(count, seed)
    rng = np.random.default_rng([seed, 1])
    sessions = len(job.session_h)
    start = np.array(job.session_h) + rng.uniform(0.0, SHIFT_H, (count, sessions))
    end = start + job.infusion_h * rng.uniform(*LONGER, (count, sessions))
    dose = job.dose_mg_per_kg * people["weight"][:, None] * np.ones(sessions)
    grid = np.arange(73) / 12.0 + JITTER_H
    near = start[:, :, None] + grid + rng.uniform(-JITTER_H, JITTER_H, (count, sessions, 73))
    near = near.reshape(count, -1)
    last = job.times_h[-1]
    rest = rng.uniform(0.0, last, (count, len(job.times_h) - near.shape[1]))
    times = np.sort(np.concatenate([near, rest], axis=1), axis=1)
    return Histories(people, start, end, dose, times)


def frame(own: Histories) -> pd.DataFrame:
    """The records as a NONMEM-style data set: infusions by RATE, outputs by EVID 0."""
    sessions, outputs = own.start_h.shape[1], own.times_h.shape[1]
    rate = own.dose_mg / (own.end_h - own.start_h)
    columns = {
        "TIME": (own.start_h, own.times_h),
        "AMT": (own.dose_mg, np.zeros((own.count, outputs))),
        "RATE": (rate, np.zeros((own.count, outputs))),
        "EVID": (np.ones((own.count, sessions), int), np.zeros((own.count, outputs), int)),
    }
    order = np.argsort(np.concatenate(columns["TIME"], axis=1), axis=1, kind="stable")
    sorted_columns = {
        name: np.take_along_axis(np.concatenate(parts, axis=1), order, axis=1).ravel()
        for name, parts in columns.items()
    }
    found = pd.DataFrame({"ID": np.repeat(np.arange(1, own.count + 1), own.records)})
    return found.assign(**sorted_columns, CMT=1)


def eta_frame(own: Histories, typical: dict[str, float]) -> pd.DataFrame:
    """How the individuals deviate, one row for each."""
    etas = {f"ETA_{name}": np.log(own.patients[name] / value) for name, value in typical.items()}
    return pd.DataFrame({"ID": np.arange(1, own.count + 1), **etas})


def site_model(job: Job) -> PkModel:
    """The linear part of the reference job with its effect site as a compartment.

    The site has the volume V1 and gains KE0 A1 mg/h from the fifth of elimination that does not
    become the metabolite, so that the blood loses nothing to it.
    """
    text = (DATA / "reference_model.toml").read_text(encoding="utf-8")
    table: dict[str, Any] = tomllib.loads(text)
    table["id"] = "reference_job_site"
    common = {"unit": "1/h", "origin": "assumed", "source": "job", "place": "typical.KE0"}
    spread = {"value": job.table["sd_log"]["KE0"], "kind": "sd_log"}
    table["parameter"].append(
        {"name": "KE0", "value": job.typical["KE0"], "iiv": spread, **common},
    )
    table["compartment"].append({"name": "site"})
    (formed,) = (f for f in table["flow"] if f.get("to") == "T1")
    formed |= {"rate": "formed * CL / V1", "arrives": "1"}
    lost = "(1 - formed) * CL / V1"
    table["flow"] += [
        {"from": "A1", "to": "site", "rate": lost, "arrives": f"KE0 / ({lost})"},
        {"from": "site", "rate": "KE0"},
    ]
    table["analyte"].append(
        {"name": SHOWN[2], "compartment": "site", "volume": "V1", "molar_mass": "mass"}
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        path.write_text(json.dumps(table), encoding="utf-8")
        return sordino.load_model(path)


class SordinoHistories:
    """Individuals with records of their own, ready to be predicted."""

    def __init__(self, job: Job, own: Histories) -> None:
        self.model = site_model(job)
        self.own = own
        self.records = frame(own)
        self.etas = eta_frame(own, job.typical)

    @cached_property
    def table(self) -> EventTable:
        return read_table(self.records, self.model)

    @cached_property
    def _typical(self) -> dict[str, float]:
        return {name: p.value for name, p in self.model.parameters.items()}

    @cached_property
    def _etas(self) -> dict[str, np.ndarray]:
        columns = self.etas.columns[1:]
        return {str(name)[4:]: self.etas[name].to_numpy() for name in columns}

    def engine(self) -> dict[str, np.ndarray]:
        """Arrays to arrays: every analyte at every record."""
        amounts = predict_amounts(self.model, self.table, self._typical, self._etas)
        return concentrations(self.model, amounts)

    def public(self) -> pd.DataFrame:
        """Frame to frame, records read and checked: `sordino.predict`."""
        return sordino.predict(self.model, self.records, etas=self.etas)

    def outputs(self, run: Callable[[], Any]) -> np.ndarray:
        """C, NK and Ce of a run at the output times: (analyte, individual, time)."""
        found = run()
        seen = self.records["EVID"].to_numpy() == 0
        shape = (self.own.count, -1)
        return np.stack([np.asarray(found[name])[seen].reshape(shape) for name in SHOWN])
