"""Predictions for the records of a data set: typical, individual, or simulated.

    import sordino

    table = sordino.predict("model.toml", "data.csv")
    table = sordino.predict("model.toml", "data.csv", simulate=200, seed=1)

What comes back, and what the simulations hold: `docs/bring-your-own.md`.
"""

from sordino.prediction.api import predict
from sordino.prediction.job import Job, make_job
from sordino.prediction.output import write_predictions
from sordino.prediction.percentiles import Panel, VisualCheck
from sordino.prediction.stream import Predicted, predictions
from sordino.prediction.visual_check import vpc

__all__ = [
    "Job",
    "Panel",
    "Predicted",
    "VisualCheck",
    "make_job",
    "predict",
    "predictions",
    "vpc",
    "write_predictions",
]
