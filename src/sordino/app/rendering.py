"""The templates of the pages, read in one way: every text is escaped, every name must be known."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import HTMLResponse

from sordino._version import __version__
from sordino.report.page import environment
from sordino.report.sentences import PURPOSE

if TYPE_CHECKING:
    from jinja2 import Environment

NAV = (
    ("/", "Plan"),
    ("/compare", "Compare"),
    ("/screen", "Screen"),
    ("/follow", "Follow"),
    ("/claims", "Claims"),
    ("/evidence", "Evidence"),
    ("/models", "Models"),
)


@functools.lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader

    report = PrefixLoader({"report": PackageLoader("sordino.report", ".")})
    own = PackageLoader("sordino.app", "templates")
    # What the report room made is put in as it is: it has escaped its texts itself.
    return environment(ChoiceLoader([own, report]), as_it_is="made")


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page as an answer."""
    settings = request.app.state.settings
    own = {
        "version": __version__,
        "purpose": PURPOSE,
        "nav": NAV,
        "here": request.url.path,
        "local": settings.password_hash is None,
    }
    return HTMLResponse(_environment().get_template(template).render(**own, **values), status)
