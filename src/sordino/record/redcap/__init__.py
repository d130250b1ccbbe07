"""REDCap: reading an export with its data dictionary, and writing both.

A REDCap project has fields of its own; a mapping says which field is what in a record.
"""

from sordino.record.redcap.read import read_redcap
from sordino.record.redcap.write import write_redcap

__all__ = ["read_redcap", "write_redcap"]
