"""Every error that sordino raises on purpose.

SordinoError
├── InputError          what the user gave cannot be used (exit code 2)
│   ├── DocumentError   ... in a course, patient or model file
│   ├── UnitError       ... a quantity without a unit, or with the wrong one
│   └── UnknownName     ... a name that nothing carries; the nearest ones are offered
├── OutputError         a result cannot be written where it was asked for (exit code 2)
└── CheckFailed         the work was done and the answer is bad (exit code 1)
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SordinoError(Exception):
    """The root of all errors raised on purpose.

    `where` is the place (file, table, key), `what` says what is wrong, `allowed` what
    would be accepted, `hint` the fix to try first. `str(error)` is the text for the user.
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", allowed: str = "", hint: str = "") -> None:
        self.what = what
        self.where = where
        self.allowed = allowed
        self.hint = hint
        super().__init__(what)

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.allowed:
            lines.append(f"allowed: {self.allowed}")
        if self.hint:
            lines.append(f"hint: {self.hint}")
        return "\n".join(lines)


class InputError(SordinoError):
    """What the user gave cannot be used."""


class DocumentError(InputError):
    """A course, patient or model file cannot be used.

    `findings` holds one error for each problem found, so that a user sees all at once.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        allowed: str = "",
        hint: str = "",
        findings: Iterable[SordinoError] = (),
    ) -> None:
        super().__init__(what, where=where, allowed=allowed, hint=hint)
        self.findings = tuple(findings)

    def __str__(self) -> str:
        own = super().__str__()
        return "\n\n".join([own, *(str(finding) for finding in self.findings)])


class UnitError(InputError):
    """A quantity has no unit, or one that does not fit."""


class UnknownName(InputError):
    """A name that nothing carries; the nearest known names are offered."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: str = "") -> None:
        names = sorted(known)
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
        super().__init__(
            f"unknown {kind} {name!r}",
            where=where,
            allowed=", ".join(names),
            hint=f"did you mean {' or '.join(near)}?" if near else "",
        )


class OutputError(SordinoError):
    """A result cannot be written where it was asked for."""


class CheckFailed(SordinoError):
    """The work was done and the answer is bad."""

    exit_code = 1
