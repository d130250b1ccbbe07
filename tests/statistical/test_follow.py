"""Is the uncertainty right? A posterior against NUTS, and forecasts of people whose truth is known.

docs/follow.md has the same with 2,000 people.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
import pytest
from jax.scipy.special import ndtr, ndtri
from numpyro.infer import MCMC, NUTS
from scipy.stats import kstest

from sordino.course import load_course
from sordino.following import study
from sordino.following.crowd import crowd, response
from sordino.following.islands import Island, settle
from sordino.following.learn import Effort, seen
from sordino.following.likelihood import Response, Seen, level
from sordino.following.person import COORDINATES, Person, person
from sordino.following.ratings import Ratings, intervals
from sordino.following.study import COURSE, LENGTHS, TWISTS, Judged, Panel, coverage, truth

PEOPLE = 36
LITTLE = Effort(people=2048, particles=512, sweeps=4)
"""Half as much as for a visit: enough for posteriors that are sound."""
SHORT = LENGTHS[:2]
SURE = 3.5
"""Standard errors that people drawn with another seed stay within, all tests of this file taken
together, in 99 of 100."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def judged() -> Iterator[list[Judged]]:
    """People of whom the model is true, each followed once on a diary of 14 or 28 days."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "HARD", LITTLE)
        found, panel = truth(PEOPLE, TWISTS[0]), Panel(LITTLE)
        yield [panel.judge(found, k, SHORT[k % len(SHORT)]) for k in range(PEOPLE)]


@pytest.mark.parametrize("wanted", [0.5, 0.8, 0.9])
def test_forecasts_cover_what_they_say(judged: list[Judged], wanted: float) -> None:
    each = np.array([coverage(j.level, wanted) for j in judged])
    error = each.std() / len(each) ** 0.5  # days of one person are alike, people are not
    assert each.mean() == pytest.approx(wanted, abs=SURE * error)
    assert error < 0.05


@pytest.mark.parametrize("name", ["base_pain", "placebo_z", "drift", "day_sd", "day_correlation"])
def test_the_truth_lies_anywhere_in_the_posterior(judged: list[Judged], name: str) -> None:
    """Simulation-based calibration: ranks are uniform [Talts et al. 2018, arXiv:1804.06788]."""
    ranks = [j.ranks[name] for j in judged]
    assert kstest(ranks, "uniform").pvalue > 0.001


def test_chances_of_slow_response_are_chances(judged: list[Judged]) -> None:
    chance = np.array([j.slow_chance for j in judged])
    error = np.sqrt((chance * (1.0 - chance)).sum()) / len(judged)
    assert np.mean([j.slow for j in judged]) == pytest.approx(chance.mean(), abs=SURE * error)


def test_it_beats_the_last_value(judged: list[Judged]) -> None:
    gain = np.array([j.scores["last value"] - j.scores["sordino"] for j in judged])
    assert gain.mean() > gain.std() / len(gain) ** 0.5


def test_it_says_when_it_is_sound(judged: list[Judged]) -> None:
    assert np.mean([j.sound for j in judged]) >= 0.9


FREE = ("base_pain", "placebo", "drift", "day_sd", "day_correlation")
"""What the reference samples; membership is summed out, no habit changes, nobody slips."""


def _reference(read: Seen, course: Response, typical: dict[str, jax.Array]) -> None:
    """The same diary for NUTS: the path of the noise is sampled, not filtered.

    Each day's noise, given the day before, is a normal number cut to the interval of the rating;
    a uniform number `u` says where it lies. That is exact [Hajivassiliou, McFadden and Ruud,
    J. Econometrics 72 (1996) 85].
    """
    z = jnp.zeros(len(COORDINATES))
    for name in FREE:
        z = z.at[COORDINATES.index(name)].set(numpyro.sample(name, dist.Normal(0.0, 1.0)))
    u = numpyro.sample("u", dist.Uniform(0.0, 1.0).expand([read.low.shape[0]]).to_event(1))
    parts: list[jax.Array] = []
    for member in (0.0, 1.0):
        who = person(z[None], typical, read.span, read.share)
        who = who._replace(slow_responder=jnp.full(1, member), habit_wait=jnp.full(1, 1e9))
        centre = level(course, who, read.days, read.running)[:, 0]
        chance = jnp.where(member == 1.0, typical["p_slow"][0], 1.0 - typical["p_slow"][0])
        parts.append(jnp.log(chance) + _path(read, centre, who, jnp.asarray(u)))
    numpyro.deterministic("slow", parts[1] - jnp.logaddexp(parts[0], parts[1]))
    numpyro.factor("diary", jnp.logaddexp(parts[0], parts[1]))


def _path(read: Seen, centre: jax.Array, who: Person, u: jax.Array) -> jax.Array:
    sd, correlation = who.day_sd[0], who.day_correlation[0]

    def day(
        carry: tuple[jax.Array, jax.Array], now: tuple[jax.Array, ...]
    ) -> tuple[tuple[jax.Array, jax.Array], jax.Array]:
        noise, first = carry
        low, high, known, middle, place = now
        mean = jnp.where(first, 0.0, correlation * noise)
        spread = jnp.where(first, sd, sd * jnp.sqrt(1.0 - correlation**2))
        a = jnp.where(known, (low - middle - mean) / spread, -jnp.inf)
        b = jnp.where(known, (high - middle - mean) / spread, jnp.inf)
        below, above = ndtr(a), ndtr(b)
        inside = jnp.maximum(above - below, 1e-300)
        drawn = ndtri(jnp.clip(below + place * inside, 1e-15, 1.0 - 1e-15))
        return (mean + spread * drawn, jnp.asarray(False)), jnp.log(inside)

    rows = (read.low, read.high, read.known, centre, u)
    return jax.lax.scan(day, (jnp.zeros(()), jnp.asarray(True)), rows)[1].sum()


def test_it_agrees_with_nuts() -> None:
    """One virtual person's blood, a diary of whole numbers; means and spreads as NUTS has them."""
    days = np.arange(-7, 9)
    pain = np.array([8, 7, 8, 8, np.nan, 7, 8, 5, 6, 5, np.nan, 6, 5, 4, 5, 6], float)
    diary = Ratings(days, np.asarray(days * 24.0 + 10.0, np.float64), pain)
    prepared = intervals(diary)
    people = crowd(8, 3)
    one = response(people, load_course(COURSE), prepared.time_h, np.array([2], np.int32))
    typical = {n: jnp.asarray(v[2:3]) for n, v in people.for_person("lag").items()}
    read = seen(prepared)._replace(slip=jnp.asarray(0.0))
    kernel = NUTS(_reference, target_accept_prob=0.85)
    mcmc = MCMC(kernel, num_warmup=300, num_samples=4000, progress_bar=False)
    mcmc.run(jax.random.key(1), _cut(read, prepared.spare), _course(one, prepared.spare), typical)
    drawn = mcmc.get_samples()
    # Days of the diary at which no habit can have changed: before any.
    never = read._replace(running=jnp.full_like(read.running, -1.0))
    island = Island(one, typical, jnp.zeros(1))
    runs = [settle(never, island, 1024, 4, 7, k) for k in range(4)]
    z = np.concatenate([r.z for r in runs])
    for name in FREE:
        own = z[:, COORDINATES.index(name)]
        theirs = np.asarray(drawn[name])
        # Six seeds of both differed by up to 9 percent of the spread; the filter keeps two
        # moments of each day.
        assert own.mean() == pytest.approx(theirs.mean(), abs=0.15 * theirs.std()), name
        assert own.std() == pytest.approx(theirs.std(), rel=0.15), name
    slow = (ndtr(z[:, COORDINATES.index("slow_responder")]) < float(typical["p_slow"][0])).mean()
    assert float(slow) == pytest.approx(float(np.exp(drawn["slow"]).mean()), abs=0.04)


def _cut(read: Seen, spare: int) -> Seen:
    """Without the days that were filled up in front."""
    names = ("low", "high", "part", "known", "days", "running")
    return read._replace(**{name: getattr(read, name)[spare:] for name in names})


def _course(found: Response, spare: int) -> Response:
    return found._replace(
        fast=found.fast[spare:], slow=found.slow[spare:], envelope=found.envelope[spare:]
    )


def test_sixty_days_take_two_seconds_on_two_cores() -> None:
    """Processor time of following one person, everything compiled; the best of two."""
    found, panel = truth(3, TWISTS[0]), Panel()
    spent: list[float] = []
    panel.judge(found, 0, 60)
    for number in range(2):
        start = time.process_time()
        panel.judge(found, number, 60)
        spent.append(time.process_time() - start)
    assert min(spent) < 2 * 2.0
