"""What merging must hold for any records."""

import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from citiesforall.gather.kinds import kinds
from citiesforall.gather.merge import merge_records, same_name

NAMES = ["", "", "Tuol Kork", "Toul Kork HC", "Daun Penh", "ទួលគោក", "Health Post 1", "Post 2", "Clinic"]
record = st.tuples(
    st.sampled_from(["health_centre", "bank", "waste_point"]), st.sampled_from(NAMES),
    st.integers(0, 600), st.integers(0, 300), st.integers(0, 2), st.sampled_from([0, 0, 0, 40, 200]), st.sampled_from([False, False, False, True]),
)  # fmt: skip


def table(rows):
    grounds = [
        shapely.box(x - w, y - w, x + w, y + w) if w and not counted else None
        for _, _, x, y, _, w, counted in rows
    ]
    return pd.DataFrame({
        "facility": [f"f{i:03d}" for i in range(len(rows))], "kind": [r[0] for r in rows], "name": [r[1] for r in rows],
        "names": [(r[1],) if r[1] else () for r in rows], "x": [float(r[2]) for r in rows], "y": [float(r[3]) for r in rows],
        "geometry": pd.Series(grounds, dtype=object), "source": [f"c{r[4]}" if r[6] else f"s{r[4]}" for r in rows],
        "rank": [r[4] for r in rows], "gone_share": np.nan, "estimated": [r[6] for r in rows], "barred": [()] * len(rows),
        "within_m": [150.0 if r[6] else np.nan for r in rows],
    })  # fmt: skip


def seen(merged):
    return sorted(map(tuple, merged[["kind", "facility", "name", "x", "y", "sources"]].to_numpy().tolist()))


@settings(max_examples=60, deadline=None)
@given(st.lists(record, max_size=25), st.randoms(use_true_random=False))
def test_merging(rows, chance):
    given_records = table(rows)
    merged, _ = merge_records(given_records)
    # Never more, never another kind, every kind that was there is there, and what is kept was given.
    assert (merged.groupby("kind").size() <= given_records.groupby("kind").size()).all()
    assert set(merged["kind"]) == set(given_records["kind"])
    assert set(merged["facility"]) <= set(given_records["facility"])
    # No source is lost.
    assert {s for said in merged["sources"] for s in said.split(";")} == set(given_records["source"])
    # The order of the rows plays no part.
    order = list(range(len(rows)))
    chance.shuffle(order)
    assert seen(merge_records(given_records.iloc[order].reset_index(drop=True))[0]) == seen(merged)
    # Merging twice changes nothing.
    assert seen(merge_records(merged)[0]) == seen(merged)


@settings(max_examples=40, deadline=None)
@given(st.lists(record, max_size=25))
def test_what_is_kept_apart_is_apart(rows):
    merged, _ = merge_records(table([r for r in rows if not r[6]]))
    for kind, each in merged.groupby("kind"):
        xy, names = each[["x", "y"]].to_numpy(), each["names"].tolist()
        for i in range(len(each)):
            for j in range(i):
                gap = float(np.hypot(*(xy[i] - xy[j])))
                verdict = same_name(names[i], names[j])
                assert verdict is False or gap > (
                    kinds()[kind].reach_m() if verdict else kinds()[kind].same_within_m
                )
