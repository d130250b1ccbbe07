"""Reading TOML and JSON documents safely, and writing files whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import re
import secrets
import stat
import tomllib
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, NoReturn, cast

from sordino.errors import DocumentError, OutputError

MAX_BYTES = 1_000_000
"""The largest document that people write."""
MAX_IMPORT_BYTES = 64_000_000
"""The largest file that another program exported: a bundle, a project, a diary of years."""
MAX_DEPTH = 20
_LARGEST_INTEGER = 2**53
# All control characters except tab, line feed and carriage return.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# What TOML is made of, as far as it takes to tell keys from strings and comments. Whatever is
# looked at becomes part of a token, also where a quote is missing: the time grows with the text.
_TOML_TOKEN = re.compile(
    r"""
    \#[^\n]*
    | \"{3} (?: [^"\\] | \\.? | "(?!"") )*+ (?: "{3,5} | \Z )
    | '{3} .*? (?: '{3,5} | \Z )
    | (?P<part> [A-Za-z0-9_-]++ | " (?: [^"\\\n] | \\.? )*+ "? | ' [^'\n]*+ '? )
    | (?P<between> [ \t.]++ )
    | [^\#"'A-Za-z0-9_\-\ \t.]++
    """,
    re.VERBOSE | re.DOTALL,
)


def read_document(path: Path, most: int = MAX_BYTES) -> dict[str, Any]:
    """Read a TOML or JSON file, chosen by its suffix, as one table of plain values.

    Raises DocumentError when the file is missing, not a regular file, empty, larger than
    `most` bytes, not text in UTF-8, or not well formed; and when it holds numbers that are not
    finite or text with control characters.
    """
    _parser(path)
    return parse_document(read_text(path, most), path)


def parse_document(text: str, path: Path) -> dict[str, Any]:
    """The text of a document as a table; the name of its file says how it is written.

    Raises what `read_document` raises for a text that is not right.
    """
    name = str(path)
    parse = _parser(path)
    if not text.strip():
        raise DocumentError("the file is empty", where=name)
    data = parse(text, name)
    if not isinstance(data, dict):
        raise DocumentError("the file holds no table of keys and values", where=name)
    table = cast("dict[str, Any]", data)
    check_values(table, name)
    return table


def read_text(path: Path, most: int = MAX_BYTES) -> str:
    """Read a whole text file of at most `most` bytes; size and kind are checked before reading."""
    name = str(path)
    with reading(path) as size:
        if size > most:
            raise _too_large(size, name, most)
        with path.open("rb") as file:
            raw = file.read(most + 1)
    if len(raw) > most:
        raise _too_large(len(raw), name, most)
    return _decode(raw, name)


def check_document_path(path: Path) -> None:
    """Raise DocumentError for what is no TOML or JSON file: another ending, a folder, not there."""
    _parser(path)
    with reading(path):
        pass


@contextlib.contextmanager
def reading(path: Path) -> Generator[int]:
    """Look at a file before it is read in the block: its size in bytes.

    Raises DocumentError for what is no regular file, and when the block cannot read it.
    """
    name = str(path)
    try:
        info = path.stat()
        if stat.S_ISDIR(info.st_mode):
            raise DocumentError("this is a folder, a file is needed", where=name)
        if not stat.S_ISREG(info.st_mode):
            raise DocumentError("this is not a regular file", where=name)
        yield info.st_size
    except FileNotFoundError:
        raise DocumentError("no such file", where=name) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "this is no usable path"
        raise DocumentError(f"cannot be read: {reason}", where=name) from None


def _too_large(size: int, name: str, most: int) -> DocumentError:
    return DocumentError(f"the file has {size} bytes", where=name, allowed=f"at most {most} bytes")


def _decode(raw: bytes, name: str) -> str:
    refuse_utf16(raw, name)
    if b"\0" in raw:
        raise DocumentError("this is a binary file, a text file is needed", where=name)
    try:
        # A byte order mark, which some editors write, is harmless.
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise not_utf8(f"the text in line {line} is not UTF-8", name) from None


def refuse_utf16(raw: bytes, name: str) -> None:
    """Raise DocumentError for text that begins with a byte order mark of UTF-16."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise not_utf8("the text is in UTF-16", name)


def not_utf8(what: str, name: str) -> DocumentError:
    """The error for text in another encoding."""
    return DocumentError(what, where=name, allowed="UTF-8", hint="save it again as UTF-8")


def _parser(path: Path) -> Callable[[str, str], object]:
    parsers = {".toml": _parse_toml, ".json": _parse_json}
    suffix = path.suffix.lower()
    if suffix not in parsers:
        raise DocumentError(
            f"the file name ends in {suffix!r}" if suffix else "the file name has no ending",
            where=str(path),
            allowed=".toml or .json",
        )
    return parsers[suffix]


def _parse_toml(text: str, name: str) -> object:
    _check_keys(text, name)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, _, rest = str(error).partition(" (at ")
        line = re.match(r"line (\d+), column (\d+)", rest)
        spot = f"line {line[1]}, column {line[2]}" if line else "the end of the file"
        raise DocumentError(f"not valid TOML at {spot}: {message}", where=name) from None
    except RecursionError:
        raise _too_deep(name) from None
    except ValueError:
        # An integer of thousands of digits, or a date that does not exist.
        raise DocumentError(
            "not valid TOML: a number or a date is out of range", where=name
        ) from None


def _check_keys(text: str, name: str) -> None:
    """Raise DocumentError for a key of more parts than `check_values` would take.

    The parser keeps every beginning of a dotted key: one of 60,000 parts took 17 GB.
    """
    parts = 0
    for token in _TOML_TOKEN.finditer(text):
        kind = token.lastgroup
        if kind is None:
            parts = 0
        elif kind == "part":
            parts += 1
            # No value has so many: a number has two parts, a date and a time three.
            if parts > MAX_DEPTH:
                line = text.count("\n", 0, token.start()) + 1
                raise DocumentError(
                    f"a key in line {line} is nested too deeply",
                    where=name,
                    allowed=f"{MAX_DEPTH} levels",
                )


def parse_json(raw: bytes, name: str) -> object:
    """JSON in UTF-8 as plain values.

    Raises DocumentError for what is not well formed, for numbers that are not finite, and for a
    key that stands twice in a table.
    """
    return _parse_json(_decode(raw, name), name)


def _parse_json(text: str, name: str) -> object:
    def no_constant(constant: str) -> NoReturn:
        raise DocumentError(f"{constant} is not a finite number", where=name)

    def no_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
        table = dict(pairs)
        if len(table) < len(pairs):
            count = Counter(key for key, _ in pairs)
            twice = next(key for key in count if count[key] > 1)
            raise DocumentError(f"the key {ascii(twice)[:60]} stands twice", where=name)
        return table

    try:
        return json.loads(text, parse_constant=no_constant, object_pairs_hook=no_repeats)
    except json.JSONDecodeError as error:
        spot = f"line {error.lineno}, column {error.colno}"
        raise DocumentError(f"not valid JSON at {spot}: {error.msg}", where=name) from None
    except RecursionError:
        raise _too_deep(name) from None
    except ValueError:
        raise DocumentError("not valid JSON: a number is out of range", where=name) from None


def _too_deep(name: str) -> DocumentError:
    return DocumentError("this is nested too deeply", where=name)


def check_values(table: Mapping[str, Any], source: str) -> None:
    """Refuse what no document may hold, before a model sees it; all problems at once.

    Raises DocumentError for numbers that are not finite or too large, for text with control
    characters or broken Unicode, for keys that are not text, and for too deep nesting.
    """
    from sordino.findings import Finding, document_error, place

    findings: list[Finding] = []

    def walk(value: object, path: tuple[str | int, ...]) -> None:
        if len(path) > MAX_DEPTH:
            findings.append(Finding(path[:3], "nested too deeply", f"{MAX_DEPTH} levels"))
        elif isinstance(value, Mapping):
            for key, inner in cast("Mapping[object, object]", value).items():
                # A broken key cannot be part of a path that is printed.
                fault = _fault(key) if isinstance(key, str) else "a key is not text"
                if fault:
                    findings.append(Finding(path, f"key: {fault}"))
                else:
                    walk(inner, (*path, str(key)))
        elif isinstance(value, list | tuple):
            for number, inner in enumerate(cast("list[object]", value)):
                walk(inner, (*path, number))
        elif fault := _fault(value):
            findings.append(Finding(path, fault))

    walk(table, ())
    if findings:
        errors = [
            DocumentError(f.what, where=place(source, f.path), allowed=f.allowed) for f in findings
        ]
        raise document_error(source, errors)


def _fault(value: object) -> str:
    """What is wrong with a single value, or an empty string."""
    if value is None or isinstance(value, bool | datetime | date | time):
        return ""
    if isinstance(value, int):
        return "the number is too large" if abs(value) > _LARGEST_INTEGER else ""
    if isinstance(value, float):
        return "" if math.isfinite(value) else f"{value} is not a finite number"
    if isinstance(value, str):
        return _text_fault(value)
    return f"a value of type {type(value).__name__} cannot be used in a document"


def _text_fault(text: str) -> str:
    if _CONTROL.search(text):
        return "the text holds control characters"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "the text holds broken Unicode"
    return ""


def digest(content: object) -> str:
    """SHA-256 (hex) of plain values written as canonical JSON: sorted keys, no spaces."""
    canonical = json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def write_whole(path: Path, content: str | bytes, *, overwrite: bool = False) -> None:
    """Write a file whole or not at all; errors are those of `whole_file`."""
    with whole_file(path, overwrite=overwrite) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)


@contextlib.contextmanager
def whole_file(path: Path, *, overwrite: bool = False) -> Generator[Path]:
    """A new file beside `path` to write in the block, which takes its name when that is done.

    A reader never sees half a file. Raises OutputError when the target exists and `overwrite`
    is false, is a folder, or cannot be written.
    """
    part = path.parent / f".{path.name[:100]}.{secrets.token_hex(6)}.part"
    try:
        with writing(path):
            if path.is_dir():
                raise _is_folder(path)
            if not overwrite and os.path.lexists(path):
                raise _exists(path)
            # "x" never follows or replaces what is there, and gives the user's own permissions.
            part.open("xb").close()
            yield part
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            _take_name(part, path, overwrite)
    finally:
        with contextlib.suppress(OSError, ValueError):
            part.unlink(missing_ok=True)


@contextlib.contextmanager
def writing(path: Path) -> Generator[None]:
    """Turn what the system says in the block into an OutputError that names `path`."""
    try:
        usable = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        usable = False
    if not usable:
        raise OutputError("this is no usable path", where=str(path))
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"cannot be written: {reason}", where=str(path)) from None


def check_output(path: Path, suffixes: Sequence[str]) -> None:
    """Raise OutputError for a file that `whole_file` could not write, before any work is done.

    `suffixes`: the endings that say what to write, in small letters.
    """
    if path.suffix.lower() not in suffixes:
        raise OutputError(
            "the file name does not say what to write",
            where=str(path),
            allowed=", ".join(suffixes),
        )
    with writing(path):
        if path.is_dir():
            raise _is_folder(path)
        folder = path.absolute().parent
        if not folder.is_dir():
            raise OutputError("there is no such folder", where=str(path))
        if not os.access(folder, os.W_OK):
            raise OutputError("nothing can be written to this folder", where=str(folder))


def _take_name(part: Path, path: Path, overwrite: bool) -> None:
    if overwrite:
        os.replace(part, path)
        return
    try:
        # A hard link fails when the name has been taken meanwhile; a rename would replace it.
        os.link(part, path)
    except FileExistsError:
        raise _exists(path) from None
    except OSError:
        os.replace(part, path)


def _is_folder(path: Path) -> OutputError:
    return OutputError("this is a folder, a file name is needed", where=str(path))


def _exists(path: Path) -> OutputError:
    return OutputError(
        "the file exists already", where=str(path), hint="choose another name, or use --force"
    )
