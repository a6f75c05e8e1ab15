"""The reader of references, and the file itself."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiesforall.core.errors import DeclarationError
from citiesforall.core.references import read_bib, reference, references


def test_every_reference_has_an_address_and_a_year():
    assert len(references()) >= 25
    for key, one in references().items():
        assert one["url"].startswith("https://"), key
        assert 1900 < int(one["year"]) < 2030, key
        assert not set("{}\\") & set("".join(one.values())), key


def test_one_reference():
    one = reference("weiss_2020")
    assert (one["title"], one["year"], one["doi"]) == (
        "Global maps of travel time to healthcare facilities",
        "2020",
        "10.1038/s41591-020-1059-1",
    )
    with pytest.raises(DeclarationError, match="Did you mean 'weiss_2020'"):
        reference("weis_2020")


def test_every_fault_is_said_at_once():
    text = "@book{a_1,\n  author = {A},\n  title = A,\n}\n@book{a_1,\n  author = {A},\n  title = {T},\n  year = {1999},\n  url = {https://x},\n"
    with pytest.raises(DeclarationError) as told:
        read_bib(text)
    assert [fault.removeprefix("refs.bib: ")[:22] for fault in told.value.faults] == [
        "line 3: 'title = A,' c", "line 5: key 'a_1' is u", "the last entry has no ",
    ]  # fmt: skip
    with pytest.raises(DeclarationError, match="field 'year' is missing"):
        read_bib("@book{a,\n  author = {A},\n  title = {T},\n  url = {https://x},\n}\n")


@given(st.text(alphabet="@{}=,\n aZ_1%"))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(DeclarationError):
        read_bib(text)
