"""The posterior of one person against importance sampling with very many draws."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.typing import NDArray

from sordino.course import load_course
from sordino.following import learn as learning
from sordino.following.crowd import Crowd, crowd, response
from sordino.following.islands import Island, fitted, next_power
from sordino.following.learn import Effort, learn, seen
from sordino.following.likelihood import Response
from sordino.following.person import COORDINATES, Person, person
from sordino.following.ratings import Ratings, intervals
from sordino.following.study import COURSE

Numbers = NDArray[np.float64]

LITTLE = Effort(people=1024, particles=256, sweeps=2)
ENOUGH = Effort(people=1024, particles=1024, sweeps=3)


@pytest.fixture(scope="module")
def diary() -> Ratings:
    """Sixteen days that fall from 8 to 5, with gaps."""
    pain = np.array([8, 7, 8, 8, np.nan, 7, 8, 5, 6, 5, np.nan, 6, 5, 4, 5, 6], float)
    days = np.arange(-7, 9)
    return Ratings(days, np.asarray(days * 24.0 + 10.0, np.float64), pain)


@pytest.fixture(scope="module")
def people() -> Crowd:
    return crowd(ENOUGH.people, 1)


@pytest.fixture(scope="module")
def course(diary: Ratings, people: Crowd) -> Response:
    return response(people, load_course(COURSE), intervals(diary).time_h)


def by_importance(
    diary: Ratings, people: Crowd, course: Response, draws: int
) -> tuple[Numbers, Numbers, float]:
    """Values (draw, number) and weights from the prior, and the log evidence."""
    read = seen(intervals(diary))
    plain = read._replace(share=read.span / 600.0)
    typical = {n: jnp.asarray(v) for n, v in people.for_person("lag").items()}
    island = Island(course, typical, jnp.zeros(people.count))

    @jax.jit
    def some(key: jax.Array) -> tuple[jax.Array, Person]:
        first, second = jax.random.split(key)
        z = jax.random.normal(first, (50_000, len(COORDINATES)), jnp.float64)
        lane = jax.random.randint(second, (50_000,), 0, people.count)
        own = {name: values[lane] for name, values in typical.items()}
        fit = fitted(plain, island, lane, z)[0]
        return fit, person(z, own, plain.span, plain.share)

    found = [some(jax.random.key(k)) for k in range(draws // 50_000)]
    fit = np.concatenate([np.asarray(f) for f, _ in found])
    who = np.concatenate([np.stack([np.asarray(v) for v in w], 1) for _, w in found])
    weight = np.exp(fit - fit.max())
    evidence = float(np.log(weight.mean()) + fit.max())
    return who, weight / weight.sum(), evidence


def test_it_agrees_with_importance_sampling(
    diary: Ratings, people: Crowd, course: Response
) -> None:
    who, weight, evidence = by_importance(diary, people, course, 1_000_000)
    effective = 1.0 / (weight**2).sum()
    assert effective > 2000
    found = learn(diary, people, course, effort=ENOUGH, seed=5)
    assert found.sound
    pooled = np.log(np.mean(np.exp([s.evidence - evidence for s in found.settled])))
    assert pooled == pytest.approx(0.0, abs=0.15)
    for k, name in enumerate(Person._fields):
        mean = weight @ who[:, k]
        sd = np.sqrt(weight @ (who[:, k] - mean) ** 2)
        error = sd * np.hypot(effective**-0.5, found.effective_for(found.of(name)) ** -0.5)
        # Four standard errors of both; the errors themselves are estimated from eight islands.
        assert found.mean(found.of(name)) == pytest.approx(mean, abs=4.0 * error + 0.02 * sd), name
        assert found.sd(found.of(name)) == pytest.approx(sd, rel=0.12), name


def test_it_does_not_depend_on_the_cores(
    diary: Ratings, people: Crowd, course: Response, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = learn(diary, people, course, effort=LITTLE)
    monkeypatch.setattr(learning, "ThreadPoolExecutor", lambda _: ThreadPoolExecutor(1))
    alone = learn(diary, people, course, effort=LITTLE)
    assert (several.z == alone.z).all()
    assert (several.weight == alone.weight).all()


def test_people_who_do_not_count_are_not_chosen(
    diary: Ratings, people: Crowd, course: Response
) -> None:
    weight = np.where(np.arange(people.count) % 2 == 0, 0.0, -np.inf)
    half = Crowd(people.count, people.seed, people.typical, weight)
    found = learn(diary, half, course, effort=LITTLE)
    assert (found.lane % 2 == 0).all()


def test_quantiles_and_moments(diary: Ratings, people: Crowd, course: Response) -> None:
    found = learn(diary, people, course, effort=LITTLE)
    values = found.of("base_pain")
    low, middle, high = found.quantiles(values, np.array([0.05, 0.5, 0.95]))
    assert found.weight.sum() == pytest.approx(1.0)
    assert found.weight @ (values < low) == pytest.approx(0.05, abs=0.01)
    assert found.weight @ (values < high) == pytest.approx(0.95, abs=0.01)
    assert low < middle < high


def test_a_step_keeps_half_of_the_particles_effective() -> None:
    fit = np.random.default_rng(1).normal(0.0, 30.0, 4000)
    power = next_power(fit, 0.2)
    weight = np.exp((power - 0.2) * (fit - fit.max()))
    assert weight.sum() ** 2 / (weight**2).sum() == pytest.approx(2000.0, rel=1e-3)
    assert next_power(np.zeros(100), 0.2) == 1.0
