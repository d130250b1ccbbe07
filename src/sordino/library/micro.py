"""What the parameters of the usual compartment models mean: formulas of their rate constants.

A disposition is a central compartment with up to two peripheral ones. The relations of
TRANS3 to TRANS6 are those of the NONMEM help pages `trans3` to `trans6`
(github.com/TingjieGuo/nmhelp, NONMEM 7.5); tests hold each to what defines it: alpha, beta and
gamma are the eigenvalues, A/B the ratio of the two exponentials after a bolus.
"""

from __future__ import annotations

from dataclasses import dataclass, field

RATE = "1/{time}"
CLEARANCE = "L/{time}"
VOLUME = "L"
RATIO = "ratio"


@dataclass(frozen=True)
class Disposition:
    """Elimination and exchange of a central compartment, as formulas of `parameters`.

    `parameters`: names and units. `exchange`: rate constants out of and back into the central
    compartment, one pair for each peripheral one. `volume` is None where the parameters hold
    no volume: then the amount is what is predicted. `derived`: rate constants by name.
    """

    parameters: dict[str, str]
    elimination: str
    exchange: tuple[tuple[str, str], ...] = ()
    volume: str | None = None
    derived: dict[str, str] = field(default_factory=dict[str, str])


def clearances(volume: str, *sides: tuple[str, str]) -> Disposition:
    """Clearance CL, central volume, and (flow, volume) of each peripheral compartment."""
    parameters = {"CL": CLEARANCE, volume: VOLUME}
    for flow, peripheral in sides:
        parameters |= {flow: CLEARANCE, peripheral: VOLUME}
    return Disposition(
        parameters,
        elimination=f"CL / {volume}",
        exchange=tuple((f"{flow} / {volume}", f"{flow} / {side}") for flow, side in sides),
        volume=volume,
    )


def rate_constants(*sides: tuple[str, str]) -> Disposition:
    """TRANS1: K, and the constants out of and back into the central compartment."""
    names = ["K", *(name for side in sides for name in side)]
    return Disposition(dict.fromkeys(names, RATE), elimination="K", exchange=sides)


def steady_state_volume() -> Disposition:
    """TRANS3: CL, V, Q and the volume of distribution at steady state VSS."""
    parameters = {"CL": CLEARANCE, "V": VOLUME, "Q": CLEARANCE, "VSS": VOLUME}
    return Disposition(
        parameters, elimination="CL / V", exchange=(("Q / V", "Q / (VSS - V)"),), volume="V"
    )


def ratio_of_exponentials(out: str, back: str) -> Disposition:
    """TRANS5: after a bolus, A exp(-ALPHA t) + B exp(-BETA t) with AOB = A/B."""
    derived = {
        back: "(AOB * BETA + ALPHA) / (AOB + 1)",
        "K": f"ALPHA * BETA / {back}",
        out: f"ALPHA + BETA - {back} - K",
    }
    parameters = {"AOB": RATIO, "ALPHA": RATE, "BETA": RATE}
    return Disposition(parameters, elimination="K", exchange=((out, back),), derived=derived)


def two_exponents(out: str, back: str) -> Disposition:
    """TRANS6 of two compartments: the exponents and the constant back."""
    derived = {"K": f"ALPHA * BETA / {back}", out: f"ALPHA + BETA - {back} - K"}
    return Disposition(
        {"ALPHA": RATE, "BETA": RATE, back: RATE},
        elimination="K",
        exchange=((out, back),),
        derived=derived,
    )


def three_exponents(first: tuple[str, str], second: tuple[str, str]) -> Disposition:
    """TRANS6 of three compartments: the exponents and both constants back.

    With S the sum and P the sum of products of pairs of the exponents, K k21 k31 is their
    product, S = K + k12 + k13 + k21 + k31, and P - K k21 - S k31 + k31^2 = k13 (k21 - k31).
    """
    (out1, back1), (out2, back2) = first, second
    total = "(ALPHA + BETA + GAMMA)"
    pairs = "ALPHA * BETA + ALPHA * GAMMA + BETA * GAMMA"
    numerator = f"{pairs} + {back2} * {back2} - {back2} * {total} - K * {back1}"
    derived = {
        "K": f"ALPHA * BETA * GAMMA / ({back1} * {back2})",
        out2: f"({numerator}) / ({back1} - {back2})",
        out1: f"{total} - K - {out2} - {back1} - {back2}",
    }
    names = ("ALPHA", "BETA", "GAMMA", back1, back2)
    return Disposition(
        dict.fromkeys(names, RATE), elimination="K", exchange=(first, second), derived=derived
    )


PLAIN_ORAL = {"KA": RATE}
PLAIN_MODELS = (
    clearances("V"),
    clearances("VC", ("Q", "VP")),
    clearances("VC", ("Q1", "VP1"), ("Q2", "VP2")),
)
"""One, two and three compartments in clearances and volumes."""

ADVAN_MODELS: dict[tuple[int, int], Disposition] = {
    (1, 1): rate_constants(),
    (1, 2): clearances("V"),
    (2, 1): rate_constants(),
    (2, 2): clearances("V"),
    (3, 1): rate_constants(("K12", "K21")),
    (3, 3): steady_state_volume(),
    (3, 4): clearances("V1", ("Q", "V2")),
    (3, 5): ratio_of_exponentials("K12", "K21"),
    (3, 6): two_exponents("K12", "K21"),
    (4, 1): rate_constants(("K23", "K32")),
    (4, 3): steady_state_volume(),
    (4, 4): clearances("V2", ("Q", "V3")),
    (4, 5): ratio_of_exponentials("K23", "K32"),
    (4, 6): two_exponents("K23", "K32"),
    (11, 1): rate_constants(("K12", "K21"), ("K13", "K31")),
    (11, 4): clearances("V1", ("Q2", "V2"), ("Q3", "V3")),
    (11, 6): three_exponents(("K12", "K21"), ("K13", "K31")),
    (12, 1): rate_constants(("K23", "K32"), ("K24", "K42")),
    (12, 4): clearances("V2", ("Q3", "V3"), ("Q4", "V4")),
    (12, 6): three_exponents(("K23", "K32"), ("K24", "K42")),
}
"""By ADVAN and TRANS number."""
