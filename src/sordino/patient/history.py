"""What screening asks about a person: symptoms, conditions, drugs, tests, earlier treatments.

A key that is absent is not known. Nothing is taken for false because it was not mentioned.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from sordino.errors import UnitError
from sordino.findings import Finding, quantity_text, reject, shown
from sordino.units import Kind, parse_quantity

STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
MAX_ENTRIES = 100

Area = Literal[
    "jaw_left",
    "shoulder_girdle_left",
    "upper_arm_left",
    "lower_arm_left",
    "jaw_right",
    "shoulder_girdle_right",
    "upper_arm_right",
    "lower_arm_right",
    "hip_left",
    "upper_leg_left",
    "lower_leg_left",
    "hip_right",
    "upper_leg_right",
    "lower_leg_right",
    "neck",
    "upper_back",
    "lower_back",
    "chest",
    "abdomen",
]
AREAS: tuple[str, ...] = get_args(Area)
Severity = Annotated[int, Field(ge=0, le=3)]
Somatic = Literal["none", "few", "moderate number", "great deal"]
SOMATIC: tuple[str, ...] = get_args(Somatic)
DrugKind = Literal[
    "benzodiazepine", "opioid", "psychostimulant", "mao_inhibitor", "ssri", "none_of_these"
]
TestResult = Literal["normal", "abnormal", "not done"]
Outcome = Literal["no relief", "some relief", "good relief", "not tolerated", "not known"]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]
Words = Annotated[str, Field(max_length=200)]
Duration = Annotated[str, quantity_text(Kind.TIME)]
Flag = bool | None


def _flag(description: str) -> Any:
    return Field(default=None, description=description)


class Symptoms(BaseModel):
    """What the criteria for fibromyalgia count."""

    model_config = STRICT

    pain_areas: Annotated[tuple[Area, ...], Field(strict=False, max_length=len(AREAS))] | None = (
        Field(default=None, description="All areas with pain in the past week; empty: none.")
    )
    fatigue: Severity | None = _flag("Severity in the past week, 0 to 3.")
    waking_unrefreshed: Severity | None = _flag("Severity in the past week, 0 to 3.")
    cognitive_symptoms: Severity | None = _flag("Severity in the past week, 0 to 3.")
    headaches: Flag = _flag("In the previous 6 months.")
    lower_abdominal_pain_or_cramps: Flag = _flag("In the previous 6 months.")
    depression: Flag = _flag("In the previous 6 months.")
    somatic_symptoms: Somatic | None = _flag("For the criteria of 2010: how many, judged.")
    months: Annotated[float, Field(ge=0, le=1200)] | None = _flag(
        "For how many months the symptoms have been at a similar level."
    )
    other_explanation: Flag = _flag("Another disorder would explain the pain.")

    @field_validator("pain_areas")
    @classmethod
    def _each_once(cls, areas: tuple[str, ...] | None) -> tuple[str, ...] | None:
        given = areas or ()
        reject(
            Finding((number,), f"{area} stands twice")
            for number, area in enumerate(given)
            if area in given[:number]
        )
        return areas


def _never_or_time(value: object) -> object:
    """Accept "never", or how long ago as text with a unit."""
    if value != "never":
        try:
            parse_quantity(value, Kind.TIME)
        except UnitError as error:
            allowed = f'"never", or {error.allowed}'
            reject([Finding((), error.what, allowed, error.hint, unit=True)])
    return value


class Conditions(BaseModel):
    """Conditions that a guideline, a label or a trial names: true, false, or not known."""

    model_config = STRICT

    otherwise_healthy: Flag = _flag("Healthy but for the pain.")
    pregnancy: Flag = _flag("Pregnant.")
    lactation: Flag = _flag("Breastfeeding.")
    ketamine_hypersensitivity: Flag = _flag("To ketamine, esketamine or an excipient.")
    cardiovascular_risk: Flag = _flag("Suspected, or high risk of, cardiovascular disease.")
    poorly_controlled_cardiovascular_disease: Flag = _flag("Poorly controlled.")
    severe_cardiovascular_disease: Flag = _flag("Severe.")
    last_cardiovascular_event: Annotated[str, BeforeValidator(_never_or_time)] | None = Field(
        default=None,
        description='How long ago, myocardial infarction included; or "never".',
        examples=["never", "10 weeks"],
    )
    refractory_hypertension: Flag = _flag("High pressure in spite of treatment.")
    aneurysmal_vascular_disease: Flag = _flag("Of the brain, the aorta or a peripheral artery.")
    intracerebral_haemorrhage: Flag = _flag("Ever.")
    raised_intracranial_pressure: Flag = _flag("Raised pressure in the head.")
    raised_intraocular_pressure: Flag = _flag("Raised pressure in the eye.")
    narrow_angle_glaucoma: Flag = _flag("Narrow-angle glaucoma.")
    active_psychosis: Flag = _flag("Psychosis now.")
    psychotic_disorder: Flag = _flag("Schizophrenia or other psychosis, now or earlier.")
    bipolar_disorder: Flag = _flag("Bipolar disorder.")
    personality_disorder: Flag = _flag("Personality disorder.")
    active_substance_abuse: Flag = _flag("Abuse of a substance now.")
    substance_misuse_history: Flag = _flag("Misuse of drugs or alcohol, now or earlier.")
    alcohol_abuse: Flag = _flag("Alcohol abuse.")
    moderate_hepatic_disease: Flag = _flag("Moderate disease of the liver.")
    severe_hepatic_disease: Flag = _flag("Severe disease of the liver.")
    child_pugh: Literal["none", "A", "B", "C"] | None = _flag(
        'Child-Pugh class of liver disease; "none" without liver disease.'
    )
    liver_dysfunction: Flag = _flag("The liver does not work as it should.")
    chronic_hepatitis: Flag = _flag("Chronic hepatitis.")
    high_doses_planned: Flag = _flag("High doses at frequent intervals are expected.")
    sleep_apnea: Flag = _flag("Obstructive sleep apnea.")
    # One for each letter of the questionnaire's name.
    stop_bang: Annotated[int, Field(ge=0, le=8)] | None = _flag("STOP-Bang score, 0 to 8.")
    uncontrolled_diabetes: Flag = _flag("Uncontrolled diabetes.")
    hyperthyroidism: Flag = _flag("Hyperthyroidism.")
    inflammatory_rheumatic_disease: Flag = _flag("Inflammatory rheumatic disease.")
    malignancy: Flag = _flag("Malignancy.")

    @model_validator(mode="after")
    def _agree(self) -> Conditions:
        reject(
            Finding((key,), f"false, while {other} is true", hint="which of the two is right?")
            for key, other in _IMPLIED
            if getattr(self, key) is False and getattr(self, other) is True
        )
        if self.moderate_hepatic_disease and self.severe_hepatic_disease:
            what = "both moderate and severe are true"
            reject([Finding(("moderate_hepatic_disease",), what, "one of the two")])
        return self


# What is said to be absent although something else says that it is there.
_IMPLIED = (
    ("psychotic_disorder", "active_psychosis"),
    ("substance_misuse_history", "active_substance_abuse"),
    ("substance_misuse_history", "alcohol_abuse"),
)


class Drug(BaseModel):
    """A drug that the person takes now."""

    model_config = STRICT

    name: Name = Field(description="The substance, not a brand.")
    kind: DrugKind | None = _flag("Which of the classes that interactions are known for.")
    dose: Words | None = _flag("In words.")
    nasal: Flag = _flag("Taken as a nasal spray.")
    diazepam_equivalent: Annotated[str, quantity_text(Kind.DOSE)] | None = Field(
        default=None,
        description="For a benzodiazepine: the dose of a day as diazepam.",
        examples=["10 mg"],
    )

    @model_validator(mode="after")
    def _only_for_benzodiazepines(self) -> Drug:
        if self.diazepam_equivalent is not None and self.kind != "benzodiazepine":
            what = f"{shown(self.name)} is not called a benzodiazepine here"
            reject([Finding(("diazepam_equivalent",), what, hint='kind = "benzodiazepine"')])
        return self

    @property
    def diazepam_mg(self) -> float | None:
        """The dose of a day as diazepam in mg, when given."""
        text = self.diazepam_equivalent
        return None if text is None else parse_quantity(text, Kind.DOSE).value


class Intake(BaseModel):
    """What people take and do not call a drug."""

    model_config = STRICT

    alcohol: Flag = _flag("Drinks alcohol.")
    grapefruit_juice: Flag = _flag("Drinks grapefruit juice.")
    st_johns_wort: Flag = _flag("Takes St John's wort.")


class Examinations(BaseModel):
    """Tests that a guideline asks for, and what they showed."""

    model_config = STRICT

    ecg: TestResult | None = _flag("ECG before treatment.")
    liver_before: TestResult | None = _flag("Liver function tests before treatment.")
    liver_after: TestResult | None = _flag("Liver function tests after an infusion.")


class Tried(BaseModel):
    """A treatment of fibromyalgia that was tried."""

    model_config = STRICT

    treatment: Name = Field(description="Its name, as in a course file where it has one there.")
    dose: Words | None = _flag("In words.")
    weeks: Annotated[float, Field(gt=0, le=5200)] | None = _flag("For how many weeks.")
    outcome: Outcome | None = _flag("What came of it.")


class Arrangements(BaseModel):
    """How a session is going to be run."""

    model_config = STRICT

    supervised: Flag = _flag("Under direct supervision in a certified setting.")
    release_by_clinician: Flag = _flag("A clinician decides when the person may leave.")
    observed_for: Duration | None = _flag("How long the person is observed after the dose.")
    pressure_before_dose: Flag = _flag("Blood pressure is taken before the dose.")
    pressure_checks: (
        Annotated[tuple[Duration, ...], Field(strict=False, max_length=MAX_ENTRIES)] | None
    ) = Field(default=None, description="When after the dose blood pressure is taken.")
    pressure_repeated: Flag = _flag("It is taken again until it falls, as clinically indicated.")
    pressure_watched_for: Duration | None = _flag("How long blood pressure is watched.")
    no_food_before: Duration | None = _flag("How long before the dose nothing is eaten.")
    no_drink_before: Duration | None = _flag("How long before the dose nothing is drunk.")
    nasal_drug_gap: Duration | None = _flag(
        "How long before the dose no other nasal drug is taken."
    )
    driving: Literal["same day", "next day after a restful sleep"] | None = _flag(
        "From when on the person may drive."
    )
