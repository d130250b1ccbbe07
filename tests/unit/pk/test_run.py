"""One course through one system: what schedules can do to it without changing the answer."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import sordino.pk.run
from sordino.course import Administration
from sordino.library.reader import PK_FOLDER, load_pk_model
from sordino.library.schema import PkModel
from sordino.pk.individual import varying_names
from sordino.pk.run import PkRun
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
    run = PkRun(
        system=system_for(model, sorted({d.route for d in doses}), analytes, [SITE]),
        doses=tuple(doses),
        times_h=np.asarray(times),
        varying=varying | frozenset(etas or {}) | frozenset(changed),
        occasion_h=tuple(occasion_h),
        typical=typical | {"weight": 70.0, "half_time_fast": 0.2},
        dtype=jnp.dtype("float64"),
    )
    lanes = {n: jnp.full(3, v) for n, v in typical.items()}
    lanes |= {n: jnp.asarray(v) for n, v in changed.items()}
    people = {"weight": jnp.asarray(WEIGHTS), "half_time_fast": jnp.full(3, 0.2)}
    given = {n: jnp.asarray(v) for n, v in (etas or {}).items()}
    return {n: np.asarray(v) for n, v in run(lanes, given, people).items()}


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
        times_h=np.array([0.0, 1.0]),
        varying=frozenset(),
        occasion_h=(),
        typical={n: p.value for n, p in SIMONS.parameters.items()} | {"weight": 70.0},
        dtype=jnp.dtype("float64"),
    )
    person = {"weight": jnp.full(1, 70.0)}
    s = np.asarray(run(typical, {}, person, "S")["ketamine"])[:, 0]
    r = np.asarray(run(typical, {}, person, "R")["ketamine"])[:, 0]
    assert s[0] == r[0] == pytest.approx(1000.0 * 20.0 / 11.6, rel=1e-15)
    assert r[1] > s[1]  # R-ketamine is cleared more slowly
