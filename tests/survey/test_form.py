"""The form converts to a well-formed XForm without a warning, says everything in both languages, and may leave modules out."""

import re
import shutil
import xml.etree.ElementTree as ET

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyxform.xls2xform import convert

from citiesforall.core.errors import InputError
from citiesforall.core.questions import bank, references
from citiesforall.pipeline.survey_form import form_text, modules_text
from citiesforall.survey.form import make_form, needs, with_needed, write_form

XF = "{http://www.w3.org/2002/xforms}"
SAMPLE = """household_id,cluster,stratum,sangkat_code,name,name_km,serial,role,weight
C001-01,C001,core,990101,Phsar (invented),ផ្សារ (ប្រឌិត),1,main,20.5
C001-02,C001,core,990102,Phsar (invented),ផ្សារ (ប្រឌិត),2,reserve,20.5
C002-01,C002,town,990103,Vat (invented),វត្ត (ប្រឌិត),1,main,31
"""


def converted(path, *, validate=False):
    result = convert(str(path), validate=validate)
    return result.warnings, ET.fromstring(result.xform)


@pytest.fixture(scope="module")
def form(tmp_path_factory):
    """Return the whole form's path, warnings and XForm."""
    path = tmp_path_factory.mktemp("form") / "form.xlsx"
    write_form(path, bank())
    return path, *converted(path)


def primary(xform):
    """Return the paths of every node of the primary instance."""
    data = xform.find(f".//{XF}model/{XF}instance")[0]
    found = set()

    def walk(node, path):
        here = f"{path}/{node.tag.split('}')[-1]}"
        found.add(here)
        for child in node:
            walk(child, here)

    walk(data, "")
    return found


def test_it_converts_without_a_warning(form):
    assert form[1] == []


def test_odk_validate_accepts_it(form):
    """The check of ODK itself: a Java program that comes with pyxform."""
    if shutil.which("java") is None:
        pytest.skip("java is not here: ODK Validate cannot run")
    warnings, _ = converted(form[0], validate=True)
    assert warnings == []


def test_every_bind_and_every_control_points_at_a_node(form):
    nodes = primary(form[2])
    binds = [one.get("nodeset") for one in form[2].iter(f"{XF}bind")]
    refs = [
        one.get("ref") or one.get("nodeset")
        for tag in ("input", "select", "select1", "repeat")
        for one in form[2].iter(f"{XF}{tag}")
    ]
    assert len(binds) > 190
    assert set(binds) | set(refs) <= nodes


def test_every_question_of_the_bank_is_a_node_in_its_module(form):
    nodes = primary(form[2])
    for one in bank().questions.values():
        inside = {"member": "/members", "threat": "/threats"}.get(one.table, "")
        assert f"/data{inside}/{one.module}/{one.name}" in nodes


def test_both_languages_say_everything_and_khmer_is_first(form):
    said = {
        one.get("lang"): {text.get("id"): "".join(text.itertext()).strip() for text in one}
        for one in form[2].iter(f"{XF}translation")
    }
    assert set(said) == {"Khmer (km)", "English (en)"}
    khmer, english = said["Khmer (km)"], said["English (en)"]
    assert set(khmer) == set(english)
    assert not [
        key for key, text in khmer.items() if text in {"", "-"} or not re.search("[\u1780-\u17b3]", text)
    ]
    assert not [
        key for key, text in english.items() if text in {"", "-"} or re.search("[\u1780-\u17ff]", text)
    ]
    assert (
        next(one for one in form[2].iter(f"{XF}translation") if one.get("lang").startswith("Khmer")).get(
            "default"
        )
        == "true()"
    )


def test_places_in_a_repeat_are_counted_from_the_repeat_not_from_the_group_inside(form):
    """A module is a group inside its repeat: the repeat is two steps above its questions."""
    binds = {one.get("nodeset"): one.get("calculate") or "" for one in form[2].iter(f"{XF}bind")}
    counted = {path: text for path, text in binds.items() if "position(" in text}
    assert set(counted) == {"/data/members/roster/member_number", "/data/threats/threat_details/threat"}
    assert all("position(../..)" in text for text in counted.values())
    counts = {
        one.get("nodeset"): one.get("{http://openrosa.org/javarosa}count")
        for one in form[2].iter(f"{XF}repeat")
    }
    assert counts["/data/members"].strip() == "/data/household/household_size"
    assert set(counts) == {"/data/members", "/data/threats"}


def test_the_adult_is_drawn_once_and_chosen_from_the_whole_roster():
    """`once` must hold the random number alone: held around the choice it would stay with the first adult entered."""
    asked = bank().questions
    assert asked["adult_draw"].calculation == "once(random())"
    assert "once" not in asked["adult_chosen"].calculation


def test_settings_name_form_version_and_first_language(form):
    book = openpyxl.load_workbook(form[0])
    assert book.sheetnames == ["survey", "choices", "settings"]
    head, row = ([cell.value for cell in cells] for cells in book["settings"].iter_rows(max_row=2))
    told = dict(zip(head, row, strict=True))
    assert told["form_id"] == "citiesforall_household"
    assert told["default_language"] == "Khmer (km)"
    assert re.fullmatch("[0-9a-f]{10}", told["version"])
    header = [cell.value for cell in book["survey"][1]]
    for part in ("label", "hint", "constraint_message"):
        assert {f"{part}::Khmer (km)", f"{part}::English (en)"} <= set(header)


def test_the_same_form_has_the_same_bytes_and_another_form_another_version(tmp_path, form):
    write_form(tmp_path / "again.xlsx", bank())
    assert (tmp_path / "again.xlsx").read_bytes() == form[0].read_bytes()
    whole, part = make_form(bank()), make_form(bank(), modules=["fies"])
    assert whole.sheets.settings["version"] != part.sheets.settings["version"]


def test_a_module_that_needs_another_takes_it_in_and_says_so():
    form = make_form(bank(), modules=["threat_details"])
    assert form.modules == (
        "interview",
        "household",
        "roster",
        "respondent",
        "perceived_threats",
        "threat_details",
        "closing",
    )
    assert [str(note) for note in form.notes] == [
        "form: module 'perceived_threats' is in the form too: questions of 'threat_details' depend on it"
    ]
    assert needs(bank(), "respondent") == {"interview", "household", "roster"}


@settings(max_examples=25, deadline=None)
@given(st.sets(st.sampled_from(sorted(bank().modules)), max_size=12))
def test_any_choice_of_modules_leaves_no_question_out_that_another_speaks_of(modules):
    form = make_form(bank(), languages=("en",), modules=modules)
    names = {row["name"] for row in form.sheets.survey}
    for row in form.sheets.survey:
        for text in row.values():
            assert set(references(text)) <= names
    lists = {row["list_name"] for row in form.sheets.choices}
    used = {row["type"].split()[1] for row in form.sheets.survey if row["type"].startswith("select")}
    assert used == lists
    opened = [row["type"] for row in form.sheets.survey if row["type"].startswith(("begin_", "end_"))]
    assert sum(one.startswith("begin") for one in opened) * 2 == len(opened)
    assert set(modules) <= set(form.modules)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(modules=st.sets(st.sampled_from(sorted(bank().modules)), max_size=5), sampled=st.booleans())
def test_any_choice_of_modules_converts_without_a_warning(tmp_path, modules, sampled):
    sample = tmp_path / "sample.csv"
    sample.write_text(SAMPLE, "utf-8")
    write_form(tmp_path / "some.xlsx", bank(), modules=modules, sample=sample if sampled else None)
    warnings, xform = converted(tmp_path / "some.xlsx")
    assert warnings == []
    assert {one.get("nodeset") for one in xform.iter(f"{XF}bind")} <= primary(xform)


def test_interviewers_pick_cluster_and_household_from_the_field_list(tmp_path):
    (tmp_path / "sample.csv").write_text(SAMPLE, "utf-8-sig")
    form = write_form(tmp_path / "form.xlsx", bank(), modules=["fies"], sample=tmp_path / "sample.csv")
    rows = {row["name"]: row for row in form.sheets.survey}
    assert rows["cluster"]["type"] == "select_one sampled_cluster"
    assert rows["household_id"]["choice_filter"] == "cluster = ${cluster}"
    assert (
        rows["sangkat_code"]["calculation"]
        == "instance('sampled_household')/" + "root/item[name = ${household_id}]/sangkat_code"
    )
    listed = {row["name"]: row for row in form.sheets.choices if row["list_name"] == "sampled_household"}
    assert listed["C001-02"]["label::English (en)"] == "C001-02 (reserve)"
    assert listed["C001-02"]["sangkat_code"] == "990102"
    assert (
        next(row for row in form.sheets.choices if row["name"] == "C002")["label::Khmer (km)"]
        == "C002 វត្ត (ប្រឌិត)"
    )
    warnings, xform = converted(tmp_path / "form.xlsx")
    assert warnings == []
    held = {one.get("id"): one for one in xform.iter(f"{XF}instance")}
    assert len(held["sampled_household"].findall(f".//{XF}item")) == 3


def test_a_list_of_clusters_alone_lets_type_the_household(tmp_path):
    (tmp_path / "sample.csv").write_text("cluster,stratum,sangkat_code\nC001,core,KH990101\n", "utf-8")
    form = write_form(tmp_path / "form.xlsx", bank(), modules=["fies"], sample=tmp_path / "sample.csv")
    rows = {row["name"]: row for row in form.sheets.survey}
    assert rows["household_id"]["type"] == "text"
    assert (
        rows["stratum"]["calculation"]
        == "instance('sampled_cluster')/" + "root/item[name = ${cluster}]/stratum"
    )
    assert converted(tmp_path / "form.xlsx")[0] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the list is empty"),
        ("cluster,stratum\nC1,core\n", "column 'sangkat_code' is missing"),
        ("cluster,stratum,sangkat_code\nC 1,core,990101\n", "row 2: cluster is 'C 1'"),
        ("cluster,stratum,sangkat_code\nC1,core,99\n", "row 2: sangkat_code is '99'. It has six digits"),
        (
            SAMPLE + "C001-01,C001,core,990101,,,1,main,1\n",
            "row 5: household_id 'C001-01' stands in row 2 too",
        ),
        (SAMPLE + "C001-09,C001,town,990101,,,1,main,1\n", "row 5: cluster 'C001' is in town, above in core"),
        (
            "cluster,stratum,sangkat_code\nC1,core,990101\nC1,core,990102\n",
            "row 3: cluster 'C1' is in 990102 core",
        ),
    ],
)
def test_faults_of_a_field_list_are_named_by_row(tmp_path, text, said):
    (tmp_path / "sample.csv").write_text(text, "utf-8")
    with pytest.raises(InputError, match=re.escape(said)):
        write_form(tmp_path / "form.xlsx", bank(), sample=tmp_path / "sample.csv")
    assert not (tmp_path / "form.xlsx").exists()


def test_a_field_list_that_is_not_there_or_no_text(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        write_form(tmp_path / "form.xlsx", bank(), sample=tmp_path / "none.csv")
    (tmp_path / "sample.csv").write_bytes(b"\xff\xfe\x00\x01cluster")
    with pytest.raises(InputError, match=r"sample\.csv"):
        write_form(tmp_path / "form.xlsx", bank(), sample=tmp_path / "sample.csv")


def test_unknown_languages_and_modules_are_faults():
    with pytest.raises(InputError, match="language 'fr' is not known"):
        make_form(bank(), languages=("km", "fr"))
    with pytest.raises(InputError, match="no language"):
        make_form(bank(), languages=())
    with pytest.raises(InputError) as caught:
        with_needed(bank(), ["watr", "fise"])
    assert len(caught.value.faults) == 2
    assert "Did you mean 'fies'?" in caught.value.faults[0]


def test_the_verb_says_what_it_wrote(tmp_path):
    said = form_text(tmp_path / "form.xlsx", modules="threat_details, water")
    assert "in 8 of 31 modules" in said
    assert "perceived_threats" in said
    assert "left out: disability" in said
    assert (tmp_path / "form.xlsx").is_file()
    assert form_text(tmp_path / "none.xlsx", modules="list") == modules_text()
    assert not (tmp_path / "none.xlsx").exists()
    form_text(tmp_path / "english.xlsx", modules="fies", lang="en")
    assert "label::Khmer (km)" not in [
        cell.value for cell in openpyxl.load_workbook(tmp_path / "english.xlsx")["survey"][1]
    ]
    assert "Housing and tenure" in modules_text()
    assert len(modules_text().splitlines()) == len(bank().modules)
