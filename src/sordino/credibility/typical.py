"""One typical patient through one drug model, as checks need it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import jax.numpy as jnp
import numpy as np

from sordino.course import Administration
from sordino.library.schema import PkModel
from sordino.pk.run import PkRun, Reads
from sordino.pk.system import EffectSite, system_for

PERSON: Mapping[str, float] = {
    "age": 40.0,
    "height": 170.0,
    "female": 1.0,
    "asian": 0.0,
    "japanese": 0.0,
}
"""The covariates of a check that names no others."""


class TypicalRun:
    """One typical patient; called with a moiety it gives concentrations by name, (time,)."""

    def __init__(self, run: PkRun, numbers: Mapping[str, float]) -> None:
        self._run = run
        self._one = {k: jnp.full(1, v) for k, v in numbers.items()}

    def __call__(self, moiety: str) -> dict[str, np.ndarray]:
        parameters = {k: self._one[k] for k in self._run.system.model.parameters}
        covariates = {k: v for k, v in self._one.items() if k not in parameters}
        read = self._run(parameters, {}, covariates, moiety)[0]
        return {k: np.asarray(v)[:, 0] for k, v in read.items()}


def typical_run(
    model: PkModel,
    doses: tuple[Administration, ...],
    times_h: Sequence[float] | np.ndarray,
    person: Mapping[str, float],
    sites: tuple[EffectSite, ...] = (),
    **half_times_h: float,
) -> TypicalRun:
    """Prepare a model for doses, output times (h), a person and effect sites."""
    routes = tuple(sorted({d.route for d in doses}))
    values = {n: p.value for n, p in model.parameters.items()}
    numbers = {**values, **PERSON, **person, **half_times_h}
    system = system_for(model, routes, [a.name for a in model.analyte], sites)
    run = PkRun(
        system=system,
        doses=doses,
        reads=(Reads(system.outputs, np.asarray(times_h)),),
        varying=frozenset(),
        occasion_h=(),
        typical=numbers,
        dtype=jnp.dtype("float64"),
    )
    return TypicalRun(run, numbers)


def dose_of(route: str, start_h: float, duration_h: float, dose_mg: float) -> Administration:
    """One dose of S-ketamine."""
    return Administration(0, 0, "esketamine", route, start_h, duration_h, dose_mg, 0.0, None, None)
