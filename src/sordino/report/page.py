"""The templates of the pages, read in one way: every text is escaped, every name must be known."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from sordino._version import __version__
from sordino.report import words

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment

NO_BREAK = "\N{NO-BREAK SPACE}"
_RANGE = re.compile(r"\S+ \([\d.]+ to [\d.]+\)")
_UNIT = re.compile(r"(\d) (h|min|mmHg|mg|percent|days|of)\b")


def page(template: str, *, title: str, **values: object) -> str:
    """A page made from a template of this folder that extends `base.html`.

    Texts in `values` are escaped; drawings go through the filter `safe_svg`.
    """
    return _environment().get_template(template).render(title=title, version=__version__, **values)


@functools.lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import PackageLoader

    # Our own drawings are put in as they are: their texts were escaped by the renderer.
    return environment(PackageLoader("sordino.report", "."), as_it_is="safe_svg")


def environment(loader: BaseLoader, as_it_is: str) -> Environment:
    """How templates are read: every text is escaped but what goes through the filter `as_it_is`."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {as_it_is: Markup, "unbroken": unbroken, "sentence": words.sentence}
    return made


def unbroken(text: str) -> str:
    """Ranges in brackets and numbers before a short unit do not break over lines."""
    joined = _RANGE.sub(lambda found: found[0].replace(" ", NO_BREAK), text)
    return _UNIT.sub(rf"\1{NO_BREAK}\2", joined)
