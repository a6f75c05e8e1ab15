"""The errors a user can mend; a fault of ours stays a plain assert with its traceback."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
MOST_LISTED = 20
"""Allowed words named in a message."""


class CitiesError(Exception):
    """Carry every fault found, one line each: where: what is wrong. what is allowed. what to do.

    Parameters
    ----------
    faults
        One line for each fault, complete sentences.
    """

    def __init__(self, *faults: str) -> None:
        # What is quoted from a file may hold line ends and worse.
        self.faults = tuple(CONTROLS.sub(" ", fault) for fault in faults)
        super().__init__("\n".join(self.faults))


class InputError(CitiesError):
    """Say that a file given to us cannot be used as it is."""


class DeclarationError(CitiesError):
    """Say that an indicator, unit, source or city file is declared wrongly."""


class MissingSourceError(CitiesError):
    """Say that a source the work needs is not declared or not on disk."""


class NoDataError(CitiesError):
    """Say that an indicator cannot be measured because no source gives what it needs; it becomes ``missing``."""


def raise_all(faults: Iterable[str], error: type[CitiesError] = InputError) -> None:
    """Raise one error that carries all the faults, or return where there are none.

    Parameters
    ----------
    faults
        Lines collected while checking.
    error
        Which kind of error to raise.

    Raises
    ------
    CitiesError
        Of the kind given, when there is at least one fault.
    """
    found = tuple(faults)
    if found:
        raise error(*found)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a sentence that names the nearest known word and the known ones.

    Parameters
    ----------
    word
        What was written.
    known
        What is allowed.

    Returns
    -------
    str
        For instance ``Did you mean 'market'? Known: bus_stop, market.``
    """
    allowed = sorted(map(str, known))
    near = get_close_matches(word, allowed, n=1, cutoff=0.6)
    meant = f"Did you mean '{near[0]}'? " if near else ""
    if len(allowed) <= MOST_LISTED:
        return f"{meant}Known: {', '.join(allowed)}."
    nearest = get_close_matches(word, allowed, n=6, cutoff=0.0)
    return f"{meant}Nearest of {len(allowed)} known: {', '.join(nearest)}."
