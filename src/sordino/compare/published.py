"""From published results to draws: differences of mean pain, of responders, and onset.

A standard error comes from what the source prints, in this order: interval, spreads and sizes of
both arms, exact p, an upper limit of p, the interval of the standardised difference.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr

from sordino.compare.profiles import MeanUse, Onset, Profile, ReliefUse
from sordino.errors import InputError
from sordino.library.evidence import Comparator, comparator
from sordino.library.evidence.comparators import Effect
from sordino.population import standard_normal

Z_95 = NormalDist().inv_cdf(0.975)
SCALE = 10.0
PLATEAU = 0.9
"""Assumed: a plateau is reached where nine tenths of the effect are there."""


def mean_difference(use: MeanUse) -> tuple[float, float, str]:
    """Drug minus control of mean pain on the 0 to 10 scale, its standard error, and its basis.

    Raises `InputError` for a row that prints no error of any kind.
    """
    row = comparator(use.row)
    found = [e for e in row.effect if _is_difference(e) and (not use.dose or e.dose == use.dose)]
    if not found or found[0].scale is None:
        raise InputError(f"{use.row} has no difference of mean pain")
    effect = found[0]
    low, high = found[0].scale
    per = SCALE / (high - low)
    for basis, error in _errors(row, effect):
        if error is not None:
            return per * effect.value, per * error, basis
    raise InputError(f"{use.row} prints nothing about the error of its difference")


def _is_difference(effect: Effect) -> bool:
    return (
        effect.outcome == "pain"
        and effect.arm == "difference"
        and effect.of in ("change", "end")
        and not effect.when.startswith("follow-up")
    )


def _errors(row: Comparator, effect: Effect) -> Sequence[tuple[str, float | None]]:
    standardised = [
        e for e in row.effect if e.of == "standardised" and e.when == effect.when and e.value
    ]
    return (
        ("published interval", _from_interval(effect)),
        ("derived from spread and size of the arms", _from_arms(row, effect)),
        ("derived from the printed p", _from_p(effect.value, effect.p)),
        ("derived from the limit of p, so rather too wide", _from_p(effect.value, effect.p_below)),
        (
            "derived from the interval of the standardised difference",
            next((_from_standardised(effect, s) for s in standardised), None),
        ),
    )


def _from_interval(effect: Effect) -> float | None:
    if effect.ci_low is None or effect.ci_high is None:
        return None
    return (effect.ci_high - effect.ci_low) / (2.0 * Z_95)


def _from_arms(row: Comparator, effect: Effect) -> float | None:
    total = 0.0
    for arm, n in (("drug", row.n_drug), ("placebo", row.n_placebo)):
        same = [e for e in row.effect if e.arm == arm and e.of == effect.of and e.sd is not None]
        if not same or n is None or same[0].scale != effect.scale:
            return None
        total += (same[0].sd or 0.0) ** 2 / n
    return math.sqrt(total)


def _from_p(value: float, p: float | None) -> float | None:
    return None if p is None else abs(value) / NormalDist().inv_cdf(1.0 - p / 2.0)


def _from_standardised(effect: Effect, standardised: Effect) -> float | None:
    error = _from_interval(standardised)
    return None if error is None else abs(effect.value / standardised.value) * error


def responder_excess(use: ReliefUse) -> tuple[float, float, float, str]:
    """Responders on the drug less those on placebo: placebo share, value, error, and basis.

    All in people of 100. The error is that of the value; where a relative risk with an interval
    is printed, `excess_draws` uses that instead.
    """
    row, relief = comparator(use.row), use.result
    drug, placebo = relief.drug_percent or 0.0, relief.placebo_percent or 0.0
    value = drug - placebo
    if relief.p is not None:
        error = _from_p(value, relief.p)
        return placebo, value, error or 0.0, "derived from the printed p"
    drug_n, placebo_n = relief.drug_n or row.n_drug, relief.placebo_n or row.n_placebo
    basis = "derived from the counts"
    if drug_n is None or placebo_n is None:
        drug_n = placebo_n = (row.n or 0) / 2.0
        basis = "derived from the shares; that half were on placebo is assumed"
    parts = [share * (100.0 - share) / n for share, n in ((drug, drug_n), (placebo, placebo_n))]
    return placebo, value, math.sqrt(sum(parts)), basis


def excess_basis(use: ReliefUse) -> str:
    """Where the error of a difference of responders is from."""
    rr = use.result.rr
    if rr is not None and rr.ci_low is not None:
        return "published interval of the relative risk"
    return responder_excess(use)[3]


def excess_draws(use: ReliefUse, name: str, draws: int, seed: int) -> np.ndarray:
    """Draws of the difference of responders at the end of the trials, people of 100.

    A single draw is the published value.
    """
    placebo, value, error, _ = responder_excess(use)
    z = _normal(f"{name}/responders {use.threshold_percent:g}", draws, seed)
    rr = use.result.rr
    if rr is not None and rr.ci_low is not None and rr.ci_high is not None:
        sd = math.log(rr.ci_high / rr.ci_low) / (2.0 * Z_95)
        # Around the relative risk of the printed shares, so that the middle is their difference.
        middle = 1.0 + value / placebo
        return placebo * (middle * np.exp(sd * z) - 1.0)
    return value + error * z


def difference_draws(profile: Profile, draws: int, seed: int) -> np.ndarray:
    """Draws of drug minus control, points of 10; every draw reads one of the rows, evenly.

    A single draw is the mean of the published values.
    """
    found = [mean_difference(use) for use in profile.mean]
    if draws == 1:
        return np.array([sum(value for value, _, _ in found) / len(found)])
    z = _normal(f"{profile.name}/difference", draws, seed)
    which = np.arange(draws) % len(found)
    values, errors = (np.array([row[k] for row in found])[which] for k in (0, 1))
    return values + errors * z


def onset_half_time_draws(onset: Onset, name: str, draws: int, seed: int) -> np.ndarray:
    """Draws of the half-time in days with which an effect comes, even over the onset range."""
    days = even_draws(f"{name}/onset", onset.days, draws, seed)
    return days / math.log2(1.0 / (1.0 - PLATEAU))


def even_draws(stream: str, ends: tuple[float, float], draws: int, seed: int) -> np.ndarray:
    """Draws of any value between two ends; a single draw is the middle."""
    low, high = ends
    return low + (high - low) * np.asarray(ndtr(_normal(stream, draws, seed)))


def onset_part(days: np.ndarray, half_time_days: float) -> np.ndarray:
    """The part of an effect that is there, 0 to 1, after some days of treatment."""
    return 1.0 - np.exp2(-np.clip(days, 0.0, None) / half_time_days)


def _normal(stream: str, draws: int, seed: int) -> np.ndarray:
    """Standard normal numbers by draw; a single draw takes what is published."""
    if draws == 1:
        return np.zeros(1)
    return np.asarray(standard_normal(seed, f"draw/comparator/{stream}", jnp.arange(draws)))
