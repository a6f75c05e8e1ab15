"""Every public text has a Khmer one, of the same English, in Khmer script, with its numbers and units."""

import re
from collections import Counter
from pathlib import Path

import pytest

from citiesforall.core.group import groups
from citiesforall.core.indicator import DIMENSIONS, indicators
from citiesforall.core.place import LEVELS, country
from citiesforall.core.source import Grade, Role
from citiesforall.core.tables import OBSERVATIONS, STATUSES
from citiesforall.core.units import units
from citiesforall.reference.translations import read_entries, synced
from citiesforall.text import PARTS, locale_path, part_of, registry, say, signed_by, words

FILES = {part: path for part in ("", *PARTS) if (path := locale_path("km", part)).is_file()}
ENTRIES = {key: one for path in FILES.values() for key, one in read_entries(path.read_text("utf-8")).items()}
KHMER_LETTER = re.compile("[\u1780-\u17b3]")
LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
#: What may stand in Latin letters inside a Khmer text: names, codes, symbols of units.
LATIN_ALLOWED = {"PM2.5", "SI", "run.json", "ITU-T Y.4903", "Open311", "CSV", "Kendall", "K7QD-3M9P"}
SYMBOLS = {"word.unit_short.%", "word.unit_short.ug/m3"}
#: Numbers that English writes as words, and what a Khmer text may say instead.
SPELLED = {
    "one": {1}, "a kilometre": {1}, "three": {3}, "four": {4}, "ten": {10}, "twice": {2}, "half an hour": {30}, "quarter of an hour": {15},
    "an hour": {1, 60}, "half": {0.5}, "each": {1}, "nine": {9}, "tenth": {10}, "equally": {1},
    "two": {2}, "five": {5}, "six": {6}, "seven": {7}, "eight": {8}, "fifth": {5}, "a week": {1}, "a month": {1}, "a year": {1}, "last year": {12},
}  # fmt: skip


def without_given(text):
    return re.sub(r"\{\w+\}", "", text)


def spoken(english):
    """Tell whether there is a word to translate besides what is put into the text."""
    return re.search("[A-Za-z]", without_given(english))


def khmer(key):
    return say(key, registry()[key], "km") or ""


def test_every_text_has_a_khmer_one():
    missing = [key for key in registry() if key not in ENTRIES or not ENTRIES[key].text]
    assert not missing, (
        "no Khmer for:\n" + "\n".join(missing) + "\nRun: python -m citiesforall.reference words"
    )


def test_no_khmer_is_of_an_older_english():
    stale = [
        f"{key}: '{ENTRIES[key].english}' is now '{english}'"
        for key, english in registry().items()
        if key in ENTRIES and (ENTRIES[key].english != english or ENTRIES[key].stale)
    ]
    assert not stale, (
        "Khmer of an older English (run `python -m citiesforall.reference words`, look at each, remove `#, fuzzy`):\n"
        + "\n".join(stale)
    )


def test_no_khmer_without_a_key():
    orphans = [key for key in ENTRIES if key not in registry()]
    assert not orphans, "Khmer of texts that are gone:\n" + "\n".join(orphans)


def test_no_key_stands_twice():
    contexts = [
        key
        for path in FILES.values()
        for key in re.findall(r'^msgctxt "(.*)"$', path.read_text("utf-8"), re.MULTILINE)
    ]
    assert [key for key, times in Counter(contexts).items() if times > 1] == []


@pytest.mark.parametrize("part", FILES)
def test_the_file_is_as_the_tool_writes_it(part):
    text = FILES[part].read_text("utf-8")
    mine = {key: english for key, english in registry().items() if part_of(key) == part}
    assert synced(text, mine) == text, "run: python -m citiesforall.reference words"


@pytest.mark.parametrize("part", FILES)
def test_the_header_says_who_has_signed(part):
    assert re.search(r'^"X-Signed-By: .*\\n"$', FILES[part].read_text("utf-8"), re.MULTILINE), (
        "the header must keep X-Signed-By, empty for drafts"
    )
    assert isinstance(signed_by("km"), str)


def test_khmer_is_in_khmer_script():
    wrong = [
        key
        for key, english in registry().items()
        if key not in SYMBOLS and spoken(english) and not KHMER_LETTER.search(khmer(key))
    ]
    assert not wrong, wrong


def test_khmer_holds_no_left_over_english():
    wrong = {}
    for key in registry():
        text = re.sub(r"\$?\{\w+\}", "", khmer(key))  # what is put into the text
        for allowed in sorted(LATIN_ALLOWED, key=len, reverse=True):
            text = text.replace(allowed, "")
        if found := LATIN_WORD.findall(text):
            wrong[key] = found
    assert not wrong, wrong


def numbers_en(text):
    text = re.sub(r"PM2\.5|P-code", "", text)
    return [float(found.replace(",", "")) for found in re.findall(r"\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?", text)]


def numbers_km(text):
    text = text.replace("PM2.5", "").translate(str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789"))
    found = re.findall(r"\d{1,3}(?:\.\d{3})+|\d+(?:,\d+)?", text)
    return [float(one.replace(".", "").replace(",", ".")) for one in found]


def test_numbers_are_read_in_both_ways_of_writing_them():
    assert numbers_en("at least 50,000 people, 1.5 hectares, PM2.5") == [50000, 1.5]
    assert numbers_km("50.000 នាក់ ១,៥ ហិកតា PM2.5") == [50000, 1.5]


def test_khmer_keeps_the_numbers():
    wrong = []
    for key, english in registry().items():
        here, there = Counter(numbers_en(english)), Counter(numbers_km(khmer(key)))
        spelled = {value for word, values in SPELLED.items() if word in english.lower() for value in values}
        lost, new = here - there, {value for value in there - here if value not in spelled}
        if lost or new:
            wrong.append(f"{key}: English {sorted(here)}, Khmer {sorted(there)}")
    assert not wrong, "\n".join(wrong)


UNIT_WORDS = {
    r"\bkilomet": "គីឡូម៉ែត្រ", r"(?<!kilo)(?<!centi)\bmetres?\b": "ម៉ែត្រ", r"\bcentimetre": "សង់ទីម៉ែត្រ", r"\bhectare": "ហិកតា",
    r"\d[- ]minute|\bminutes\b": "នាទី", r"square kilomet": "គីឡូម៉ែត្រការ៉េ", r"square metre": "ម៉ែត្រការ៉េ", r"\bShare of\b": "ភាគរយ", r"\bper cent\b": "ភាគរយ",
}  # fmt: skip


def test_khmer_keeps_the_units():
    wrong = [
        f"{key}: '{english}' needs {term}"
        for key, english in registry().items()
        for pattern, term in UNIT_WORDS.items()
        if re.search(pattern, english) and term not in khmer(key) and not key.startswith("word.unit_short")
    ]
    assert not wrong, "\n".join(wrong)


def test_sentences_end_in_khmer_as_in_english():
    wrong = [key for key, english in registry().items() if english.endswith(".") != khmer(key).endswith("។")]
    assert not wrong, wrong


def test_khmer_is_typed_cleanly():
    wrong = {
        key: khmer(key)
        for key in registry()
        if khmer(key) != khmer(key).strip()
        or "  " in khmer(key)
        or re.search(
            "[\u200b\u200c\u200d\ufeff]|\u17d2(?![\u1780-\u17b3])|[\u17b6-\u17d1]{4,}|^[\u17b6-\u17d3]",
            khmer(key),
        )
    }
    assert not wrong, "doubled spaces, invisible characters, or vowels that hang in the air: " + str(wrong)


def test_same_english_of_one_section_is_said_the_same_way():
    said = {}
    for key, english in registry().items():
        said.setdefault(
            (
                key.rsplit(".", 1)[0]
                if key.startswith("word")
                else key.split(".")[0] + key.rsplit(".", 1)[1],
                english,
            ),
            set(),
        ).add(khmer(key))
    assert not {key: texts for key, texts in said.items() if len(texts) > 1}


def glossary():
    page = Path(__file__).parents[2] / "docs" / "reference" / "glossary.md"
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|[^|]*\|$", page.read_text("utf-8"), re.MULTILINE)
    return [
        (english.strip(), [one.strip() for one in terms.split("/")])
        for english, terms in rows
        if english not in {"English", "---"}
    ]


@pytest.mark.parametrize(
    ("english", "terms"), glossary(), ids=lambda one: one if isinstance(one, str) else ""
)
def test_terms_are_those_of_the_glossary(english, terms):
    inside = [
        key
        for key, text in registry().items()
        if re.search(rf"\b{re.escape(english)}", without_given(text), re.IGNORECASE)
    ]
    assert inside, f"'{english}' stands in no public text: take it out of the glossary"
    wrong = [f"{key}: {khmer(key)}" for key in inside if not any(term in khmer(key) for term in terms)]
    assert not wrong, f"'{english}' is {' or '.join(terms)} in docs/reference/glossary.md:\n" + "\n".join(
        wrong
    )


@pytest.mark.parametrize(
    ("section", "ids"),
    [
        ("dimension", DIMENSIONS),
        ("status", STATUSES),
        ("unit", units()),
        ("unit_short", units()),
        ("better", ("higher", "lower", "near", "context")),
        ("grade", Grade.__args__),
        ("role", Role.__args__),
        ("column", OBSERVATIONS),
        ("column_meaning", OBSERVATIONS),
        ("level", LEVELS),
        ("place_kind", set(country("KH").kinds.values())),
        ("note", ("repair", "figure", "doubt")),
        ("cell_column", [one.people for one in groups().values() if one.people]),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_every_closed_list_has_its_words(section, ids):
    assert set(ids) <= set(words()[section]), set(ids) - set(words()[section])


def test_the_registry_holds_every_declaration():
    for key in indicators():
        assert {f"indicator.{key}.title", f"indicator.{key}.meaning"} <= set(registry())
    assert all(text.strip() == text and text for text in registry().values())
