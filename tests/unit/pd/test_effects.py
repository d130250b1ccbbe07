"""Effects at concentrations where the answer is known without computing it."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jax import Array

from sordino.library.pd_schema import load_pd_model
from sordino.pd.circulation import circulation_change
from sordino.pd.dissociation import cadss
from sordino.pd.gain import fast_effect, gain, slow_effect, slow_fraction
from sordino.pd.receptor import nmda_block


def at(*values: float) -> Array:
    """A course of one lane."""
    return jnp.asarray(values, float)[:, None]


def one(value: float) -> Array:
    return jnp.asarray(float(value))


def published(effect: str) -> dict[str, Array]:
    return {n: one(p.value) for n, p in load_pd_model(effect).parameters.items()}


class TestReceptor:
    # 1 umol/L of S-ketamine is 237.73 ng/mL. With 56 percent unbound and Ki 0.3 umol/L (Ebert
    # 1997), x = 1 at 237.73 * 0.3 / 0.56 ng/mL: half of the receptors.
    half_s = 237.73 * 0.3 / 0.56

    def block(self, **ng_ml: float) -> float:
        courses = {name: at(value) for name, value in ng_ml.items()}
        return float(nmda_block(courses, published("nmda_block"))[0, 0])

    def test_half_is_blocked_at_the_unbound_ki(self) -> None:
        assert self.block(s_ketamine=self.half_s) == pytest.approx(0.5, rel=1e-15)
        assert self.block(s_ketamine=3.0 * self.half_s) == pytest.approx(0.75, rel=1e-15)

    def test_no_drug_no_block(self) -> None:
        assert self.block(s_ketamine=0.0, r_norketamine=0.0) == 0.0

    def test_ligands_compete_for_the_same_receptors(self) -> None:
        # Both enantiomers at their own half: x = 2.
        half_r = 237.73 * 1.4 / 0.56
        assert self.block(s_ketamine=self.half_s, r_ketamine=half_r) == pytest.approx(2.0 / 3.0)

    def test_norketamine_is_weaker_by_its_ki_and_lighter_by_its_mass(self) -> None:
        half = 223.70 * 1.7 / 0.5
        assert self.block(s_norketamine=half) == pytest.approx(0.5, rel=1e-15)
        assert self.block(r_norketamine=half * 13.0 / 1.7) == pytest.approx(0.5, rel=1e-15)


class TestGain:
    def test_half_of_each_maximum_at_its_c50(self) -> None:
        assert float(fast_effect(at(63.2), one(0.85), one(63.2))[0, 0]) == pytest.approx(0.425)
        assert float(slow_fraction(at(10.5), one(10.5))[0, 0]) == pytest.approx(0.5)

    def test_no_drug_leaves_the_gain_at_one(self) -> None:
        assert float(gain(at(0.0), at(0.0))[0, 0]) == 1.0

    @given(fast=st.floats(0.0, 1.0), slow=st.floats(0.0, 1.0))
    def test_what_one_effect_leaves_the_other_can_take(self, fast: float, slow: float) -> None:
        left = float(gain(at(fast), at(slow))[0, 0])
        # 1 - gain = E_f + E_s - E_f E_s, the sum of independent chances.
        assert 1.0 - left == pytest.approx(fast + slow - fast * slow, abs=1e-15)
        assert 0.0 <= left <= 1.0

    def test_who_is_no_slow_responder_has_no_slow_effect(self) -> None:
        fraction = jnp.array([[0.74, 0.74]])
        member = jnp.array([1.0, 0.0])
        effect = np.asarray(slow_effect(fraction, member, one(0.5), one(0.8)))
        np.testing.assert_allclose(effect, [[0.74 * 0.4, 0.0]], rtol=1e-15)


class TestDissociation:
    def total(self, *ng_ml: float, **changed: float) -> np.ndarray:
        values = published("dissociation") | {n: one(v) for n, v in changed.items()}
        names = ("cadss_baseline", "cadss_rise", "cadss_reference", "c50_dissociation")
        rest = ("hill_dissociation", "cadss_max")
        return np.asarray(cadss(at(*ng_ml), *(values[n] for n in names + rest)))[:, 0]

    def test_the_reference_gives_what_was_measured(self) -> None:
        # Goldway 2025: 24.94 points at the reference, 0.94 before.
        np.testing.assert_allclose(self.total(0.0, 186.35), [0.94, 24.94], rtol=1e-14)

    def test_half_of_the_largest_rise_at_the_c50(self) -> None:
        total = self.total(71.0, 1e9, c50_dissociation=71.0, cadss_max=1e3)
        assert total[0] - 0.94 == pytest.approx((total[1] - 0.94) / 2.0, rel=1e-12)

    def test_it_grows_with_the_concentration_and_ends_with_the_scale(self) -> None:
        total = self.total(*np.geomspace(0.1, 1e4, 50), cadss_rise=200.0)
        assert np.all(np.diff(total) >= 0.0)
        assert total[-1] == 92.0

    def test_the_scale_has_no_negative_points(self) -> None:
        assert self.total(186.35, cadss_rise=-50.0)[0] == 0.0


class TestCirculation:
    def test_the_reference_gives_what_was_measured(self) -> None:
        change = circulation_change(at(0.0, 177.08), one(11.7), one(177.08), one(400.0))
        np.testing.assert_allclose(np.asarray(change)[:, 0], [0.0, 11.7], rtol=1e-14)

    def test_the_shape_bends_at_its_c50(self) -> None:
        # f(400) / f(100) = (1/2) / (1/5).
        change = np.asarray(circulation_change(at(400.0, 100.0), one(9.0), one(50.0), one(400.0)))
        assert change[0, 0] / change[1, 0] == pytest.approx(2.5, rel=1e-14)
