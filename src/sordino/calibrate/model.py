"""The joint model: unknowns and shifts of studies to the numbers that studies printed.

All unknowns are standard normal numbers `z`, all shifts of studies standard normal numbers
`shift` in units of their spread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from jaxtyping import Array, Float

from sordino.calibrate.exposure import PATIENTS, Exposures, exposure_key, exposures, people
from sordino.calibrate.likelihood import Published, log_likelihood, published, simulated
from sordino.calibrate.pain import READOUTS, PainStudies
from sordino.calibrate.readouts import (
    Predicted,
    Values,
    predict_circulation,
    predict_dissociation,
    predict_fatigue,
    predict_mood,
)
from sordino.calibrate.rows import Row
from sordino.calibrate.unknowns import Block, unknowns, values

Data = Mapping[str, Published]

FAMILY = {
    "responders": "placebo",
    "pain": "placebo",
    "pain_area": "placebo",
    "sbp_change": "circulation",
    "dbp_change": "circulation",
    "heart_rate_change": "circulation",
    "madrs_change": "mood",
    "madrs_response": "mood",
}
"""What shifts from study to study, by readout; the spread of the shifts is `spread_NAME`."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Rows with the blood of their arms, ready to be predicted for any unknowns."""

    rows: tuple[Row, ...]
    blood: Exposures
    patients: int = PATIENTS

    @cached_property
    def shifts(self) -> tuple[tuple[str, str], ...]:
        """(what shifts, study) of each number of `shift`."""
        found = [(FAMILY[r.readout], r.study) for r in self.rows if r.readout in FAMILY]
        return tuple(dict.fromkeys(found))

    @cached_property
    def block(self) -> Block:
        """The block of all rows; a problem of several blocks is to be parted first."""
        found: list[Block] = list(dict.fromkeys(block_of(row) for row in self.rows))
        (block,) = found
        return block

    @cached_property
    def parts(self) -> tuple[Problem, ...]:
        """One problem for each block of the rows."""
        blocks = dict.fromkeys(block_of(row) for row in self.rows)
        return tuple(
            Problem(tuple(r for r in self.rows if block_of(r) == b), self.blood, self.patients)
            for b in blocks
        )

    @cached_property
    def data(self) -> Data:
        """What the studies printed, by row."""
        return {row.id: published(row) for row in self.rows}

    @cached_property
    def _pain(self) -> PainStudies:
        about = tuple(row for row in self.rows if row.readout in READOUTS)
        return PainStudies(about, self.blood, people(self.patients))

    def predict(
        self, z: Float[Array, " unknown"], shift: Float[Array, " shift"]
    ) -> dict[str, Predicted]:
        """What every row should show."""
        known = values(z)
        moved = {
            place: known[f"spread_{place[0]}"] * shift[k] for k, place in enumerate(self.shifts)
        }
        relief = {study: by for (family, study), by in moved.items() if family == "placebo"}
        found = self._pain.predict(known, relief) if self._pain.rows else {}
        for row in self.rows:
            if row.readout not in READOUTS:
                found[row.id] = self._other(row, known, moved)
        return found

    def log_likelihood(
        self, z: Float[Array, " unknown"], shift: Float[Array, " shift"], data: Data
    ) -> Float[Array, ""]:
        """Logarithm of the likelihood of all rows."""
        predicted = self.predict(z, shift)
        found = [log_likelihood(row, predicted[row.id], data[row.id]) for row in self.rows]
        return sum(found, start=jnp.zeros(()))

    def simulate(
        self, z: Float[Array, " unknown"], shift: Float[Array, " shift"], key: Array
    ) -> dict[str, Published]:
        """Numbers that the studies could have printed, by row."""
        predicted = self.predict(z, shift)
        keys = jax.random.split(key, len(self.rows))
        return {
            row.id: simulated(row, predicted[row.id], own)
            for row, own in zip(self.rows, keys, strict=True)
        }

    def _other(self, row: Row, known: Values, moved: Mapping[tuple[str, str], Array]) -> Predicted:
        blood = self.blood[exposure_key(row)]
        if row.readout == "cadss":
            return predict_dissociation(row, known, blood)
        if row.readout == "fatigue_change":
            return predict_fatigue(row, known, blood)
        by = moved[FAMILY[row.readout], row.study]
        predict = predict_mood if FAMILY[row.readout] == "mood" else predict_circulation
        return predict(row, known, blood, by)


def block_of(row: Row) -> Block:
    """The block of unknowns that a row is about."""
    if row.readout in ("madrs_change", "madrs_response"):
        return "mood"
    return "fatigue" if row.readout == "fatigue_change" else "drug"


def problem(rows: Sequence[Row], patients: int = PATIENTS) -> Problem:
    """Prepare rows: the blood of their arms is computed here."""
    return Problem(tuple(rows), exposures(rows, patients), patients)


CENTRED = ("circulation", "mood")
"""Families whose studies are large: what is sampled is the size of the effect in each study,
which its data fix, and not its distance from the mean of studies, which they do not."""


def numpyro_model(prepared: Problem, data: Data) -> None:
    """The model of one block of rows as NumPyro samples it."""
    own = np.array([k for k, u in enumerate(unknowns()) if u.block == prepared.block])
    z = jnp.zeros(len(unknowns())).at[own].set(_standard_normals("z", len(own)))
    known = values(z)
    shift = jnp.zeros(len(prepared.shifts))
    for k, (family, study) in enumerate(prepared.shifts):
        shift = shift.at[k].set(_shift(known, family, study))
    numpyro.deterministic("shift", shift)
    numpyro.factor("studies", prepared.log_likelihood(z, shift, data))


def _shift(known: Values, family: str, study: str) -> Array:
    name, spread = f"{family}_{study}", known[f"spread_{family}"]
    if family not in CENTRED:
        return jnp.asarray(numpyro.sample(name, dist.Normal(0.0, 1.0)))
    mean = known["mood_placebo"] if family == "mood" else jnp.log(known["sbp_rise"])
    return (jnp.asarray(numpyro.sample(name, dist.Normal(mean, spread))) - mean) / spread


def _standard_normals(name: str, count: int) -> Float[Array, " count"]:
    return jnp.asarray(numpyro.sample(name, dist.Normal(0.0, 1.0).expand([count]).to_event(1)))
