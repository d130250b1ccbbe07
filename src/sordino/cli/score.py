"""`sordino score`: a questionnaire from the answers to its items."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sordino.errors import InputError

if TYPE_CHECKING:
    from sordino.instruments import Score


def score(
    instrument: Annotated[
        str, typer.Argument(help="Its name; without one, all of them are listed.")
    ] = "",
    items: Annotated[
        list[str] | None,
        typer.Argument(
            help="The answers in the order of the items, - for a missing one; or ITEM=ANSWER; "
            "or the areas that hurt; or a file, .toml or .json.",
        ),
    ] = None,
    total: Annotated[
        float | None, typer.Option("--total", help="The score itself, where only that is known.")
    ] = None,
    before: Annotated[
        float | None, typer.Option("--before", help="An earlier score, to say what has changed.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Score a questionnaire: value, severity band, published limits, what is missing.

    sordino score;  sordino score phq9;  sordino score phq9 2 2 2 2 1 1 2 0 0;
    sordino score acr_sss fatigue=3 headaches=yes;  sordino score nrs_pain 4 --before 7
    """
    from sordino.cli.model_view import write_json
    from sordino.cli.score_view import plain_items, write_instruments, write_items, write_score
    from sordino.instruments import compare, given_total, instrument_names

    if not items and total is None:
        names = [instrument] if instrument else instrument_names()
        if json:
            write_json([plain_items(name) for name in names])
        elif instrument:
            write_items(instrument)
        else:
            write_instruments()
        return
    found, earlier = _scores(instrument, items or [], total)
    if before is not None:
        earlier = given_total(instrument, before, key="before")
    change = None if earlier is None else compare(earlier, found)
    if json:
        write_json(found.as_dict() | ({} if change is None else {"change": change.as_dict()}))
    else:
        write_score(found, change)


def _scores(instrument: str, items: list[str], total: float | None) -> tuple[Score, Score | None]:
    """The score, and the earlier one that a file may hold."""
    from sordino.instruments import given_total, score_file
    from sordino.instruments import score as score_answers

    if total is not None:
        if items:
            raise InputError("both answers and --total are given", allowed="one of the two")
        return given_total(instrument, total), None
    if len(items) == 1 and items[0].lower().endswith((".toml", ".json")):
        return score_file(instrument, Path(items[0]))
    return score_answers(instrument, _answers(items)), None


def _answers(items: list[str]) -> object:
    """Words of the command line as a list of answers, or as a table of items and answers."""
    pairs = [item.partition("=") for item in items]
    if not all(sign for _, sign, _ in pairs):
        if any(sign for _, sign, _ in pairs):
            raise InputError("some answers name their item and some do not", allowed="all or none")
        return [_value(item) for item in items]
    names = [name for name, _, _ in pairs]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise InputError(f"{', '.join(twice)}: more than one answer", allowed="one for each item")
    return {name: _value(text) for name, _, text in pairs}


def _value(text: str) -> object:
    """A number, yes or no, or the text itself, which the instrument then judges."""
    words = {"yes": True, "true": True, "no": False, "false": False}
    if text.lower() in words:
        return words[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
