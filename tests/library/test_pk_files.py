"""Every file of the library holds together and gives the numbers that its paper prints.

The simulation here is a matrix exponential written for this test alone, so that a fault of
the package's engine cannot hide one of a model file.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import scipy.linalg

from sordino.library.expressions import parse_expression
from sordino.library.lint import lint
from sordino.library.reader import load_pk_model, pk_model_ids
from sordino.library.schema import Check, PkModel
from sordino.library.typical import typical_values

MODELS = pk_model_ids()
CHECKS = [(name, check.name) for name in MODELS for check in load_pk_model(name).check]
PERSON = {"weight": 70.0, "age": 40.0, "height": 170.0, "female": 0.0, "asian": 0.0}
PERSON["japanese"] = 0.0
MASS = {"ketamine": 237.73, "norketamine": 223.70, "hydroxynorketamine": 239.70}


def number(text: str, space: Mapping[str, float]) -> float:
    return float(parse_expression(text).evaluate(space))


class Graph:
    """A model as one matrix; amounts in mg, times in the model's unit."""

    def __init__(self, model: PkModel, person: Mapping[str, float], moiety: str | None = None):
        user = {"ka_user": 1.0, "f_user": 1.0}
        self.model = model
        self.space = {**typical_values(model, dict(person), moiety=moiety), **user}
        self.index = {entry.name: i for i, entry in enumerate(model.compartment)}
        self.matrix = np.zeros((len(self.index), len(self.index)))
        for flow in model.flow:
            rate = number(flow.rate, self.space)
            start = self.index[flow.start]
            self.matrix[start, start] -= rate
            if flow.end is not None:
                self.matrix[self.index[flow.end], start] += rate * number(flow.arrives, self.space)
        self.per_minute = 1.0 if model.time_unit == "min" else 1.0 / 60.0

    def inputs(self, route: str, dose: float, duration: float) -> list[tuple[int, float, float]]:
        """Compartment, amount and duration of each input; durations in the model's unit."""
        space = {**self.space, "dose": dose}
        found: list[tuple[int, float, float]] = []
        for entry in self.model.routes[route].inputs:
            length = number(entry.duration, space) if entry.duration else duration
            found.append((self.index[entry.to], dose * number(entry.fraction, space), length))
        return found

    def amounts(self, route: str, dose: float, duration: float, time: float) -> np.ndarray:
        size = len(self.matrix)
        total = np.zeros(size)
        for place, amount, length in self.inputs(route, dose, duration):
            state = np.zeros(size + 1)
            augmented = np.zeros((size + 1, size + 1))
            augmented[:size, :size] = self.matrix
            if length > 0:
                augmented[place, size] = amount / length
                state[size] = 1.0
            else:
                state[place] = amount
            state = scipy.linalg.expm(augmented * min(time, length)) @ state
            total += scipy.linalg.expm(self.matrix * max(time - length, 0.0)) @ state[:size]
        return total

    def concentration(self, analyte: str, amounts: np.ndarray) -> float:
        entry = self.model.analytes[analyte]
        volume = number(entry.volume, self.space)
        return 1000.0 * amounts[self.index[entry.compartment]] / volume

    def auc(self, analyte: str, route: str, dose: float) -> float:
        """Area under the curve to infinity, ng*h/mL; durations do not matter to it."""
        total = np.zeros(len(self.matrix))
        for place, amount, _ in self.inputs(route, dose, 0.0):
            total[place] += amount
        area = self.concentration(analyte, np.linalg.solve(-self.matrix, total))
        return area / 60.0 if self.model.time_unit == "min" else area


def simulate(model: PkModel, check: Check, minutes: float) -> float:
    graph = Graph(model, check.covariates)
    unit = graph.per_minute
    assert check.dose is not None
    amounts = graph.amounts(check.route, check.dose, check.duration_min * unit, minutes * unit)
    for earlier in check.earlier:
        since = (minutes + earlier.minutes_before) * unit
        length = earlier.duration_min * unit
        amounts = amounts + graph.amounts(earlier.route, earlier.dose_mg, length, since)
    return graph.concentration(check.analyte, amounts)


def result(model: PkModel, check: Check) -> float:
    if check.kind == "parameter":
        assert check.expression is not None
        space = Graph(model, check.covariates).space
        return number(check.expression, {**space, **({"dose": check.dose} if check.dose else {})})
    if check.kind == "concentration":
        assert check.time_min is not None
        return simulate(model, check, check.time_min)
    assert check.kind == "peak"
    grid = np.arange(0.5, check.duration_min + 60.0, 0.5)
    return max(simulate(model, check, float(minutes)) for minutes in grid)


@pytest.mark.parametrize("name", MODELS)
def test_file_is_sound(name: str) -> None:
    model = load_pk_model(name)
    assert model.id == name
    assert lint(model) == []


def test_library_holds_what_it_promises() -> None:
    found = {name: load_pk_model(name).completeness for name in MODELS}
    assert found == {
        "clements_1981": "typical",
        "domino_1984": "typical",
        "hijazi_2003": "typical",
        "kamp_2020": "typical",
        "noppers_2011_rifampicin": "typical",
        "otto_2021": "full",
        "perezruixo_2021": "full",
        "simons_2022": "full",
    }


@pytest.mark.parametrize(("name", "title"), CHECKS)
def test_published_number(name: str, title: str) -> None:
    model = load_pk_model(name)
    check = next(check for check in model.check if check.name == title)
    found = result(model, check)
    low, high = check.bounds
    if not check.known_miss:
        assert low <= found <= high
        return
    # A known miss must stay the miss that the file describes.
    assert check.known_value is not None
    assert found == pytest.approx(check.known_value, rel=1e-3)
    assert not low <= found <= high


@pytest.mark.parametrize("name", MODELS)
def test_mass_is_kept(name: str) -> None:
    """Every mg that leaves a compartment arrives in another one or leaves the body."""
    graph = Graph(load_pk_model(name), PERSON)
    out = -np.diag(graph.matrix)
    arriving = graph.matrix - np.diag(np.diag(graph.matrix))
    heaviest = max(MASS["hydroxynorketamine"] / MASS["norketamine"], 1.0)
    assert np.all(arriving.sum(axis=0) <= out * heaviest * (1 + 1e-12))
    assert np.all(np.linalg.eigvals(graph.matrix).real < 0)


@pytest.mark.parametrize(
    ("name", "route"), [(name, route) for name in MODELS for route in load_pk_model(name).routes]
)
def test_every_route_gives_a_positive_exposure(name: str, route: str) -> None:
    assert Graph(load_pk_model(name), PERSON).auc("ketamine", route, 28.0) > 0


@pytest.mark.parametrize("weight", [53.0, 70.0, 93.0])
def test_simons_exposure_in_closed_form(weight: float) -> None:
    """Areas follow from clearances, fractions and molar masses alone."""
    graph = Graph(load_pk_model("simons_2022"), {"weight": weight})
    size = (weight / 70.0) ** 0.75
    ketamine = 20.0 / (1.48 * size) * 1000.0 / 60.0
    norketamine = 0.8 * 20.0 * MASS["norketamine"] / MASS["ketamine"] / (1.0 * size) / 0.06
    hydroxy = 0.7 * 0.8 * 20.0 * MASS["hydroxynorketamine"] / MASS["ketamine"]
    assert graph.auc("ketamine", "iv", 20.0) == pytest.approx(ketamine)
    assert graph.auc("norketamine", "iv", 20.0) == pytest.approx(norketamine)
    found = graph.auc("hydroxynorketamine", "iv", 20.0)
    assert found == pytest.approx(hydroxy / (0.933 * size) / 0.06)


@pytest.mark.parametrize("route", ["sublingual", "buccal"])
def test_simons_film_adds_norketamine_past_the_circulation(route: str) -> None:
    graph = Graph(load_pk_model("simons_2022"), PERSON)
    share = graph.auc("ketamine", route, 50.0) / graph.auc("ketamine", "iv", 50.0)
    assert share == pytest.approx(0.263)
    share = graph.auc("norketamine", route, 50.0) / graph.auc("norketamine", "iv", 50.0)
    assert share == pytest.approx(0.263 + 1.16)


def test_simons_shares_the_eta_of_the_central_volume() -> None:
    model = load_pk_model("simons_2022")
    assert [(share.parameter, share.of) for share in model.share] == [("VN1", "VK1")]
    assert model.parameters["VN1"].value == model.parameters["VK1"].value
    assert model.parameters["VN1"].iiv is None


def test_otto_exposure_in_closed_form() -> None:
    graph = Graph(load_pk_model("otto_2021"), {"weight": 90.0})
    size = (90.0 / 70.0) ** 0.75
    assert graph.auc("ketamine", "iv", 10.0) == pytest.approx(10_000.0 / (95.2 * size))
    assert graph.auc("norketamine", "iv", 10.0) == pytest.approx(10_000.0 / (57.72 * size))


@pytest.mark.parametrize(("age", "asian", "japanese"), [(40, 0, 0), (75, 0, 0), (75, 1, 1)])
def test_perezruixo_exposure_in_closed_form(age: float, asian: int, japanese: int) -> None:
    person = {"age": age, "asian": asian, "japanese": japanese}
    graph = Graph(load_pk_model("perezruixo_2021"), person)
    flow = 151.0 - 2.19 * max(0.0, age - 60.0)
    kel, kmet = 1.11 * 0.36**asian, 2.77
    extraction = 101.0 * (kel + kmet) / (flow + 101.0 * (kel + kmet))
    nose = 0.54 * 1.34**japanese * (1.0 + 2.0 * 0.62) / 3.0
    swallowed = 0.64 * (1.0 - extraction)
    area = 84_000.0 / (flow * extraction)
    assert graph.auc("ketamine", "iv", 84.0) == pytest.approx(area)
    assert graph.auc("ketamine", "oral", 84.0) == pytest.approx(area * swallowed)
    found = graph.auc("ketamine", "intranasal", 84.0)
    assert found == pytest.approx(area * (nose + (1.0 - nose) * swallowed))
    formed = 84_000.0 * kmet / (kel + kmet) / (38.0 * 0.81**asian)
    assert graph.auc("norketamine", "iv", 84.0) == pytest.approx(formed)


def test_perezruixo_small_dose_uses_the_first_device_fraction() -> None:
    graph = Graph(load_pk_model("perezruixo_2021"), PERSON)
    per_mg = [graph.auc("ketamine", "intranasal", dose) / dose for dose in (14.0, 28.0, 29.0)]
    assert per_mg[0] == pytest.approx(per_mg[1])
    assert per_mg[2] < per_mg[1]


@pytest.mark.parametrize("name", ["simons_2022", "otto_2021", "noppers_2011_rifampicin"])
def test_clearance_of_the_other_enantiomer(name: str) -> None:
    model = load_pk_model(name)
    measured, other = Graph(model, PERSON), Graph(model, PERSON, "R")
    ratio = other.auc("ketamine", "iv", 10.0) / measured.auc("ketamine", "iv", 10.0)
    assert ratio == pytest.approx(1.1)


def test_the_enantiomer_models_and_no_others_have_the_other_enantiomer() -> None:
    for name in MODELS:
        model = load_pk_model(name)
        assert bool(model.moiety) == (model.measured == "enantiomer"), name


@pytest.mark.parametrize("name", MODELS)
def test_cautions_and_gaps_are_carried(name: str) -> None:
    model = load_pk_model(name)
    assert model.cautions
    assert model.not_seen
    assert all(parameter.source for parameter in model.parameter)
    if model.completeness == "typical":
        assert not any(parameter.iiv or parameter.iov for parameter in model.parameter)


def test_what_the_transcriber_assumed_is_marked() -> None:
    simons = load_pk_model("simons_2022").parameters
    assert simons["clearance_exponent"].origin == "assumed"
    assert simons["volume_exponent"].origin == "assumed"
    assert simons["MTT_K_NK"].iov is not None
    assert simons["MTT_K_NK"].iov.origin == "assumed"
    assert load_pk_model("kamp_2020").parameters["clearance_exponent"].origin == "assumed"
    otto = load_pk_model("otto_2021").parameters
    assert {otto[name].origin for name in ("V1", "CL", "Vp1", "Q1", "Vp2", "Q2")} == {"inherited"}


def test_a_changed_copy_of_a_model_has_a_digest_of_its_own() -> None:
    model = load_pk_model(MODELS[0])
    kept = model.digest
    changed = model.model_copy(update={"title": model.title + ", changed"})
    assert changed.digest != kept
    assert model.model_copy().digest == model.digest == kept
