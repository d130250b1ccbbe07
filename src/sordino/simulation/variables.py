"""The variables of a result: names, units, what they mean. One place for all of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Variable:
    """A readout over time. `low`, `high` bound the values it can take on a linear scale;
    a concentration has none and is kept on a log scale when it is summed up. What is only
    computed `on_request` is left out unless it is named."""

    name: str
    unit: str
    description: str
    low: float | None = None
    high: float | None = None
    on_request: bool = False


VARIABLES: dict[str, Variable] = {
    v.name: v
    for v in (
        Variable("conc_ketamine", "ng/mL", "ketamine in plasma, both enantiomers"),
        Variable("conc_s_ketamine", "ng/mL", "S-ketamine in plasma"),
        Variable("conc_r_ketamine", "ng/mL", "R-ketamine in plasma"),
        Variable("conc_norketamine", "ng/mL", "norketamine in plasma, both enantiomers"),
        Variable(
            "conc_hydroxynorketamine",
            "ng/mL",
            "hydroxynorketamine in plasma, both enantiomers",
            on_request=True,
        ),
        Variable("nmda_block", "fraction", "NMDA receptors blocked, receptor model", 0.0, 1.0),
        Variable("effect_fast", "fraction", "fast effect on the gain of pain", 0.0, 1.0),
        Variable("effect_slow", "fraction", "slow effect on the gain of pain", 0.0, 1.0),
        Variable("slow_fraction", "fraction", "slow effect as part of its maximum", 0.0, 1.0),
        Variable("gain", "fraction", "gain of pain; 1 is untreated", 0.0, 1.0),
        Variable("pain", "0-10", "pain with the drug", 0.0, 10.0),
        Variable("pain_placebo", "0-10", "pain of the same patients without drug", 0.0, 10.0),
        Variable("cadss", "0-92", "dissociation, CADSS total", 0.0, 92.0),
        Variable("sbp_change", "mmHg", "change of systolic blood pressure", 0.0, 400.0),
        Variable("dbp_change", "mmHg", "change of diastolic blood pressure", 0.0, 400.0),
        Variable("heart_rate_change", "1/min", "change of heart rate", 0.0, 200.0),
        Variable(
            "madrs_change",
            "MADRS points",
            "change of the depression score, in people with depression",
            on_request=True,
        ),
        Variable(
            "madrs_change_placebo",
            "MADRS points",
            "change of the depression score of the same people without drug",
            on_request=True,
        ),
        Variable(
            "fatigue_change",
            "percent",
            "change of fatigue, percent of the score before",
            on_request=True,
        ),
        Variable(
            "fatigue_change_placebo",
            "percent",
            "change of fatigue of the same people without drug",
            on_request=True,
        ),
    )
}

USUAL = tuple(name for name, v in VARIABLES.items() if not v.on_request)
"""What a result holds unless it is told otherwise."""
