"""The closed lists of names in a course document."""

from __future__ import annotations

from typing import Literal, get_args

Drug = Literal["ketamine", "esketamine"]
Comparator = Literal[
    "placebo",
    "duloxetine",
    "pregabalin",
    "milnacipran",
    "amitriptyline",
    "gabapentin",
    "tramadol",
    "naltrexone",
    "exercise",
    "cbt",
    "opioid",
]
DrugOrComparator = Literal[Drug, Comparator]
Route = Literal["iv", "im", "sc", "intranasal", "sublingual", "buccal", "oral"]
Salt = Literal["base", "hydrochloride"]

DRUGS: tuple[str, ...] = get_args(Drug)
COMPARATORS: tuple[str, ...] = get_args(Comparator)
ROUTES: tuple[str, ...] = get_args(Route)

ROUTE_WORDS: dict[str, str] = {
    "intravenous": "iv",
    "infusion": "iv",
    "intramuscular": "im",
    "subcutaneous": "sc",
    "subcut": "sc",
    "nasal": "intranasal",
    "spray": "intranasal",
    "nasal spray": "intranasal",
    "lozenge": "sublingual",
    "sl": "sublingual",
    "swallowed": "oral",
    "tablet": "oral",
    "po": "oral",
}
"""What people write for a route; it is not accepted, but answered with the right name."""

INFUSED_ROUTES = ("iv", "im", "sc")
DEPOT_ROUTES = ("im", "sc")
