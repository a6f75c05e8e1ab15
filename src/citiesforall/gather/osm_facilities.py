"""OSM features that may be facilities, open spaces or ways into them: read once for the layers that need them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from citiesforall.core.errors import InputError
from citiesforall.gather.entrances import GATES, is_gate
from citiesforall.gather.kinds import Gettable, first_values, kinds_of, may_be_facility
from citiesforall.gather.osm import read_features


def facility_features(path: Path) -> pd.DataFrame:
    """Read the features of an extract that may be facilities, open spaces or ways in.

    Parameters
    ----------
    path
        An OpenStreetMap extract.

    Returns
    -------
    pandas.DataFrame
        As `gather.osm.read_features`, with ``kinds``, what each is of (`gather.kinds.kinds_of`); not to be changed.

    Raises
    ------
    InputError
        The file cannot be read.

    Notes
    -----
    The last extract read is kept until `forget_features`, because open space and facilities both need it.
    """
    try:
        stat = path.stat()
    except OSError:
        raise InputError(f"{path.name}: there is no such file. Mend 'file' of the source.") from None
    return _read(path, stat.st_mtime_ns, stat.st_size)


def forget_features() -> None:
    """Let go of the extract kept."""
    _read.cache_clear()


@lru_cache(maxsize=1)
def _read(path: Path, changed_ns: int, size: int) -> pd.DataFrame:  # noqa: ARG001  (a changed file is another file)
    """Read the extract."""
    values = {**first_values(), "barrier": GATES}
    found = read_features(path, (*values, "entrance"), values)
    wanted = np.fromiter(map(_is_wanted, found["tags"]), bool, len(found))
    found = found[wanted].reset_index(drop=True)
    return found.assign(kinds=pd.Series(list(map(kinds_of, found["tags"])), dtype=object))


def _is_wanted(tags: Gettable) -> bool:
    """Tell whether a feature may be a facility, an open space or a way in."""
    return may_be_facility(tags) or is_gate(tags)
