"""Ship what `sordino calibrate` wrote: the draws into the package, tables and figures into docs.

sordino calibrate -o DIR               fit; ten minutes on two cores
sordino calibrate --sbc 48 -o DIR      rank; an hour
python tools/calibration.py DIR        take what is in DIR
python tools/calibration.py --check    exit 1 if docs/calibration.md is not what the package holds
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

from sordino.calibrate.page import ranks_table, tables
from sordino.library.posterior.shipped import DRAWS, FOLDER, SUMMARY

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "calibration.md"
IMAGES = ROOT / "docs" / "img"
RANKS = "sbc.json"
FIGURES = ("learned", "studies")
PARTS = {"result": SUMMARY, "ranks": RANKS}


def page(text: str) -> str:
    """The page with its generated parts made anew from the files of the package."""
    for part, name in PARTS.items():
        if not (FOLDER / name).exists():
            continue
        told = json.loads((FOLDER / name).read_text(encoding="utf-8"))
        made = tables(told) if part == "result" else ranks_table(told)
        begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}\n\n{made}\n{end}{rest.partition(end)[2]}"
    return text


def take(folder: Path) -> None:
    """Copy draws, summary, ranks and figures; those that are not in the folder stay."""
    for name in (DRAWS, SUMMARY, RANKS):
        if (folder / name).exists():
            shutil.copyfile(folder / name, FOLDER / name)
    for name in FIGURES:
        if (folder / f"{name}.svg").exists():
            shutil.copyfile(folder / f"{name}.svg", IMAGES / f"calibration-{name}.svg")


def main() -> int:
    """Read the command line and do it; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path, nargs="?", help="what sordino calibrate wrote")
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    if asked.folder is not None:
        take(asked.folder)
    old = PAGE.read_text(encoding="utf-8")
    new = page(old)
    if asked.check:
        return int(old != new)
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
