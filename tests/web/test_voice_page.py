"""The pages of citizens and of the office in a real browser: online, offline, both languages, keyboard, axe."""

import io
import re

import pytest
from PIL import Image
from sqlalchemy import func, select
from tests.web.in_browser import browser, faults_of, live, small_city

from citiesforall.voices.accounts import make_account
from citiesforall.voices.database import open_database
from citiesforall.voices.tables import PHOTOS, SOUNDS, VOICES
from citiesforall.web.house import House, Rules

PASSWORD = "a long password"
HERE = {"latitude": 12.65, "longitude": 104.0}
PHONE = {"width": 390, "height": 844}
REFERENCE = re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}$")
MOST_BYTES = 60_000


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """Return a house with a small city and an officer."""
    out = tmp_path_factory.mktemp("out")
    engine = open_database(out / "voices.db")
    make_account(engine, "officer", "officer", PASSWORD, "test")
    yield House(engine, Rules(), out, {small_city(out): None})
    engine.dispose()


@pytest.fixture(scope="module")
def address(house):
    """Return the address of a server of it."""
    with live(house) as made:
        yield made


@pytest.fixture(scope="module")
def chromium():
    """Return a browser."""
    with browser() as made:
        yield made


@pytest.fixture
def phone(chromium):
    """Return a phone of its own, in Khmer."""
    made = chromium.new_context(
        viewport=PHONE, locale="km-KH", geolocation=HERE, permissions=["geolocation", "microphone"]
    )
    made.set_default_timeout(15_000)
    yield made
    made.close()


def opened(phone, address, page="voice.html"):
    """Open a page and wait for its form."""
    made = phone.new_page()
    made.goto(address + page)
    made.wait_for_selector("form")
    return made


def fill(page, text, category="health"):
    """Fill the form in and send it."""
    page.check(f"input[value={category}]")
    page.fill("#text", text)
    page.check("#agree")
    page.click("button[type=submit].first")


def kept(house):
    """Count the voices."""
    with house.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(VOICES)).scalar_one()


def test_a_citizen_sends_from_a_phone_and_reads_the_answer(house, address, phone, chromium):
    page = opened(phone, address)
    assert page.evaluate("document.documentElement.lang") == "km"
    assert page.locator("select#place option").all_inner_texts()[1:] == ["ឆ្វេង", "ស្តាំ"]
    page.select_option("#place", "KH980102")
    fill(page, "ទឹកផឹកមិនស្អាត")
    reference = page.locator(".card.sent .reference").inner_text()
    assert REFERENCE.match(reference)
    with house.engine.connect() as connection:
        row = connection.execute(select(VOICES).where(VOICES.c.id == reference)).mappings().one()
    assert (row["place"], row["lat"], row["lang"], row["category"]) == ("KH980102", None, "km", "health")

    desk = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    office = opened(desk, address, "office.html")
    office.fill("#name", "officer")
    office.fill("#password", "not the word")
    office.click("form .first")
    office.wait_for_selector(".fault")
    office.fill("#password", PASSWORD)
    office.click("form .first")
    office.get_by_role("button", name=reference).click()
    assert "Right" in office.locator(".facts").inner_text()
    assert faults_of(office) == []
    office.select_option("#status", "answered")
    office.fill("#responsible", "Water works")
    office.fill("#answer", "Pipes are laid in March. <b>Soon</b>")
    office.click(".handle .first")
    office.get_by_text(f"{reference} is saved.").wait_for()
    desk.close()

    page.reload()
    page.click(".card.sent button")
    page.get_by_text("Pipes are laid in March. <b>Soon</b>").wait_for()
    page.fill("#reference", reference.lower().replace("-", " "))
    page.locator("form.card button").click()
    page.locator("form.card .answer dd").nth(1).wait_for()
    assert page.locator("form.card .answer dd").nth(1).inner_text() == "Water works"


def test_without_a_connection_it_is_kept_and_sent_once(house, address, phone):
    page = opened(phone, address)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    before = kept(house)
    phone.set_offline(offline=True)
    page.goto(address + "voice.html")  # from the phone alone
    page.wait_for_selector("form")
    for text in ("The road is flooded", "The bridge is broken"):
        fill(page, text, "environmental")
        page.locator(".card.waiting", has_text=text).wait_for()
    assert kept(house) == before
    page.close()
    page = phone.new_page()
    page.goto(address + "voice.html")
    page.wait_for_selector(".card.waiting")
    assert page.locator(".card.waiting").count() == 2
    phone.set_offline(offline=False)
    page.wait_for_selector(".card.waiting", state="detached")
    page.locator(".card.sent").nth(1).wait_for()
    page.reload()
    page.locator(".card.sent").nth(1).wait_for()
    assert kept(house) == before + 2


def test_an_answer_lost_on_its_way_doubles_nothing(house, address, phone):
    before = kept(house)
    page = opened(phone, address)
    lost = []

    def lose(route):
        """Let the server keep the voice, and lose what it says."""
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort("connectionreset")

    page.route("**/api/voices", lose)
    fill(page, "There is no light in our street", "personal")
    page.wait_for_selector(".card.waiting")
    assert lost == [201]
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.wait_for_selector(".card.sent")
    assert kept(house) == before + 1


def test_where_i_am_leaves_the_phone_coarse(house, address, phone):
    page = opened(phone, address)
    sent = []
    page.on("request", lambda one: sent.append(one.post_data_json) if one.method == "POST" else None)
    page.locator("section .row button").first.click()
    page.wait_for_selector("select#place:disabled")
    fill(page, "The well is dry")
    page.wait_for_selector(".card.sent")
    (said,) = sent
    assert (said["lat"], said["lon"]) != (HERE["latitude"], HERE["longitude"])
    assert abs(said["lat"] - HERE["latitude"]) < 0.0014  # half a side of 300 m
    assert abs(said["lon"] - HERE["longitude"]) < 0.0014
    with house.engine.connect() as connection:
        row = (
            connection.execute(select(VOICES.c.lat, VOICES.c.lon).where(VOICES.c.key == said["key"]))
            .mappings()
            .one()
        )
    assert (row["lat"], row["lon"]) == (said["lat"], said["lon"])


def test_photo_and_voice_note_reach_the_office(house, address, phone, chromium):
    page = opened(phone, address)
    photo = io.BytesIO()
    Image.new("RGB", (3_000, 2_000), "green").save(photo, "PNG")
    page.set_input_files("#photo", {"name": "p.png", "mimeType": "image/png", "buffer": photo.getvalue()})
    page.wait_for_selector(".shown img")
    record = page.locator("button[aria-pressed]")
    record.click()
    page.wait_for_selector("button[aria-pressed=true]")
    page.wait_for_timeout(800)
    record.click()
    page.wait_for_selector(".shown audio")
    fill(page, "Look and listen", "environmental")
    reference = page.locator(".card.sent .reference").inner_text()
    with house.engine.connect() as connection:
        sides = connection.execute(
            select(PHOTOS.c.width, PHOTOS.c.height).where(PHOTOS.c.voice == reference)
        ).one()
        kind = connection.execute(select(SOUNDS.c.kind).where(SOUNDS.c.voice == reference)).scalar_one()
    assert tuple(sides) == (1_280, 853)  # made small on the phone
    assert kind in {"audio/webm", "audio/ogg", "audio/mp4"}
    desk = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    office = opened(desk, address, "office.html")
    office.fill("#name", "officer")
    office.fill("#password", PASSWORD)
    office.click("form .first")
    office.get_by_role("button", name=reference).click()
    assert (
        office.locator("img.photo").evaluate("one => one.decode().then(() => one.naturalWidth)") == sides[0]
    )
    assert office.locator("audio").get_attribute("src").endswith("/sound")
    content = "category,text,consent\nfood,Rice is dear here,yes\nfood,Not mine,no\n"
    office.set_input_files("#file", {"name": "v.csv", "mimeType": "text/csv", "buffer": content.encode()})
    office.get_by_text("1 messages taken in; 0 were known; 1 left out").wait_for()
    office.select_option("#by-category", "food")
    office.locator("tr", has_text="Look and listen").wait_for(state="detached")
    office.locator("tr", has_text="Rice is dear here").wait_for()
    desk.close()


def test_the_keyboard_alone_is_enough_and_nothing_is_sent_unfinished(house, address, phone):
    before = kept(house)
    page = opened(phone, address)
    page.focus("button[type=submit].first")
    page.keyboard.press("Enter")
    page.wait_for_selector("form .fault[role=alert]")
    assert page.evaluate("document.activeElement.name") == "category"
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.value") == "food"
    page.keyboard.press("Tab")
    page.keyboard.type("Rice is dear")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "agree":
            break
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".card.sent")
    assert kept(house) == before + 1


def test_axe_finds_nothing_in_either_language_and_the_page_is_light(address, phone):
    page = phone.new_page()
    scripts = []
    page.on("response", lambda one: scripts.append(len(one.body())) if one.url.endswith(".js") else None)
    said = []
    page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
    page.goto(address + "voice.html")
    page.wait_for_selector("form")
    page.wait_for_load_state("networkidle")
    assert 0 < sum(scripts) < MOST_BYTES
    assert faults_of(page) == []
    khmer = page.inner_text("main")
    page.click(".bar button")
    page.get_by_role("heading", name="Tell us what troubles you").wait_for()
    assert faults_of(page) == []
    english = page.inner_text("main")
    assert not re.search("web\\.|word\\.", khmer + english)
    assert not re.search(
        "[\u1780-\u17ff]", page.locator("main > form").first.locator("label, legend, h2").first.inner_text()
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert said == []
