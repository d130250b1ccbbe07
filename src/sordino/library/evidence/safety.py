"""The form of `safety.toml`: rules, side effects, interactions and what long use does.

Incidences are percent of people. Where a row is about another route, dose or disease than the
course in hand, it is a proxy: `drug`, `route`, `dose` and `population` say of what.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sordino.findings import Finding, reject
from sordino.library.evidence.parts import (
    Certainty,
    Count,
    Finite,
    Part,
    Percent,
    Positive,
    Probability,
    Row,
    SideEffect,
    Size,
    Text,
    Time,
    Uncertain,
)

Grade = Literal["A", "B", "C", "D"]
Product = Literal[
    "IV ketamine, chronic pain",
    "IV esketamine, FM trial",
    "esketamine nasal",
    "esketamine subcutaneous 0.5-1 mg/kg",
]


class Limit(Part):
    """A range that a guideline gives for a quantity; an open end is missing."""

    quantity: Literal["bolus", "infusion rate", "total dose per infusion for benefit"]
    unit: Literal["mg/kg", "mg/kg/h", "mg"]
    low: Positive | None = None
    high: Positive | None = None
    high_intensive_care: Positive | None = None
    longer_than: Time | None = None

    @model_validator(mode="after")
    def _has_an_end(self) -> Limit:
        if self.low is None and self.high is None:
            reject([Finding((), "a limit needs low or high")])
        if self.low is not None and self.high is not None and self.low > self.high:
            reject([Finding(("low",), f"{self.low:g} is above {self.high:g}")])
        return self


class GuidelineRule(Row):
    """One statement of a guideline, with the grade that the guideline gives it."""

    guideline: Text
    kind: Literal["indication", "dose", "preinfusion_test", "follow_on", "abuse"]
    condition: str = ""
    population: str = ""
    evidence: Literal["weak", "weak_or_none", "moderate"] | None = None
    horizon: str = ""
    horizon_at_most: Time | None = None
    later_evidence: Literal["none"] | None = None
    regimens: tuple[Text, ...] = ()
    limit: Limit | None = None
    dose_response: bool = False
    required_tests: tuple[Text, ...] | None = None
    options: tuple[Text, ...] = ()
    rule: str = ""
    grade: Grade | None = None
    certainty: Certainty | None = None


class Contraindication(Row):
    """A condition in which the product is not given, or only with care.

    `action` is this package's reading of the source: `exclude` is do not treat, `caution` a
    decision for a specialist. `basis` is what the source itself calls it. A pressure limit
    holds for the ages from `age_from` and below `age_below`.
    """

    product: Product
    action: Literal["exclude", "caution"]
    basis: Literal["relative", "label", "trial exclusion"]
    conditions: tuple[Text, ...] = ()
    within: Time | None = None
    sbp_above_mmhg: Positive | None = None
    dbp_above_mmhg: Positive | None = None
    age_below: Positive | None = None
    age_from: Positive | None = None
    grade: Grade | None = None
    certainty: Certainty | None = None


class Monitoring(Row):
    """What is watched, and when somebody may eat, leave or drive."""

    product: Product
    observe_at_least: Time | None = None
    release: str = ""
    program: str = ""
    pressure_before_dose: bool = False
    pressure_after_dose: Time | None = None
    pressure_watched_for: Time | None = None
    pressure_repeat: str = ""
    high_sbp_mmhg: Positive | None = None
    high_dbp_mmhg: Positive | None = None
    no_food_before: Time | None = None
    no_drink_before: Time | None = None
    nasal_drug_gap: Time | None = None
    driving_from: str = ""


class SideEffectStudy(Row):
    """How often a group of people had which side effects, and how long they lasted."""

    drug: Text
    route: Text
    dose: Text
    population: Text
    n_drug: Size | None = None
    n_control: Size | None = None
    control: str = ""
    effect: tuple[SideEffect, ...] = ()
    severity: str = ""
    completed_percent: Percent | None = None
    recurrence_up_to: Time | None = None
    findings: tuple[Text, ...] = ()


class PressureThreshold(Part):
    """How many passed a pressure, or a rise of pressure, of at least `mmhg`."""

    measure: Literal["sbp", "dbp", "sbp rise", "dbp rise"]
    mmhg: Positive
    drug_percent: Percent
    control_percent: Percent


class CirculationStudy(Row):
    """Blood pressure and pulse over a session."""

    drug: Text
    dose: Text
    n_patients: Size | None = None
    n_sessions: Size | None = None
    n_drug: Size | None = None
    n_control: Size | None = None
    peak: Time | None = None
    back_to_baseline_after_infusion: Time | None = None
    lasts_between: tuple[Time, Time] | None = None
    sbp_rise_mmhg: Uncertain | None = None
    dbp_rise_mmhg: Uncertain | None = None
    severe_percent_patients: Percent | None = None
    severe_percent_sessions: Percent | None = None
    severe_within_first_three_percent: Percent | None = None
    severe_definition: str = ""
    severe_count: Count | None = None
    odds_ratio_per_year_of_age: Uncertain | None = None
    threshold: tuple[PressureThreshold, ...] = ()
    findings: tuple[Text, ...] = ()


class Interaction(Row):
    """What another drug does to ketamine.

    Ratios are with the other drug over without it: of the area under the concentration curve,
    of the peak, of the half-life. A source that says "no increase" is coded 1.0.
    """

    perpetrator: Text
    perpetrator_dose: str = ""
    kind: Literal["pharmacokinetic", "pharmacodynamic"]
    mechanism: str = ""
    victim: Literal["ketamine", "esketamine"]
    route: Literal["oral", "intranasal", "iv"] | None = None
    victim_dose: str = ""
    n: Size | None = None
    auc_ratio: Positive | None = None
    auc_ratio_range: tuple[Positive, Positive] | None = None
    cmax_ratio: Positive | None = None
    half_life_ratio: Positive | None = None
    half_life: Literal["unchanged"] | None = None
    above_mg_diazepam: Positive | None = None
    sensitivity: Probability | None = None
    specificity: Probability | None = None
    p_day3: Probability | None = None
    p_day7: Probability | None = None
    findings: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Interaction:
        ratio = self.auc_ratio
        if (ratio is None) == (self.kind == "pharmacokinetic"):
            reject([Finding(("auc_ratio",), "a pharmacokinetic row, and no other, has a ratio")])
        ends = self.auc_ratio_range
        if ratio is not None and ends is not None and not ends[0] <= ratio <= ends[1]:
            reject([Finding(("auc_ratio",), f"{ratio:g} is outside its range")])
        return self


class LongTermHarm(Row):
    """What long, heavy or repeated use does to an organ."""

    organ: Literal[
        "liver", "bladder", "biliary tract", "dependence", "cognition", "psychosis", "overall"
    ]
    exposure: Text
    n_exposed: Size | None = None
    n_controls: Size | None = None
    affected: Count | None = None
    affected_percent: Percent | None = None
    definition: str = ""
    dose_response: bool = False
    improved_after_stopping_percent: Percent | None = None
    worse_after_stopping_percent: Percent | None = None
    onset_months_mean: Positive | None = None
    onset_months_sd: Positive | None = None
    retested_percent: Percent | None = None
    effect: tuple[SideEffect, ...] = ()
    findings: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _counts_fit(self) -> LongTermHarm:
        if self.affected is not None and (self.n_exposed is None or self.affected > self.n_exposed):
            reject([Finding(("affected",), "more affected than exposed")])
        return self


class RegimenUsed(Row):
    """A regimen that somebody gave, and the largest amounts in it."""

    title: Text
    dose: Text
    setting: str = ""
    n: Size | None = None
    n_infusions: Size | None = None
    max_rate_mg_h: Positive | None = None
    max_single_dose_mg: Positive | None = None
    no_response_percent: Percent | None = None
    vas_reduction: Uncertain | None = None
    relief_over_3_weeks_percent: tuple[Percent, Percent] | None = None
    bioavailability_percent: tuple[Percent, Percent] | None = None
    findings: tuple[Text, ...] = ()


class SessionPhase(Row):
    """When a phase of a session happens: at one time or between two, counted from `since`."""

    phase: Text
    route: Text
    since: Literal["infusion_start", "infusion_end", "dose", "last_spray"]
    time: Time | None = None
    between: tuple[Time, Time] | None = None
    n: Size | None = None
    bioavailability_percent: Percent | None = None
    half_life_between: tuple[Time, Time] | None = None
    lane_drift_upper_ci_cm: Finite | None = None
    lane_drift_margin_cm: Positive | None = None
    findings: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _one_of_two(self) -> SessionPhase:
        if (self.time is None) == (self.between is None):
            reject([Finding(("time",), "either time or between")])
        return self


class Safety(Part):
    """The file as a whole."""

    schema_version: Literal[1] = Field(alias="schema")
    guideline_rule: Annotated[tuple[GuidelineRule, ...], Field(min_length=1)]
    contraindication: Annotated[tuple[Contraindication, ...], Field(min_length=1)]
    monitoring: Annotated[tuple[Monitoring, ...], Field(min_length=1)]
    side_effects: Annotated[tuple[SideEffectStudy, ...], Field(min_length=1)]
    circulation: Annotated[tuple[CirculationStudy, ...], Field(min_length=1)]
    interaction: Annotated[tuple[Interaction, ...], Field(min_length=1)]
    long_term: Annotated[tuple[LongTermHarm, ...], Field(min_length=1)]
    regimen: Annotated[tuple[RegimenUsed, ...], Field(min_length=1)]
    session: Annotated[tuple[SessionPhase, ...], Field(min_length=1)]
