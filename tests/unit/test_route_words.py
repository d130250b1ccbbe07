"""Routes in the words people use are answered with the name to write."""

from __future__ import annotations

import pytest

from sordino.course import ROUTES, load_course
from sordino.course.names import ROUTE_WORDS
from sordino.errors import DocumentError


@pytest.mark.parametrize(
    ("word", "name"),
    [*ROUTE_WORDS.items(), ("Intravenous", "iv"), ("s.l.", "sublingual"), ("p.o. ", "oral")],
)
def test_a_route_in_other_words_is_answered_with_its_name(word: str, name: str) -> None:
    assert name in ROUTES
    with pytest.raises(DocumentError) as caught:
        load_course({"treatment": [{"drug": "ketamine", "route": word, "dose": "20 mg"}]})
    (finding,) = caught.value.findings
    assert finding.where == "course: treatment[1].route"
    assert finding.hint == f'write "{name}"'
