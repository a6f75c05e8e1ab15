"""Voices that say the same are found; counts tell nobody apart."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiesforall.voices.alike import alike_voices
from citiesforall.voices.coarse import coarse
from citiesforall.voices.counts import ALL, CATEGORIES, LEAST, NOWHERE, answering, counts


def voice(name, text, category="environmental", lat=12.64, lon=103.53):
    """Return a voice as the table holds it."""
    return {"id": name, "text": text, "category": category, "lat": lat, "lon": lon}


def test_the_same_said_otherwise_nearby_is_found_in_both_languages():
    asked = voice("A", "The drain is full of rubbish and the water stays.")
    others = [
        voice("B", "drain full of rubbish, water stays", lat=12.643),
        voice("C", "The drain is full of rubbish and the water stays.", lat=12.66),  # 2.2 km away
        voice("D", "The drain is full of rubbish and the water stays.", category="health"),
        voice("E", "Smoke from burning waste makes us cough."),
        asked,
    ]
    (found,) = alike_voices(asked, others)
    assert found.reference == "B"
    assert found.distance_m == pytest.approx(0.003 * 111_320)
    khmer = voice("F", "លូពេញដោយសំរាម ហើយទឹកដក់។")
    assert [
        one.reference
        for one in alike_voices(khmer, [voice("G", "លូពេញសំរាមទឹកដក់"), voice("H", "ផ្សែងពីការដុតសំរាម")])
    ] == ["G"]


def test_without_a_place_nothing_is_near():
    asked = voice("A", "No light in our street", lat=None, lon=None)
    assert alike_voices(asked, [voice("B", "No light in our street")]) == []


def rows(table):
    """Return voices for a table (place, category) -> number."""
    return [
        {"place": None if place == NOWHERE else place, "category": category, "status": "received"}
        for (place, category), n in table.items()
        for _ in range(n)
    ]


def test_small_counts_and_what_would_give_them_away_are_not_told():
    told = {
        (one.place, one.category): one.n
        for one in counts(
            rows(
                {
                    ("A", "health"): 3,
                    ("A", "food"): 9,
                    ("A", "economic"): 20,
                    ("B", "health"): 8,
                    ("B", "food"): 7,
                }
            )
        )
    }
    assert told["A", "health"] is None
    assert told["A", "food"] is None  # else 32 - 20 - 9 tells it
    assert told["A", "economic"] == 20
    assert told["A", "personal"] == 0
    assert told["B", "health"] is None  # else 11 - 8 tells it
    assert told["", ""] == 47


TABLES = st.dictionaries(
    st.tuples(st.sampled_from(["A", "B", "C", NOWHERE]), st.sampled_from(CATEGORIES[:4])),
    st.integers(1, 12),
    max_size=14,
)


@given(TABLES)
def test_no_hidden_count_follows_from_the_others(table):
    told = {(one.place, one.category): one.n for one in counts(rows(table))}
    for key, n in told.items():
        assert n is None or n == 0 or n >= LEAST, key
    places = sorted({place for place, _ in table} | {ALL}) if table else []
    unknown = [key for key in itertools.product(places, (*CATEGORIES, ALL)) if told.get(key) is None]
    at = {key: number for number, key in enumerate(unknown)}
    lines = []
    for fixed in (
        *((place, None) for place in places),
        *((None, category) for category in (*CATEGORIES, ALL)),
    ):
        line = np.zeros(len(unknown))
        for key in itertools.product(places, (*CATEGORIES, ALL)):
            if fixed in {(key[0], None), (None, key[1])} and key in at:
                line[at[key]] = -1 if (key[1] if fixed[1] is None else key[0]) == ALL else 1
        lines.append(line)
    if not unknown:
        return
    matrix = np.array(lines)
    rank = np.linalg.matrix_rank(matrix)
    for key in unknown:  # a count follows from sums exactly where its unit row lies in their row space
        true = table.get(key, 0) if ALL not in key else None
        if key[0] == NOWHERE or true == 0 or (true is not None and true >= LEAST):
            continue
        unit = np.zeros(len(unknown))
        unit[at[key]] = 1
        assert np.linalg.matrix_rank(np.vstack([matrix, unit])) > rank, (key, table)


@given(st.lists(st.integers(0, 12), min_size=1, max_size=30), st.randoms())
def test_counts_do_not_depend_on_order(numbers, random):
    voices = rows({("ABC"[n % 3], CATEGORIES[n % 7]): n for n in numbers})
    first = counts(voices)
    random.shuffle(voices)
    assert counts(voices) == first


def test_repeats_and_refused_ones_are_not_counted():
    told = [*rows({("A", "health"): 6}), {"place": "A", "category": "health", "status": "duplicate"}]
    assert {one.n for one in counts(told) if one.category == "health"} == {6}


def test_days_to_an_answer_are_a_median_of_five_or_more():
    day = {"status": "answered", "kept_at": "2026-01-01T00:00:00.000000Z"}
    told = [day | {"answered_at": f"2026-01-{2 + n:02d}T00:00:00.000000Z"} for n in (0, 0, 1, 5, 9)]
    assert answering(told).median_days == pytest.approx(2.0)
    assert answering(told[:4]).median_days is None
    assert answering([*told, {"status": "seen", "kept_at": day["kept_at"], "answered_at": None}]).n_open == 1


@given(st.floats(-80, 80), st.floats(-180, 180))
def test_a_coarse_place_is_near_and_the_same_for_neighbours(lat, lon):
    middle = coarse(lat, lon)
    assert abs(middle[0] - lat) * 111_320 <= 150.6
    across = abs((middle[1] - lon + 180) % 360 - 180) * 111_320 * np.cos(np.radians(middle[0]))
    assert across <= 152
    assert coarse(*middle) == middle
