"""Follow made-up people and judge the forecasts: the numbers of docs/follow.md.

    python tools/follow.py judge --twist none --people 2000 --part 0 2 --output judged/none-0.jsonl
    python tools/follow.py tell judged/none-*.jsonl

`judge` writes one line of JSON for each person and goes on where a file ends; `tell` prints
coverage, scores and ranks as tables.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import kstest

from sordino.following.study import LENGTHS, TWISTS, Panel, coverage, truth

WANTED = (0.5, 0.8, 0.9)
Row = dict[str, Any]


def main() -> None:
    """Judge people, or tell what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    actions = parser.add_subparsers(required=True)
    judge = actions.add_parser("judge", help="follow people and write what came out")
    judge.add_argument("--twist", choices=[t.name for t in TWISTS], default="none")
    judge.add_argument("--people", type=int, default=2000)
    judge.add_argument("--part", type=int, nargs=2, default=(0, 1), metavar=("PART", "OF"))
    judge.add_argument("--output", type=Path, required=True)
    judge.set_defaults(run=_judge)
    tell = actions.add_parser("tell", help="print tables")
    tell.add_argument("files", type=Path, nargs="+")
    tell.set_defaults(run=_tell)
    asked = parser.parse_args()
    asked.run(asked)


def _judge(asked: argparse.Namespace) -> None:
    twist = next(t for t in TWISTS if t.name == asked.twist)
    found, panel = truth(asked.people, twist), Panel()
    done = len(asked.output.read_text().splitlines()) if asked.output.exists() else 0
    numbers = range(asked.part[0], asked.people, asked.part[1])[done:]
    with asked.output.open("a") as file:
        for number in numbers:
            judged = panel.judge(found, number, LENGTHS[number % len(LENGTHS)])
            row = asdict(judged) | {"number": number, "level": judged.level.round(4).tolist()}
            file.write(json.dumps(row) + "\n")
            file.flush()


def _tell(asked: argparse.Namespace) -> None:
    rows: list[Row] = [json.loads(line) for f in asked.files for line in f.open()]
    print(f"{len(rows)} people; sound: {100 * np.mean([r['sound'] for r in rows]):.1f} percent\n")
    for lines in (_covered(rows), _scored(rows), _ranked(rows)):
        print("\n".join(lines) + "\n")


def _groups(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    yield "all", list(rows)
    for length in LENGTHS:
        yield f"{length} days", [r for r in rows if r["length"] == length]


def _covered(rows: Sequence[Row]) -> Iterator[str]:
    yield "| diary | " + " | ".join(f"{100 * w:.0f} of 100" for w in WANTED) + " |"
    yield "|---|" + "---|" * len(WANTED)
    for name, group in _groups(rows):
        cells: list[str] = []
        for wanted in WANTED:
            each = np.array([coverage(np.array(r["level"]), wanted) for r in group])
            error = each.std() / len(each) ** 0.5
            cells.append(f"{100 * each.mean():.1f} ± {100 * error:.1f}")
        yield f"| {name} | " + " | ".join(cells) + " |"


def _scored(rows: Sequence[Row]) -> Iterator[str]:
    names = list(rows[0]["scores"])
    yield "| diary | " + " | ".join(names) + " |"
    yield "|---|" + "---|" * len(names)
    for name, group in _groups(rows):
        means = [np.mean([r["scores"][n] for r in group]) for n in names]
        yield f"| {name} | " + " | ".join(f"{m:.3f}" for m in means) + " |"
    for name in names[1:]:
        gain = np.array([r["scores"][name] - r["scores"]["sordino"] for r in rows])
        error = gain.std() / len(gain) ** 0.5
        lost = 100 * (gain < 0).mean()
        yield f"gain over {name}: {gain.mean():.3f} ± {error:.3f}; worse in {lost:.0f} of 100"


def _ranked(rows: Sequence[Row]) -> Iterator[str]:
    for name in rows[0]["ranks"]:
        ranks = [r["ranks"][name] for r in rows]
        counts = np.histogram(ranks, 10, (0.0, 1.0))[0]
        yield f"{name}: p = {kstest(ranks, 'uniform').pvalue:.3f}, {counts.tolist()}"
    chance = np.array([r["slow_chance"] for r in rows])
    slow = np.array([r["slow"] for r in rows])
    for low, high in ((0.0, 0.5), (0.5, 0.65), (0.65, 0.8), (0.8, 1.0)):
        inside = (chance >= low) & (chance < high)
        if inside.any():
            yield (
                f"slow responder, chance {low} to {high}: {inside.sum()} people, said "
                f"{chance[inside].mean():.3f}, found {slow[inside].mean():.3f}"
            )


if __name__ == "__main__":
    main()
