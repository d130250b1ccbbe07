"""The paper behind a model, as one line for people."""

from __future__ import annotations

from sordino.library.cite import Reference, references
from sordino.library.parts import Citation

NO_PAPER = "The model file names no paper."


def paper(citation: Citation) -> str:
    """The paper that a file encodes: as the references have it, else as the file itself does."""
    found = references().get(citation.key)
    if found is None:
        names = citation.authors
        fields = {
            # A file of a user may list names with commas; in BibTeX they belong to one name.
            "author": names if " and " in names else names.replace(", ", " and "),
            "title": citation.title,
            "journal": citation.journal,
            "year": str(citation.year or ""),
            "volume": citation.volume,
            "pages": citation.pages,
            "doi": citation.doi,
        }
        found = Reference(citation.key, "article", {k: v for k, v in fields.items() if v})
    return found.text() if found.fields else NO_PAPER
