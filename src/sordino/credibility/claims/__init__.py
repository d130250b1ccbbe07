"""What is said about ketamine in fibromyalgia, and what the engine computes beside it."""

from __future__ import annotations

from sordino.credibility.claims.form import Run, Table, cell_text
from sordino.credibility.claims.questions import Question, questions, trial_line
from sordino.credibility.claims.runs import RUNS, SETTING, run_claims
from sordino.credibility.claims.store import StoredRuns, made_runs, stored_runs, write_runs

__all__ = [
    "RUNS",
    "SETTING",
    "Question",
    "Run",
    "StoredRuns",
    "Table",
    "cell_text",
    "made_runs",
    "questions",
    "run_claims",
    "stored_runs",
    "trial_line",
    "write_runs",
]
