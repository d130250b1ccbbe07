"""What is wrong in a document, in plain words and with the place.

Models report problems as `Finding`s (`reject`); `document_error` turns them, and whatever else
pydantic found, into one DocumentError that names the file and the key of each problem.
In paths the first entry of a list has the number 1: `treatment[2].dose` is the second treatment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast, get_args

from pydantic import BaseModel, BeforeValidator, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from sordino.errors import DocumentError, SordinoError, UnitError, UnknownName
from sordino.units import Kind, parse_quantity

Path = tuple[str | int, ...]
Form = TypeVar("Form", bound=BaseModel)

MAX_FINDINGS = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem at `path`, relative to the model that reports it."""

    path: Path
    what: str
    allowed: str = ""
    hint: str = ""
    unit: bool = False


def reject(findings: Iterable[Finding]) -> None:
    """Report `findings` from inside a pydantic validator; no findings, no error."""
    found = tuple(findings)
    if found:
        raise PydanticCustomError("sordino", "see findings", {"findings": found})


def quantity_text(*kinds: Kind) -> BeforeValidator:
    """A validator for a string field that holds a quantity of one of `kinds`."""

    def check(value: object) -> object:
        try:
            parse_quantity(value, *kinds)
        except UnitError as error:
            reject([Finding((), error.what, error.allowed, error.hint, unit=True)])
        return value if isinstance(value, str) else str(value)

    return BeforeValidator(check)


def document_error(
    source: str, findings: Sequence[SordinoError], *, kind: str = "file"
) -> DocumentError:
    """All findings of one document as one error."""
    number = "1 problem" if len(findings) == 1 else f"{len(findings)} problems"
    shown = findings[:MAX_FINDINGS]
    more = f" (the first {MAX_FINDINGS} are shown)" if len(findings) > len(shown) else ""
    return DocumentError(
        f"this {kind} cannot be used: {number}{more}", where=source, findings=shown
    )


def as_form(form: type[Form], table: Any, source: str, *, kind: str = "file") -> Form:
    """A table as one of the forms of documents.

    Raises `DocumentError` with all findings; `source` names the document, `kind` what it is.
    """
    try:
        return form.model_validate(table)
    except ValidationError as error:
        raise document_error(source, from_validation(error, form, source), kind=kind) from None


def from_validation(
    error: ValidationError, model: type[BaseModel], source: str
) -> list[SordinoError]:
    """The findings in a pydantic error, reworded, in the order of the document."""
    found: list[SordinoError] = []
    for detail in error.errors(include_url=False):
        # A list whose entries all failed is also called too short; that adds nothing.
        if detail["type"] != "too_short" or not detail["input"]:
            found.extend(_reword(detail, model, source))
    return found


def dotted(path: Path) -> str:
    """A path as people read it: ("treatment", 1, "dose") is `treatment[2].dose`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            name = part if re.fullmatch(r"[A-Za-z0-9_-]{1,40}", part) else shown(part)
            text += f".{name}" if text else name
    return text


def shown(value: object, length: int = 60) -> str:
    """A value as found in a document, short and safe to print."""
    if isinstance(value, bool):
        return "true" if value else "false"
    # Slicing first keeps a long string from being copied and escaped in full.
    text = ascii(value[: length + 1]) if isinstance(value, str) else ascii(value)
    return text if len(text) <= length + 2 else f"{text[:length]}..."


def type_word(value: object) -> str:
    """The kind of a value in words."""
    if isinstance(value, bool):
        return f"{shown(value)} (true or false)"
    if isinstance(value, int | float):
        return f"the number {shown(value)}"
    if isinstance(value, str):
        return f"the text {shown(value)}"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list"
    return "nothing" if value is None else "a date or time"


def place(source: str, path: Path) -> str:
    """File and key, as they stand in front of a message."""
    return f"{source}: {dotted(path)}" if path else source


def _reword(detail: ErrorDetails, model: type[BaseModel], source: str) -> list[SordinoError]:
    path: Path = tuple(detail["loc"])
    kind = detail["type"]
    if kind == "sordino":
        findings = cast("tuple[Finding, ...]", detail.get("ctx", {})["findings"])
        return [_own(finding, path, source) for finding in findings]
    where = place(source, path)
    if kind == "extra_forbidden":
        known = _keys_at(model, path[:-1])
        return [_unknown_key(str(path[-1]), known, where)]
    if kind == "missing":
        return [DocumentError("this key is missing", where=where)]
    value: object = detail["input"]
    limits = detail.get("ctx", {})
    if kind == "literal_error":
        return [_not_one_of(value, limits["expected"], where, str(path[-1]))]
    what, allowed = _words(kind, value, limits)
    hint = ""
    if kind == "tuple_type" and isinstance(value, Mapping) and path:
        hint = f"in TOML, tables in a list have two brackets: [[{path[-1]}]]"
    return [DocumentError(what, where=where, allowed=allowed, hint=hint)]


def _own(finding: Finding, path: Path, source: str) -> SordinoError:
    where = place(source, path + finding.path)
    error = UnitError if finding.unit else DocumentError
    return error(finding.what, where=where, allowed=finding.allowed, hint=finding.hint)


def _unknown_key(key: str, known: list[str], where: str) -> SordinoError:
    error = UnknownName("key", key[:60], known, where=where)
    error.what = f"unknown key {shown(key)}"
    return error


def _not_one_of(value: object, expected: str, where: str, key: str) -> SordinoError:
    """A value outside a closed list of names; the nearest ones are offered."""
    names: list[str] = re.findall(r"'([^']*)'", expected)
    if not isinstance(value, str):
        return DocumentError(
            f"found {type_word(value)}, a name is needed", where=where, allowed=", ".join(names)
        )
    error = UnknownName(key, value[:60].lower(), names, where=where)
    error.what = f"unknown {key} {shown(value)}"
    return error


_NEEDED: dict[str, str] = {
    "string_type": "text in quotes",
    "float_type": "a number",
    "float_parsing": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "dict_type": "a table",
}

_LIMITS: dict[str, Callable[[dict[str, Any]], str]] = {
    "greater_than": lambda c: f"more than {c['gt']:g}",
    "greater_than_equal": lambda c: f"{c['ge']:g} or more",
    "less_than": lambda c: f"less than {c['lt']:g}",
    "less_than_equal": lambda c: f"{c['le']:g} or less",
    "too_long": lambda c: f"at most {c['max_length']} entries",
    "too_short": lambda c: f"at least {c['min_length']} entry",
    "string_too_long": lambda c: f"at most {c['max_length']} characters",
    "string_too_short": lambda c: f"at least {c['min_length']} character",
    "finite_number": lambda _: "a finite number",
}


def _words(kind: str, value: object, limits: dict[str, Any]) -> tuple[str, str]:
    """What is wrong and what is allowed, for the kinds of error that pydantic itself finds."""
    if kind in _NEEDED:
        return f"found {type_word(value)}, {_NEEDED[kind]} is needed", ""
    if kind in _LIMITS:
        amount = f"{len(value)} entries" if isinstance(value, list | tuple) else shown(value)
        return f"{amount} is outside the allowed range", _LIMITS[kind](limits)
    return f"{type_word(value)} cannot be used here", ""


def _keys_at(model: type[BaseModel], path: Path) -> list[str]:
    """The keys known at `path` inside `model`, as they are written in a document."""
    here: type[BaseModel] | None = model
    for part in path:
        if isinstance(part, str) and here is not None:
            field = _fields(here).get(part)
            here = _model_in(field.annotation) if field else None
    return list(_fields(here)) if here else []


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _model_in(annotation: object) -> type[BaseModel] | None:
    """The document model inside an annotation such as `tuple[Treatment, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(part) for part in get_args(annotation))
    return next((model for model in inner if model is not None), None)
