"""Follow made-up people and judge the forecasts: writes one line of JSON for each person.

python tools/follow.py --twist none --people 2000 --part 0 2 --output judged-none-0.jsonl
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from sordino.following.study import LENGTHS, TWISTS, Panel, truth


def main() -> None:
    """Judge every person of one part; people that the file already holds are left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--twist", choices=[t.name for t in TWISTS], default="none")
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--part", type=int, nargs=2, default=(0, 1), metavar=("PART", "OF"))
    parser.add_argument("--output", type=Path, required=True)
    asked = parser.parse_args()
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


if __name__ == "__main__":
    main()
