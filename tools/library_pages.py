"""Write docs/library: a page for each drug model, effect and calibration study.

python tools/library_pages.py            write them
python tools/library_pages.py --check    exit 1 if they are not what would be written
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sordino.credibility.validation import model_checks, slow_effect_checks
from sordino.report.library_pages import pages

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "library"


def main() -> int:
    """Write or check, as the command line says."""
    parser = argparse.ArgumentParser(description="Write the pages of the library.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if outdated")
    only_check = parser.parse_args().check
    made = pages([*model_checks(), *slow_effect_checks()])
    there = {str(path.relative_to(FOLDER)): path for path in FOLDER.rglob("*.md")}
    if only_check:
        same = made == {name: path.read_text(encoding="utf-8") for name, path in there.items()}
        if not same:
            print("docs/library is not current: run 'make docs'", file=sys.stderr)
        return int(not same)
    for name in there.keys() - made.keys():
        there[name].unlink()
    for name, text in made.items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
