"""What holds for every instrument, and what each one says beside its number."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sordino.errors import DocumentError, InputError, SordinoError, UnknownName
from sordino.instruments import given_total, instrument_names, items_of, score
from sordino.instruments.forms import FORMS
from sordino.library.cite import references
from sordino.library.evidence import instrument, instruments

NAMES = instrument_names()
CRITERIA = {"acr_2016", "acr_2011", "acr_2010", "aapt_fm"}
# Their scales run from bad to good, or they have no total.
NO_TOTAL = {"bpi_sf", "bowdle_vas"}


def top(high: float) -> float:
    return 1000.0 if math.isinf(high) else high


@st.composite
def answered(draw: st.DrawFn, gaps: bool = False) -> tuple[str, list[Any]]:
    name = draw(st.sampled_from(NAMES))
    values: list[Any] = []
    for item in items_of(name):
        low, high = int(item.low), int(top(item.high))
        value = st.integers(low, high)
        values.append(draw(st.none() | value if gaps else value))
    return name, values


def test_every_row_is_scored_or_a_set_of_criteria() -> None:
    assert set(FORMS) | CRITERIA == {row.id for row in instruments().instrument}
    assert not set(FORMS) & CRITERIA
    assert list(NAMES) == [row.id for row in instruments().instrument if row.id in FORMS]


@pytest.mark.parametrize("name", NAMES)
def test_the_ends_of_the_items_are_the_ends_of_the_range(name: str) -> None:
    items = items_of(name)
    low = score(name, [item.low for item in items])
    high = score(name, [top(item.high) for item in items])
    if name in NO_TOTAL:
        assert low.value is high.value is None
        return
    assert low.range == high.range
    if low.range is not None:
        assert (low.value, high.value) == low.range
    printed = instrument(name).range
    assert low.range == printed or printed is None


@given(answered())
def test_a_score_is_inside_its_range_and_has_nothing_missing(case: tuple[str, list[Any]]) -> None:
    found = score(*case)
    assert found.missing == ()
    assert found.bounds is None
    for value, ends in [(found.value, found.range), *((p.value, p.range) for p in found.parts)]:
        if value is not None and ends is not None:
            assert ends[0] <= value <= ends[1]


@given(answered(), st.data())
def test_a_higher_answer_never_lowers_a_score(
    case: tuple[str, list[Any]], data: st.DataObject
) -> None:
    name, values = case
    at = data.draw(st.integers(0, len(values) - 1))
    higher = [*values]
    higher[at] = min(values[at] + 1, int(top(items_of(name)[at].high)))
    first, second = score(name, values), score(name, higher)
    if first.value is not None and second.value is not None:
        assert second.value >= first.value
    for one, other in zip(first.parts, second.parts, strict=True):
        assert one.value is not None
        assert other.value is not None
        assert other.value >= one.value


@given(answered(gaps=True), st.data())
def test_what_is_missing_is_named_and_bounded(
    case: tuple[str, list[Any]], data: st.DataObject
) -> None:
    """Whatever the missing answers are, the score lies between the bounds."""
    name, values = case
    found = score(name, values)
    items = items_of(name)
    assert found.missing == tuple(
        item.name for item, value in zip(items, values, strict=True) if value is None
    )
    whole = [
        data.draw(st.integers(int(item.low), int(top(item.high)))) if value is None else value
        for item, value in zip(items, values, strict=True)
    ]
    full = score(name, whole)
    if found.bounds is not None and full.value is not None:
        assert found.value is None
        assert found.bounds[0] <= full.value <= found.bounds[1]
        if found.band is not None:
            assert full.band == found.band


@given(answered(gaps=True))
def test_a_list_and_a_table_say_the_same(case: tuple[str, list[Any]]) -> None:
    name, values = case
    names = [item.name for item in items_of(name)]
    table = {key: value for key, value in zip(names, values, strict=True) if value is not None}
    assert score(name, table) == score(name, values)
    assert score(name, [("-" if value is None else value) for value in values]) == score(
        name, values
    )


@given(answered(gaps=True))
def test_a_score_is_json(case: tuple[str, list[Any]]) -> None:
    plain = score(*case).as_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert set(plain) == set(score("nrs_pain", 5).as_dict())


@given(st.sampled_from(NAMES), st.data())
def test_any_input_is_scored_or_refused(name: str, data: st.DataObject) -> None:
    scalar = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    keys = st.sampled_from([item.name for item in items_of(name)]) | st.text(max_size=5)
    shape = st.lists(scalar, max_size=25) | st.dictionaries(keys, scalar, max_size=5) | scalar
    try:
        found = score(name, data.draw(shape))
    except SordinoError as error:
        str(error).encode()
    else:
        json.dumps(found.as_dict(), allow_nan=False)


def test_all_findings_come_at_once_with_their_place() -> None:
    with pytest.raises(DocumentError) as caught:
        score("phq9", [0, 4, 1.5, "x", "2,5", True, float("nan"), None], source="a.toml")
    assert [(f.where, f.what) for f in caught.value.findings] == [
        ("a.toml: items", "found 8, 9 answers needed"),
        ("a.toml: items[2]", "4 is not accepted for item 2"),
        ("a.toml: items[3]", "1.5 is not accepted for item 3"),
        ("a.toml: items[4]", "found the text 'x', a number is needed"),
        ("a.toml: items[5]", "found the text '2,5', a number is needed"),
        ("a.toml: items[6]", "found true (true or false), a number is needed"),
        ("a.toml: items[7]", "nan is not accepted for item 7"),
    ]
    assert caught.value.findings[4].hint == "write 2.5"
    assert all(f.allowed == "a whole number from 0 to 3" for f in caught.value.findings[1:])


@pytest.mark.parametrize(
    ("name", "items", "words"),
    [
        ("acr_sss", {"fatige": 2}, "did you mean fatigue?"),
        ("acr_wpi", ["neck", "nekc"], "did you mean neck?"),
        ("acr_wpi", ["neck", "neck"], "neck stands twice"),
        ("acr_wpi", [], "not refused"),
        ("nrs_pain", 11, "11 is not accepted for score"),
        ("nrs_pain", [], "1 answer needed"),
        ("phq9", 3, "found 1, 9 answers needed"),
        ("pgic", 2.5, "a whole number from 1 to 7"),
        ("six_minute_walk", -1, "0 or more"),
        ("six_minute_walk", float("inf"), "inf is not accepted"),
    ],
)
def test_what_is_refused(name: str, items: object, words: str) -> None:
    if words == "not refused":
        assert score(name, items).value == 0
        return
    with pytest.raises(DocumentError) as caught:
        score(name, items)
    assert words in str(caught.value)


def test_an_instrument_without_a_score() -> None:
    for name in sorted(CRITERIA):
        with pytest.raises(InputError, match="is a set of criteria"):
            score(name, [1])
    with pytest.raises(InputError, match="only its code is known"):
        score("vas_pain", 30)
    with pytest.raises(UnknownName) as caught:
        score("phq8", [1])
    assert "phq9" in caught.value.hint


@pytest.mark.parametrize(("answer", "words"), [(1, "item 9 is 1"), (None, "item 9 has no answer")])
def test_the_item_on_suicide_is_judged_by_itself(answer: int | None, words: str) -> None:
    (alert,) = score("phq9", [0] * 8 + [answer]).alerts
    assert alert.startswith(words)
    assert str(instrument("phq9").suicide_rule) in alert
    assert score("phq9", [0] * 9).alerts == ()
    assert given_total("phq9", 0).alerts


def test_a_score_between_two_bands_counts_with_the_lower_and_says_so() -> None:
    gap = score("fiqr", [7] + [0] * 8 + [10, 10] + [2] + [0] * 9)
    assert gap.value == pytest.approx(7 / 3 + 20 + 1)
    assert gap.band == "remission"
    assert "2021" in gap.notes[0]
    assert "counts with the lower, remission" in gap.notes[0]
    assert not any("lower" in note for note in score("fiqr", [0] * 21).notes)


def test_a_band_is_named_without_a_score_when_all_that_is_left_open_lies_in_it() -> None:
    sure = score("gad7", [3, 3, 3, 3, 3, 3, None])
    assert (sure.value, sure.bounds, sure.band) == (None, (18.0, 21.0), "severe")
    assert [cut.passed for cut in sure.cut_offs] == [True]
    open_ = score("gad7", [3, 3, 3, None, 0, 0, 0])
    assert (open_.bounds, open_.band) == ((9.0, 12.0), None)
    assert [cut.passed for cut in open_.cut_offs] == [None]


@pytest.mark.parametrize(
    ("name", "value", "passed"),
    [
        ("cadss", 4, [False]),
        ("cadss", 5, [True]),
        ("gad7", 9, [False]),
        ("gad7", 10, [True]),
        ("madrs", 10, [False, True, True]),
        ("madrs", 12, [False, False, True]),
        ("fss", 36, [False]),
        ("fss", 37, [True]),
        ("pgic", 2, [True]),
        ("pgic", 3, [False]),
    ],
)
def test_published_limits(name: str, value: int, passed: list[bool]) -> None:
    """The sides are in the names of the rows: above, from, below, at most."""
    assert [cut.passed for cut in given_total(name, value).cut_offs] == passed


def test_a_limit_without_a_side_is_told_and_not_applied() -> None:
    notes = score("fss", [4] * 9).notes
    assert any("option 4" in note and "option 5" in note for note in notes)


def test_levels_have_their_names() -> None:
    words = [score("pgic", n).notes[0] for n in range(1, 8)]
    assert words == [f"level {n}: {w}" for n, w in enumerate(instrument("pgic").levels, 1)]
    bands = [score("pgic", n).band for n in range(1, 5)]
    assert bands == ["substantial", "moderately important", "minimally important", None]


def test_a_total_by_itself() -> None:
    assert given_total("madrs", 30) == pytest.approx(given_total("madrs", 30.0))
    assert given_total("fiqr", 50.5).band == "moderate"
    with pytest.raises(InputError, match="has no total"):
        given_total("bpi_sf", 5)
    with pytest.raises(DocumentError, match="0 to 60"):
        given_total("madrs", 61)


@pytest.mark.parametrize("name", NAMES)
def test_what_was_not_seen_or_assumed_is_said(name: str) -> None:
    row, items = instrument(name), items_of(name)
    found = score(name, [item.low for item in items])
    for text in (*row.notes, *row.not_seen, *FORMS[name].notes):
        assert any(text in note for note in found.notes)
    assert found.cites == row.cites
    assert found.seen == row.seen
    assert all(len(references()[key].line()) > 5 for key in found.cites)


def test_no_reference_is_an_empty_line() -> None:
    assert all(any(c.isalnum() for c in found.text()) for found in references().values())


def test_whatever_was_noted_of_a_source_can_be_opened() -> None:
    for found in references().values():
        known = found.fields.keys() & {"doi", "pmid", "url"}
        assert bool(known) == found.address.startswith(("https://", "http://")), found.key
        assert found.address in found.line() or found.fields["doi"] in found.line()


def test_items_have_the_numbers_of_the_form() -> None:
    assert [item.name for item in items_of("cadss")] == [str(n) for n in range(1, 24)]
    assert [item.name for item in items_of("cadss_6")] == ["1", "2", "6", "7", "15", "22"]
    assert [item.name for item in items_of("phq9")] == [str(n) for n in range(1, 10)]
