"""Reading pharmacokinetic models: from the library by name, or from a file."""

from __future__ import annotations

import functools
import os
from pathlib import Path

from pydantic import ValidationError

from sordino.documents import read_document, read_text
from sordino.errors import DocumentError, SordinoError, UnknownName
from sordino.findings import Finding, document_error, from_validation, place
from sordino.library.expand import expand
from sordino.library.lint import lint
from sordino.library.places import ModelPlaces
from sordino.library.schema import PkModel

PK_FOLDER = Path(__file__).parent / "pk"


@functools.lru_cache(maxsize=1)
def pk_model_ids() -> tuple[str, ...]:
    """Names of the models of the library, in alphabetical order."""
    return tuple(sorted(path.stem for path in PK_FOLDER.glob("*.toml")))


def load_pk_model(id_or_path: str | Path) -> PkModel:
    """Return a model of the library by its name, or the model in a `.toml` or `.json` file.

    A string is taken for a file when it ends in `.toml` or `.json`. Raises `UnknownName` for a
    name that the library lacks and `DocumentError` with all findings for a file that cannot
    be used.

        load_pk_model("simons_2022").citation.year     # 2022
    """
    if isinstance(id_or_path, Path) or id_or_path.lower().endswith((".toml", ".json")):
        return _read(Path(id_or_path), str(id_or_path))
    if id_or_path not in pk_model_ids():
        error = UnknownName("model", id_or_path, pk_model_ids())
        if Path(id_or_path).suffix or os.path.lexists(id_or_path):
            error.hint = "the name of a model file ends in .toml or .json"
        raise error
    return _from_library(id_or_path)


def lint_model(path: str | Path) -> list[SordinoError]:
    """Return one error for each problem of a model file; an empty list when it is sound."""
    try:
        load_pk_model(Path(path))
    except DocumentError as error:
        return list(error.findings) or [error]
    return []


@functools.lru_cache(maxsize=64)
def _from_library(model_id: str) -> PkModel:
    return _read(PK_FOLDER / f"{model_id}.toml", f"library model {model_id}")


def _read(path: Path, source: str) -> PkModel:
    table = read_document(path)
    text = read_text(path) if path.suffix.lower() == ".toml" else ""
    try:
        whole = expand(table)
    except UnknownName as error:
        error.where = place(source, ("structure",))
        if " " in str(table["structure"]):
            error.hint = "words about the model go into `description`"
        located = ModelPlaces(source, text, table, {}).locate(error)
        raise document_error(source, [located], kind="model file") from None
    places = ModelPlaces(source, text, whole.table, whole.origins)
    found = list(whole.findings)
    model: PkModel | None = None
    problems: list[SordinoError] = []
    try:
        model = PkModel.model_validate(whole.table)
    except ValidationError as error:
        problems = from_validation(error, PkModel, source)
    if model is not None and not found:
        found = lint(model)
    problems += [_error(finding, source) for finding in found]
    if model is None or problems:
        located = [places.locate(problem) for problem in problems]
        raise document_error(source, located, kind="model file")
    return model


def _error(finding: Finding, source: str) -> DocumentError:
    where = place(source, finding.path)
    return DocumentError(finding.what, where=where, allowed=finding.allowed, hint=finding.hint)
