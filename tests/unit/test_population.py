"""Virtual patients: keyed random numbers, their moments, priors, and what varies with what."""

from __future__ import annotations

import math

import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array
from scipy import stats

from sordino.library import posterior
from sordino.library.lint import lint
from sordino.library.pd_schema import PdParameter, Prior, load_pd_model
from sordino.library.reader import load_pk_model
from sordino.library.schema import PkModel
from sordino.population import (
    covariance_root,
    covariates,
    day_noise,
    draw_from_files,
    draw_typical,
    effect_values,
    pk_iiv_etas,
    pk_iov_etas,
    share_draws,
    standard_normal,
    standard_normals,
    typical_covariates,
)

MANY = 200_000
PEOPLE = load_pd_model("virtual_patients")
SEVENTEEN = jnp.array([17])


def numbers(count: int) -> Array:
    return jnp.arange(count)


def mean_error(sd: float, count: int = MANY) -> float:
    """Five standard errors of a mean: missed by chance once in two million seeds."""
    return 5.0 * sd / math.sqrt(count)


class TestRandomness:
    def test_a_person_is_the_same_in_any_run(self) -> None:
        few = np.asarray(standard_normal(3, "iiv/x", numbers(20)))
        many = np.asarray(standard_normal(3, "iiv/x", numbers(2000)))
        alone = np.asarray(standard_normal(3, "iiv/x", SEVENTEEN))
        np.testing.assert_array_equal(few, many[:20])
        assert alone[0] == few[17]

    def test_order_does_not_matter(self) -> None:
        backwards = np.asarray(standard_normal(3, "iiv/x", numbers(50)[::-1]))
        np.testing.assert_array_equal(
            backwards[::-1], np.asarray(standard_normal(3, "iiv/x", numbers(50)))
        )

    def test_streams_seeds_and_counters_are_independent(self) -> None:
        z = [
            standard_normal(3, "a", numbers(MANY)),
            standard_normal(3, "b", numbers(MANY)),
            standard_normal(4, "a", numbers(MANY)),
            standard_normal(3, "a", numbers(MANY), jnp.zeros(MANY, jnp.int32)),
            standard_normal(3, "a", numbers(MANY), jnp.ones(MANY, jnp.int32)),
        ]
        correlations = np.corrcoef(np.stack([np.asarray(v) for v in z]))
        assert np.abs(correlations - np.eye(5)).max() < 5.0 / math.sqrt(MANY)

    def test_several_streams_at_once_are_each_their_own(self) -> None:
        both = np.asarray(standard_normals(3, ("a", "b"), numbers(9)))
        for row, stream in zip(both, ("a", "b"), strict=True):
            np.testing.assert_array_equal(row, np.asarray(standard_normal(3, stream, numbers(9))))

    def test_the_numbers_are_standard_normal(self) -> None:
        z = np.asarray(standard_normal(11, "check", numbers(MANY)))
        assert z.dtype == np.float64
        # Kolmogorov-Smirnov; the seed is fixed, so this passes always or never.
        assert stats.kstest(z, "norm").pvalue > 1e-4

    def test_high_numbers_are_as_good_as_low_ones(self) -> None:
        z = np.asarray(standard_normal(11, "check", jnp.arange(9_990_000, 10_000_000)))
        assert len(np.unique(z)) == 10_000
        assert abs(z.mean()) < mean_error(1.0, 10_000)


class TestBetweenPatients:
    def test_variances_are_those_of_the_paper(self) -> None:
        model = load_pk_model("simons_2022")
        etas = pk_iiv_etas(model, numbers(MANY), seed=2)
        # Simons 2022, Table 4: variances. The error of a variance v is v sqrt(2/n).
        for name, variance in {"VK1": 0.057, "CLK1": 0.029, "VH1": 1.22, "MTT_K_NK": 0.021}.items():
            eta = np.asarray(etas[name])
            assert eta.var() == pytest.approx(variance, rel=5.0 * math.sqrt(2.0 / MANY))
            assert abs(eta.mean()) < mean_error(math.sqrt(variance))
        assert "VK2" not in etas
        assert "KA1" not in etas  # between occasions only

    def test_covariances_are_those_of_the_paper(self) -> None:
        # Otto 2021, OMEGA blocks: V1 and CL, V_nk and CL_nk; nothing between the blocks.
        etas = pk_iiv_etas(load_pk_model("otto_2021"), numbers(MANY), seed=2)
        names = ("V1", "CL", "V_nk", "CL_nk")
        found = np.cov(np.stack([np.asarray(etas[n]) for n in names]))
        expected = np.diag([0.084177, 0.026048, 0.040426, 0.10319])
        expected[0, 1] = expected[1, 0] = 0.02261
        expected[2, 3] = expected[3, 2] = 0.04456
        # Five standard errors of a covariance, sqrt((v_a v_b + c^2) / n).
        spread = np.diag(expected)
        error = 5.0 * np.sqrt((np.outer(spread, spread) + expected**2) / MANY)
        assert np.all(np.abs(found - expected) < error)

    def test_a_fixed_parameter_has_no_spread_and_leaves_the_others_theirs(self) -> None:
        table = load_pk_model("otto_2021").model_dump(by_alias=True)
        free = pk_iiv_etas(PkModel.model_validate(table), numbers(50), seed=2)
        for entry in table["parameter"]:
            if entry["name"] == "V1":
                entry["iiv"] = {**entry["iiv"], "value": 0.0}
        table["covariance"] = [e for e in table["covariance"] if "V1" not in (e["a"], e["b"])]
        fixed = PkModel.model_validate(table)
        assert lint(fixed) == []
        etas = pk_iiv_etas(fixed, numbers(50), seed=2)
        assert np.all(np.asarray(etas["V1"]) == 0.0)
        for name in ("V_nk", "CL_nk"):
            np.testing.assert_array_equal(np.asarray(etas[name]), np.asarray(free[name]))
        names, root = covariance_root(fixed)
        # Otto 2021, the variance of the eta of CL: alone now, its root is its standard deviation.
        assert root[names.index("CL"), names.index("CL")] == pytest.approx(math.sqrt(0.026048))

    def test_a_coefficient_of_variation_is_that_of_the_log_normal(self) -> None:
        # Perez-Ruixo 2021: 132 percent for ka_sw. CV^2 = exp(sd^2) - 1.
        etas = pk_iiv_etas(load_pk_model("perezruixo_2021"), numbers(MANY), seed=2)
        sd = np.asarray(etas["ka_sw"]).std()
        assert math.sqrt(math.expm1(sd**2)) == pytest.approx(1.32, rel=0.02)

    def test_effects_vary_as_the_file_says(self) -> None:
        fast = load_pd_model("fast_effect")
        middle = {p.name: jnp.full(MANY, p.value) for p in fast.parameter}
        values = effect_values(fast, middle, numbers(MANY), 2)
        eta = np.log(np.asarray(values["c50_fast"]) / fast.parameters["c50_fast"].value)
        assert eta.std() == pytest.approx(0.5, rel=5.0 / math.sqrt(2.0 * MANY))
        assert abs(eta.mean()) < mean_error(0.5)
        assert values["emax_fast"] is middle["emax_fast"]

    def test_a_calibrated_spread_takes_the_place_of_that_of_the_file(self) -> None:
        fast = load_pd_model("fast_effect")
        middle = {p.name: jnp.full(MANY, p.value) for p in fast.parameter}
        spread = {"omega_c50_fast": jnp.where(jnp.arange(MANY) % 2 == 1, 0.2, 0.8)}
        values = effect_values(fast, {**middle, **spread}, numbers(MANY), 2)
        eta = np.log(np.asarray(values["c50_fast"]) / fast.parameters["c50_fast"].value)
        for part, sd in ((eta[1::2], 0.2), (eta[::2], 0.8)):
            assert part.std() == pytest.approx(sd, rel=5.0 / math.sqrt(MANY))

    def test_a_mean_over_patients_stays_their_mean_with_another_spread(self) -> None:
        model = load_pd_model("dissociation")
        assert model.parameters["cadss_rise"].over_patients == "mean"
        middle = {p.name: jnp.full(MANY, p.value) for p in model.parameter}
        values = effect_values(
            model, {**middle, "omega_cadss_rise": jnp.full(MANY, 0.7)}, numbers(MANY), 2
        )
        rise = np.asarray(values["cadss_rise"])
        sd = math.sqrt(math.expm1(0.7**2))
        assert rise.mean() / middle["cadss_rise"][0] == pytest.approx(1.0, abs=mean_error(sd))

    def test_a_model_without_spread_has_none(self) -> None:
        assert pk_iiv_etas(load_pk_model("kamp_2020"), numbers(3), 2) == {}
        assert pk_iov_etas(load_pk_model("otto_2021"), numbers(3), 2, 2) == {}


class TestWithinPatients:
    def test_sessions_differ_and_have_the_variance_of_the_paper(self) -> None:
        etas = pk_iov_etas(load_pk_model("simons_2022"), numbers(MANY), 2, seed=2)
        eta = np.asarray(etas["D2"])
        assert eta.shape == (2, MANY)
        assert eta.var() == pytest.approx(0.611, rel=5.0 / math.sqrt(MANY))
        assert abs(np.corrcoef(eta)[0, 1]) < 5.0 / math.sqrt(MANY)

    def test_a_session_is_the_same_in_a_longer_course(self) -> None:
        model = load_pk_model("simons_2022")
        short = pk_iov_etas(model, numbers(5), 2, seed=2)
        long = pk_iov_etas(model, numbers(9), 6, seed=2)
        for name, eta in short.items():
            np.testing.assert_array_equal(np.asarray(long[name])[:2, :5], np.asarray(eta))

    def test_between_and_within_are_drawn_apart(self) -> None:
        # CLH1 has both: 0.103 between patients, 0.008 between occasions.
        model = load_pk_model("simons_2022")
        between = np.asarray(pk_iiv_etas(model, numbers(MANY), 2)["CLH1"])
        within = np.asarray(pk_iov_etas(model, numbers(MANY), 1, 2)["CLH1"])[0]
        assert abs(np.corrcoef(between, within)[0, 1]) < 5.0 / math.sqrt(MANY)


def parameter(value: float, prior: Prior | None = None, se: float | None = None) -> PdParameter:
    return PdParameter(name="x", value=value, unit="", origin="assumed", prior=prior, se=se)


def drawn(of: PdParameter, draws: int = MANY) -> np.ndarray:
    return np.asarray(draw_typical("owner", [of], numbers(draws), 5)["x"])


class TestDraws:
    def test_one_draw_takes_what_was_published(self) -> None:
        for name in ("slow_lag", "fast_effect", "placebo"):
            effect = load_pd_model(name)
            single = draw_typical(name, effect.parameter, numbers(1), 5)
            assert {n: float(v[0]) for n, v in single.items()} == {
                p.name: p.value for p in effect.parameter
            }

    def test_a_draw_is_the_same_among_few_and_many(self) -> None:
        effect = load_pd_model("slow_lag")
        few = draw_typical("slow_lag", effect.parameter, numbers(3), 5)
        many = draw_typical("slow_lag", effect.parameter, numbers(50), 5)
        for name, value in few.items():
            np.testing.assert_array_equal(np.asarray(many[name])[:3], np.asarray(value))

    def test_calibrated_effects_take_whole_rows_of_the_calibration(self) -> None:
        found = posterior.draws()
        effect = load_pd_model("slow_lag")
        drawn = draw_typical("slow_lag", effect.parameter, numbers(50), 5)
        names = sorted(found.by_effect["slow_lag"])
        rows = np.stack([found.values[n] for n in names], axis=1)
        taken = np.stack([np.asarray(drawn[n]) for n in names], axis=1)
        places = [np.flatnonzero((rows == row).all(axis=1)) for row in taken]
        assert all(len(place) == 1 for place in places)
        assert len({int(place[0]) for place in places}) == 50
        assert not np.array_equal(np.concatenate(places), np.arange(50))
        assert np.asarray(draw_typical("slow_lag", effect.parameter, numbers(50), 6)["p_slow"])[
            0
        ] != float(drawn["p_slow"][0])

    def test_what_was_not_calibrated_is_drawn_from_its_file(self) -> None:
        effect = load_pd_model("slow_turnover")
        calibrated = posterior.draws().by_effect["slow_turnover"]
        drawn = draw_typical("slow_turnover", effect.parameter, numbers(50), 5)
        files = draw_from_files({"slow_turnover": effect.parameter}, numbers(50), 5)
        own = set(effect.parameters) - set(calibrated)
        assert own
        for name in own:
            np.testing.assert_array_equal(drawn[name], files["slow_turnover"][name])

    # Quantiles of 200,000 draws are within a percent of a standard deviation or two.
    def test_a_normal_prior(self) -> None:
        x = drawn(parameter(0.04, Prior(distribution="normal", sd=0.1, note="n")))
        expected = stats.norm(0.04, 0.1).ppf([0.025, 0.5, 0.975])
        np.testing.assert_allclose(np.quantile(x, [0.025, 0.5, 0.975]), expected, atol=0.002)

    def test_a_log_normal_prior_has_its_value_as_median(self) -> None:
        # Dahan 2011: half-time 10.9 days, interval 5.3 to 20.5, of which sd is the width.
        x = drawn(parameter(10.9, Prior(distribution="lognormal", sd=0.345, note="n")))
        expected = 10.9 * np.exp(0.345 * stats.norm.ppf([0.025, 0.5, 0.975]))
        np.testing.assert_allclose(np.quantile(x, [0.025, 0.5, 0.975]), expected, rtol=0.01)
        assert expected[0] == pytest.approx(5.3, rel=0.06)
        assert expected[2] == pytest.approx(20.5, rel=0.06)

    def test_a_logit_prior_stays_a_probability(self) -> None:
        x = drawn(parameter(0.67, Prior(distribution="logit", sd=0.452, note="n")))
        odds = 0.67 / 0.33 * np.exp(0.452 * stats.norm.ppf([0.025, 0.5, 0.975]))
        expected = odds / (1.0 + odds)
        np.testing.assert_allclose(np.quantile(x, [0.025, 0.5, 0.975]), expected, atol=0.004)
        assert 0.0 < x.min() < x.max() < 1.0

    def test_a_flat_prior(self) -> None:
        x = drawn(parameter(0.25, Prior(distribution="uniform", low=0.0, high=1.0 / 3.0, note="n")))
        assert stats.kstest(x, "uniform", (0.0, 1.0 / 3.0)).pvalue > 1e-4

    def test_a_flat_prior_on_the_log(self) -> None:
        # 10 to 400 ng/mL: the median is their geometric middle, 63.2.
        x = drawn(parameter(63.2, Prior(distribution="loguniform", low=10.0, high=400.0, note="n")))
        assert stats.kstest(np.log(x / 10.0) / math.log(40.0), "uniform").pvalue > 1e-4
        assert np.median(x) == pytest.approx(math.sqrt(10.0 * 400.0), rel=0.02)

    def test_a_standard_error_becomes_a_log_normal(self) -> None:
        # CLK1 of Simons 2022: 1.48 (SE 0.06) L/min. The coefficient of variation is SE / value.
        x = drawn(parameter(1.48, se=0.06))
        assert np.median(x) == pytest.approx(1.48, rel=5.0 * 1.25 * 0.0405 / math.sqrt(MANY))
        assert x.std() / x.mean() == pytest.approx(0.06 / 1.48, rel=0.01)

    def test_without_either_it_stays(self) -> None:
        assert np.all(drawn(parameter(1.5), 10) == 1.5)

    def test_shared_parameters_move_together(self) -> None:
        model = load_pk_model("simons_2022")
        typical = share_draws(model, draw_typical(model.id, model.parameter, numbers(100), 5))
        assert np.asarray(typical["VK1"]).std() > 0.0
        np.testing.assert_allclose(typical["VN1"], typical["VK1"], rtol=1e-15)


class TestCovariates:
    def test_what_is_given_is_kept(self) -> None:
        given = {"weight": 61.5, "female": 0.0, "asian": 1.0}
        people = covariates(PEOPLE, given, numbers(6), 1)
        for name, value in given.items():
            assert np.all(np.asarray(people[name]) == value)
        assert np.asarray(people["age"]).std() > 0.0

    def test_the_rest_is_drawn_as_the_file_says(self) -> None:
        people = {n: np.asarray(v) for n, v in covariates(PEOPLE, {}, numbers(MANY), 1).items()}
        assert people["female"].mean() == pytest.approx(0.94, abs=mean_error(0.24))
        # Medians: clipping of the ends does not move them. Error of a median: 1.25 of a mean's.
        assert np.median(people["age"]) == pytest.approx(49.0, abs=1.25 * mean_error(11.0))
        assert np.median(people["weight"]) == pytest.approx(75.0, rel=1.25 * mean_error(0.2))
        assert np.median(people["pain"]) == pytest.approx(7.1, abs=1.25 * mean_error(1.3))
        assert people["age"].min() >= 18.0
        assert people["age"].max() <= 90.0
        assert 0.0 < people["pain"].min() < people["pain"].max() < 10.0

    def test_a_given_value_does_not_change_who_the_others_are(self) -> None:
        free = covariates(PEOPLE, {}, numbers(5), 1)
        bound = covariates(PEOPLE, {"weight": 70.0}, numbers(5), 1)
        np.testing.assert_array_equal(np.asarray(free["age"]), np.asarray(bound["age"]))

    def test_the_typical_patient_is_the_middle(self) -> None:
        person = typical_covariates(PEOPLE, {"weight": 58.0})
        assert person["weight"] == 58.0
        assert (person["age"], person["pain"], person["female"]) == (49.0, 7.1, 1.0)


class TestDayNoise:
    def test_it_is_stationary_with_its_correlation(self) -> None:
        people, days = 20_000, 12
        noise = np.asarray(day_noise(numbers(people), days, 0.38, 0.5, seed=1))
        assert noise.shape == (days, people)
        sd = noise.std(axis=1)
        np.testing.assert_allclose(sd, 0.38, rtol=5.0 / math.sqrt(2.0 * people))
        for lag in (1, 2, 3):
            for first in (0, 4, days - 1 - lag):
                found = np.corrcoef(noise[first], noise[first + lag])[0, 1]
                assert found == pytest.approx(0.5**lag, abs=5.0 / math.sqrt(people))

    def test_a_day_is_the_same_in_a_longer_course(self) -> None:
        short = np.asarray(day_noise(numbers(4), 5, 0.38, 0.5, seed=1))
        long = np.asarray(day_noise(numbers(9), 90, 0.38, 0.5, seed=1))
        np.testing.assert_array_equal(long[:5, :4], short)

    def test_without_correlation_days_are_apart(self) -> None:
        noise = np.asarray(day_noise(numbers(20_000), 2, 1.0, 0.0, seed=1))
        assert abs(np.corrcoef(noise)[0, 1]) < 5.0 / math.sqrt(20_000)
