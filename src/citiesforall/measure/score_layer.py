"""Scorecards as arrays: what each evaluator answered to each question, for the place it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.errors import NoDataError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """Hold the filled scorecards of one city.

    Parameters
    ----------
    row
        Result row they are about.
    answers
        Scorecard -> answers. (evaluators, questions)
    questions
        Scorecard -> its questions, in the order of the columns.
    seeds
        Scorecard -> what its draws are made from.
    S
        Draws, the first as answered.
    """

    row: int
    answers: Mapping[str, Floats]
    questions: Mapping[str, tuple[str, ...]]
    seeds: Mapping[str, str]
    S: int

    def of(self, scorecard: str) -> Floats:
        """Return the answers to one scorecard. (evaluators, questions)

        Raises
        ------
        NoDataError
            Nobody has answered it.
        """
        if scorecard not in self.answers:
            raise NoDataError(f"scorecard '{scorecard}' is not filled in")
        return self.answers[scorecard]


def load_scores(table: pd.DataFrame, codes: list[str], seed: int, S: int) -> Scores | None:
    """Turn the scorecards layer into arrays.

    Parameters
    ----------
    table
        The layer ``scorecards``.
    codes
        Codes of the result rows.
    seed
        Of the city file.
    S
        Draws.

    Returns
    -------
    Scores or None
        None where no answer is about a place of the results.
    """
    here = table[table["place"].isin(codes)]
    if here.empty:
        return None
    place = str(here["place"].iloc[0])
    answers, questions, seeds = {}, {}, {}
    for key, rows in here[here["place"] == place].groupby("scorecard", sort=True):
        wide = rows.pivot_table(index="evaluator", columns="question", values="answer", sort=False)
        name = str(key)
        answers[name] = wide.to_numpy(np.float64)
        questions[name] = tuple(map(str, wide.columns))
        seeds[name] = f"{seed}:{rows['source'].iloc[0]}:{name}"
    return Scores(codes.index(place), answers, questions, seeds, S)
