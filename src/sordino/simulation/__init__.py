from __future__ import annotations

from sordino.simulation.dataset import simulate
