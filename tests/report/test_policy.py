"""The document of a nation: what it says, where its numbers are from, and what it looks like where little is known."""

import io
import math
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from pyproj import Geod

from citiesforall.report import policy_maps
from citiesforall.report.blocks import Bullets, Chart, Heading, Map, Paragraph
from citiesforall.report.making_data import blocks_of, numbers_of
from citiesforall.report.numbers import told
from citiesforall.report.policy import make_policy, policy
from citiesforall.report.policy_cities import people_in_all
from citiesforall.report.policy_evidence import read_nation_evidence
from citiesforall.report.policy_facts import NOTHING, gather
from citiesforall.report.policy_money import planned
from citiesforall.report.policy_numbers import shaped
from citiesforall.report.policy_peers import better
from citiesforall.report.typeset import to_pdf
from tests.report.pdf_text import pages_of, squeezed
from tests.report.policy_sample import CHALLENGES, PEOPLE, city, evidence, nation_of, tables, write

LANGS = ("en", "km")
CHAPTERS = (
    "limits", "summary", "cities", "evidence", "common", "leading", "security", "unequal", "kinds", "priorities", "options",
    "gaps", "progress", "road", "monitor", "sdg11", "method", "sources", "annex",
)  # fmt: skip
CATALOGUES = frozenset({"actions", "challenges", "run", "nation", "plan", ""})
"""What a number may come from besides the tables of the nation."""
FRONT, TWO = 3, 2
"""Cover, contents and limits; the summary."""
LATIN = re.compile(r"[A-Za-z][A-Za-z0-9.\-]*")


@pytest.fixture(scope="module")
def nation(tmp_path_factory):
    return evidence(tmp_path_factory.mktemp("nation"))


@pytest.fixture(scope="module")
def made(nation, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    return folder, make_policy(nation, folder)


def chapters(document):
    return [block.id for block in document.blocks if isinstance(block, Heading) and block.level == 1]


def texts(document):
    for block in blocks_of(document.blocks):
        if isinstance(block, Paragraph):
            yield block.text.text
        elif isinstance(block, Bullets):
            yield from (one.text for one in block.items)


def begins(pdf):
    """Return the title of every chapter with the page it begins on."""
    reader = PdfReader(pdf)
    return [
        (one["/Title"], reader.get_destination_page_number(one))
        for one in reader.outline
        if not isinstance(one, list)
    ]


@pytest.mark.parametrize("lang", LANGS)
def test_every_chapter_is_there_and_in_one_order(nation, lang):
    assert tuple(chapters(policy(nation, lang))) == CHAPTERS


@pytest.mark.parametrize("lang", LANGS)
def test_every_number_is_a_cell_of_a_finished_table(nation, lang):
    found = 0
    for one in numbers_of(policy(nation, lang)):
        number = one.number
        table = nation.tables.get(number.table)
        if table is None:
            assert number.table in CATALOGUES, number
        elif number.key:
            rows = table
            for name, value in number.key:
                rows = rows[rows[name].astype(str) == value]
            if len(rows) or not math.isnan(number.value):
                assert len(rows) == 1, number
                cell = float(rows.iloc[0][number.column])
                assert math.isclose(cell, number.value) or (math.isnan(cell) and math.isnan(number.value)), (
                    number
                )
                found += 1
        else:
            assert number.how, number
    assert found > 100


@pytest.mark.parametrize("lang", LANGS)
def test_what_is_printed_is_what_the_table_of_numbers_says(nation, lang):
    """The chapters up to the inequality: reading Khmer back takes a second a page."""
    whole = policy(nation, lang)
    ends = next(at for at, block in enumerate(whole.blocks) if getattr(block, "id", "") == "security")
    document = replace(whole, blocks=whole.blocks[:ends], cover=None)
    said = "".join(pages_of(to_pdf(document)))
    missing = [one.number.text for one in numbers_of(document) if squeezed(one.number.text) not in said]
    assert not missing


@pytest.mark.parametrize("lang", LANGS)
def test_the_summary_is_two_pages(made, lang):
    folder, _ = made
    pages = begins(folder / f"policy.{lang}.pdf")
    titles = [title for title, _ in pages]
    at = titles.index(told("policy.summary.title", lang))
    assert pages[at + 1][1] - pages[at][1] == 2


def test_the_same_tables_give_the_same_bytes(nation, made, tmp_path):
    folder, said = made
    again = make_policy(nation, tmp_path)
    assert again["files"] == said["files"]
    for name in said["files"]:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_khmer_prose_has_khmer_digits(nation):
    for text in texts(policy(nation, "km")):
        assert not re.search(r"[0-9]", LATIN.sub("", text)), text


def test_people_of_a_part_of_another_place_count_once(tmp_path):
    made = tables()
    made["members"]["members"].loc[1, "part_of"] = "KH01"
    rows = made["members"]["members"]
    once = sum(row.people for row in rows.itertuples() if not row.part_of)
    assert once == PEOPLE * (1 + 3 + 4 + 5 + 6)  # the second of six is a part

    facts = gather(read_nation_evidence(nation_of(), write(tmp_path, made)), "en")
    assert people_in_all(facts).value == once


def test_what_could_not_be_judged_is_named_and_never_zero(nation):
    document = policy(nation, "en")
    said = list(texts(document))
    assert told("challenge.violence.title", "en") in said  # among those that could not be judged
    assert any("broken.toml" in text for text in _callouts(document))
    uncounted = [
        one.number
        for one in numbers_of(document)
        if one.number.table == "common/common" and one.number.column == "people"
    ]
    assert {one.text for one in uncounted if math.isnan(one.value)} == {"unknown"}


def _callouts(document):
    for block in blocks_of(document.blocks):
        for one in getattr(block, "items", ()):
            yield one.text


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(
    ("without", "shape"),
    [
        (("common", "kinds", "options", "rounds", "rollup"), {}),
        (("kinds", "rounds"), {"provinces": 0, "each": 2}),
        ((), {"provinces": 1, "each": 2}),
        (("rounds",), {"plans": 0}),
    ],
    ids=["members alone", "no provinces", "one province", "no plans"],
)
def test_a_nation_of_which_little_is_known_says_so(tmp_path, lang, without, shape):
    little = evidence(tmp_path / "in", without, **shape)
    document = policy(little, lang)
    assert chapters(document)[:2] == list(CHAPTERS[:2])
    if "common" in without:
        assert told("policy.summary.nothing", lang) in texts(document)
    if shape.get("plans") == 0 or "options" in without:
        assert told("policy.options.no_plan", lang) in texts(document)
    if "rounds" in without:
        assert any("2030" in text or "២០៣០" in text for text in texts(document))
    if lang == "km" and shape.get("plans") != 0:  # Khmer stands taller
        pdf = to_pdf(replace(document, blocks=document.blocks[: _after(document, "summary")]))
        assert len(PdfReader(io.BytesIO(pdf)).pages) == FRONT + TWO


def _after(document, chapter):
    """Return where the chapter after another begins."""
    at = [at for at, block in enumerate(document.blocks) if isinstance(block, Heading) and block.level == 1]
    return at[chapters(document).index(chapter) + 1]


def test_an_invented_nation_says_so_on_every_page(tmp_path):
    invented = policy(evidence(tmp_path, invented=True, provinces=0, each=2), "en")
    short = replace(invented, blocks=invented.blocks[: _after(invented, "summary")])
    assert invented.is_invented
    assert all(squeezed(told("report.layout.invented", "en")) in page for page in pages_of(to_pdf(short)))
    assert told("policy.limits.all_invented", "en") in _callouts(invented)


def test_charts_and_maps_have_words_for_who_does_not_see_them(nation):
    drawn = [block for block in blocks_of(policy(nation, "en").blocks) if isinstance(block, Chart | Map)]
    assert len(drawn) > len(CHALLENGES)
    assert all(len(one.alt) > len(one.title.text) for one in drawn if one.title.text)


def test_the_map_is_true_to_scale(nation):
    """Six squares of a tenth of a degree, three across: held against the ellipsoid."""
    atlas = policy_maps.atlas_of(nation)
    width = atlas.ground.frame.width_m * atlas.unit_m / (1 + 2 * 0.03)  # margins of 3 % of the longer side
    true = Geod(ellps="WGS84").line_length([104.0, 104.3], [12.1, 12.1])
    assert width == pytest.approx(true, rel=0.01)


@pytest.mark.parametrize("province", [0, 1])
def test_density_sets_people_over_their_own_area_only(tmp_path, province):
    """Three towns of 100 km2 each; of one with most people no area is known: nothing is said, nor are its people set over the rest."""
    made = tables()
    members = made["members"]["members"]
    code = sorted(set(members["parent"]))[province]
    inside = members.index[members["parent"] == code]
    people = members.loc[inside, "people"].to_numpy(float)
    for area, want in ((1e8, f"{round(people.sum() / 300):,}"), (float("nan"), NOTHING.text)):
        members.loc[inside[-1], "area_m2"] = area
        document = policy(read_nation_evidence(nation_of(), write(tmp_path / f"{area}", made)), "en")
        table = next(one for one in blocks_of(document.blocks) if getattr(one, "id", "") == "provinces")
        row = next(one for one in table.rows if code in str(one.cells[0]))
        assert str(getattr(row.cells[4], "text", row.cells[4])) == want


def test_doubts_about_a_trend_stand_under_its_class(tmp_path):
    made = tables()
    made["rounds"]["progress"]["note"] = "two_points base_before_2015"
    document = policy(read_nation_evidence(nation_of(), write(tmp_path, made)), "en")
    table = next(one for one in blocks_of(document.blocks) if getattr(one, "id", "") == "progress_table")
    for one in ("two_points", "base_before_2015"):
        assert told(f"options.progress_note.{one}", "en") in str(table.note)


def test_what_a_challenge_rests_on_is_what_the_nations_value_rests_on(tmp_path):
    """A part measured on its streets comes last among the administrations; the nation's value is of registers."""
    made = tables()
    seen = made["rollup"]["observations"]
    seen["basis"] = "registers"
    made["common"]["challenge_members"]["basis"] = "streets"
    document = policy(read_nation_evidence(nation_of(), write(tmp_path, made)), "en")
    table = next(one for one in blocks_of(document.blocks) if getattr(one, "id", "") == "leads")
    words = {str(getattr(row.cells[5], "text", row.cells[5])) for row in table.rows}
    assert told("policy.basis.registers", "en") in words
    stated = [row for row in table.rows if str(getattr(row.cells[3], "text", row.cells[3])) != NOTHING.text]
    assert stated
    assert told("policy.basis.streets", "en") not in {
        str(getattr(row.cells[5], "text", row.cells[5])) for row in stated
    }


def test_no_map_where_nobody_has_a_border(tmp_path):
    made = tables(provinces=0, each=2)
    made["members"]["places"]["geometry"] = None

    bare = read_nation_evidence(nation_of(), write(tmp_path, made))
    assert policy_maps.atlas_of(bare) is None
    document = policy(bare, "en")
    assert not [block for block in blocks_of(document.blocks) if isinstance(block, Map)]
    assert told("policy.limits.no_maps", "en") in _callouts(document)


def test_no_map_where_administrations_lie_upon_each_other(tmp_path):
    made = tables()
    places = made["members"]["places"]
    same = places["geometry"].iloc[-1]
    places["geometry"] = [same] * len(places)
    assert policy_maps.atlas_of(read_nation_evidence(nation_of(), write(tmp_path, made))) is None


def test_an_action_that_answers_two_challenges_is_paid_once(tmp_path):
    made = tables()
    rows = made["options"]["options"]
    made["options"]["options"] = rows.loc[[0, 0]].assign(challenge=["unsafe_sanitation", "poverty"])

    facts = gather(read_nation_evidence(nation_of(), write(tmp_path, made)), "en")
    assert sum(row["capital_usd"] for row in planned(facts)) == 420_000


def test_a_peer_is_shown_only_where_it_likely_does_better(nation):
    facts = gather(nation, "en")
    assert [row["challenge"] for row in better(facts)] == ["poverty"]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (9_999.4, "people", "9,999"),
        (219_499.0, "people", "219,000"),
        (999_499.0, "people", "999,000"),
        (999_600.0, "people", "1.0 million"),
        (15_552_211.0, "people", "15.6 million"),
        (1_234_000_000.0, "usd", "US$1.23 billion"),
        (0.25, "percent", "25.0%"),
        (-0.0102, "signed", "\N{MINUS SIGN}1.02%"),
        (0.7335, "chance", "73"),
        (9_400.0, "thousand", "9.4"),
        (math.nan, "people", "unknown"),
    ],
)
def test_numbers_as_they_are_shown(value, kind, text):
    assert shaped(value, kind, "en") == text


@given(st.floats(0, 9e11))
def test_rounded_people_are_near_the_truth(value):
    text = shaped(value, "people", "en")
    number, _, word = text.partition(" ")
    shown = float(number.replace(",", "")) * {"": 1.0, "million": 1e6, "billion": 1e9}[word]
    assert abs(shown - value) <= max(0.5, 0.05 * value) + 1e-6


def test_funds_are_called_what_city_files_call_them(nation):
    named = replace(nation, funds={"krong": ("Fund of the krong", "មូលនិធិក្រុង")})
    rows = {
        lang: next(one for one in policy(named, lang).blocks if getattr(one, "id", "") == "by_fund").rows
        for lang in LANGS
    }
    assert [rows[lang][0].cells[0].text for lang in LANGS] == ["Fund of the krong", "មូលនិធិក្រុង"]
    plain = next(one for one in policy(nation, "en").blocks if getattr(one, "id", "") == "by_fund").rows
    assert plain[0].cells[0].text == "krong"


def test_a_budget_that_nobody_adopted_is_called_assumed(tmp_path):
    folders = write(tmp_path / "in", tables())
    shown = city(tmp_path / "city")
    (shown.folder / "plan").mkdir()
    (shown.folder / "plan" / "plan.json").write_text('{"budget_grade": "assumed"}', "utf-8")
    document = policy(read_nation_evidence(nation_of(), folders, [shown]), "en")
    said = told("policy.money.assumed", "en").format(n=1)
    assert said in _callouts(document)
    assert (
        sum(said in text for text in texts(document)) == TWO
    )  # beside the costs of the summary and of the options
