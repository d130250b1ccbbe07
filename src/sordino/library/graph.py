"""The graph of a model file: compartments, flows, what is measured, and how doses enter."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sordino.findings import Finding, reject
from sordino.library.parts import Formula, Identifier, NotNegative, Origin, Part

ConcentrationUnit = Literal["ng/mL", "mg/L", "mg"]

_SCALE: dict[ConcentrationUnit, float] = {"ng/mL": 1000.0, "mg/L": 1.0, "mg": 1.0}


class Compartment(Part):
    """A place that holds an amount, in mg of the substance of that compartment.

    The other keys are for a dose that a data set gives into the compartment by its number:
    the fraction that enters (NONMEM Fn), the time until it does (ALAGn, time_unit), and the
    rate (Rn, mg/time_unit) or duration (Dn, time_unit) of an infusion that leaves it open.
    `collects`: what enters stays, as in a urine collection.
    """

    name: Identifier
    bioavailability: Formula = "1"
    lag: Formula = "0"
    infusion_rate: Formula | None = None
    infusion_duration: Formula | None = None
    collects: bool = False
    note: str = ""


class Flow(Part):
    """Transfer from one compartment to another; without `to` it leaves the body.

    First-order: `rate` (1/time_unit) empties `from`. Michaelis-Menten: `vmax * c / (km + c)`
    mg/time_unit, c the amount over `volume`; `vmax` is in mg/time_unit, `km` in mg/L,
    `volume` in L. Each mg that leaves gives `arrives` mg in `to` (a fraction formed times a
    ratio of molar masses).
    """

    start: Identifier = Field(alias="from")
    end: Identifier | None = Field(default=None, alias="to")
    rate: Formula = "0"
    vmax: Formula | None = None
    km: Formula | None = None
    volume: Formula | None = None
    arrives: Formula = "1"
    note: str = ""

    @property
    def saturable(self) -> bool:
        """True for Michaelis-Menten transfer."""
        return self.vmax is not None

    @property
    def label(self) -> str:
        """The flow in words, for messages."""
        kind = " (Michaelis-Menten)" if self.saturable else ""
        return f"{self.start} to {self.end or 'nowhere'}{kind}"

    @model_validator(mode="after")
    def _one_kind(self) -> Flow:
        given = [text is not None for text in (self.vmax, self.km, self.volume)]
        if any(given) and not all(given):
            reject([Finding((), "a Michaelis-Menten flow needs vmax, km and volume")])
        if all(given) and self.rate != "0":
            reject(
                [
                    Finding(
                        (),
                        "a flow has either rate, or vmax, km and volume",
                        hint="write two flows when both act",
                    )
                ]
            )
        if not any(given) and "rate" not in self.model_fields_set:
            reject([Finding((), "a flow needs a rate", "rate, or vmax, km and volume")])
        return self


class Residual(Part):
    """The error between a measured and a predicted value.

    `scale` says whether the numbers are standard deviations or variances. `additive` is
    in `unit`, which is that of the analyte when left out; `log` belongs to an additive error
    on the natural log. `variants` holds values that the source prints for other groups of
    studies, on the same scale.
    """

    kind: Literal["proportional", "additive", "combined", "log_additive"]
    scale: Literal["sd", "variance"]
    origin: Origin = "assumed"
    source: str = ""
    place: str = ""
    proportional: NotNegative | None = None
    additive: NotNegative | None = None
    log: NotNegative | None = None
    unit: str = ""
    variants: dict[str, float] = Field(default_factory=dict)
    note: str = ""

    def _sd(self, value: float | None) -> float:
        if value is None:
            return 0.0
        return math.sqrt(value) if self.scale == "variance" else value

    @property
    def proportional_sd(self) -> float:
        """Standard deviation as a fraction of the prediction; 0 when there is none."""
        return self._sd(self.proportional)

    @property
    def additive_sd(self) -> float:
        """Standard deviation in `unit`; 0 when there is none."""
        return self._sd(self.additive)

    @property
    def log_sd(self) -> float:
        """Standard deviation on the natural log; 0 when there is none."""
        return self._sd(self.log)

    @model_validator(mode="after")
    def _kind_has_its_numbers(self) -> Residual:
        needed = {
            "proportional": {"proportional"},
            "additive": {"additive"},
            "combined": {"proportional", "additive"},
            "log_additive": {"log"},
        }[self.kind]
        given = {n for n in ("proportional", "additive", "log") if getattr(self, n) is not None}
        if given != needed:
            numbers = ", ".join(sorted(needed))
            reject([Finding((), f"the numbers do not fit kind {self.kind!r}", f"only {numbers}")])
        return self


class Analyte(Part):
    """What is measured: the amount in `compartment` over `volume` (L), or the amount itself.

    `unit` is that of data and predictions; an amount (mg) has no volume.
    """

    name: Identifier
    compartment: Identifier
    volume: Formula = "1"
    unit: ConcentrationUnit = "ng/mL"
    molar_mass: Formula | None = None
    residual: Residual | None = None
    note: str = ""

    @property
    def scale(self) -> float:
        """What turns mg/L (or mg, for an amount) into `unit`."""
        return _SCALE[self.unit]

    @model_validator(mode="after")
    def _volume_fits_unit(self) -> Analyte:
        amount = self.unit == "mg"
        if (amount and self.volume != "1") or (
            not amount and "volume" not in self.model_fields_set
        ):
            reject(
                [
                    Finding(
                        (),
                        f"volume and the unit {self.unit} do not fit",
                        "a concentration has a volume, an amount in mg has none",
                    )
                ]
            )
        return self


class RouteInput(Part):
    """One input of a route: `fraction` times the dose enters `to`, `lag` (time_unit) later.

    `direct` is an amount at once, or the infusion that the course or data set gives.
    `zero_order` spreads it evenly over `duration` (time_unit).
    """

    to: Identifier
    kind: Literal["direct", "zero_order"] = "direct"
    fraction: Formula = "1"
    lag: Formula = "0"
    duration: Formula | None = None

    @model_validator(mode="after")
    def _duration_fits_kind(self) -> RouteInput:
        if (self.kind == "zero_order") != (self.duration is not None):
            reject([Finding((), "a zero_order input needs a duration, a direct input has none")])
        return self


class Route(Part):
    """How a dose enters the model. Every input sees the whole dose."""

    name: Identifier
    inputs: Annotated[tuple[RouteInput, ...], Field(min_length=1)]
    origin: Origin = "estimated"
    note: str = ""
