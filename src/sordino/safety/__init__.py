"""What a course may do to a person beside relief: side effects, pressure, dose, limits, harm of
long use, contraindications and other drugs, each with its source."""

from __future__ import annotations

from sordino.safety.assess import Safety, assess

__all__ = ["Safety", "assess"]
