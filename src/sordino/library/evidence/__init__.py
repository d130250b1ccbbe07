"""What studies found, as data: every row with its source, its role and how it was seen.

`reader` loads the files; `parts`, `observations`, `studies`, `comparators`, `safety`,
`instruments` and `facts` say what may stand in them; `ledger` lists every parameter of every
model with its origin; `topics` is what the command line shows.
"""

from sordino.library.evidence.comparators import Comparator
from sordino.library.evidence.facts import Claim
from sordino.library.evidence.reader import (
    claim,
    claims,
    comparator,
    comparators,
    effects,
    fact,
    instrument,
    instruments,
    pharmacology,
    safety,
    studies,
    study,
)
from sordino.library.evidence.studies import Study

__all__ = [
    "Claim",
    "Comparator",
    "Study",
    "claim",
    "claims",
    "comparator",
    "comparators",
    "effects",
    "fact",
    "instrument",
    "instruments",
    "pharmacology",
    "safety",
    "studies",
    "study",
]
