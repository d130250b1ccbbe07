from __future__ import annotations

import json
from pathlib import Path

import pytest

from sordino.cli.main import main
from sordino.instruments import compare, given_total, instrument_names, items_of, score

PHQ9 = ["2", "2", "2", "2", "1", "1", "2", "0", "0"]


def out(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["score", *arguments]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def test_all_instruments_are_listed(capsys) -> None:
    lines = out([], capsys).splitlines()[1:]
    assert [line.split()[0] for line in lines] == list(instrument_names())
    rows = json.loads(out(["--json"], capsys))
    assert [row["instrument"] for row in rows] == list(instrument_names())
    assert rows[-1]["items"] == [{"name": "score", "low": 0.0, "high": None, "whole": False}]


@pytest.mark.parametrize("name", instrument_names())
def test_one_instrument_shows_its_items(name: str, capsys) -> None:
    lines = out([name], capsys).splitlines()[1:]
    items = items_of(name)
    assert [line.split()[0] for line in lines[: len(items)]] == [item.name for item in items]


def test_a_score_in_words(capsys) -> None:
    text = out(["phq9", *PHQ9], capsys)
    assert text.startswith("Patient Health Questionnaire-9: 12 (0 to 27), moderate\n")
    assert "kroenke_2002" in text


def test_an_alert_comes_first(capsys) -> None:
    assert out(["phq9", *PHQ9[:8], "1"], capsys).startswith("! item 9 is 1: any non-zero answer")


def test_json_is_the_score(capsys) -> None:
    plain = json.loads(out(["phq9", *PHQ9, "--json"], capsys))
    assert plain == score("phq9", [int(answer) for answer in PHQ9]).as_dict()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["acr_wpi", "neck", "hip_left"], score("acr_wpi", ["neck", "hip_left"])),
        (
            ["acr_sss", "fatigue=3", "headaches=yes"],
            score("acr_sss", {"fatigue": 3, "headaches": 1}),
        ),
        (["gad7", "1", "-", "1", "2", "2", "0", "0"], score("gad7", [1, None, 1, 2, 2, 0, 0])),
        (["nrs_pain", "6.5"], score("nrs_pain", 6.5)),
        (["madrs", "--total", "18"], given_total("madrs", 18)),
    ],
)
def test_ways_to_give_answers(arguments: list[str], expected, capsys) -> None:
    assert json.loads(out([*arguments, "--json"], capsys)) == expected.as_dict()


def test_a_change_beside_the_score(capsys) -> None:
    text = out(["nrs_pain", "4", "--before", "7"], capsys)
    assert "3 points, 42.9 percent better than 7" in text
    plain = json.loads(out(["nrs_pain", "4", "--before", "7", "--json"], capsys))
    assert plain["change"] == compare(score("nrs_pain", 7), score("nrs_pain", 4)).as_dict()
    assert "1 points, 20 percent worse than 5" in out(["nrs_pain", "6", "--before", "5"], capsys)


@pytest.mark.parametrize("suffix", [".toml", ".json"])
def test_answers_in_a_file(suffix: str, tmp_path: Path, capsys) -> None:
    file = tmp_path / f"answers{suffix}"
    table = {"instrument": "gad7", "items": {"1": 2, "2": 3}, "before": [3] * 7}
    toml = 'instrument = "gad7"\nbefore = [3, 3, 3, 3, 3, 3, 3]\n[items]\n1 = 2\n2 = 3\n'
    file.write_text(json.dumps(table) if suffix == ".json" else toml)
    plain = json.loads(out(["gad7", str(file), "--json"], capsys))
    assert plain.pop("change")["before"] == 21
    assert plain == score("gad7", [2, 3, *[None] * 5]).as_dict()


def test_all_that_is_wrong_with_a_file_is_told(tmp_path: Path, capsys) -> None:
    file = tmp_path / "answers.toml"
    file.write_text('instrument = "phq9"\nitem = 3\nitems = [1, 9]\nbefore = { "8" = 1 }\n')
    assert main(["score", "gad7", str(file)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    for place in ("item", "instrument", "items", "items[2]", "before"):
        assert f"{file}: {place}: " in captured.err
    assert "5 problems" in captured.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["phq8", "1"], "did you mean phq9?"),
        (["acr_2016", "1"], "is a set of criteria"),
        (["vas_pain", "30"], "only its code is known"),
        (["phq9", "1", "2", "x"], "phq9: items[3]: found the text 'x'"),
        (["nrs_pain", "6,5"], "write 6.5"),
        (["nrs_pain", "nan"], "nan is not accepted"),
        (["acr_sss", "fatigue=3", "2"], "some answers name their item"),
        (["acr_sss", "fatigue=3", "fatigue=2"], "fatigue: more than one answer"),
        (["madrs", "3", "--total", "3"], "one of the two"),
        (["madrs", "--total", "61"], "0 to 60"),
        (["nrs_pain", "4", "--before", "11"], "nrs_pain: before: 11.0 is not accepted"),
        (["bpi_sf", "--total", "5"], "bpi_sf has no total"),
        (["gad7", "nowhere.toml"], "no such file"),
    ],
)
def test_bad_use(arguments: list[str], words: str, capsys) -> None:
    assert main(["score", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err
