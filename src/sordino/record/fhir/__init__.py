"""FHIR R4 bundles: reading what they say about one patient's treatment, and writing it.

Resources are validated by fhir.resources (its R4B models; the resources that are used here are
the same in R4). Which code means what is in `codes.toml` and in the evidence library.
"""

from sordino.record.fhir.read import read_fhir
from sordino.record.fhir.write import write_fhir

__all__ = ["read_fhir", "write_fhir"]
