"""Answers and totals that others published, and rules worked out a second way.

The second way is written from the text of the rows, with other arithmetic than the package: means
instead of sums, weights instead of divisors, tables of limits instead of bands.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from fractions import Fraction
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sordino.instruments import score


def test_phq9_as_the_example_of_us_core_has_it() -> None:
    """QuestionnaireResponse phq-9-example of US Core 7.0: its answers, and its total of 12.

    https://hl7.org/fhir/us/core/STU7/QuestionnaireResponse-phq-9-example.html
    """
    found = score("phq9", [2, 2, 2, 2, 1, 1, 2, 0, 0])
    assert (found.value, found.band) == (12.0, "moderate")
    assert found.alerts == ()


def test_gad7_as_the_example_of_the_german_initiative_has_it() -> None:
    """mii-exa-pro-gad-7-response, version 2026.7.0: its answers, and its total of 7.

    https://build.fhir.org/ig/medizininformatik-initiative/kerndatensatzmodul-proms/
    """
    found = score("gad7", [1, 1, 1, 2, 2, 0, 0])
    assert (found.value, found.band) == (7.0, "mild")


def answers(low: int, high: int, size: int) -> st.SearchStrategy[list[int | None]]:
    one = st.none() | st.integers(low, high)
    return st.lists(one, min_size=size, max_size=size)


def filled(given_: list[int | None]) -> list[Fraction]:
    """Gaps replaced by the mean of what was answered."""
    known = [Fraction(value) for value in given_ if value is not None]
    return [mean(known) if value is None else Fraction(value) for value in given_]


def table(limits: Sequence[float], labels: list[str], value: float) -> str:
    """The label of the last limit that a value reaches."""
    return labels[bisect.bisect_right(limits, value) - 1]


PHQ9 = ["none or minimal", "mild", "moderate", "moderately severe", "severe"]


@given(answers(0, 3, 9))
def test_phq9_with_gaps(given_: list[int | None]) -> None:
    found = score("phq9", given_)
    if given_.count(None) > 2:
        assert found.value is None
        return
    expected = float(sum(filled(given_)))
    assert found.value == pytest.approx(expected, abs=1e-8)
    assert found.band == table([0, 5, 10, 15, 20], PHQ9, expected)
    assert found.missing == tuple(str(n) for n, v in enumerate(given_, 1) if v is None)


FIQR_2021 = ["remission", "mild", "moderate", "severe", "very severe"]


@given(answers(0, 10, 21))
def test_fiqr_as_weighted_means(given_: list[int | None]) -> None:
    """A domain counts 30, 20 or 50 points when all of its answers are 10."""
    domains = [(given_[:9], 30), (given_[9:11], 20), (given_[11:], 50)]
    found = score("fiqr", given_)
    if any(set(own) == {None} for own, _ in domains):
        assert found.value is None
        return
    means = [mean(Fraction(v) for v in own if v is not None) for own, _ in domains]
    expected = sum(m / 10 * weight for m, (_, weight) in zip(means, domains, strict=True))
    assert found.value == pytest.approx(float(expected), abs=1e-8)
    for part, own, (_, weight) in zip(found.parts, means, domains, strict=True):
        assert part.value == pytest.approx(float(own) / 10 * weight)
    assert found.band == table([0, 24, 41, 64, 83], FIQR_2021, float(expected))


@pytest.mark.parametrize(
    ("value", "new", "old"),
    [
        (0, "remission", "remission"),
        (23, "remission", "remission"),
        (30, "mild", "remission"),
        (40, "mild", "mild"),
        (45, "moderate", "mild"),
        (63, "moderate", "moderate"),
        (65, "severe", "moderate"),
        (82, "severe", "severe"),
        (83, "very severe", "severe"),
        (100, "very severe", "severe"),
    ],
)
def test_both_sets_of_bands_of_fiqr(value: int, new: str, old: str) -> None:
    """Limits as printed in 2021 and 2018; `overall` alone moves the score in whole points."""
    same = min(value, 80) // 8
    overall = value - 8 * same
    items = [same] * 9 + [min(overall, 10), max(overall - 10, 0)] + [same] * 10
    found = score("fiqr", items)
    assert found.value == value
    assert dict(found.bands) == {"2021": new, "2018": old}
    assert found.band == new


@given(answers(0, 10, 11))
def test_bpi_means(given_: list[int | None]) -> None:
    parts = {part.name: part.value for part in score("bpi_sf", given_).parts}
    for name, own in (("severity", given_[:4]), ("interference", given_[4:])):
        known = [value for value in own if value is not None]
        if len(known) < len(own):
            assert parts[name] is None
        else:
            assert parts[name] == pytest.approx(float(mean(known)))
    assert parts["average"] == given_[2]


SUMS = {
    "gad7": (7, 0, 3, [0, 5, 10, 15], ["minimal", "mild", "moderate", "severe"]),
    "madrs": (10, 0, 6, [0, 7, 20, 35], ["absent", "mild", "moderate", "severe"]),
    "cadss": (23, 0, 4, [], []),
    "cadss_6": (6, 0, 4, [], []),
    "fss": (9, 1, 7, [], []),
}


@given(st.sampled_from(sorted(SUMS)), st.data())
def test_sums(name: str, data: st.DataObject) -> None:
    size, low, high, limits, labels = SUMS[name]
    given_ = data.draw(answers(low, high, size))
    found = score(name, given_)
    histogram = {level: given_.count(level) for level in range(low, high + 1)}
    total = sum(level * count for level, count in histogram.items())
    gaps = given_.count(None)
    if gaps:
        assert found.value is None
        assert found.bounds == (total + gaps * low, total + gaps * high)
        return
    assert found.value == total
    assert found.band == (table(limits, labels, total) if limits else None)
    if name == "fss":
        assert found.parts[0].value == pytest.approx(total / size)


AREAS_A_SIDE = ["jaw", "shoulder_girdle", "upper_arm", "lower_arm", "hip", "upper_leg", "lower_leg"]
MIDDLE = ["neck", "upper_back", "lower_back", "chest", "abdomen"]
AREAS = [f"{area}_{side}" for area in AREAS_A_SIDE for side in ("left", "right")] + MIDDLE


@given(st.sets(st.sampled_from(AREAS)))
def test_painful_areas_are_counted(areas: set[str]) -> None:
    assert len(AREAS) == 19
    assert score("acr_wpi", sorted(areas)).value == len(areas)
    assert score("acr_wpi", {area: area in areas for area in AREAS}).value == len(areas)


@given(st.integers(0, 19), st.integers(0, 12))
def test_the_distress_scale(wpi: int, sss: int) -> None:
    found = score("fs_psd", {"wpi": wpi, "sss": sss})
    assert found.value == wpi + sss
    assert found.band == table([0, 6, 16, 21, 26], FIQR_2021, wpi + sss)


@given(*[st.integers(0, 3)] * 3, *[st.booleans()] * 3)
def test_symptom_severity(a: int, b: int, c: int, d: bool, e: bool, f: bool) -> None:
    table_ = {
        "fatigue": a,
        "waking_unrefreshed": b,
        "cognitive_symptoms": c,
        "headaches": d,
        "lower_abdominal_pain_or_cramps": e,
        "depression": f,
    }
    assert score("acr_sss", table_).value == a + b + c + [d, e, f].count(True)


@pytest.mark.parametrize(
    ("pain", "band"),
    [(0, "mild"), (3.9, "mild"), (4, "moderate"), (6.9, "moderate"), (7, "severe"), (10, "severe")],
)
def test_bands_of_pain(pain: float, band: str) -> None:
    assert score("nrs_pain", pain).band == band
