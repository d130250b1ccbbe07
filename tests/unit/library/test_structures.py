"""Ready structures against what defines their parameters.

Rate constants come out of formulas of the package; what they are held to does not: eigenvalues
and bolus curves are computed here from the rate matrix alone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sordino.errors import DocumentError, UnknownName
from sordino.library.drugs import drug_shares, drugs, moiety_share
from sordino.library.expressions import parse_expression
from sordino.library.reader import load_pk_model
from sordino.library.schema import PkModel
from sordino.library.structures import ready_structure, structure_names
from sordino.library.typical import typical_values

Numbers = Mapping[str, float]

# Rate constants of the disposition that every parameterisation below describes, 1/h.
K, OUT1, BACK1, OUT2, BACK2, KA, VOLUME = 0.21, 0.4, 0.15, 0.09, 0.013, 1.3, 17.0


def load(structure: str, parameters: Numbers, folder: Path, **keys: Any) -> PkModel:
    listed = [{"name": name, "value": value} for name, value in parameters.items()]
    table = {"schema": 1, "id": "mine", "structure": structure, "parameter": listed, **keys}
    path = folder / "mine.json"
    path.write_text(json.dumps(table))
    return load_pk_model(path)


def value(model: PkModel, text: str) -> float:
    return float(parse_expression(text).evaluate(typical_values(model, {})))


def matrix(model: PkModel) -> np.ndarray:
    """The rate matrix of a model in its own time unit."""
    index = {name: i for i, name in enumerate(model.compartments)}
    found = np.zeros((len(index), len(index)))
    for flow in model.flow:
        rate = value(model, flow.rate)
        found[index[flow.start], index[flow.start]] -= rate
        if flow.end is not None:
            found[index[flow.end], index[flow.start]] += rate * value(model, flow.arrives)
    return found


def mammillary(sides: int, *, depot: bool) -> np.ndarray:
    """The matrix of the rate constants above, compartments in NONMEM's order."""
    pairs = [(OUT1, BACK1), (OUT2, BACK2)][:sides]
    first = 1 if depot else 0
    found = np.zeros((first + 1 + sides, first + 1 + sides))
    found[first, first] = -K - sum(out for out, _ in pairs)
    for i, (out, back) in enumerate(pairs, start=first + 1):
        found[i, first], found[first, i], found[i, i] = out, back, -back
    if depot:
        found[0, 0], found[1, 0] = -KA, KA
    return found


def exponents(sides: int) -> list[float]:
    return sorted(-np.linalg.eigvals(mammillary(sides, depot=False)).real, reverse=True)


def bolus_ratio() -> float:
    """A/B of the two exponentials of the central compartment after a bolus."""
    values, vectors = np.linalg.eig(mammillary(1, depot=False))
    weights = vectors[0] * np.linalg.solve(vectors, np.array([1.0, 0.0]))
    order = np.argsort(values)
    return float(weights[order[0]] / weights[order[1]])


def parameters(advan: int, trans: int) -> dict[str, float]:
    """The same disposition in the parameters of an ADVAN and TRANS, from their definitions."""
    depot = advan in (2, 4, 12)
    sides = {1: 0, 2: 0, 3: 1, 4: 1, 11: 2, 12: 2}[advan]
    one, two, three = (2, 3, 4) if depot else (1, 2, 3)
    found: dict[str, float] = {"KA": KA} if depot else {}
    clearance = {"CL": K * VOLUME}
    if trans == 1:
        found |= {"K": K}
        if sides >= 1:
            found |= {f"K{one}{two}": OUT1, f"K{two}{one}": BACK1}
        if sides == 2:
            found |= {f"K{one}{three}": OUT2, f"K{three}{one}": BACK2}
    elif trans == 2:
        found |= {**clearance, "V": VOLUME}
    elif trans == 3:
        found |= {**clearance, "V": VOLUME, "Q": OUT1 * VOLUME}
        found |= {"VSS": VOLUME * (1.0 + OUT1 / BACK1)}
    elif trans == 4:
        first = "Q" if sides == 1 else f"Q{two}"
        found |= {**clearance, f"V{one}": VOLUME, first: OUT1 * VOLUME}
        found |= {f"V{two}": OUT1 * VOLUME / BACK1}
        if sides == 2:
            found |= {f"Q{three}": OUT2 * VOLUME, f"V{three}": OUT2 * VOLUME / BACK2}
    else:
        found |= dict(zip(("ALPHA", "BETA", "GAMMA"), exponents(sides), strict=False))
        if trans == 5:
            found |= {"AOB": bolus_ratio()}
        else:
            found |= {f"K{two}{one}": BACK1}
        if trans == 6 and sides == 2:
            found |= {f"K{three}{one}": BACK2}
    return found


ADVANS = [
    (advan, trans)
    for advan, choices in {
        1: (1, 2),
        2: (1, 2),
        3: (1, 3, 4, 5, 6),
        4: (1, 3, 4, 5, 6),
        11: (1, 4, 6),
        12: (1, 4, 6),
    }.items()
    for trans in choices
]


def test_every_advan_is_there_and_tested() -> None:
    found = {name for name in structure_names() if name.startswith("advan")}
    assert found == {f"advan{advan}_trans{trans}" for advan, trans in ADVANS}


@pytest.mark.parametrize(("advan", "trans"), ADVANS)
def test_every_parameterisation_is_the_same_disposition(
    advan: int, trans: int, tmp_path: Path
) -> None:
    given = parameters(advan, trans)
    model = load(f"advan{advan}_trans{trans}", given, tmp_path)
    assert set(given) == set(ready_structure(model.structure).parameters)
    sides = {1: 0, 2: 0, 3: 1, 4: 1, 11: 2, 12: 2}[advan]
    expected = mammillary(sides, depot=advan in (2, 4, 12))
    assert matrix(model) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(("advan", "back"), [(3, "K21"), (4, "K32")])
def test_trans5_and_trans6_have_the_exponents_and_the_ratio(
    advan: int, back: str, tmp_path: Path
) -> None:
    """Any exponents and ratio, not those of a disposition made before."""
    absorption = {"KA": KA} if advan == 4 else {}
    given = {"ALPHA": 0.9, "BETA": 0.04, **absorption}
    fifth = load(f"advan{advan}_trans5", {**given, "AOB": 2.5}, tmp_path)
    assert value(fifth, "(ALPHA - K_) / (K_ - BETA)".replace("K_", back)) == pytest.approx(2.5)
    sixth = load(f"advan{advan}_trans6", {**given, back: 0.3}, tmp_path)
    for model in (fifth, sixth):
        found = sorted(-np.linalg.eigvals(matrix(model)).real)
        assert found == pytest.approx(sorted([0.04, 0.9, *absorption.values()]))


def test_trans6_with_exponents_out_of_order_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="not negative"):
        load("advan3_trans6", {"ALPHA": 0.9, "BETA": 0.04, "K21": 2.0}, tmp_path)


@pytest.mark.parametrize("metabolite", [False, True])
@pytest.mark.parametrize("way", ["iv", "oral"])
@pytest.mark.parametrize("sides", [0, 1, 2])
def test_structures_in_plain_names(sides: int, way: str, *, metabolite: bool, tmp_path) -> None:
    given = {"CL": K * VOLUME, "V" if sides == 0 else "VC": VOLUME}
    pairs = [(OUT1, BACK1), (OUT2, BACK2)][:sides]
    for i, (out, back) in enumerate(pairs, start=1):
        end = "" if sides == 1 else str(i)
        given |= {f"Q{end}": out * VOLUME, f"VP{end}": out * VOLUME / back}
    given |= {"KA": KA} if way == "oral" else {}
    given |= {"FM": 0.4, "MR": 0.9, "CLM": 3.0, "VM": 12.0} if metabolite else {}
    name = f"{('one', 'two', 'three')[sides]}_compartment_{way}"
    model = load(name + ("_metabolite" if metabolite else ""), given, tmp_path)
    parent = mammillary(sides, depot=way == "oral")
    found = matrix(model)
    size = len(parent)
    assert found[:size, :size] == pytest.approx(parent)
    assert list(model.routes) == (["oral", "iv"] if way == "oral" else ["iv"])
    if metabolite:
        assert found[size, size] == pytest.approx(-3.0 / 12.0)
        formed = np.zeros(size)
        formed[list(model.compartments).index("central")] = K * 0.4 * 0.9
        assert found[size, :size] == pytest.approx(formed)
        assert model.analytes["metabolite"].volume == "VM"


def test_compartments_have_nonmem_numbers_and_defaults(tmp_path: Path) -> None:
    model = load("advan12_trans4", parameters(12, 4), tmp_path)
    assert list(model.compartments) == ["depot", "central", "peripheral1", "peripheral2"]
    assert (model.default_dose, model.default_observation) == ("depot", "central")
    assert model.analytes["central"].volume == "V2"
    model = load("advan11_trans4", parameters(11, 4), tmp_path)
    assert list(model.compartments) == ["central", "peripheral1", "peripheral2"]
    assert model.default_dose == "central"


def test_parameters_of_a_compartment_go_to_it(tmp_path: Path) -> None:
    extra = {"F1": 0.7, "ALAG1": 0.5, "R2": 3.0, "D2": 4.0, "S2": 20.0, "S1": 2.0}
    model = load("advan2_trans2", {**parameters(2, 2), **extra}, tmp_path)
    depot, central = model.compartment
    assert (depot.bioavailability, depot.lag, depot.infusion_rate) == ("F1", "ALAG1", None)
    assert (central.infusion_rate, central.infusion_duration) == ("R2", "D2")
    assert central.bioavailability == "1"
    assert {a.name: a.volume for a in model.analyte} == {"central": "S2", "depot": "S1"}
    assert (model.routes["oral"].inputs[0].fraction, model.routes["oral"].inputs[0].lag) == (
        "F1",
        "ALAG1",
    )


def test_without_a_volume_the_amount_is_read(tmp_path: Path) -> None:
    assert load("advan1_trans1", {"K": K}, tmp_path).analyte[0].unit == "mg"
    scaled = load("advan1_trans1", {"K": K, "S1": VOLUME}, tmp_path).analyte[0]
    assert (scaled.unit, scaled.volume) == ("mg/L", "S1")


def test_a_needed_parameter_may_be_derived_and_its_formula_comes_first(tmp_path: Path) -> None:
    derived = [
        {"name": "ALPHA", "expression": "log(2) / t_half_fast"},
        {"name": "half_time_out", "expression": "log(2) / K12"},
    ]
    given = {"t_half_fast": 0.5, "BETA": 0.04, "K21": 0.3}
    model = load("advan3_trans6", given, tmp_path, derived=derived)
    assert [entry.name for entry in model.derived] == ["ALPHA", "K", "K12", "half_time_out"]
    found = sorted(-np.linalg.eigvals(matrix(model)).real)
    assert found == pytest.approx([0.04, math.log(2) / 0.5])


def test_a_file_adds_to_the_entries_of_its_structure(tmp_path: Path) -> None:
    model = load(
        "advan2_trans2",
        {**parameters(2, 2), "VMAX": 3.0, "KM": 0.2},
        tmp_path,
        analyte=[
            {"name": "urine", "compartment": "urine", "unit": "mg"},
            {"name": "central", "unit": "ng/mL"},
        ],
        compartment=[{"name": "urine", "collects": True}],
        flow=[
            {"from": "central", "to": "urine", "rate": "0.1 * CL / V"},
            {"from": "central", "vmax": "VMAX", "km": "KM", "volume": "V"},
            {"from": "depot", "to": "central", "rate": "2 * KA"},
        ],
    )
    assert list(model.compartments) == ["depot", "central", "urine"]
    assert [a.name for a in model.analyte] == ["central", "urine"]
    central = model.analytes["central"]
    assert (central.unit, central.volume, central.scale) == ("ng/mL", "V", 1000.0)
    assert [flow.rate for flow in model.flow if flow.start == "depot"] == ["2 * KA"]
    assert len(model.flow) == 4
    assert not model.is_linear


def test_a_model_with_its_structure_put_in_stays_the_same(tmp_path: Path) -> None:
    model = load("advan4_trans5", parameters(4, 5), tmp_path)
    path = tmp_path / "again.json"
    path.write_text(json.dumps(model.model_dump(mode="json", by_alias=True, exclude_none=True)))
    assert load_pk_model(path) == model


def test_an_unknown_structure_offers_the_nearest() -> None:
    with pytest.raises(UnknownName) as caught:
        ready_structure("advan4_tran4")
    assert "advan4_trans4" in caught.value.hint


def test_what_a_dose_of_a_drug_is() -> None:
    assert moiety_share("ketamine", "S") == moiety_share("ketamine", "R") == 0.5
    assert moiety_share("esketamine", "R") == 0.0
    assert dict(drug_shares("total")) == {"ketamine": 1.0, "esketamine": 1.0}
    with pytest.raises(UnknownName):
        moiety_share("ketamin", "S")
    with pytest.raises(UnknownName):
        drug_shares("X")


def test_salts_are_those_of_the_course_file() -> None:
    from sordino.course.amounts import BASE_PER_HYDROCHLORIDE

    for drug in drugs().values():
        assert drug.salts == {"hydrochloride": float(BASE_PER_HYDROCHLORIDE)}
