"""Words in a language."""

import pytest
from babel.messages.catalog import Catalog

from citiesforall import text
from citiesforall.core.errors import DeclarationError


def test_english_is_the_source_text():
    assert text.say("any.key", "Market", "en") == "Market"


def test_khmer_is_found_by_key_and_english_together():
    assert text.say("word.place_kind.sangkat", "Sangkat (commune of a town)", "km") == "សង្កាត់"


def test_a_changed_english_finds_no_khmer():
    assert text.say("word.place_kind.sangkat", "Sangkat, the commune of a town", "km") is None


def test_a_khmer_text_of_another_key_is_not_borrowed():
    assert text.say("word.nothing.here", "Sangkat (commune of a town)", "km") is None


def test_a_key_alone_is_enough():
    assert text.say_key("kind.pharmacy.title", "km") == "ឱសថស្ថាន"
    assert text.word("status", "missing", "km") == "គ្មានទិន្នន័យ"
    assert text.word("status", "missing", "en") == "No data"


def test_an_unknown_key_names_the_nearest():
    with pytest.raises(DeclarationError, match=r"word\.status\.missin.*Did you mean 'word\.status\.missing'"):
        text.word("status", "missin", "km")


@pytest.mark.parametrize(
    ("latin", "khmer"),
    [
        ("30 នាទី", "៣០ នាទី"),
        ("1,5 ហិកតា, 50.000 នាក់", "១,៥ ហិកតា, ៥០.០០០ នាក់"),
        ("PM2.5 លើស 5", "PM2.5 លើស ៥"),
        ("CC-BY-4.0 ឆ្នាំ 2021", "CC-BY-4.0 ឆ្នាំ ២០២១"),
        ("12 µg/m³", "១២ µg/m³"),
        ("", ""),
    ],
)
def test_digits_of_prose_are_khmer_but_names_stay(latin, khmer):
    assert text.digits(latin, "km") == khmer
    assert text.digits(latin, "en") == latin


def test_drafts_say_that_nobody_has_signed():
    assert text.signed_by("km") == ""
    assert text.signed_by("en")


def test_a_fuzzy_translation_is_no_translation(monkeypatch):
    drafted = Catalog(locale="km")
    drafted.add("Market", "ផ្សារ", context="kind.market.title", flags=["fuzzy"])
    monkeypatch.setattr(text, "locale", lambda lang, part="": drafted)
    assert text.say("kind.market.title", "Market", "km") is None
