"""`compare`: courses and comparators for the same people, on the same axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sordino._version import __version__
from sordino.compare.comparators import comparator_arms
from sordino.compare.courses import course_arm
from sordino.compare.model import Arm, Comparison
from sordino.compare.people import without_drug
from sordino.compare.profiles import Profile, profiles
from sordino.course import Course, load_course
from sordino.errors import InputError, UnknownName
from sordino.library.protocols import load_protocol, protocol_names
from sordino.patient import Patient
from sordino.simulation.summary import Progress

MOST_ARMS = 8
MOST_PATIENTS = 100_000
MOST_DRAWS = 1000
FILES = (".toml", ".json")


@dataclass(frozen=True)
class Wanted:
    """What is compared, in the order of the arms: courses and comparators by name."""

    names: tuple[str, ...]
    courses: Mapping[str, Course]
    comparators: Mapping[str, Profile]
    patient: Patient


def wanted(names: Sequence[str]) -> Wanted:
    """Read what is to be compared: course files, ready courses, comparators.

    Raises `UnknownName` with the nearest names, `DocumentError` for a course that cannot be
    read, and `InputError` for too many arms, the same arm twice, and courses of different people.
    """
    given = tuple(str(name) for name in names)
    if not given:
        raise InputError("nothing to compare", allowed=_allowed())
    if len(given) > MOST_ARMS:
        raise InputError(f"{len(given)} arms", allowed=f"at most {MOST_ARMS}")
    twice = [name for name in dict.fromkeys(given) if given.count(name) > 1]
    if twice:
        raise InputError(f"{twice[0]} is there twice", allowed="every arm once")
    courses = {name: _course(name) for name in given if name not in profiles()}
    chosen = {name: profiles()[name] for name in given if name in profiles()}
    return Wanted(given, courses, chosen, _one_patient(courses))


def _course(name: str) -> Course:
    if name.lower().endswith(FILES):
        read = load_course(Path(name))
    elif name in protocol_names():
        read = load_protocol(name)
    else:
        error = UnknownName("arm", name, [*profiles(), *protocol_names()])
        error.allowed = f"a course file ({' or '.join(FILES)}), or one of: {error.allowed}"
        raise error
    if not read.administrations():
        raise InputError(
            "this course has no ketamine or esketamine treatment to simulate",
            where=name,
            hint="name a comparator by itself: sordino compare course.toml duloxetine",
        )
    return read


def _allowed() -> str:
    return f"course files, ready courses ({', '.join(protocol_names())}), and comparators " + (
        f"({', '.join(profiles())})"
    )


def _one_patient(courses: Mapping[str, Course]) -> Patient:
    """The patient of all arms: what is not said in one course is taken from the others."""
    found: tuple[str, Patient] | None = None
    for name, course in courses.items():
        if not course.patient.covariates():
            continue
        if found is None:
            found = name, course.patient
        elif found[1].covariates() != course.patient.covariates():
            raise InputError(
                f"{found[0]} and {name} are about different people",
                allowed="the same patient in every course",
                hint="give all courses the same [patient], or leave it out in all but one",
            )
    return Patient() if found is None else found[1]


def compare(
    names: Sequence[str],
    patients: int = 1000,
    draws: int = 20,
    seed: int = 1,
    progress: Callable[[str], Progress | None] | None = None,
) -> Comparison:
    """Compare courses and comparators in the same virtual patients.

    Drugs of the patient document change courses as published (`sordino.safety.beside`).

    `names`: course files, ready courses and comparators, at most eight, each an arm. `patients`,
    `draws` and `seed` are those of `summarize`. `progress`, given the name of a course, gives
    what is called with blocks done and blocks in all.

    Raises what `wanted` and `summarize` raise.

        compare(["six_infusions", "duloxetine", "placebo"]).arms[0].relief_days
    """
    chosen = wanted(names)
    _check("patients", patients, MOST_PATIENTS)
    _check("draws", draws, MOST_DRAWS)
    arms: dict[str, Arm] = {}
    for name, course in chosen.courses.items():
        told = progress(name) if progress is not None else None
        try:
            arms[name] = course_arm(name, course, chosen.patient, patients, draws, seed, told)
        except InputError as error:
            error.where = f"{name}: {error.where}" if error.where else name
            raise
    given = chosen.patient.covariates()
    if chosen.comparators:
        people = without_drug(given, patients, draws, seed)
        arms |= comparator_arms(list(chosen.comparators.values()), people, draws, seed)
    ordered = tuple(arms[name] for name in chosen.names)
    return Comparison(
        title=" / ".join(arm.title for arm in ordered),
        arms=_distinct(ordered),
        people=_people(patients, given),
        patients=patients,
        draws=draws,
        seed=seed,
        course_digests={name: course.digest() for name, course in chosen.courses.items()},
        sordino_version=__version__,
    )


def _distinct(arms: tuple[Arm, ...]) -> tuple[Arm, ...]:
    """Two courses of one title get their file names with it."""
    titles = [arm.title for arm in arms]
    return tuple(
        replace(arm, title=f"{arm.title} ({Path(arm.name).name})")
        if titles.count(arm.title) > 1
        else arm
        for arm in arms
    )


def _people(patients: int, given: Mapping[str, float]) -> str:
    names = ["sex" if name == "female" else name for name in given]
    same = f", all with the {', '.join(names)} of the course" if names else ""
    return f"{patients} made-up people with fibromyalgia{same}, the same in every arm"


def _check(name: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise InputError(f"{name} is {value}", allowed=f"1 to {most}")
