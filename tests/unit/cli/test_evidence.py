from __future__ import annotations

import json

import pytest

from sordino.cli import evidence
from sordino.cli.main import main
from sordino.library.evidence.topics import TOPICS


def test_the_topics(capsys) -> None:
    assert main(["evidence"]) == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert [line.split()[:2] for line in lines] == [
        [name, str(len(topic.entries()))] for name, topic in TOPICS.items()
    ]
    assert main(["evidence", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["topic"]: row["rows"] for row in rows} == {
        name: len(topic.entries()) for name, topic in TOPICS.items()
    }


def test_the_help_names_every_topic() -> None:
    assert evidence.TOPICS.split(", ") == list(TOPICS)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_list_has_a_line_for_each_row(topic: str, capsys) -> None:
    assert main(["evidence", topic]) == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    for line, entry in zip(lines, TOPICS[topic].entries(), strict=True):
        assert entry.id in line.split()[:2]


@pytest.mark.parametrize("topic", TOPICS)
def test_a_list_as_json_is_every_row_in_full(topic: str, capsys) -> None:
    assert main(["evidence", topic, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows == [json.loads(json.dumps(e.plain())) for e in TOPICS[topic].entries()]


@pytest.mark.parametrize(
    ("topic", "name"),
    [(name, entry.id) for name, topic in TOPICS.items() for entry in topic.entries()],
)
def test_one_row_shows_all_of_its_text_and_sources(topic: str, name: str, capsys) -> None:
    assert main(["evidence", topic, name]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"{name}\n")
    plain = TOPICS[topic].entry(name).plain()
    for leaf in shown(plain):
        assert leaf in text, leaf


def shown(plain: dict[str, object]) -> list[str]:
    """Texts and numbers of a row, as a reader must find them."""
    found: list[str] = []
    for key, value in plain.items():
        inner = value if isinstance(value, list | tuple) else [value]
        for entry in inner:
            if isinstance(entry, dict):
                found += shown(entry)
            elif key == "seen" or isinstance(entry, bool | list | tuple):
                continue
            else:
                found.append(f"{entry:g}" if isinstance(entry, float) else str(entry))
    return found


def test_how_a_row_was_seen_is_told_in_words(capsys) -> None:
    main(["evidence", "studies", "sorensen_1995_fm"])
    text = capsys.readouterr().out
    assert "- the abstract of the publication\n- a table in another publication" in text


def test_assumed_parameters_come_first_and_are_marked(capsys) -> None:
    main(["evidence", "parameters"])
    marks = [line.startswith("!") for line in capsys.readouterr().out.splitlines()[1:]]
    assert any(marks)
    assert marks == sorted(marks, reverse=True)


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["study"], "studies"),
        (["studies", "noppers_2011"], "noppers_2011_fm"),
        (["claims", "moods"], "mood"),
        (["parameters", "slow_lag.transferr"], "slow_lag.transfer"),
        (["safety", "yale_ketamine"], "yale_ketamine_iv_7y"),
    ],
)
def test_an_unknown_name_is_bad_use_and_the_nearest_are_offered(
    arguments: list[str], hint: str, capsys
) -> None:
    assert main(["evidence", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert hint in captured.err.split("hint:")[1]
