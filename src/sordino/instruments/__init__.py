"""Questionnaires and scales scored from the answers to their items.

Ranges, bands and cut-offs are rows of `library/evidence/instruments.toml`; `forms` says which
rule scores which row, `rules` holds the rules, `answers` reads what was answered. No question
is quoted. What no source printed is left out, and the notes of a score say so.
"""

from sordino.instruments.change import Change, compare
from sordino.instruments.files import score_file
from sordino.instruments.result import CutOff, Score, Subscore
from sordino.instruments.scoring import (
    given_total,
    instrument_names,
    items_of,
    score,
)

__all__ = [
    "Change",
    "CutOff",
    "Score",
    "Subscore",
    "compare",
    "given_total",
    "instrument_names",
    "items_of",
    "score",
    "score_file",
]
