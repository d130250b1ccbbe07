"""The patient document: what is known of one adult. Every key is optional.

`model` holds the document as a whole, `history` the tables that screening reads.
"""

from sordino.patient.history import (
    Arrangements,
    Conditions,
    Drug,
    Examinations,
    Intake,
    Symptoms,
    Tried,
)
from sordino.patient.model import Patient, load_patient

__all__ = [
    "Arrangements",
    "Conditions",
    "Drug",
    "Intake",
    "Patient",
    "Symptoms",
    "Examinations",
    "Tried",
    "load_patient",
]
