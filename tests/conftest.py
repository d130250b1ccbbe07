"""What holds for every test: checked shapes and types, one compilation cache, fixed randomness."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import jaxtyping
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent

# The rooms that hold arrays. Elsewhere there are documents, which pydantic checks itself, and
# functions whose annotations name packages that are imported only when needed: beartype would
# have to import pandas, xarray and altair to look them up.
CHECKED = ["sordino.pk", "sordino.pd", "sordino.population"]

os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(ROOT / ".cache" / "jax"))
jaxtyping.install_import_hook(CHECKED, "beartype.beartype")

hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(autouse=True)
def talk() -> None:
    """Every test begins with a command line that talks."""
    from sordino.cli import set_quiet

    set_quiet(False)


@pytest.fixture(autouse=True, scope="module")
def _room_for_compiled_code() -> None:
    """Thousands of tests compile more code than Linux gives one process maps for."""
    if "jax" in sys.modules:
        from sordino.pk.compiled import FULL, taken

        if taken() > FULL:
            sys.modules["jax"].clear_caches()


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium of this machine, without a window."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        if os.environ.get("SORDINO_REQUIRE_BROWSER") == "1":
            pytest.fail("no Chromium on the path, and SORDINO_REQUIRE_BROWSER=1")
        pytest.skip("no Chromium on the path")
    from playwright.sync_api import sync_playwright

    # Chromium refuses to run its sandbox as root, which is what containers often are.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page in a context of its own."""
    context = browser.new_context()
    yield context.new_page()
    context.close()
