"""What a course of ketamine does to fibromyalgia pain, and how sure we are.

    import sordino

    course = sordino.load_course("course.toml")
    result = sordino.simulate(course)

Names are loaded when they are first used: `import sordino` itself imports no numerical package.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from sordino._version import __version__
from sordino.errors import SordinoError

if TYPE_CHECKING:
    from sordino.course import load_course
    from sordino.following import follow
    from sordino.library.reader import load_pk_model as load_model
    from sordino.pk.histories import register_dynamics
    from sordino.prediction import predict
    from sordino.rules import simulate_rules
    from sordino.screening import screen
    from sordino.simulation import simulate, summarize

__all__ = [
    "SordinoError",
    "__version__",
    "follow",
    "load_course",
    "load_model",
    "predict",
    "register_dynamics",
    "screen",
    "simulate",
    "simulate_rules",
    "summarize",
]

_LAZY = {
    "follow": ("sordino.following", "follow"),
    "load_course": ("sordino.course", "load_course"),
    "load_model": ("sordino.library.reader", "load_pk_model"),
    "predict": ("sordino.prediction", "predict"),
    "register_dynamics": ("sordino.pk.histories", "register_dynamics"),
    "screen": ("sordino.screening", "screen"),
    "simulate": ("sordino.simulation", "simulate"),
    "simulate_rules": ("sordino.rules", "simulate_rules"),
    "summarize": ("sordino.simulation", "summarize"),
}


def __getattr__(name: str) -> Any:
    """Load a public name on its first use."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _LAZY[name]
    value = getattr(importlib.import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
