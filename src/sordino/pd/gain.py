"""The two clocks: how far the gain of pain is turned down."""

from __future__ import annotations

from jaxtyping import Array, Float

Course = Float[Array, "time lanes"]
Lanes = Float[Array, "..."]


def fast_effect(site: Course, emax_fast: Lanes, c50_fast: Lanes) -> Course:
    """E_fast = emax C / (C + c50), C the fast effect site in ng/mL of S-equivalents."""
    return emax_fast * site / (site + c50_fast)


def slow_fraction(site: Course, c50_slow: Lanes) -> Course:
    """The slow effect as a fraction of its maximum, C / (C + c50) [dahan_2011]."""
    return site / (site + c50_slow)


def slow_effect(fraction: Course, responder: Lanes, transfer: Lanes, emax_slow: Lanes) -> Course:
    """E_slow = Z transfer emax fraction.

    `responder` Z is 1 in slow responders and 0 in the others; `transfer` is how much of the
    effect seen in CRPS exists in fibromyalgia.
    """
    return responder * transfer * emax_slow * fraction


def gain(effect_fast: Course, effect_slow: Course) -> Course:
    """What is left of the gain of pain: (1 - E_fast)(1 - E_slow); 1 is untreated."""
    return (1.0 - effect_fast) * (1.0 - effect_slow)
