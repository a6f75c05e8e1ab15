"""What a run leaves in its folder: its own files, and whatever a council wrote there."""

import pandas as pd

from citiesforall.core.tables import write_parquet
from citiesforall.pipeline.monitoring import keep_monitoring
from citiesforall.pipeline.run import publish_all
from citiesforall.plan.roadmap_results import MONITORING
from citiesforall.store import Made, sha256_of


def made(folder, **files):
    """Return a finished step with these files."""
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    return Made(
        "plan", folder.name, folder, {"files": {p.name: sha256_of(p) for p in folder.iterdir()}}, fresh=True
    )


def names(folder):
    """Return the names users see."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_a_later_step_takes_the_place_of_an_earlier(tmp_path):
    publish_all(made(tmp_path / "one", plan="a", sites="b"), tmp_path / "out")
    publish_all(made(tmp_path / "two", plan="c"), tmp_path / "out")
    assert names(tmp_path / "out") == ["plan.csv"]
    assert (tmp_path / "out" / "plan.csv").read_text() == "c"


def test_what_somebody_changed_or_added_is_kept(tmp_path):
    publish_all(made(tmp_path / "one", plan="a", sites="b"), tmp_path / "out")
    (tmp_path / "out" / "plan.csv").write_text("a, as the council decided")
    (tmp_path / "out" / "sites.csv").write_text("b, measured on the ground")
    (tmp_path / "out" / "minutes.docx").write_text("of the meeting")
    publish_all(made(tmp_path / "two", plan="c"), tmp_path / "out")
    assert names(tmp_path / "out") == ["changed_plan.csv", "changed_sites.csv", "minutes.docx", "plan.csv"]
    (tmp_path / "out" / "plan.csv").write_text("and once more")
    publish_all(made(tmp_path / "three", plan="d"), tmp_path / "out")
    assert (tmp_path / "out" / "changed_plan.csv").read_text() == "a, as the council decided"
    assert (tmp_path / "out" / "changed_plan_2.csv").read_text() == "and once more"


def observed(folder, period, value):
    """Publish an observation."""
    row = {
        "place": "KH99",
        "group": "all",
        "indicator": "population",
        "version": 1,
        "period": period,
        "value": value,
    }
    row |= {
        "low": value - 1,
        "high": value + 1,
        "num": value,
        "den": 1.0,
        "n": 1.0,
        "status": "ok",
        "run": "r",
    }
    write_parquet(pd.DataFrame([row]), folder / "observations.parquet")


def test_monitoring_begins_with_the_first_plan_and_is_filled_by_later_runs(tmp_path):
    (tmp_path / "plan").mkdir()
    rows = [
        dict.fromkeys(MONITORING, "")
        | {"place": "KH99", "indicator": "population", "version": "1", "unit": "persons"}
    ]
    rows = [rows[0] | {"year": str(year), "baseline": "60000", "target": "61000"} for year in (2027, 2028)]
    pd.DataFrame(rows).to_csv(tmp_path / "plan" / "monitoring.csv", index=False)
    observed(tmp_path, "2025", 60000.0)
    assert keep_monitoring(tmp_path) == []
    observed(tmp_path, "2027", 60500.0)
    assert keep_monitoring(tmp_path) == [
        "monitoring.csv: 1 actual values filled; nothing that stood there was changed."
    ]
    observed(tmp_path, "2027", 99999.0)
    assert keep_monitoring(tmp_path) == [], "what stands there stays"
    table = pd.read_csv(tmp_path / "monitoring.csv", dtype=str, keep_default_na=False)
    assert table["actual"].tolist() == ["60500.0", ""]


def test_a_monitoring_table_that_cannot_be_read_is_left(tmp_path):
    (tmp_path / "monitoring.csv").write_text("place,year\nKH99,soon\n")
    observed(tmp_path, "2027", 1.0)
    said = keep_monitoring(tmp_path)
    assert said
    assert all("left as it is" in line for line in said)
    assert (tmp_path / "monitoring.csv").read_text() == "place,year\nKH99,soon\n"


def test_files_in_folders_are_published_and_kept_as_others(tmp_path):
    name = "open_sdg/data.csv"
    first = made(tmp_path / "one", plan="a")
    (first.folder / "open_sdg").mkdir()
    (first.folder / name).write_text("1")
    first.info["files"][name] = sha256_of(first.folder / name)
    publish_all(first, tmp_path / "out")
    assert (tmp_path / "out" / name).read_text() == "1"
    (tmp_path / "out" / name).write_text("changed by hand")
    publish_all(made(tmp_path / "two", plan="b"), tmp_path / "out")
    assert not (tmp_path / "out" / name).exists()
    assert (tmp_path / "out" / "open_sdg" / "changed_data.csv").read_text() == "changed by hand"
