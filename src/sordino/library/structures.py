"""Ready structures by name: one to three compartments, with NONMEM's parameterisations.

A structure is written in the terms of a model file, so that it can be put into one
(`sordino.library.expand`). The ADVAN and TRANS names, the numbers of their compartments, the
default compartments and the relations of TRANS3 to TRANS6 are those of the NONMEM help pages
`advan1` to `advan12` and `trans1` to `trans6` (github.com/TingjieGuo/nmhelp, NONMEM 7.5).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sordino.errors import UnknownName
from sordino.library.micro import (
    ADVAN_MODELS,
    PLAIN_MODELS,
    PLAIN_ORAL,
    Disposition,
)

Entry = dict[str, Any]

PERIPHERALS = {0: (), 1: ("peripheral",), 2: ("peripheral1", "peripheral2")}
METABOLITE = {
    "FM": "fraction",
    "CLM": "L/{time}",
    "VM": "L",
}
OF_COMPARTMENT = {
    "F": "fraction of a dose into compartment {n} that enters",
    "ALAG": "time until a dose into compartment {n} enters",
    "R": "rate of an infusion into compartment {n} with RATE = -1, mg per time",
    "D": "duration of an infusion into compartment {n} with RATE = -2",
    "S": "what the amount in compartment {n} is divided by, usually a volume",
}
"""Parameters that a structure takes for each compartment when they are given, by their letter."""


@dataclass(frozen=True)
class Structure:
    """A ready structure: what it needs, and what it puts into a model file.

    `parameters`: needed parameters with their units, {time} for the time unit of the file;
    `optional`: further ones with what they are for. `oral`: the first compartment is a depot.
    """

    name: str
    title: str
    disposition: Disposition
    oral: bool
    metabolite: bool = False
    parameters: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def compartments(self) -> tuple[str, ...]:
        """Names of the compartments in the order of their numbers."""
        return (
            *(("depot",) if self.oral else ()),
            "central",
            *PERIPHERALS[len(self.disposition.exchange)],
            *(("metabolite",) if self.metabolite else ()),
        )

    @property
    def optional(self) -> dict[str, str]:
        """Parameters that are used when the file has them, with their meaning."""
        numbered = {
            f"{letter}{n}": text.format(n=n)
            for n in range(1, len(self.compartments) + 1)
            for letter, text in OF_COMPARTMENT.items()
        }
        ratio = {"MR": "molar mass of the metabolite over that of the parent"}
        return {**(ratio if self.metabolite else {}), **numbered}

    def entries(self, given: frozenset[str], time_unit: str) -> dict[str, list[Entry]]:
        """The entries of a model file, by kind, for the parameters that are `given`."""
        return {
            "derived": [
                {"name": name, "expression": text, "unit": f"1/{time_unit}"}
                for name, text in self.disposition.derived.items()
            ],
            "compartment": [
                self._compartment(name, n, given)
                for n, name in enumerate(self.compartments, start=1)
            ],
            "flow": self._flows(given),
            "analyte": self._analytes(given),
            "route": self._routes(given),
        }

    def units(self, time_unit: str) -> dict[str, str]:
        """The needed parameters with their units in a file with this `time_unit`."""
        return {name: unit.format(time=time_unit) for name, unit in self.parameters.items()}

    def number(self, compartment: str) -> int:
        """The number of a compartment, as NONMEM counts."""
        return self.compartments.index(compartment) + 1

    def _compartment(self, name: str, n: int, given: frozenset[str]) -> Entry:
        keys = {
            "bioavailability": f"F{n}",
            "lag": f"ALAG{n}",
            "infusion_rate": f"R{n}",
            "infusion_duration": f"D{n}",
        }
        return {"name": name, **{key: value for key, value in keys.items() if value in given}}

    def _flows(self, given: frozenset[str]) -> list[Entry]:
        d = self.disposition
        flows: list[Entry] = []
        if self.oral:
            flows.append({"from": "depot", "to": "central", "rate": "KA"})
        for place, (out, back) in zip(PERIPHERALS[len(d.exchange)], d.exchange, strict=True):
            flows.append({"from": "central", "to": place, "rate": out})
            flows.append({"from": place, "to": "central", "rate": back})
        if not self.metabolite:
            return [*flows, {"from": "central", "rate": d.elimination}]
        formed = "FM * MR" if "MR" in given else "FM"
        return [
            *flows,
            {"from": "central", "to": "metabolite", "rate": d.elimination, "arrives": formed},
            {"from": "metabolite", "rate": "CLM / VM"},
        ]

    def _analytes(self, given: frozenset[str]) -> list[Entry]:
        """The central compartment first, then what has a volume or a scale of its own."""
        volumes: dict[str, str | None] = {"central": self.disposition.volume}
        if self.metabolite:
            volumes["metabolite"] = "VM"
        scaled = {c: f"S{self.number(c)}" for c in self.compartments}
        found: list[Entry] = []
        for place in dict.fromkeys((*volumes, *self.compartments)):
            volume = scaled[place] if scaled[place] in given else volumes.get(place)
            entry = {"name": place, "compartment": place}
            if volume is not None:
                found.append({**entry, "volume": volume, "unit": "mg/L"})
            elif place in volumes:
                found.append({**entry, "unit": "mg"})
        return found

    def _routes(self, given: frozenset[str]) -> list[Entry]:
        places = {"oral": "depot", "iv": "central"} if self.oral else {"iv": "central"}
        return [
            {"name": route, "inputs": [self._input(place, given)], "origin": "assumed"}
            for route, place in places.items()
        ]

    def _input(self, place: str, given: frozenset[str]) -> Entry:
        n = self.number(place)
        keys = {"fraction": f"F{n}", "lag": f"ALAG{n}"}
        return {
            "to": place,
            "kind": "direct",
            **{key: value for key, value in keys.items() if value in given},
        }


@lru_cache(maxsize=1)
def structures() -> dict[str, Structure]:
    """Every ready structure by its name."""
    return {entry.name: entry for entry in (*_plain(), *_advans())}


def structure_names() -> tuple[str, ...]:
    """The names of all ready structures."""
    return tuple(structures())


def ready_structure(name: str) -> Structure:
    """A ready structure by its name. Raises `UnknownName` with the nearest names."""
    if name not in structures():
        raise UnknownName("structure", name, structure_names())
    return structures()[name]


def _plain() -> list[Structure]:
    found: list[Structure] = []
    for count, disposition in enumerate(PLAIN_MODELS, start=1):
        for way in ("iv", "oral"):
            for metabolite in (False, True):
                word = ("one", "two", "three")[count - 1]
                end = "_metabolite" if metabolite else ""
                needed = {
                    **disposition.parameters,
                    **(PLAIN_ORAL if way == "oral" else {}),
                    **(METABOLITE if metabolite else {}),
                }
                title = f"{word} compartment{'s' if count > 1 else ''}, {way}"
                found.append(
                    Structure(
                        name=f"{word}_compartment_{way}{end}",
                        title=title + (", cleared to a metabolite" if metabolite else ""),
                        disposition=disposition,
                        oral=way == "oral",
                        metabolite=metabolite,
                        parameters=needed,
                    )
                )
    return found


def _advans() -> list[Structure]:
    return [
        Structure(
            name=f"advan{advan}_trans{trans}",
            title=f"NONMEM ADVAN{advan} TRANS{trans}",
            disposition=disposition,
            oral=advan in (2, 4, 12),
            parameters={
                **disposition.parameters,
                **(PLAIN_ORAL if advan in (2, 4, 12) else {}),
            },
        )
        for (advan, trans), disposition in ADVAN_MODELS.items()
    ]
