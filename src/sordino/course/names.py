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

INFUSED_ROUTES = ("iv", "im", "sc")
DEPOT_ROUTES = ("im", "sc")
