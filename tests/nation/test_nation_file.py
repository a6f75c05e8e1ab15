"""A nation file: what it may say, and every fault of it at once."""

import pytest

from citiesforall.core.errors import DeclarationError
from citiesforall.core.nation import Nation, read_nation
from citiesforall.nation.entries import code_of_seed, entries_of, invented

HEAD = 'period = "2022"\n[place]\ncode = "KH"\nname = "Cambodia"\nedition = "kh@2025"\n'


def city(folder, name, code, **more):
    """Write the part of a city file that a nation looks at."""
    words = "".join(f"{word} = {value}\n" for word, value in more.items())
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f'period = "2022"\n[place]\ncode = "{code}"\nname = "A"\n{words}', "utf-8")


def read(folder, text, head=HEAD):
    (folder / "nation.toml").write_text(head + text, "utf-8")
    return read_nation(folder / "nation.toml")


def faults(folder, text, head=HEAD):
    with pytest.raises(DeclarationError) as said:
        entries_of(read(folder, text, head), "nation.toml")
    return said.value.faults


def test_cities_are_found_by_name_and_by_glob(tmp_path):
    city(tmp_path, "all.toml", "KH")
    city(tmp_path, "more/b.toml", "KH0302")
    city(tmp_path, "more/a.toml", "KH0203")
    city(tmp_path, "centre.toml", "KH12_CENTRE")
    text = (
        '[[registers]]\nfile = "all.toml"\n[[cities]]\nfile = "centre.toml"\npart_of = "KH12"\n'
        '[[cities]]\nfile = "more/*.toml"\npart_of = "KH02"\n'
    )
    found = entries_of(read(tmp_path, text), "nation.toml")
    assert [(one.code, one.file, one.members, one.part_of) for one in found] == [
        ("KH", "all.toml", "district", ""), ("KH0203", "more/a.toml", "", "KH02"), ("KH0302", "more/b.toml", "", "KH02"),
        ("KH12_CENTRE", "centre.toml", "", "KH12"),
    ]  # fmt: skip


def test_every_fault_of_the_cities_at_once(tmp_path):
    city(tmp_path, "all.toml", "KH")
    city(tmp_path, "a.toml", "KH0203")
    city(tmp_path, "b.toml", "KH0203")
    city(tmp_path, "demo.toml", "KH9901", invented="true")
    said = faults(
        tmp_path,
        '[[registers]]\nfile = "all.toml"\nmembers = "distrikt"\n[[registers]]\nfile = "gone.toml"\n'
        '[[cities]]\nfile = "a.toml"\n[[cities]]\nfile = "b.toml"\npart_of = "KH0203"\n[[cities]]\nfile = "none/*.toml"\n'
        '[[cities]]\nfile = "demo.toml"\nparent = "KH77"\npart_of = "KH02"\n[[cities]]\nfile = "/a/b.toml"\n'
        '[invented]\ncities = 2\n[[rounds]]\nfolder = "2020"\nyear = 2020\n',
    )
    for beginning in (
        "nation.toml: registers.1.members: level 'distrikt' is not known. Did you mean 'district'?",
        "nation.toml: registers.2.file: 'gone.toml' is not there.",
        "nation.toml: b.toml: its code KH0203 is that of a.toml too.",
        'nation.toml: a.toml: KH0203 lies in KH, whose registers count its people already. Write part_of = "KH0203"',
        "nation.toml: cities.3.file: 'none/*.toml' finds no file.",
        "nation.toml: demo.toml: this city is invented, the nation is not.",
        "nation.toml: cities.4.parent: 'KH77' is no place of kh@2025.",
        "nation.toml: cities.5.file: '/a/b.toml' is a path of this machine.",
        "nation.toml: invented: a nation that is not invented cannot hold invented cities.",
        "nation.toml: rounds.1.folder: '2020' holds no results of a nation",
    ):
        assert any(fault.startswith(beginning) for fault in said), beginning
    assert len(said) == 10


def test_a_city_named_twice_and_an_edition_nobody_knows(tmp_path):
    city(tmp_path, "a.toml", "KH0203")
    said = faults(
        tmp_path,
        '[[cities]]\nfile = "a.toml"\n[[cities]]\nfile = "*a.toml"\n',
        HEAD.replace("kh@2025", "kh@1066"),
    )
    assert said[0] == "nation.toml: a.toml: this city is named twice. Name it once."
    assert said[1].startswith("nation.toml: place.edition: 'kh@1066' is not known.")


def test_a_broken_city_file_is_no_fault_of_the_nation(tmp_path):
    (tmp_path / "a.toml").write_text("period = ", "utf-8")
    (found,) = entries_of(read(tmp_path, '[[cities]]\nfile = "a.toml"\n'), "nation.toml")
    assert found.code == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no city"),
        ("[[cities]]\nfile = 3\n", "cities.file: 3 is not a word in quotes"),
        ("[[citys]]\n", "citys: this word is not known. Did you mean 'cities'?"),
        (
            '[[cities]]\nfile = "a"\npartof = "KH01"\n',
            "partof: this word is not known. Did you mean 'part_of'?",
        ),
        ("[invented]\ncities = 0\n", "invented.cities: 0 must be at least 1"),
        ('[[cities]]\nfile = "a"\n[choices]\nthrough = "rnu"\n', "choices.through: 'rnu' is not known."),
    ],
)
def test_what_a_nation_file_may_not_say(tmp_path, text, said):
    with pytest.raises(DeclarationError, match=r"nation\.toml") as raised:
        read(tmp_path, text)
    assert any(said in fault for fault in raised.value.faults), raised.value.faults


def test_no_file_and_no_toml(tmp_path):
    with pytest.raises(DeclarationError, match="there is no such file"):
        read_nation(tmp_path / "nation.toml")
    with pytest.raises(DeclarationError, match="is not TOML"):
        read(tmp_path, "= 3")


def test_a_seed_always_has_the_same_code_and_seven_thousand_have_their_own():
    codes = [code_of_seed(seed) for seed in range(1, 7_001)]
    assert len(set(codes)) == 7_000
    assert all(26 <= int(code[2:4]) <= 99 and len(code) == 6 for code in codes)
    nation = Nation.model_validate(
        {
            "place": {"code": "KH", "name": "A", "invented": True},
            "period": "2025",
            "invented": {"cities": 2, "seed": 98},
        }
    )
    # 98 is the last krong of the first invented province: 98 = 0 * 99 + 98; 99 = 1 * 99 + 0 begins the next
    assert [(one.seed, one.code, one.parent) for one in invented(nation)] == [
        (98, "KH9999", "KH99"),
        (99, "KH9801", "KH98"),
    ]
