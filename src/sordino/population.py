"""Virtual patients: three layers of not knowing, drawn apart.

1. `draw`: what studies could not pin down (posterior of the calibration, priors, standard
   errors) - one set of typical values for each draw;
2. `patient`: what makes people differ (etas, covariates, membership) - the same people in
   every draw;
3. `session`, day: what changes within a person.

Random numbers are keyed by seed, name and the number of the draw, patient, session or day,
never by position in a run: patient 17 is the same in a run of 20 or of a million.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import expit, logit, ndtr
from jaxtyping import Array, Float, Int

# Turns on double precision.
import sordino.pk as _pk  # noqa: F401  # pyright: ignore[reportUnusedImport]
from sordino.library import posterior
from sordino.library.parts import Parameter
from sordino.library.pd_schema import PdModel, PdParameter, Prior
from sordino.library.schema import PkModel

Numbers = Int[Array, " lanes"]
Number = float | Float[Array, ""] | Float[Array, " lanes"]
Seed = int | Int[Array, ""]


def standard_normal(seed: Seed, stream: str, *counters: Numbers) -> Float[Array, " lanes"]:
    """Standard normal numbers of one stream, for people, draws, sessions or days.

    `counters`: one or more integer arrays of one shape; equal seed, stream and counters give
    equal numbers.
    """
    return standard_normals(seed, (stream,), *counters)[0]


def standard_normals(
    seed: Seed, streams: Sequence[str], *counters: Numbers
) -> Float[Array, "stream lanes"]:
    """Standard normal numbers of several streams at once; see `standard_normal`."""
    marks = jnp.asarray([zlib.crc32(stream.encode()) for stream in streams], jnp.uint32)
    return _keyed_normals(jnp.asarray(seed), marks, counters)


@jax.jit
def _keyed_normals(seed: Array, marks: Array, counters: tuple[Array, ...]) -> Array:
    key = jax.random.key(seed)

    def one(mark: Array, *numbers: Array) -> Array:
        own = jax.random.fold_in(key, mark)
        for number in numbers:
            own = jax.random.fold_in(own, number)
        return jax.random.normal(own, (), jnp.float64)

    each_lane = jax.vmap(one, in_axes=(None, *(0 for _ in counters)))
    return jax.vmap(each_lane, in_axes=(0, *(None for _ in counters)))(marks, *counters)


def draw_typical(
    owner: str, parameters: Iterable[Parameter], draws: Int[Array, " draw"], seed: int
) -> dict[str, Float[Array, " draw"]]:
    """Typical values in each draw; a single draw takes every value as published.

    Joint draws of the calibration that ships are used where there are any; else a prior; else a
    log-normal with the published standard error; else the value is the same in every draw. A
    spread between patients that was calibrated is there as `omega_` and the parameter's name.
    """
    return draw_all_typical({owner: tuple(parameters)}, draws, seed)[owner]


def draw_all_typical(
    owners: Mapping[str, Sequence[Parameter]], draws: Int[Array, " draw"], seed: int
) -> dict[str, dict[str, Float[Array, " draw"]]]:
    """`draw_typical` for the parameters of several owners, in one go."""
    return with_posterior(draw_from_files(owners, draws, seed), draws, seed)


def with_posterior(
    typical: Mapping[str, Mapping[str, Float[Array, " draw"]]],
    draws: Int[Array, " draw"],
    seed: int,
) -> dict[str, dict[str, Float[Array, " draw"]]]:
    """Typical values, those of calibrated effects replaced by joint draws of the calibration.

    Which row of the calibration a draw takes depends on the seed and its number alone; no row
    is taken twice before all are. A single draw stays as it is.
    """
    if draws.shape[0] == 1:
        return {owner: dict(values) for owner, values in typical.items()}
    found = posterior.draws()
    row = np.random.default_rng(seed).permutation(found.count)[np.asarray(draws) % found.count]
    own = found.by_effect
    return {
        owner: {**values, **{n: jnp.asarray(v[row]) for n, v in own.get(owner, {}).items()}}
        for owner, values in typical.items()
    }


def draw_from_files(
    owners: Mapping[str, Sequence[Parameter]], draws: Int[Array, " draw"], seed: Seed
) -> dict[str, dict[str, Float[Array, " draw"]]]:
    """Typical values by what the files of several owners say, without the calibration."""
    known = [(owner, p) for owner, parameters in owners.items() for p in parameters]
    typical = {o: {p.name: jnp.full(draws.shape, p.value) for p in ps} for o, ps in owners.items()}
    uncertain = [(o, p) for o, p in known if _uncertain(p)] if draws.shape[0] > 1 else []
    if uncertain:
        z = standard_normals(seed, [f"draw/{o}/{p.name}" for o, p in uncertain], draws)
        for k, (owner, parameter) in enumerate(uncertain):
            typical[owner][parameter.name] = drawn_value(parameter, z[k])
    return typical


def share_draws(
    model: PkModel, typical: dict[str, Float[Array, " draw"]]
) -> dict[str, Float[Array, " draw"]]:
    """Typical values of a drug model in which shared parameters move together."""
    values = {p.name: p.value for p in model.parameter}
    moved = {s.parameter: typical[s.of] / values[s.of] for s in model.share}
    return typical | {name: values[name] * factor for name, factor in moved.items()}


def _uncertain(parameter: Parameter) -> bool:
    prior = parameter.prior if isinstance(parameter, PdParameter) else None
    return prior is not None or bool(parameter.standard_error)


def drawn_value(parameter: Parameter, z: Float[Array, " draw"]) -> Float[Array, " draw"]:
    """The typical value where its standard normal number is `z`: by its prior, or its error."""
    prior = parameter.prior if isinstance(parameter, PdParameter) else None
    if prior is not None:
        return from_prior(prior, parameter.value, z)
    relative = (parameter.standard_error or 0.0) / abs(parameter.value)
    return parameter.value * jnp.exp(z * np.sqrt(np.log1p(relative**2)))


def from_prior(prior: Prior, value: float, z: Float[Array, " draw"]) -> Float[Array, " draw"]:
    """The quantile of a prior around `value` that the standard normal number `z` stands for."""
    sd, low, high = prior.sd or 0.0, prior.low or 0.0, prior.high or 0.0
    if prior.distribution == "normal":
        return value + sd * z
    if prior.distribution == "lognormal":
        return value * jnp.exp(sd * z)
    if prior.distribution == "logit":
        return expit(logit(jnp.asarray(value)) + sd * z)
    if prior.distribution == "uniform":
        return low + (high - low) * ndtr(z)
    return jnp.exp(jnp.log(low) + (jnp.log(high) - jnp.log(low)) * ndtr(z))


def effect_values(
    model: PdModel,
    drawn: Mapping[str, Float[Array, " lanes"]],
    patients: Numbers,
    seed: Seed,
) -> dict[str, Float[Array, " lanes"]]:
    """What holds for each patient, by the parameters of an effect file.

    `drawn`: typical values lane by lane, and the `omega_` of spreads that were calibrated; other
    spreads are those of the file. Patients differ in each parameter apart from the others.
    """
    varied = [name for name, p in model.parameters.items() if p.iiv is not None]
    z = standard_normals(seed, [f"iiv/{model.id}/{name}" for name in varied], patients)
    values = {name: drawn[name] for name in model.parameters}
    for k, name in enumerate(varied):
        sd = _spread(model.parameters[name], drawn)
        # How far, on the log, the value lies above the median of the patients.
        above = 0.0 if model.parameters[name].over_patients == "median" else sd**2 / 2.0
        values[name] = values[name] * jnp.exp(sd * z[k] - above)
    return values


def _spread(parameter: PdParameter, drawn: Mapping[str, Float[Array, " lanes"]]) -> Any:
    """Standard deviation of the log between patients: calibrated, or by the file."""
    sd = 0.0 if parameter.iiv is None else parameter.iiv.sd_eta
    return drawn.get(posterior.OMEGA + parameter.name, sd)


def pk_iiv_etas(model: PkModel, patients: Numbers, seed: Seed) -> dict[str, Float[Array, " lanes"]]:
    """Between-patient etas of a pharmacokinetic model, with its covariances."""
    names, root = covariance_root(model)
    if not names:
        return {}
    z = standard_normals(seed, [f"iiv/{model.id}/{n}" for n in names], patients)
    return dict(zip(names, jnp.asarray(root) @ z, strict=True))


def covariance_root(
    model: PkModel,
) -> tuple[tuple[str, ...], Float[np.ndarray, "parameter parameter"]]:
    """The parameters that differ between patients, and L with L L' the covariance of their etas.

    L is lower triangular: L z has that covariance when z is standard normal. Rows of parameters
    whose variance is 0 are 0. Covariances must be possible ones, which the linter checks.
    """
    sds = {name: p.iiv.sd_eta for name, p in model.parameters.items() if p.iiv is not None}
    place = {name: k for k, name in enumerate(sds)}
    omega = np.diag([sd**2 for sd in sds.values()])
    for pair in model.covariance:
        i, j = place[pair.a], place[pair.b]
        omega[i, j] = omega[j, i] = pair.value
    root = np.zeros_like(omega)
    varies = np.flatnonzero(np.diag(omega) > 0)
    root[np.ix_(varies, varies)] = np.linalg.cholesky(omega[np.ix_(varies, varies)])
    return tuple(sds), root


def pk_iov_etas(
    model: PkModel, patients: Numbers, sessions: int, seed: Seed
) -> dict[str, Float[Array, "session lanes"]]:
    """Between-occasion etas, one for each session; empty when the model has none."""
    spread = {name: p.iov.sd_eta for name, p in model.parameters.items() if p.iov is not None}
    if not spread:
        return {}
    shape = (sessions, patients.shape[0])
    session = jnp.broadcast_to(jnp.arange(sessions)[:, None], shape).ravel()
    patient = jnp.broadcast_to(patients[None, :], shape).ravel()
    streams = [f"iov/{model.id}/{name}" for name in spread]
    z = standard_normals(seed, streams, patient, session)
    return {name: sd * z[k].reshape(shape) for k, (name, sd) in enumerate(spread.items())}


def covariates(
    people: PdModel, given: Mapping[str, Number], patients: Numbers, seed: Seed
) -> dict[str, Float[Array, " lanes"]]:
    """Age, sex, weight, height, baseline pain and ancestry of each patient.

    `given` holds what the patient table fixes; the rest is drawn from `people`.
    """
    value = {name: p.value for name, p in people.parameters.items()}

    streams = ("age", "sex", "weight", "height", "pain")
    normals = standard_normals(seed, [f"patient/{name}" for name in streams], patients)
    z = dict(zip(streams, normals, strict=True))
    full = jnp.ones(patients.shape)
    drawn = {
        "age": lambda: jnp.clip(value["age"] + value["age_sd"] * z["age"], 18.0, 90.0),
        "female": lambda: (ndtr(z["sex"]) < value["female_share"]) * full,
        "weight": lambda: jnp.clip(
            value["weight"] * jnp.exp(value["weight_sd_log"] * z["weight"]), 35.0, 200.0
        ),
        "height": lambda: value["height"] + value["height_sd"] * z["height"],
        "pain": lambda: (
            10.0
            * expit(logit(jnp.asarray(value["pain"] / 10.0)) + value["pain_sd_logit"] * z["pain"])
        ),
        "asian": lambda: 0.0 * full,
        "japanese": lambda: 0.0 * full,
    }
    return {n: full * given[n] if n in given else make() for n, make in drawn.items()}


def typical_covariates(people: PdModel, given: Mapping[str, Any]) -> dict[str, Any]:
    """The typical patient: what the patient table fixes, else the middle of `people`."""
    value = {name: p.value for name, p in people.parameters.items()}
    middle = {
        "age": value["age"],
        "female": 1.0,
        "weight": value["weight"],
        "height": value["height"],
        "pain": value["pain"],
        "asian": 0.0,
        "japanese": 0.0,
    }
    return {name: given.get(name, middle[name]) for name in middle}


def day_noise(
    patients: Numbers, days: int, sd: Number, correlation: Number, seed: Seed
) -> Float[Array, "day lanes"]:
    """Stationary first-order autoregression over days, one path for each patient.

    `sd` and `correlation`: one number for all, or one for each lane. A path with another `sd` is
    the same path, larger or smaller.
    """
    shape = (days, patients.shape[0])
    day = jnp.broadcast_to(jnp.arange(days)[:, None], shape).ravel()
    patient = jnp.broadcast_to(patients[None, :], shape).ravel()
    fresh = standard_normal(seed, "day", patient, day).reshape(shape)
    return _autoregression(fresh, jnp.asarray(sd), jnp.asarray(correlation))


@jax.jit
def _autoregression(
    fresh: Float[Array, "day lanes"], sd: Float[Array, "..."], correlation: Float[Array, "..."]
) -> Float[Array, "day lanes"]:
    left = jnp.sqrt(1.0 - correlation**2)

    def next_day(yesterday: Array, z: Array) -> tuple[Array, Array]:
        today = correlation * yesterday + left * z
        return today, today

    rest = jax.lax.scan(next_day, fresh[0], fresh[1:])[1]
    return sd * jnp.concatenate([fresh[:1], rest])
