"""The runs of all claims as they are stored with the package."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sordino.credibility.arms import Setting
from sordino.credibility.claims.form import Run
from sordino.credibility.provenance import data_digest, made_with
from sordino.documents import read_document, write_whole

STORED_FILE = Path(__file__).parent / "runs.json"
SCHEMA = 1


@dataclass(frozen=True)
class StoredRuns:
    """Runs by claim, as plain data, with what they were made with and the people in them."""

    made_with: Mapping[str, str]
    setting: Mapping[str, int]
    runs: Mapping[str, Mapping[str, Any]]

    @property
    def current(self) -> bool:
        """Whether they were made with the data of the package as they are now."""
        return self.made_with["data"] == data_digest()


def made_runs(runs: Sequence[Run], setting: Setting) -> StoredRuns:
    """Runs as they are stored, made with the library and versions of now."""
    plain = {run.claim: run.as_dict() for run in runs}
    return StoredRuns(
        made_with(),
        {"patients": setting.patients, "draws": setting.draws, "seed": setting.seed},
        plain,
    )


def write_runs(runs: StoredRuns, path: Path = STORED_FILE) -> None:
    """Write the file of stored runs, whole or not at all."""
    content = {
        "schema": SCHEMA,
        "made_with": dict(runs.made_with),
        "setting": dict(runs.setting),
        "runs": [dict(run) for run in runs.runs.values()],
    }
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    write_whole(path, f"{text}\n", overwrite=True)
    stored_runs.cache_clear()


@functools.lru_cache(maxsize=1)
def stored_runs() -> StoredRuns:
    """The runs that ship with the package."""
    table = read_document(STORED_FILE)
    return StoredRuns(
        made_with=table["made_with"],
        setting=table["setting"],
        runs={run["claim"]: run for run in table["runs"]},
    )
