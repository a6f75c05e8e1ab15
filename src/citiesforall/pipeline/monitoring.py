"""The monitoring table of a city: begun by its first plan, filled by later runs, and otherwise left to its owners."""

from __future__ import annotations

from pathlib import Path

from citiesforall.core.errors import InputError
from citiesforall.store import publish, write_whole

FILE = "monitoring.csv"


def keep_monitoring(folder: Path) -> list[str]:
    """Begin a city's monitoring table with its first plan, and fill empty actuals from the newest observations.

    Parameters
    ----------
    folder
        Published folder of the city, with ``observations.parquet`` and, where it has one, ``plan/monitoring.csv``.

    Returns
    -------
    list of str
        What to say; empty where nothing was done. A table that cannot be read is left as it is, and its faults are said.

    Notes
    -----
    The table follows the plan it was begun with: a later plan does not change its targets. To follow a new plan, put the
    old table away; the next run begins another.
    """
    table, planned = folder / FILE, folder / "plan" / FILE
    if not table.is_file():
        if not planned.is_file():
            return []
        publish(planned, table)
    from citiesforall.core.tables import read_parquet  # noqa: PLC0415 - only cities with a plan pay
    from citiesforall.plan.roadmap_results import fill_monitoring, read_monitoring  # noqa: PLC0415

    try:
        before = read_monitoring(table)
    except InputError as error:
        return [f"{FILE} was left as it is: {fault}" for fault in error.faults]
    after = fill_monitoring(before, read_parquet(folder / "observations.parquet"))
    filled = int((after["actual"].fillna("") != before["actual"].fillna("")).sum())
    if not filled:
        return []
    write_whole(table, after.to_csv(index=False, lineterminator="\n"))
    return [f"{FILE}: {filled} actual values filled; nothing that stood there was changed."]
