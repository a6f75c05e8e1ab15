"""An indicator by cell in a changed city: walks found anew are put into what is kept, and the method is asked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from citiesforall.core.errors import InputError, did_you_mean
from citiesforall.core.estimate import Floats
from citiesforall.core.indicator import Indicator
from citiesforall.core.units import unit
from citiesforall.measure.layers import Layers, Ways
from citiesforall.measure.run import measure_one, walks_to
from citiesforall.whatif.fast import Kept, Move, ways_after
from citiesforall.whatif.layers import changed
from citiesforall.whatif.published import bind, declared
from citiesforall.whatif.session import Changes, Session, is_sure, moves_of, scenario_of, walks_again


def cells_after(session: Session, changes: Changes, key: str) -> Floats:
    """Return an indicator of everybody by cell part in a changed city.

    Parameters
    ----------
    session
        A city kept in memory.
    changes
        As `Session.answer` takes them.
    key
        An indicator that cells hold.

    Returns
    -------
    numpy.ndarray
        In the declared unit, in the order of the cells layer; nan where nothing is known. (C,)

    Raises
    ------
    InputError
        Carrying every fault of the changes; or cells do not hold the indicator.
    """
    known = declared()
    if key not in known:
        raise InputError(f"cells '{key}': there is none of this name. {did_you_mean(key, known)}")
    city = changed(session.city, scenario_of(changes))
    moves = moves_of(session.city.kinds, city.kinds)
    one, kept, n_cells = known[key], session.kept, len(session.city.cells)
    is_walked = kept is not None and bool(walks_to(one)) and not city.touched & {"streets", "people"}
    sure = all(is_sure(session.city.kinds.get(kind), city.kinds.get(kind), frozenset()) for kind in moves)
    if kept is not None and is_walked and sure:
        values = measure_one(_walked(kept, one, moves), one, n_cells).by_cell
    else:
        layers = bind(session.given, city, walks_again(session, city, moves, 1), 1, [key]).layers
        values = measure_one(layers.inhabited() if walks_to(one) else layers, one, n_cells).by_cell
    if values is None:
        raise InputError(f"cells '{key}': there is none by cell. Choose an indicator that is shown by cell.")
    return values * unit(one.unit).per_si


def _walked(kept: Kept, one: Indicator, moves: Mapping[str, Move]) -> Layers:
    """Return inhabited parts with their new walks to the kinds an indicator walks to."""
    homes = kept.homes["all"]
    mine = {kind: move for kind, move in moves.items() if kind in walks_to(one)}
    ways = dict(homes.ways)
    for kind, (parts, way_m) in ways_after(kept, mine).items():
        ways[kind] = _put(ways[kind], parts, way_m)
    return replace(homes, ways=ways, memo={})


def _put(ways: Ways, parts: npt.NDArray[np.int32], way_m: Floats) -> Ways:
    """Return walks with those of some parts replaced: the nearest alone, which is all that published numbers ask for."""
    m = ways.m[:1].copy()
    m[0, parts] = way_m
    return replace(
        ways,
        m=m,
        facility=np.where(np.isfinite(m), 0, -1).astype(np.int32),
        present=np.ones((1, 1), dtype=bool),
    )
