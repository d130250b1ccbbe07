from __future__ import annotations

import pytest

from sordino.library.cite import references
from sordino.library.papers import NO_PAPER, paper
from sordino.library.parts import Citation


def test_a_known_paper_is_cited_as_the_references_have_it() -> None:
    assert paper(Citation(key="kamp_2020")) == references()["kamp_2020"].text()


@pytest.mark.parametrize(
    ("citation", "text"),
    [
        (Citation(), NO_PAPER),
        (Citation(key="mine"), NO_PAPER),
        (Citation(authors="Roe R"), "Roe R."),
        (Citation(title="No year"), "No year."),
        (Citation(year=2020), "2020."),
        (
            Citation(authors="Roe R, Doe J", title="A model.", journal="J", year=2020, volume="3"),
            "Roe R, Doe J. A model. J 2020;3.",
        ),
        (
            Citation(authors="Roe, R and Doe, J", year=2020, doi="10.1/x"),
            "Roe R, Doe J. 2020. doi 10.1/x.",
        ),
    ],
)
def test_what_the_file_leaves_out_is_not_there(citation: Citation, text: str) -> None:
    assert paper(citation) == text
