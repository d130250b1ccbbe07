"""Write the pages that are generated: docs/cli.md and the snapshots of the help pages.

python tools/docs.py            write them
python tools/docs.py --check    exit 1 if docs/cli.md is not what would be written
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from sordino.cli.main import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "cli.md"
SNAPSHOTS = ROOT / "tests" / "contract" / "help"

INTRODUCTION = """# Command line

What each command says with `--help`. Results go to stdout or to files, talk and errors to stderr.

| exit code | means |
|---|---|
| 0 | done |
| 1 | done, and the answer is bad: a check failed; or a fault of the program |
| 2 | the input or the use is wrong; nothing was written |
| 130 | interrupted |
| 141 | nobody reads the output any more |

An error says where, what is wrong, what is allowed, and a hint. `--debug`, anywhere on the line,
adds the traceback.
"""


def help_page(*arguments: str) -> str:
    """The text of one help page, 80 columns wide."""
    done = subprocess.run(
        [sys.executable, "-m", "sordino", *arguments, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1"},
    )
    return done.stdout


def pages() -> dict[str, str]:
    """Every help page by name: the program's own, then one for each command."""
    return {"sordino": help_page(), **{name: help_page(name) for name in COMMANDS}}


def document(texts: dict[str, str]) -> str:
    """docs/cli.md as a whole."""
    parts = [INTRODUCTION]
    for name, text in texts.items():
        title = name if name == "sordino" else f"sordino {name}"
        parts.append(f"## {title}\n\n```text\n{text.rstrip()}\n```\n")
    return "\n".join(parts)


def main() -> int:
    """Write or check, as the command line says."""
    parser = argparse.ArgumentParser(description="Write the generated pages.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if outdated")
    only_check = parser.parse_args().check
    texts = pages()
    text = document(texts)
    if only_check:
        current = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        if current != text:
            print("docs/cli.md is not current: run 'make docs'", file=sys.stderr)
        return int(current != text)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    SNAPSHOTS.mkdir(parents=True, exist_ok=True)
    for stale in SNAPSHOTS.glob("*.txt"):
        if stale.stem not in texts:
            stale.unlink()
    for name, page in texts.items():
        (SNAPSHOTS / f"{name}.txt").write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
