"""Courses beside other treatments and placebo: the same people, the same axes."""

from __future__ import annotations

from sordino.compare.compare import compare, wanted
from sordino.compare.model import Arm, Comparison

__all__ = ["Arm", "Comparison", "compare", "wanted"]
