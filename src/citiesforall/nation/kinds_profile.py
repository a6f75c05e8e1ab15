"""What marks each kind: its means beside the nation's, and a name made from what stands out most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from citiesforall.core.estimate import Floats
from citiesforall.nation.kinds_choice import Facts, standardised
from citiesforall.nation.kinds_cluster import Ints, centres_of, squared_distances
from citiesforall.nation.kinds_facts import DENSITY, PEOPLE, SETTING
from citiesforall.text import say_key

MARKED = 0.5
"""Standard deviations from the nation's mean from which a feature marks a kind (ours)."""
MOST_NAMED = 2
"""Challenges named on each side."""
MORE, LESS, MIDDLE = "more", "less", "middle"


@dataclass(frozen=True)
class Profile:
    """Hold what marks the kinds.

    Parameters
    ----------
    value, nation
        Means over the members that make the kinds, people and density as geometric means. (k, F), (F,)
    z
        Difference of the kind's mean from the nation's, in standard deviations. (k, F)
    example
        Position of the member nearest to the middle of each kind. (k,)
    """

    value: Floats
    nation: Floats
    z: Floats
    example: Ints


def profile_of(facts: Facts, label: Ints) -> Profile:
    """Return what marks each kind.

    Parameters
    ----------
    facts
        What members are compared by.
    label
        Kind of each, from 0. (M,)
    """
    core = facts.core
    z = standardised(facts.raw, core)
    k, known = int(label.max()) + 1, np.isfinite(facts.raw[core])
    member = (label[core][:, None] == np.arange(k)).astype(np.float64).T
    counts = member @ known.astype(np.float64)
    empty = counts == 0
    sums = member @ np.where(known, facts.raw[core], 0.0)
    mean = np.where(empty, np.nan, sums / np.maximum(counts, 1.0))
    centres = np.where(empty, np.nan, centres_of(z[core], label[core]))
    squared = squared_distances(z[core], np.nan_to_num(centres), facts.weights)
    squared = np.where(member.T > 0, squared, np.inf)
    logs = np.array([name in {PEOPLE, DENSITY} for name in facts.names])
    nation = np.nanmean(facts.raw[core], axis=0)
    back = [np.where(logs, np.exp(np.where(logs, one, 0.0)), one) for one in (mean, nation)]
    return Profile(back[0], back[1], centres, core[np.argmin(squared, axis=0)])


def marks_of(names: Sequence[str], z: Floats) -> list[str]:
    """Return what marks one kind: ``<feature>.<more or less>``, the setting first, then challenges, what stands out most first.

    Parameters
    ----------
    names
        Of the features. (F)
    z
        Of the kind. (F,)
    """
    order = sorted(range(len(names)), key=lambda at: (-abs(round(float(z[at]), 9)), names[at]))
    marked = [at for at in order if abs(z[at]) >= MARKED]
    setting = [at for at in marked if names[at] in SETTING]
    others = [at for at in marked if names[at] not in SETTING]
    return [f"{names[at]}.{MORE if z[at] > 0 else LESS}" for at in [*setting, *others]]


def names_of(marks: Sequence[Sequence[str]], lang: str) -> list[str]:
    """Name every kind by what marks it; more of it where two would be called the same.

    Parameters
    ----------
    marks
        Of each kind, from `marks_of`.
    lang
        ``en`` or ``km``.
    """
    for named in range(MOST_NAMED, max((len(one) for one in marks), default=0) + 1):
        names = [_name(one, named, lang) for one in marks]
        if len(set(names)) == len(names):
            return names
    return [_name(one, MOST_NAMED, lang) for one in marks]


def _name(marks: Sequence[str], most: int, lang: str) -> str:
    """Name one kind: its setting, then what it has more and less of than the nation."""
    setting = [mark for mark in marks if mark.partition(".")[0] in SETTING]
    words = [say_key(f"common.setting.{mark.replace('.', '_')}", lang) for mark in setting[:MOST_NAMED]]
    words = words or [say_key("common.setting.middle", lang)]
    for side in (MORE, LESS):
        titles = [
            say_key(f"challenge.{mark.partition('.')[0]}.title", lang)
            for mark in marks
            if mark not in setting and mark.endswith(f".{side}")
        ]
        if titles:
            said = say_key(f"common.kind.{side}", lang)
            words.append(said.replace("{titles}", _joined("between", titles[:most], lang)))
    return _joined("parts", words, lang)


def _joined(key: str, texts: Sequence[str], lang: str) -> str:
    """Put texts one after the other as a language does."""
    pattern = say_key(f"common.kind.{key}", lang)
    return reduce(lambda first, last: pattern.replace("{first}", first).replace("{last}", last), texts)
