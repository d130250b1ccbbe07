"""What may be believed, and why: checks, claims, and what matters most that is not known."""

from __future__ import annotations

from sordino.credibility.assessment import Assessment, assess
from sordino.credibility.checks import Result

__all__ = ["Assessment", "Result", "assess"]
