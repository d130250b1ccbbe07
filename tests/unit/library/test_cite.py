from __future__ import annotations

import pytest

from sordino.errors import DocumentError, UnknownName
from sordino.library.cite import bibtex, keys_in, keys_of_model, parse_bibtex, references
from sordino.library.parts import Source
from sordino.library.pd_schema import load_pd_model
from sordino.library.reader import load_pk_model, pk_model_ids

ENTRY = "@article{a_2020,\n  author = {Ba, A and others},\n  year = {2020},\n}\n"


def test_bibtex_is_what_the_file_holds() -> None:
    text = bibtex(["simons_2022", "dahan_2011", "simons_2022"])
    assert text.startswith("@article{dahan_2011,")
    assert text.count("@article{simons_2022,") == 1
    assert parse_bibtex(text)["simons_2022"] == references()["simons_2022"]


def test_unknown_key() -> None:
    with pytest.raises(UnknownName, match="simmons_2022"):
        bibtex(["simmons_2022"])


def test_text_for_people() -> None:
    found = references()["kamp_2020"].text()
    assert found.startswith("Kamp J, Olofsen E, Henthorn TK")
    assert "Anesthesiology 2020;133(6):1192-1213" in found
    assert found.endswith("doi 10.1097/ALN.0000000000003577.")
    assert references()["ebert_1997"].text().startswith("Ebert B, et al. Eur J Pharmacol 1997")


def test_a_field_that_was_not_seen_is_absent_and_noted() -> None:
    for reference in references().values():
        assert all(reference.fields.values()), reference.key
        lacks = {"author", "title"} - reference.fields.keys()
        assert not lacks or "not seen" in reference.fields["note"], reference.key


@pytest.mark.parametrize("name", pk_model_ids())
def test_model_citations_agree_with_the_references(name: str) -> None:
    citation = load_pk_model(name).citation
    fields = references()[citation.key].fields
    number = f"({fields['number']})" if "number" in fields else ""
    assert fields["year"] == str(citation.year)
    assert fields.get("doi", "") == citation.doi
    assert fields["journal"] == citation.journal
    assert fields.get("volume", "") + number == citation.volume
    assert fields.get("pages", "") == citation.pages
    names = citation.authors.removesuffix(" and others").removesuffix(",")
    listed = [name for name in fields["author"].split(" and ") if name != "others"]
    assert ", ".join(name.replace(", ", " ") for name in listed) == names
    assert fields.get("title", "(title not seen)") == citation.title


@pytest.mark.parametrize(
    "text",
    [
        ENTRY + ENTRY,
        ENTRY.replace("  year", "  author"),
        ENTRY.replace("{2020}", "2020"),
        ENTRY.removesuffix("}\n"),
        "stray\n" + ENTRY,
        "}\n",
    ],
)
def test_unreadable(text: str) -> None:
    with pytest.raises(DocumentError):
        parse_bibtex(text)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("see doi 10.3389/fpain.2022.946486", ("simons_2022",)),
        ("https://doi.org/10.3389/fpain.2022.946486.", ("simons_2022",)),
        (
            "Pain 2009;145(3):304-11 and PMID 23982301",
            ("murrough_2013_two_site", "sigtermans_2009_crps"),
        ),
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC2950807/", ("goldberg_2010",)),
        ("10.3389/fpain.2022.9464860", ()),
        ("PMID 239823011", ()),
        ("PMC29508071", ()),
        ("Pain 2009;145(3):304-115", ()),
        ("", ()),
    ],
)
def test_references_that_a_text_names(text: str, keys: tuple[str, ...]) -> None:
    assert keys_in(text) == keys


def test_keys_of_a_model() -> None:
    assert set(keys_of_model(load_pk_model("simons_2022"))) >= {"simons_2022", "wang_2019"}
    assert "dahan_2011" in keys_of_model(load_pd_model("slow_lag"))


def test_a_source_of_a_check_alone_is_not_what_a_model_rests_on() -> None:
    simons = load_pk_model("simons_2022")
    extra = simons.sources | {"other": Source(kind="doi 10.1097/ALN.0000000000003577")}
    only_checked = simons.model_copy(
        update={
            "sources": extra,
            "check": tuple(c.model_copy(update={"source": "other"}) for c in simons.check),
        }
    )
    assert "kamp_2020" not in keys_of_model(only_checked)
    used = simons.parameter[0].model_copy(update={"source": "other"})
    rests = only_checked.model_copy(update={"parameter": (used, *simons.parameter[1:])})
    assert "kamp_2020" in keys_of_model(rests)
