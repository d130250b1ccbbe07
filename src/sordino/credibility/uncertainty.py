"""Is what is not known drawn as it should be? The draws of every parameter, and the posterior."""

from __future__ import annotations

from collections.abc import Iterator

import jax.numpy as jnp
import numpy as np
from scipy.stats import kstwo, logistic, lognorm, loguniform, norm, uniform

from sordino.credibility.calibration import posterior_checks
from sordino.credibility.checks import Result, largest
from sordino.library import posterior
from sordino.library.parts import Parameter
from sordino.library.pd_schema import PdParameter, Prior, load_pd_model, pd_model_ids
from sordino.library.reader import load_pk_model, pk_model_ids
from sordino.population import draw_all_typical, draw_from_files

DRAWS = 4000
SEED = 1
CHANCE = 0.001
"""How often a right program would fail the check of all parameters of one file."""


def uncertainty() -> Iterator[Result]:
    """Draws against the files and against the calibration, then what the calibration stored."""
    yield from draw_checks()
    yield from drawn_from_posterior()
    yield from posterior_checks()


def draw_checks() -> Iterator[Result]:
    """The distribution of draws against the closed form, for every file with something to draw."""
    owners: dict[str, tuple[Parameter, ...]] = {
        i: load_pd_model(i).parameter for i in pd_model_ids()
    }
    owners |= {i: load_pk_model(i).parameter for i in pk_model_ids()}
    drawn = draw_from_files(owners, jnp.arange(DRAWS), SEED)
    for owner, parameters in owners.items():
        uncertain = [p for p in parameters if _has_range(p)]
        if uncertain:
            gaps = [_gap(p, np.asarray(drawn[owner][p.name])) for p in uncertain]
            limit = float(kstwo.ppf(1.0 - CHANCE / len(gaps), DRAWS))
            note = f"Kolmogorov-Smirnov distance of {DRAWS} draws, worst of {len(gaps)} parameters"
            name = "draws follow the range that the file gives"
            yield largest("uncertainty", "draws", owner, name, max(gaps), limit, note)


def drawn_from_posterior() -> Iterator[Result]:
    """Whether simulations take the rows of the calibration whole, each as often as the others."""
    found = posterior.draws()
    owners = {i: load_pd_model(i).parameter for i in found.by_effect}
    drawn = draw_all_typical(owners, jnp.arange(2 * found.count), SEED)
    for owner, own in found.by_effect.items():
        names = sorted(own)
        rows = np.stack([np.asarray(drawn[owner][name]) for name in names], axis=1)
        # Twice as many draws as rows: every row comes twice.
        told = np.repeat(np.stack([own[name] for name in names], axis=1), 2, axis=0)
        gap = np.abs(_in_order(rows) - _in_order(told)).max()
        note = f"largest difference of sorted rows, {len(names)} numbers, {found.count} draws"
        name = "draws are those of the calibration"
        yield largest("uncertainty", "draws", owner, name, float(gap), 0.0, note)


def _in_order(rows: np.ndarray) -> np.ndarray:
    return rows[np.lexsort(rows.T[::-1])]


def _has_range(parameter: Parameter) -> bool:
    prior = parameter.prior if isinstance(parameter, PdParameter) else None
    return prior is not None or parameter.standard_error is not None


def _gap(parameter: Parameter, values: np.ndarray) -> float:
    """The largest distance of the shares below a value, drawn and exact."""
    ordered = np.sort(values)
    exact = _share_below(parameter, ordered)
    steps = np.arange(len(ordered) + 1) / len(ordered)
    return float(max(np.max(steps[1:] - exact), np.max(exact - steps[:-1])))


def _share_below(parameter: Parameter, values: np.ndarray) -> np.ndarray:
    prior = parameter.prior if isinstance(parameter, PdParameter) else None
    if prior is not None:
        return _of_prior(prior, parameter.value, values)
    relative = (parameter.standard_error or 0.0) / abs(parameter.value)
    sd = float(np.sqrt(np.log1p(relative**2)))
    return lognorm.cdf(values, s=sd, scale=parameter.value)


def _of_prior(prior: Prior, value: float, at: np.ndarray) -> np.ndarray:
    sd, low, high = prior.sd or 0.0, prior.low or 0.0, prior.high or 0.0
    if prior.distribution == "normal":
        return norm.cdf(at, value, sd)
    if prior.distribution == "lognormal":
        return lognorm.cdf(at, s=sd, scale=value)
    if prior.distribution == "logit":
        return norm.cdf(logistic.ppf(at), logistic.ppf(value), sd)
    if prior.distribution == "uniform":
        return uniform.cdf(at, low, high - low)
    return loguniform.cdf(at, low, high)
