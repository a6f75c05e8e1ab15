"""The page for a browser: every value in it, nothing from outside, nothing run that is a name."""

import base64
import gzip
import hashlib
import json
import math
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
import shapely

from citiesforall.core.indicator import indicators
from citiesforall.core.tables import STATUSES, read_parquet
from citiesforall.report.numbers import in_words
from citiesforall.report.page import page_html, page_name, safe_json
from citiesforall.report.page_parts import scene_of
from citiesforall.report.page_plan import plan
from citiesforall.report.page_shapes import borders, delta, frame_of, packed
from citiesforall.report.page_values import (
    BEYOND,
    NO_ROW,
    level_titles,
    ordered_places,
    shown_number,
    units_of,
)

MOST_BYTES = 5e6
VOID = {"meta", "link", "br", "img", "input", "line", "rect"}
EVIL = '</script><script>window.hacked=1</script><img src=x onerror="window.hacked=1">'


class Read(HTMLParser):
    """Read a page: tags, attributes, texts; complain where tags do not close."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.texts, self.script = [], [], [], {}
        self.feed(page)
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, text):
        if self.open and self.open[-1] in {"script", "style"}:
            key = "data" if self.tags[-1][1].get("id") == "data" else self.open[-1]
            self.script[key] = self.script.get(key, "") + text
        elif text.strip():
            self.texts.append(text.strip())

    def all(self, tag):
        """Return the attributes of every such tag."""
        return [given for name, given in self.tags if name == tag]


@pytest.fixture(scope="module", params=["en", "km"])
def lang(request):
    return request.param


@pytest.fixture(scope="module")
def page(evidence_of, lang):
    return page_html(evidence_of, lang)


@pytest.fixture(scope="module")
def read(page):
    return Read(page)


@pytest.fixture(scope="module")
def data(read):
    return json.loads(read.script["data"])


def test_the_same_tables_give_the_same_page_and_it_is_small(evidence_of, page, lang):
    assert page_html(evidence_of, lang) == page
    assert len(page.encode()) < MOST_BYTES


def test_the_page_forbids_itself_the_network_and_knows_its_own_script(read):
    policy = next(one["content"] for one in read.all("meta") if one.get("http-equiv"))
    assert policy.startswith("default-src 'none';")
    for kind in ("script", "style"):
        checksum = base64.b64encode(hashlib.sha256(read.script[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{checksum}'" in policy
    for tag, given in read.tags:
        assert "src" not in given, (tag, given)
        assert not any(name.startswith("on") for name in given), (tag, given)
        assert "style" not in given, (tag, given)
        assert given.get("href", "#").startswith(("#", "page.")), given
    assert set(re.findall(r"url\(([^)]{0,12})", read.script["style"])) <= {'"data:font/t', "#hatch"}
    assert "@import" not in read.script["style"]


def test_a_reader_who_does_not_see_finds_the_way(read, lang):
    assert next(iter(read.all("html")))["lang"] == lang
    for landmark in ("header", "nav", "main", "footer"):
        assert len(read.all(landmark)) == 1
    assert len(read.all("h1")) == 1
    ids = [given["id"] for _, given in read.tags if "id" in given]
    assert len(ids) == len(set(ids))
    for link in read.all("a"):
        target = link["href"]
        assert not target.startswith("#") or target[1:] in ids or "=" in target, target
    assert len(read.all("caption")) == len(read.all("table"))
    assert all(one.get("scope") in {"col", "row", "rowgroup"} for one in read.all("th"))
    assert all(one.get("aria-labelledby") in ids for one in read.all("section"))


def test_pages_of_a_city_link_to_each_other(read, lang):
    other = {"en": "km", "km": "en"}[lang]
    links = [one for one in read.all("a") if one.get("hreflang")]
    assert [(one["href"], one["lang"]) for one in links] == [(page_name(other), other)]


def test_the_khmer_page_carries_its_letters(read, lang):
    assert ("@font-face" in read.script["style"]) == (lang == "km")


def test_every_value_is_that_of_the_tables_as_it_is_shown(evidence_of, data):
    table = evidence_of.tables["observations"]
    rows = {(row["indicator"], row["group"], row["place"]): row for row in table.to_dict("records")}
    codes = [place["code"] for place in data["places"]]
    found = 0
    for one in data["indicators"]:
        decimals = one["decimals"]
        for group, (statuses, numbers) in one["by"].items():
            assert len(statuses) == len(codes)
            told = iter(numbers)
            for code, sign in zip(codes, statuses, strict=True):
                row = rows.get((one["id"], group, code))
                assert (sign == NO_ROW) == (row is None)
                if row is None:
                    continue
                assert STATUSES[int(sign)] == row["status"]
                if not math.isnan(row["value"]):
                    expected = [shown_number(row[name], decimals) for name in ("value", "low", "high")]
                    assert [next(told) for _ in range(3)] == expected
                    found += 1
            assert next(told, None) is None
    assert found == int(table["value"].notna().sum())


def unpack(text):
    return np.frombuffer(gzip.decompress(base64.b64decode(text)), "<u2").astype(np.int64)


def test_cells_are_unpacked_to_what_was_measured(evidence_of, data):
    table = read_parquet(evidence_of.folders["measure"] / "cell_values.parquet")
    cells = data["cells"]
    assert cells["n"] == len(table)
    col, row, place = unpack(cells["where"]).reshape(3, -1)
    ids = table["cell"].to_numpy()
    np.testing.assert_array_equal(np.diff(col), np.diff(ids >> 32))
    np.testing.assert_array_equal(np.diff(row), -np.diff(ids & 0xFFFFFFFF))
    assert [data["places"][at]["code"] for at in place] == table["unit"].tolist()
    assert len(cells["layers"]) > 10
    for name, layer in cells["layers"].items():
        steps, values = unpack(layer["packed"]), table[name].to_numpy()
        np.testing.assert_array_equal(steps == 65535, np.isnan(values))
        has = steps != 65535
        np.testing.assert_allclose(
            layer["least"] + steps[has] * layer["step"],
            values[has],
            atol=layer["step"] * 0.500001,
            rtol=1e-12,
        )


def shape_of(rings):
    """Return the shape that a browser fills by the even-odd rule."""
    out = shapely.Polygon()
    for ring in rings:
        points = np.cumsum(np.array(ring).reshape(-1, 2), axis=0)
        out = out.symmetric_difference(shapely.Polygon(points).buffer(0))
    return out


def test_borders_keep_their_area_and_leave_no_gap(evidence_of):
    places = ordered_places(evidence_of)
    frame = frame_of(places)
    shapes = [shape_of(rings) for rings in borders(places, frame)]
    for shape, area in zip(shapes, places["area_m2"], strict=True):
        assert shape.area * frame.step_m**2 == pytest.approx(area, rel=0.01)
    parts = shapes[1:]
    assert shapely.union_all(parts).area == pytest.approx(sum(one.area for one in parts), rel=1e-9)


def test_a_line_is_its_first_point_and_the_way_to_each_next():
    # (5, 7) then 3 right, then nothing (left out), then 2 up and 1 left
    assert delta(np.array([[5, 7], [8, 7], [8, 7], [7, 5]])) == [5, 7, 3, 0, -1, -2]


def test_packed_numbers_are_the_same_for_the_same_numbers():
    numbers = np.arange(1000, dtype="<u2")
    assert packed(numbers) == packed(numbers.copy())
    np.testing.assert_array_equal(unpack(packed(numbers)), numbers)


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [(12.25, 1, 12.2), (-0.04, 1, 0.0), (math.inf, 1, BEYOND), (math.nan, 1, None), (59488.4, 0, 59488.0)],
)
def test_a_number_is_rounded_as_the_documents_round_it(value, decimals, shown):
    assert shown_number(value, decimals) == shown


def test_without_scripts_every_place_still_has_its_values(evidence_of, page, lang):
    quiet = page.split("<noscript>")[1].split("</noscript>")[0]
    table = evidence_of.tables["observations"]
    rows = table[table["value"].notna() & ((table["group"] == "all") | (table["place"] == evidence_of.whole))]
    assert quiet.count("<tr>") - quiet.count("<thead>") == len(rows)
    units = {key: one.unit for key, one in indicators().items()}
    for row in rows.sample(20, random_state=1).to_dict("records"):
        assert f">{in_words(row['value'], units[row['indicator']], lang)}<" in quiet


def with_name(evidence, name):
    """Return the tables with every place, the city and a source named so."""
    places = evidence.tables["places"].assign(name=name, name_km=name)
    run = json.loads(json.dumps(evidence.said["run"]))
    for source in run["sources"].values():
        source |= {"title": name, "citation": name, "provider": name}
    return replace(evidence, tables={**evidence.tables, "places": places}, said={**evidence.said, "run": run})


def test_a_name_is_only_ever_a_text(evidence_of, lang):
    page = page_html(with_name(evidence_of, EVIL), lang)
    read = Read(page)
    assert len(read.all("script")) == 2
    assert not read.all("img")
    assert EVIL in read.texts
    assert {place["name"] for place in json.loads(read.script["data"])["places"]} == {EVIL}


@pytest.mark.parametrize("text", ["</script>", "<!--", "a\u2028b", "&amp;", "'\"\\"])
def test_data_in_the_page_end_nothing_and_say_the_same(text):
    told = safe_json([text])
    assert not set("<>&\u2028\u2029") & set(told)
    assert json.loads(told) == [text]


@pytest.mark.parametrize(
    ("gone", "says"),
    [
        ("plan/", "There is no plan: the city file has no budget."),
        ("diagnose/", "The city has not been diagnosed."),
    ],
)
def test_what_was_not_made_is_said(evidence_of, gone, says):
    tables = {key: table for key, table in evidence_of.tables.items() if not key.startswith(gone)}
    assert says in Read(page_html(replace(evidence_of, tables=tables), "en")).texts


def test_a_city_without_streets_open_space_or_cells_still_has_a_page(evidence_of, tmp_path):
    folders = {key: path for key, path in evidence_of.folders.items() if key not in {"streets", "facilities"}}
    data = json.loads(
        Read(page_html(replace(evidence_of, folders=folders | {"measure": tmp_path}), "en")).script["data"]
    )
    assert data["cells"] is None
    assert data["streets"] == data["open"] == []
    assert data["indicators"]


def test_a_city_that_is_one_place_is_shown_as_it_is(evidence_of, tmp_path):
    places = evidence_of.tables["places"]
    alone = places[places["place"] == evidence_of.whole].reset_index(drop=True)
    values = evidence_of.tables["observations"]
    tables = {"places": alone, "observations": values[values["place"] == evidence_of.whole]}
    page = page_html(replace(evidence_of, tables={**evidence_of.tables, **tables}), "en")
    data = json.loads(Read(page).script["data"])
    assert [level["places"] for level in data["levels"]] == [[0]] == [data["units"]]
    assert 'data-ready="yes"' in browser(page, tmp_path)


def test_places_stand_from_the_larger_to_those_inside_them(evidence_of):
    places = evidence_of.tables["places"].reset_index(drop=True)
    unit, other = places.index[places["parent"].notna()][:2]
    nested = places.copy()
    nested.loc[unit, ["parent", "level"]] = [nested["place"][other], "commune"]
    nested.loc[other, "level"] = "district"
    told = ordered_places(replace(evidence_of, tables={"places": nested}))
    assert told["place"][0] == evidence_of.whole
    at = {place: position for position, place in enumerate(told["place"])}
    assert at[nested["place"][other]] < at[nested["place"][unit]] == len(told) - 1
    assert at[nested["place"][other]] not in units_of(told)
    assert [level["id"] for level in level_titles(told, "en")][-1] == "commune"


def test_the_plan_stands_in_the_page_with_its_sums(evidence_of, data, lang):
    rows = evidence_of.tables["plan/plan"]
    assert [site[5] for site in data["plan"]] == rows["item"].tolist()
    told = plan(scene_of(evidence_of, ordered_places(evidence_of), lang))
    assert f'data-sort="{float(rows["capital_usd"].iloc[0])!r}"' in told
    line = told.split('id="time-line"')[1].split("</table>")[0]
    amounts = [int(x.replace(",", "")) for x in re.findall(r"</svg>([\d,]+)<small>", line)]
    assert sum(amounts) == pytest.approx(rows["capital_usd"].sum(), abs=len(amounts))


def browser(page, tmp_path, script=""):
    """Open a page in a browser without a window and return what it has become; skip where there is no browser."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium here")
    path = tmp_path / "page.html"
    path.write_text(page, "utf-8")
    words = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--window-size=1280,900",
        "--virtual-time-budget=4000",
        "--dump-dom",
    ]
    done = subprocess.run(
        [program, *words, f"--user-data-dir={tmp_path / 'profile'}", f"{path.as_uri()}{script}"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"Chromium does not start here: {done.stderr[-200:]}")
    return done.stdout


def test_a_browser_draws_the_values_of_every_place(evidence_of, page, lang, tmp_path):
    key = "health_centre_access"
    dom = browser(page, tmp_path, f"#i={key}&g=all")
    assert 'data-ready="yes"' in dom
    table = dom.split('class="values"')[1].split("</table>")[0]
    shown = re.findall(r'<td class="number"[^>]*>([^<]*)</td>', table)
    rows = evidence_of.tables["observations"]
    rows = rows[(rows["indicator"] == key) & (rows["group"] == "all") & (rows["place"] != evidence_of.whole)]
    expected = ["" if math.isnan(x) else in_words(x, "%", lang) for x in rows["value"]]
    assert sorted(shown) == sorted(expected)
    assert dom.count('class="place ') >= 2 * len(expected)


def test_a_browser_runs_no_name(evidence_of, tmp_path):
    dom = browser(page_html(with_name(evidence_of, EVIL), "en"), tmp_path)
    assert 'data-ready="yes"' in dom
    assert "<img" not in dom
    assert "&lt;img src=x" in dom


@pytest.mark.real
@pytest.mark.parametrize("code", ["kh12_centre", "br4314902_sample"])
def test_real_cities_have_their_page(real_evidence, code, lang):
    page = page_html(real_evidence(code), lang)
    assert len(page.encode()) < MOST_BYTES
    data = json.loads(Read(page).script["data"])
    assert len(data["places"]) > 40
    assert len(data["indicators"]) > 30
