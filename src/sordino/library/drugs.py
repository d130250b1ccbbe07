"""What a dose of a drug consists of (`drugs.toml`): enantiomers, and the base of its salts."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from pydantic import Field, model_validator

from sordino.documents import read_document
from sordino.errors import UnknownName
from sordino.findings import Finding, reject
from sordino.library.parts import Identifier, NotNegative, Part, Positive

FOLDER = Path(__file__).parent
TOTAL = "total"
"""The moiety of a model that measures all enantiomers as one."""


class Drug(Part):
    """A drug: the part of a dose that each moiety is, and base per mass of each salt."""

    name: Identifier
    note: str = ""
    moieties: dict[str, NotNegative]
    salts: dict[str, Positive] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _parts_make_a_whole(self) -> Drug:
        if abs(sum(self.moieties.values()) - 1.0) > 1e-12:
            reject([Finding(("moieties",), "the parts of a dose do not add up to 1")])
        return self


class Drugs(Part):
    """The file as a whole."""

    drug: tuple[Drug, ...]


@functools.lru_cache(maxsize=1)
def drugs() -> Mapping[str, Drug]:
    """Every drug of the library by its name."""
    found = Drugs.model_validate(read_document(FOLDER / "drugs.toml"))
    return MappingProxyType({drug.name: drug for drug in found.drug})


def moiety_share(drug: str, moiety: str) -> float:
    """The part of a dose of `drug` that a model of `moiety` ("S", "R", "total") sees.

    Raises `UnknownName` for a drug, or a moiety, that the library does not know.

        moiety_share("ketamine", "S")    # 0.5
    """
    if drug not in drugs():
        raise UnknownName("drug", drug, drugs())
    return drug_shares(moiety)[drug]


def drug_shares(moiety: str) -> Mapping[str, float]:
    """The part that a model of `moiety` sees, for every drug of the library.

    Raises `UnknownName` for a moiety that no drug has.
    """
    known = {name for drug in drugs().values() for name in drug.moieties}
    if moiety == TOTAL:
        return dict.fromkeys(drugs(), 1.0)
    if moiety not in known:
        raise UnknownName("moiety", moiety, [*known, TOTAL])
    return {name: drug.moieties.get(moiety, 0.0) for name, drug in drugs().items()}
