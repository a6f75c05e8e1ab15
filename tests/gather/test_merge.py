"""Merging: what is one facility, what stays two, and what a merged one keeps."""

import numpy as np
import pandas as pd
import pytest
import shapely

from citiesforall.gather.merge import merge_records, same_name, telling


def records(*rows):
    """Make records of (facility, kind, name, x, rank or source order, polygon or None)."""
    return pd.DataFrame({
        "facility": [r[0] for r in rows], "kind": [r[1] for r in rows], "name": [r[2] for r in rows],
        "names": [(r[2],) if r[2] else () for r in rows], "x": [float(r[3]) for r in rows], "y": 0.0,
        "geometry": pd.Series([r[5] if len(r) > 5 else None for r in rows], dtype=object), "source": [f"s{r[4]}" for r in rows],
        "rank": [r[4] for r in rows], "gone_share": np.nan, "estimated": False, "barred": [()] * len(rows), "within_m": np.nan,
    })  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Tuol Kork Health Centre", "Toul Kork HC", True),
        ("Tuol Ta Aek", "Tuol Ta aek", True),
        ("Preaek Aeng", "Preaek Pnov", False),
        ("Calmette", "Calmette Hospital", True),
        ("Health Post 1", "Health Post 2", False),
        ("សាលាបឋមសិក្សា វត្តភ្នំ", "វត្តភ្នំ", None),  # both words say only the kind: hill pagoda
        ("មណ្ឌលសុខភាព ទួលគោក", "ទួលគោក", True),
        ("ទួលគោក ១", "ទួលគោក 1", True),
        ("ទួលគោក ១", "ទួលគោក ២", False),
        ("ទួលគោក", "Tuol Kork", None),
        ("Health Centre", "Tuol Kork", None),
        ("", "Tuol Kork", None),
        ("Farmácia São João", "Drogaria Sao Joao", True),
        ("ផ្សារ\u200bថ្មី", "ផ្សារថ្មី", True),
    ],
)
def test_names(one, other, same):
    if same is None and "ភ្នំ" in one:
        assert telling(one) == telling(other)
        return
    assert same_name((one,) if one else (), (other,)) is same
    assert same_name((other,), (one,) if one else ()) is same


def test_any_of_many_names_may_agree():
    assert same_name(("ទួលគោក", "Tuol Kork"), ("Toul Kork",)) is True


class TestMerging:
    def test_names_that_contradict_stay_two(self):
        merged, notes = merge_records(
            records(("a", "health_centre", "Tuol Kork", 0, 0), ("b", "health_centre", "Daun Penh", 10, 1))
        )
        assert len(merged) == 2
        assert notes == []

    def test_a_nameless_record_joins_the_nearest(self):
        merged, _ = merge_records(
            records(
                ("a", "health_centre", "Tuol Kork", 0, 0),
                ("b", "health_centre", "Daun Penh", 90, 0),
                ("c", "health_centre", "", 60, 1),
            )
        )
        assert merged.set_index("facility")["sources"].to_dict() == {"a": "s0", "b": "s0;s1"}

    def test_far_apart_stay_two_unless_the_names_agree(self):
        # health_centre: 100 m without, 500 m with names that agree
        near = records(("a", "health_centre", "", 0, 0), ("b", "health_centre", "X", 120, 1))
        assert len(merge_records(near)[0]) == 2
        named = records(
            ("a", "health_centre", "Tuol Kork", 0, 0), ("b", "health_centre", "Toul Kork", 450, 1)
        )
        assert len(merge_records(named)[0]) == 1
        far = records(("a", "health_centre", "Tuol Kork", 0, 0), ("b", "health_centre", "Toul Kork", 550, 1))
        assert len(merge_records(far)[0]) == 2

    def test_the_preferred_source_keeps_its_place_and_takes_the_name(self):
        merged, _ = merge_records(records(("b", "bank", "Acleda", 5, 1), ("a", "bank", "", 0, 0)))
        assert merged[["facility", "name", "x", "sources"]].to_numpy().tolist() == [
            ["a", "Acleda", 0.0, "s0;s1"]
        ]

    def test_kinds_are_never_mixed(self):
        assert len(merge_records(records(("a", "bank", "X", 0, 0), ("b", "library", "X", 0, 0)))[0]) == 2

    def test_a_node_on_the_grounds_of_a_hospital_is_that_hospital(self):
        ground = shapely.box(0, -50, 900, 50)
        merged, _ = merge_records(
            records(
                ("osm:w1", "hospital", "Calmette", 450, 0, ground),
                ("osm:n2", "hospital", "Calmette Hospital", 20, 0),
            )
        )
        assert merged["facility"].tolist() == ["osm:w1"]
        assert merged["area_m2"].tolist() == [900 * 100]

    def test_a_register_point_takes_over_the_grounds_that_osm_drew(self):
        ground = shapely.box(0, -50, 400, 50)
        merged, _ = merge_records(
            records(("m1", "hospital", "Calmette", 100, 0), ("osm:w1", "hospital", "", 200, 1, ground))
        )
        assert merged["facility"].tolist() == ["m1"]
        assert merged["x"].tolist() == [100.0]
        assert merged["ground"][0] is ground

    def test_a_chain_does_not_swallow_a_district(self):
        # Banks 15 m apart in a row of 40: each kept one may take in those within 20 m of itself only, so every second stays.
        row = records(*((f"b{i:02d}", "bank", "", 15 * i, 0) for i in range(40)))
        merged, _ = merge_records(row)
        assert len(merged) == 20
        assert np.diff(np.sort(merged["x"])).min() > 20

    def test_the_surer_source_speaks(self):
        both = records(("a", "bank", "", 0, 0), ("b", "bank", "", 5, 1)).assign(gone_share=[np.nan, 0.2])
        assert merge_records(both)[0]["gone_share"].tolist() == [0.2]
        both = both.assign(gone_share=[0.3, 0.2])
        assert merge_records(both)[0]["gone_share"].tolist() == [0.2]

    def test_the_notes_count(self):
        _, notes = merge_records(records(*((f"b{i}", "bank", "", i, 0) for i in range(5))))
        assert [str(note) for note in notes] == [
            "facilities: 4 of 5 records are of a facility that another record is of too, and count once: bank 5 to 1."
        ]


class TestCounts:
    def table(self):
        listed = records(("osm:n1", "school", "A", 100, 0), ("osm:n2", "school", "B", 5000, 0))
        counted = records(*((f"c:{i}", "school", "", 0, 1) for i in range(3))).assign(
            estimated=True, within_m=200.0
        )
        return pd.concat([listed, counted], ignore_index=True)

    def test_a_listed_school_takes_in_one_of_its_cell(self):
        # The cell counts 3 and one listed school lies in it: 2 stay at the centre; the listed one far away stays: 4 in all.
        merged, _ = merge_records(self.table())
        assert sorted(merged["facility"]) == ["c:1", "c:2", "osm:n1", "osm:n2"]
        assert merged.set_index("facility")["sources"]["osm:n1"] == "s0;s1"

    def test_merging_again_changes_nothing(self):
        once, _ = merge_records(self.table())
        twice, notes = merge_records(once)
        assert sorted(twice["facility"]) == sorted(once["facility"])
        assert notes == []


def test_nothing_is_nothing():
    merged, notes = merge_records(records())
    assert merged.empty
    assert {"sources", "ground", "area_m2"} <= set(merged.columns)
    assert notes == []
