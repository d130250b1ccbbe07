"""Individual dosing histories: records of a data set to amounts and concentrations."""

from sordino.pk.histories.amounts import Amounts, concentrations, predict_amounts
from sordino.pk.histories.dynamics import VectorField, register_dynamics
from sordino.pk.histories.parameters import Carry, occasions

__all__ = [
    "Amounts",
    "Carry",
    "VectorField",
    "concentrations",
    "occasions",
    "predict_amounts",
    "register_dynamics",
]
