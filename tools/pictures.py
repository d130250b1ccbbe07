"""Write the pictures of the page, docs/img/app-*.png, again. Needs a Chromium on the path."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "img"
WAIT_MS = 180_000
WIDE = {"width": 1440, "height": 900}
PICTURES: dict[str, tuple[str, dict[str, Any]]] = {
    "app-plan": ("", {"viewport": WIDE}),
    "app-plan-dark": ("", {"viewport": WIDE, "color_scheme": "dark"}),
    "app-plan-phone": ("", {"viewport": {"width": 390, "height": 844}}),
    "app-compare": ("compare", {"viewport": {"width": 1440, "height": 1240}}),
    "app-claim": ("claims/relief_days_weeks", {"viewport": WIDE}),
}
"""Name: page and window."""


def main() -> None:
    """Take every picture once its page has its exact answer."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with server() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        for name, (path, window) in PICTURES.items():
            take(browser, url + path, IMAGES / f"{name}.png", window)
        browser.close()


@contextmanager
def server() -> Generator[str]:
    """The address of a page that runs meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "sordino", "app", "--no-open"]
        command += ["--data", str(Path(folder) / "records.db")]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            found = re.search(r"http://\S+/", process.stderr.readline())
            assert found is not None
            yield found[0]
            process.terminate()


def take(browser: Browser, address: str, file: Path, window: dict[str, Any]) -> None:
    """One picture; pages that calculate say when they are done."""
    context = browser.new_context(**window)
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(address)
    if page.locator("script[src='/static/main.js'], script[src='/static/compare.js']").count():
        page.wait_for_selector("body[data-answer=exact]")
    page.screenshot(path=file, animations="disabled")
    context.close()


if __name__ == "__main__":
    main()
