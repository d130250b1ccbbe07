"""One course through one system: what schedules can do to it without changing the answer."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm

import sordino.pk.run
from sordino.course import Administration
from sordino.errors import InputError
from sordino.library.reader import PK_FOLDER, load_pk_model
from sordino.library.schema import PkModel
from sordino.pk.exponential import SCALED_RATE_LIMIT
from sordino.pk.individual import varying_names
from sordino.pk.parts import PART
from sordino.pk.run import PkRun, Reads, Soundness, check_soundness
from sordino.pk.system import EffectSite, system_for
from sordino.pk.timeplan import TimePlan, time_plan

SIMONS = load_pk_model("simons_2022")
WEIGHTS = np.array([52.0, 70.0, 118.0])
SITE = EffectSite("fast", "ketamine", "half_time_fast")
TIMES = np.array([0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0, 8.0, 24.0, 24.5, 26.0, 48.0])


def give(route: str, start_h: float, mg: float, length_h: float = 0.0) -> Administration:
    return Administration(0, 0, "esketamine", route, start_h, length_h, mg, 0.0, None, None)


def ketamine(
    doses: Sequence[Administration],
    times: Sequence[float] | np.ndarray = TIMES,
    *,
    model: PkModel = SIMONS,
    varying: frozenset[str] = frozenset(),
    occasion_h: Sequence[float] = (),
    etas: dict[str, Any] | None = None,
    analytes: Sequence[str] = ("ketamine",),
    **changed: np.ndarray,
) -> dict[str, np.ndarray]:
    """Outputs of three people of different weight; `changed` replaces typical values."""
    typical = {n: p.value for n, p in model.parameters.items()}
    system = system_for(model, sorted({d.route for d in doses}), analytes, [SITE])
    run = PkRun(
        system=system,
        doses=tuple(doses),
        reads=(Reads(system.outputs, np.asarray(times)),),
        varying=varying | frozenset(etas or {}) | frozenset(changed),
        occasion_h=tuple(occasion_h),
        typical=typical | {"weight": 70.0, "half_time_fast": 0.2},
        dtype=jnp.dtype("float64"),
    )
    lanes = {n: jnp.full(3, v) for n, v in typical.items()}
    lanes |= {n: jnp.asarray(v) for n, v in changed.items()}
    people = {"weight": jnp.asarray(WEIGHTS), "half_time_fast": jnp.full(3, 0.2)}
    given = {n: jnp.asarray(v) for n, v in (etas or {}).items()}
    return {n: np.asarray(v) for n, v in run(lanes, given, people)[0].items()}


def assert_same(a: dict[str, np.ndarray], b: dict[str, np.ndarray], rtol: float = 1e-12) -> None:
    assert a.keys() == b.keys()
    for name, values in a.items():
        # Of the peak, because what is far below it carries the rounding of more steps.
        np.testing.assert_allclose(b[name], values, rtol=rtol, atol=1e-15 * values.max())


INFUSIONS = [give("iv", 0.0, 20.0, 2.0 / 3.0), give("iv", 24.0, 35.0, 0.5)]
FILMS = [give("sublingual", 0.0, 50.0), give("sublingual", 24.0, 100.0)]
DURATIONS = {"D1": np.array([0.3, -0.6, 0.0]), "D2": np.array([-0.2, 0.9, 0.1])}


class TestOutputTimes:
    def test_offsets_change_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        grid = np.unique(np.concatenate([TIMES, np.arange(0.0, 30.0, 1.0 / 12.0)]))
        with_offsets = ketamine(INFUSIONS, grid)

        def without(*args: Any, **options: Any) -> TimePlan:
            return time_plan(*args, **{**options, "offsets": False})

        monkeypatch.setattr(sordino.pk.run, "time_plan", without)
        assert_same(with_offsets, ketamine(INFUSIONS, grid), rtol=1e-11)

    @pytest.mark.parametrize("doses", [INFUSIONS, FILMS], ids=["infusions", "films"])
    def test_more_times_do_not_change_the_others(self, doses: list[Administration]) -> None:
        more = np.unique(np.concatenate([TIMES, np.linspace(0.0, 48.0, 300)]))
        etas = DURATIONS if doses is FILMS else {}
        few, many = ketamine(doses, etas=etas), ketamine(doses, more, etas=etas)
        there = np.searchsorted(more, TIMES)
        assert_same(few, {n: v[there] for n, v in many.items()}, rtol=1e-10)

    def test_a_dose_is_given_once_however_near_an_output_is(self) -> None:
        # The film, with a duration of its own in everybody, makes every output time a node: here
        # one a microsecond before the bolus and one after it.
        doses, tick = [give("iv", 1.0, 20.0), give("sublingual", 3.0, 50.0)], 1.0 / 3.6e9
        near = ketamine(doses, [0.0, 1.0 - tick, 1.0, 1.0 + tick, 2.0], etas=DURATIONS)
        alone = ketamine(doses, [0.0, 1.0, 2.0], etas=DURATIONS)
        np.testing.assert_array_equal(near["ketamine"][1], 0.0)
        volume = SIMONS.parameters["VK1"].value * WEIGHTS / 70.0
        np.testing.assert_allclose(near["ketamine"][2], 1000.0 * 20.0 / volume, rtol=1e-14)
        np.testing.assert_allclose(near["ketamine"][4], alone["ketamine"][2], rtol=1e-11)

    def test_an_output_at_a_dose_sees_it(self) -> None:
        got = ketamine([give("iv", 0.0, 20.0), give("iv", 24.0, 20.0)], [0.0, 24.0])
        assert np.all(got["ketamine"][1] >= got["ketamine"][0])


class TestEvents:
    def test_two_halves_at_once_are_one_dose(self) -> None:
        for route, etas in (("iv", {}), ("sublingual", DURATIONS)):
            whole = ketamine([give(route, 0.5, 50.0)], etas=etas)
            halves = ketamine([give(route, 0.5, 20.0), give(route, 0.5, 30.0)], etas=etas)
            assert_same(whole, halves)

    def test_an_infusion_may_be_cut_in_pieces(self) -> None:
        whole = ketamine([give("iv", 0.0, 60.0, 6.0)])
        pieces = ketamine([give("iv", 2.0 * k, 20.0, 2.0) for k in range(3)])
        assert_same(whole, pieces, rtol=1e-11)

    def test_a_start_between_two_microseconds_loses_nothing(self) -> None:
        # 8.0000000001 h is 0.36 of a microsecond after its own node.
        etas = DURATIONS
        round_, odd = (
            ketamine([give("sublingual", start, 50.0)], [0.0, 8.0, 8.25, 9.0, 16.0], etas=etas)
            for start in (8.0, 8.0000000001)
        )
        assert_same(round_, odd, rtol=1e-9)


class TestOccasions:
    def test_cutting_time_into_occasions_changes_nothing(self) -> None:
        whole = ketamine(INFUSIONS)
        cut = ketamine(INFUSIONS, occasion_h=[0.0, 0.3, 24.0, 24.5, 40.0])
        assert_same(whole, cut, rtol=1e-11)

    def test_all_films_count_without_occasions(self) -> None:
        # Durations that differ between people, for instance as typical values are uncertain.
        starts = [0.0, 6.0, 12.0, 24.0]
        doses = [give("sublingual", s, 50.0) for s in starts]
        together = ketamine(doses, D1=np.array([9.0, 13.1, 20.0]))
        alone = [ketamine([d], D1=np.array([9.0, 13.1, 20.0])) for d in doses]
        summed = {n: np.sum([a[n] for a in alone], axis=0) for n in together}
        assert_same(together, summed, rtol=1e-11)

    def test_etas_of_a_session_hold_until_the_next(self) -> None:
        # Only the second of two films is absorbed twice as well.
        etas = {"F1": np.log(np.array([[1.0] * 3, [2.0] * 3]))}
        both = ketamine(FILMS, occasion_h=[0.0, 24.0], etas=etas)
        first, second = ketamine(FILMS[:1])["ketamine"], ketamine(FILMS[1:])["ketamine"]
        np.testing.assert_allclose(both["ketamine"], first + 2.0 * second, rtol=1e-10)

    def test_sessions_that_begin_at_once_are_one_occasion(self) -> None:
        etas = {"CLH1": np.array([[0.1] * 3, [0.1] * 3, [0.4] * 3])}
        doses = [give("sublingual", 0.0, 50.0), give("iv", 0.0, 20.0, 0.5), INFUSIONS[1]]
        read = ("ketamine", "hydroxynorketamine")
        doubled = ketamine(doses, occasion_h=[0.0, 0.0, 24.0], etas=etas, analytes=read)
        etas = {"CLH1": etas["CLH1"][1:]}
        single = ketamine(doses, occasion_h=[0.0, 24.0], etas=etas, analytes=read)
        assert_same(single, doubled)

    def test_the_first_session_may_begin_later_than_the_clock(self) -> None:
        # A comparator may have begun before: then times before the first dose are asked for too.
        etas = {"D1": np.array([[0.3] * 3, [-0.2] * 3])}
        later = [give("sublingual", 72.0, 50.0), give("sublingual", 96.0, 100.0)]
        got = ketamine(later, [0.0, 24.0, *(72.0 + TIMES)], occasion_h=[72.0, 96.0], etas=etas)
        assert np.all(got["ketamine"][:2] == 0.0)
        now = ketamine(FILMS, occasion_h=[0.0, 24.0], etas=etas)
        assert_same(now, {n: v[2:] for n, v in got.items()}, rtol=1e-11)


class TestDurationsThatVary:
    def scaled(self) -> PkModel:
        """D1 grows with weight, by a formula; it is no varying parameter itself."""
        table = tomllib.loads((PK_FOLDER / "simons_2022.toml").read_text())
        rule = {"parameter": "D1", "expression": "D1 * weight / reference_weight"}
        table["individual"].append({**rule, "origin": "assumed", "source": "nl_simons"})
        table.pop("check")
        return PkModel.model_validate(table)

    def test_by_a_formula_with_a_covariate(self) -> None:
        by_formula = ketamine(FILMS[:1], model=self.scaled(), varying=frozenset({"weight"}))
        by_hand = ketamine(FILMS[:1], D1=13.1 * WEIGHTS / 70.0)
        assert_same(by_hand, by_formula, rtol=1e-11)

    def test_names_that_vary_are_followed_through_formulas(self) -> None:
        model = self.scaled()
        assert "D1" in varying_names(model, frozenset({"weight"}))
        assert "D2" not in varying_names(model, frozenset({"weight"}))
        # The other enantiomer has a clearance of its own in any case.
        assert "CLK1" in varying_names(model, frozenset())


def test_both_enantiomers_of_a_racemate_see_half_of_it() -> None:
    dose = Administration(0, 0, "ketamine", "iv", 0.0, 0.0, 40.0, 0.0, None, None)
    typical = {n: jnp.full(1, p.value) for n, p in SIMONS.parameters.items()}
    run = PkRun(
        system=system_for(SIMONS, ["iv"], ["ketamine"]),
        doses=(dose,),
        reads=(Reads(("ketamine",), np.array([0.0, 1.0])),),
        varying=frozenset(),
        occasion_h=(),
        typical={n: p.value for n, p in SIMONS.parameters.items()} | {"weight": 70.0},
        dtype=jnp.dtype("float64"),
    )
    person = {"weight": jnp.full(1, 70.0)}
    s = np.asarray(run(typical, {}, person, "S")[0]["ketamine"])[:, 0]
    r = np.asarray(run(typical, {}, person, "R")[0]["ketamine"])[:, 0]
    assert s[0] == r[0] == pytest.approx(1000.0 * 20.0 / 11.6, rel=1e-15)
    assert r[1] > s[1]  # R-ketamine is cleared more slowly


class Crowd:
    """Any number of different people through one prepared course; two read sets."""

    READS = (
        Reads(("ketamine", "norketamine", "fast"), TIMES),
        Reads(("fast",), np.arange(0.0, 30.0, 0.25)),
        Reads(("norketamine", "ketamine"), np.array([0.123456789, 5.0, 5.0, 47.9])),
    )

    def __init__(
        self,
        doses: Sequence[Administration] = INFUSIONS,
        *,
        reads: Sequence[Reads] = READS,
        dtype: str = "float64",
        occasion_h: Sequence[float] = (),
    ) -> None:
        self.typical = {n: p.value for n, p in SIMONS.parameters.items()}
        routes = sorted({d.route for d in doses})
        self.dtype, self.occasions = jnp.dtype(dtype), len(occasion_h)
        self.run = PkRun(
            system=system_for(SIMONS, routes, ("ketamine", "norketamine"), [SITE]),
            doses=tuple(doses),
            reads=tuple(reads),
            varying=frozenset({"CLK1", "VK1", "D1", "D2", "weight", "half_time_fast"}),
            occasion_h=tuple(occasion_h),
            typical=self.typical | {"weight": 70.0, "half_time_fast": 0.2},
            dtype=self.dtype,
        )

    def people(self, count: int, seed: int = 0) -> dict[str, np.ndarray]:
        rng = np.random.default_rng(seed)
        shape = (self.occasions, count) if self.occasions else (count,)
        etas = {n: rng.normal(0.0, 0.3, shape) for n in ("CLK1", "VK1", "D1", "D2")}
        return etas | {"weight": rng.uniform(50.0, 110.0, count)}

    def __call__(self, people: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], ...]:
        count = people["weight"].shape[-1]
        lanes = {n: jnp.full(count, v, self.dtype) for n, v in self.typical.items()}
        own = {n: jnp.asarray(v, self.dtype) for n, v in people.items()}
        covariates = {"weight": own.pop("weight")}
        covariates["half_time_fast"] = jnp.full(count, 0.2, self.dtype)
        found = self.run(lanes, own, covariates)
        return tuple({n: np.asarray(v) for n, v in read.items()} for read in found)


@pytest.mark.parametrize(
    ("doses", "sets"), [(INFUSIONS, 3), (FILMS, 2)], ids=["infusions", "films"]
)
def test_read_sets_at_once_are_those_one_by_one(doses: list[Administration], sets: int) -> None:
    crowd = Crowd(doses, reads=Crowd.READS[-sets:])
    people = crowd.people(3)
    together = crowd(people)
    assert len(together) == sets
    for found, read in zip(together, Crowd.READS[-sets:], strict=True):
        assert tuple(found) == read.outputs
        assert {v.shape for v in found.values()} == {(len(read.times_h), 3)}
        (alone,) = Crowd(doses, reads=[read])(people)
        # Another plan with other steps: each rounds in its own way.
        assert_same(alone, found, rtol=1e-10)
    # The last set asks for one time twice.
    np.testing.assert_array_equal(together[-1]["ketamine"][1], together[-1]["ketamine"][2])


# A film has absorption that ends at another time in everybody.
@pytest.mark.parametrize(
    ("doses", "occasion_h"),
    [(INFUSIONS, ()), (INFUSIONS, (0.0, 24.0)), (FILMS, (0.0, 24.0))],
    ids=["infusions", "infusions with IOV", "films with IOV"],
)
def test_any_number_of_lanes_in_any_order(
    doses: list[Administration], occasion_h: tuple[float, ...]
) -> None:
    # One part, one that is not full, three full ones, and the same people in another order.
    crowd = Crowd(doses, reads=Crowd.READS[:1], occasion_h=occasion_h)
    everybody = crowd.people(3 * PART)
    (full,) = crowd(everybody)
    for count in (1, PART + 1):
        (found,) = crowd({n: v[..., :count] for n, v in everybody.items()})
        assert_same({n: v[:, :count] for n, v in full.items()}, found)
    order = np.random.default_rng(1).permutation(3 * PART)
    (mixed,) = crowd({n: v[..., order] for n, v in everybody.items()})
    assert_same({n: v[:, order] for n, v in full.items()}, mixed)


def test_irregular_times_against_matrix_exponentials() -> None:
    # Three hundred of them, which share few offsets. Times are whole microseconds in the engine.
    times = np.unique(np.round(np.random.default_rng(7).uniform(0.0, 48.0, 300) * 3.6e9)) / 3.6e9
    crowd = Crowd([give("iv", 0.0, 20.0)], reads=[Reads(("ketamine", "fast"), times)])
    people = crowd.people(2)
    (found,) = crowd(people)
    for lane, weight in enumerate(people["weight"]):
        size, clearing = weight / 70.0, 60.0 * (weight / 70.0) ** 0.75
        p = {n: crowd.typical[n] * np.exp(people.get(n, np.zeros(2))[lane]) for n in crowd.typical}
        v1, v2, v3 = (p[n] * size for n in ("VK1", "VK2", "VK3"))
        out, q2, q3 = (p[n] * clearing for n in ("CLK1", "CLK2", "CLK3"))
        follow = np.log(2.0) / 0.2
        rates = np.array(
            [
                [-(out + q2 + q3) / v1, q2 / v2, q3 / v3, 0.0],
                [q2 / v1, -q2 / v2, 0.0, 0.0],
                [q3 / v1, 0.0, -q3 / v3, 0.0],
                [1000.0 * follow / v1, 0.0, 0.0, -follow],
            ]
        )
        columns = np.array([expm(rates * t)[:, 0] for t in times]) * 20.0
        np.testing.assert_allclose(
            found["ketamine"][:, lane], 1000.0 * columns[:, 0] / v1, rtol=1e-9
        )
        np.testing.assert_allclose(found["fast"][:, lane], columns[:, 3], rtol=1e-9)


def test_one_person_very_fast_repeats_the_run_for_everybody() -> None:
    crowd = Crowd(reads=Crowd.READS[:1])
    people = crowd.people(4)
    (usual,) = crowd(people)
    assert list(crowd.run._plans) == [1.0]
    people["VK1"][2] = -5.0  # a volume of some 80 mL: 150 times as fast
    (beside,) = crowd(people)
    assert len(crowd.run._plans) > 1
    assert_same(
        {n: np.delete(v, 2, axis=1) for n, v in usual.items()},
        {n: np.delete(v, 2, axis=1) for n, v in beside.items()},
        rtol=1e-9,
    )
    assert np.all(np.isfinite(beside["ketamine"]))


def test_what_is_unsound_is_told() -> None:
    def sound(overrun: bool, rate: float) -> Soundness:
        return Soundness(jnp.asarray([False, overrun]), jnp.asarray([0.1, rate]))

    assert check_soundness(sound(False, SCALED_RATE_LIMIT), 1.0, "a_model")
    assert not check_soundness(sound(False, SCALED_RATE_LIMIT * 1.001), 1.0, "a_model")
    with pytest.raises(InputError, match="absorption phase"):
        check_soundness(sound(True, 0.1), 1.0, "a_model")
    for rate in (np.nan, np.inf):
        with pytest.raises(InputError, match="rate constant"):
            check_soundness(sound(False, rate), 1.0, "a_model")
    with pytest.raises(InputError, match="rate constant"):
        check_soundness(sound(False, 1.0), 16.0**4, "a_model")


@pytest.mark.parametrize("doses", [INFUSIONS, FILMS], ids=["infusions", "films"])
def test_single_precision(doses: list[Administration]) -> None:
    # Up to 6e-8 for each base step, of which there are some thousands, and a clock whose step is
    # 2e-6 h at one day: compared with the peak.
    reads = [Reads(("ketamine", "fast"), TIMES)]
    people = Crowd(doses).people(3)
    (exact,), (single,) = (
        Crowd(doses, reads=reads, dtype=d)(people) for d in ("float64", "float32")
    )
    for name, values in exact.items():
        assert single[name].dtype == np.float32
        assert np.abs(single[name] - values).max() < 2e-4 * values.max()
