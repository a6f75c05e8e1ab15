"""The live map in a browser, on Little Town: both languages, colours, what-if by hand and by keyboard, nothing axe minds."""

import re
import threading
import time
from pathlib import Path

import pytest
import uvicorn
from tests.town.make_town import make_town

from citiesforall.pipeline.run import run_city
from citiesforall.voices.database import open_database
from citiesforall.web.app import STATIC, make_app
from citiesforall.web.house import House, Rules

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
KHMER = re.compile("[\u1780-\u17f9]")
WAIT_MS = 60_000
pytestmark = [
    pytest.mark.skipif(not CHROMIUM.is_file(), reason="there is no /usr/bin/chromium"),
    pytest.mark.skipif(not (STATIC / "index.html").is_file(), reason="the page is not built (make page)"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Serve Little Town to this computer and return the address."""
    file, out = make_town(tmp_path_factory.mktemp("town")), tmp_path_factory.mktemp("out")
    run_city(file, out, threads=1, through="measure")
    engine = open_database(out / "voices.db")
    app = make_app(House(engine, Rules(is_laptop=True), out, {"kh9901": file}))
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", ws="none", lifespan="off")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    server.should_exit = True
    thread.join()
    engine.dispose()


@pytest.fixture(scope="module")
def browser():
    """Open a browser without a screen."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        made = started.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield made
        made.close()


@pytest.fixture
def opened(browser, address):
    """Return a function that opens the map; what the browser complains of fails the test."""
    contexts, faults = [], []

    def go(lang="en", size=(900, 600), part=""):
        context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        contexts.append(context)
        context.add_init_script(
            f"localStorage.getItem('cities.lang') ?? localStorage.setItem('cities.lang', '{lang}')"
        )
        if AXE.is_file():
            context.add_init_script(path=AXE)
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
        page.goto(address + part)
        page.locator(".legend li").first.wait_for()
        return page

    yield go
    for context in contexts:
        context.close()
    assert faults == []


def gained(page):
    """Return how many people gain, by indicator."""
    page.locator("#result .note").wait_for()
    rows = page.locator("#result li").all()
    return {row.get_attribute("data-indicator"): int(row.get_attribute("data-people")) for row in rows}


def minded(page):
    """Return what axe minds."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed (npm ci in ui/)")
    return [(one["id"], one["nodes"][0]["html"]) for one in page.evaluate("() => axe.run()")["violations"]]


def test_both_languages_show_every_place_with_its_number(opened):
    page = opened("en")
    titles = {"en": page.locator("#indicator").inner_text()}
    rows = page.locator("#panel-table tbody tr").all_inner_texts()
    assert len(rows) > 2
    assert any("%" in row for row in rows)
    page.locator("#language").click()
    page.locator("#indicator", has_text=KHMER).wait_for()
    page.locator("#panel-table tbody tr").nth(2).wait_for()
    titles["km"] = page.locator("#indicator").inner_text()
    assert titles["en"] != titles["km"]
    assert "web.map." not in page.locator("body").inner_text()


def test_the_table_is_sorted_by_a_column(opened):
    page = opened()
    head = page.locator("[data-column=name]")
    head.click()
    names = page.locator("#panel-table tbody tr:not(:first-child) th").all_inner_texts()
    assert names == sorted(names)
    head.click()
    assert page.locator("#panel-table tbody tr:not(:first-child) th").all_inner_texts() == names[::-1]


def test_an_indicator_is_found_by_its_words_and_shown_by_cell(opened):
    page = opened()
    page.locator("#indicator").click()
    page.keyboard.type("market")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("#panel-table caption", has_text="market").wait_for()
    page.get_by_role("button", name="100 m cells").click()
    page.get_by_text("No colour: nobody lives there").wait_for()
    assert "m=cells" in page.evaluate("() => location.hash")


def test_a_place_says_where_its_number_comes_from(opened):
    page = opened()
    page.locator("#panel-table tbody button").first.click()
    page.get_by_role("button", name="Where does this number come from?").click()
    told = page.locator("#panel-place pre").filter(has_text="method: share_within_walk")
    told.wait_for()


def test_a_clinic_dropped_on_the_map_is_counted_and_undone(opened):
    page = opened()
    page.locator("#tab-what_if").click()
    page.locator("[data-tool=market]").click()
    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.locator(".pinned").wait_for()
    first = gained(page)
    page.locator("[data-tool=health_centre]").click()
    page.mouse.click(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.6)
    page.locator(".pinned").nth(1).wait_for()
    page.wait_for_timeout(1_000)
    second = gained(page)
    assert first | second
    page.locator("[data-undo]").click()
    page.locator(".pinned").nth(1).wait_for(state="detached")
    page.wait_for_timeout(1_000)
    assert gained(page) == first
    page.locator("[data-undo]").click()
    page.locator("#result .note").wait_for(state="detached")


def test_the_keyboard_alone_puts_a_market_and_keeps_it(opened):
    page = opened()
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("() => document.activeElement.id"))
        if reached[-1] == "tab-table":
            break
    assert "indicator" in reached
    assert reached[-1] == "tab-table"
    page.keyboard.press("ArrowLeft")
    page.locator("#panel-what_if").wait_for(state="visible")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.dataset.tool") == "market":
            break
    page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.dataset.middle") == "":
            break
    page.keyboard.press("Enter")
    page.locator(".pinned").wait_for()
    assert isinstance(gained(page), dict)
    page.locator("#scenario-name").focus()
    page.keyboard.type("By keys")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("#panel-what_if label", has_text="By keys").wait_for()
    page.locator("#language").click()  # what is being tried stays
    page.locator("#indicator", has_text=KHMER).wait_for()
    page.locator(".pinned").wait_for()


def test_two_scenarios_are_compared_and_handed_to_the_planner(opened):
    page = opened()
    page.locator("#tab-what_if").click()
    for name, tool in (("One", "market"), ("Two", "health_centre")):
        page.locator(f"[data-tool={tool}]").click()
        page.locator("[data-middle]").click()
        page.locator(".pinned").nth(0 if name == "One" else 1).wait_for()
        page.locator("#scenario-name").fill(name)
        page.get_by_role("button", name="Keep").click()
        box = page.get_by_label(name, exact=True)
        box.wait_for()
    for name in ("One", "Two"):
        page.get_by_label(name, exact=True).check()
    page.get_by_role("button", name="Compare two").click()
    page.locator("#compared table").first.wait_for()
    heads = page.locator("#compared thead").first.inner_text()
    assert "One" in heads
    assert "Two" in heads
    page.get_by_role("button", name="Send to the planner").click()
    page.locator("#compared pre", has_text='kinds = ["market"]').wait_for()


@pytest.mark.parametrize(("lang", "size"), [("en", (1280, 800)), ("km", (390, 844))])
def test_axe_minds_nothing(opened, lang, size):
    page = opened(lang, size)
    found = []
    for tab in ("table", "place", "challenges", "plan", "what_if"):
        page.locator(f"#tab-{tab}").click()
        page.wait_for_timeout(300)
        found += minded(page)
    page.locator("#indicator").click()
    assert found + minded(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= size[0]
