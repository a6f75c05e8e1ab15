"""The page of the nation in a browser: down to the communes, matrix by keys, comparison, both languages, nothing axe minds."""

import re

import pytest
from tests.web.in_browser import browser, faults_of, live
from tests.web.nation_tables import COMMUNES, DISTRICTS, LOST, SHARE, small_nation

from citiesforall.core.indicator import indicators
from citiesforall.web.serve import house_for

KHMER = re.compile("[\u1780-\u17f9]")
KEYS = re.compile(r"\b(?:web|word|diagnose|challenge|action|common|options|report|plan)\.[a-z_]+\.[a-z_.]+")
WAIT_MS = 60_000
TABS = ("table", "place", "common", "matrix", "compare", "kinds", "priorities", "options")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Serve the small nation to this computer."""
    out = tmp_path_factory.mktemp("out")
    small_nation(out)
    house = house_for([], out, host="127.0.0.1")
    with live(house) as made:
        yield made
    house.engine.dispose()


@pytest.fixture(scope="module")
def chromium():
    """Open a browser without a screen."""
    with browser() as made:
        yield made


@pytest.fixture
def opened(chromium, address):
    """Return a function that opens the page; what the browser complains of fails the test."""
    contexts, faults = [], []

    def go(lang="en", size=(900, 520), part=f"#i={SHARE}", page_name="nation.html"):
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce"
        )
        contexts.append(context)
        context.add_init_script(
            f"localStorage.getItem('cities.lang') ?? localStorage.setItem('cities.lang', '{lang}')"
        )
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith((address, "blob:", "data:"))
                else faults.append(f"asked {asked.url}")
            ),
        )
        page.goto(address + page_name + part)
        page.locator(".legend li").first.wait_for()
        return page

    yield go
    for context in contexts:
        context.close()
    assert faults == []


def rows_of(page):
    """Return the codes of the places in the table."""
    return [row.get_attribute("data-place") for row in page.locator("#panel-table tbody tr").all()]


def test_the_way_leads_from_the_nation_to_communes_and_back(opened):
    page = opened()
    assert rows_of(page) == ["KH", "KH02", "KH01"]  # the worst first: lower is better
    page.get_by_role("button", name="Go into Province 02").click()
    page.locator("[data-place=KH0202]").wait_for()
    assert rows_of(page) == ["KH02", "KH0202", "KH0201"]
    page.get_by_role("button", name="Go into District 0202").click()
    page.locator(f"[data-place={LOST}]").wait_for()
    assert rows_of(page) == ["KH0202", "KH020201", LOST]
    assert "No data" in page.locator(f"[data-place={LOST}]").inner_text()
    page.locator(".legend", has_text="1 places have no outline").wait_for()
    assert "w=KH0202" in page.evaluate("() => location.hash")
    page.locator("[data-way=KH]").click()
    page.locator("[data-place=KH01]").wait_for()
    page.locator("#level").select_option("commune")
    page.locator(f"[data-place={COMMUNES[0]}]").wait_for()
    assert set(rows_of(page)) == {"KH", *COMMUNES}


def test_interval_coverage_and_basis_stand_beside_every_value(opened):
    page = opened(part=f"#i={SHARE}&l=district")
    row = page.locator("[data-place=KH0101]").inner_text()
    assert "15.0%" in row
    assert "13.0 \u2013 17.0%" in row
    assert "80%" in row
    assert "Registers" in row
    assert "Withheld" in page.locator("[data-place=KH0102]").inner_text()
    page.locator("[data-show=coverage]").click()
    page.locator(".legend h2", has_text="Share of the people").wait_for()
    page.locator("[data-show=width]").click()
    page.locator(".legend h2", has_text="Width").wait_for()


def test_a_click_on_the_map_chooses_a_place(opened):
    page = opened(part=f"#i={SHARE}&w=KH01&l=district")
    page.wait_for_timeout(500)
    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
    page.locator("#panel-place h2", has_text="District 0101").wait_for()
    assert page.locator("#panel-place").inner_text().count("Weakest source") == 1
    page.get_by_role("button", name="Go into District 0101").click()
    page.locator("#tab-table").click()
    assert set(rows_of(page)) == {"KH0101", "KH010101", "KH010102"}


def test_the_matrix_is_sorted_and_walked_by_keys(opened):
    page = opened()
    page.locator("#tab-table").focus()
    for _ in range(TABS.index("matrix")):
        page.keyboard.press("ArrowRight")
    cells = page.locator("#panel-matrix td[data-at]")
    cells.first.wait_for()
    assert cells.count() == 4 * 3
    head = page.locator("[data-by=unsafe_sanitation]")
    head.focus()
    page.keyboard.press("Enter")
    column = page.locator("#panel-matrix td[data-at$=unsafe_sanitation]").all_inner_texts()
    assert column == ["80", "60", "40", "20"]
    page.keyboard.press("Enter")
    assert page.locator("#panel-matrix td[data-at$=unsafe_sanitation]").all_inner_texts() == column[::-1]
    page.locator("#panel-matrix td[tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    said = page.locator("#panel-matrix [role=status]").inner_text()
    assert "District 0102" in said
    assert "40 (37 \u2013 43)" in said
    assert "Registers" in said
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert "unknown" in page.locator("#panel-matrix [role=status]").inner_text()
    assert "hatch" in page.evaluate("() => document.activeElement.className")
    page.keyboard.press("Enter")
    page.locator("#panel-place h2", has_text="District 0102").wait_for()
    page.locator("#tab-matrix").click()
    page.locator("#matrix-within").select_option("KH02")
    assert cells.count() == 2 * 3


def test_peers_are_compared_side_by_side(opened):
    page = opened(part=f"#i={SHARE}&p=KH0201")
    page.locator("#tab-place").click()
    page.locator("#panel-place td", has_text="95%").wait_for()
    page.get_by_role("button", name="District 0202").click()
    page.locator("table.compared").wait_for()
    heads = page.locator("table.compared thead").inner_text()
    assert "District 0201" in heads
    assert "District 0202" in heads
    share = (
        page.locator("table.compared tr", has_text=indicators()[SHARE].title).locator("td").all_inner_texts()
    )
    assert "better" in share[0]  # 25 (23 to 27) is surely less than 30 (28 to 32)
    assert "better" not in share[1]
    page.locator("#compare-add").fill("District 0101 (KH0101)")
    page.keyboard.press("Enter")
    page.locator("table.compared thead th", has_text="District 0101").wait_for()
    page.get_by_role("button", name="Take District 0202 out").click()
    page.locator("table.compared thead th", has_text="District 0202").wait_for(state="detached")
    assert "v=KH0201%2CKH0101" in page.evaluate("() => location.hash")


def test_what_is_common_is_told_with_its_chances_and_costs(opened):
    page = opened()
    page.locator("#tab-common").click()
    row = page.locator("[data-challenge=unsafe_sanitation]").inner_text()
    assert "3 of 4 judged, 4 in all" in row
    assert "unknown" in page.locator("[data-challenge=air_pollution]").inner_text()
    page.locator("#tab-priorities").click()
    page.locator("#priorities-of").select_option("KH02")
    assert "75%" in page.locator("#panel-priorities tbody tr").first.inner_text()
    page.locator("#tab-options").click()
    page.locator("#panel-options table").first.wait_for()
    cost = page.locator("#panel-options").inner_text()
    assert "1,000,000" in cost
    assert "800,000 \u2013 1,300,000" in cost
    assert "Finance" in cost
    page.locator("#tab-kinds").click()
    page.locator("#panel-kinds details").first.locator("summary").click()
    assert "District 0101 (80%)" in page.locator("#panel-kinds").inner_text()


def test_the_map_of_cities_hands_over_to_the_nation_where_there_is_no_city(opened):
    page = opened(part="", page_name="")
    assert page.url.split("#")[0].endswith("nation.html")


@pytest.mark.parametrize(("lang", "size"), [("en", (1280, 800)), ("km", (390, 844)), ("km", (1920, 1080))])
def test_axe_minds_nothing_and_every_word_is_there(opened, lang, size):
    page = opened(lang, size)
    assert bool(KHMER.search(page.locator("#tab-matrix").inner_text())) == (lang == "km")
    found = []
    for tab in TABS:
        page.locator(f"#tab-{tab}").click()
        page.wait_for_timeout(150)
        found += faults_of(page)
        assert KEYS.findall(page.locator("body").inner_text()) == []
        assert page.evaluate("() => document.documentElement.scrollWidth") <= size[0]
    page.locator("#indicator").click()
    assert found + faults_of(page) == []
    page.keyboard.press("Escape")
    page.locator("#language").click()
    page.locator("#tab-matrix", has_text="Matrix" if lang == "km" else KHMER).wait_for()


def test_every_district_is_reached_by_keys_alone(opened):
    page = opened(part=f"#i={SHARE}&l=district")
    reached = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("() => document.activeElement.closest('tr')?.dataset.place ?? ''"))
        if set(DISTRICTS) <= reached:
            break
    assert set(DISTRICTS) <= reached
