"""Which choice moves the ranks: Sobol indices of first and total order, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from citiesforall.core.estimate import Floats
from citiesforall.estimation.hashing import text_hash

COLUMNS = ("output", "factor", "first", "first_low", "first_high", "total", "total_low", "total_high", "n")
N_RESAMPLES = 200
MIDDLE = (2.5, 97.5)
NOTHING = 1e-12
"""Variance below which an output is the same in every run."""


def sobol_runs(n_factors: int, n: int, seed: int) -> tuple[Floats, Floats, Floats]:
    """Return the runs a Sobol analysis needs.

    Parameters
    ----------
    n_factors
        F.
    n
        A power of two.
    seed
        Of the city file.

    Returns
    -------
    tuple
        A and B, two halves of one scrambled Sobol sequence, and AB: A with one column of B. (n, F), (n, F), (F, n, F)
    """
    from scipy.stats import qmc  # noqa: PLC0415 - a second to load, for cities with ranks only

    rng = np.random.default_rng(np.random.SeedSequence([seed, int(text_hash("runs of the index"))]))
    both = qmc.Sobol(2 * n_factors, rng=rng).random(n)
    A, B = both[:, :n_factors], both[:, n_factors:]
    AB = np.repeat(A[None], n_factors, axis=0)
    for at in range(n_factors):
        AB[at, :, at] = B[:, at]
    return A, B, AB


def sobol_of(f_A: Floats, f_B: Floats, f_AB: Floats) -> tuple[Floats, Floats]:
    """Return Sobol indices of first and total order.

    Parameters
    ----------
    f_A, f_B
        Outputs of the runs A and B. (s, n)
    f_AB
        Outputs of A with one column of B. (F, s, n)

    Returns
    -------
    tuple
        First and total order. (s, F), (s, F)

    Notes
    -----
    Saltelli et al. (2010), as scipy has it: ``S_i = mean(f_B (f_AB_i - f_A)) / V``, ``T_i = mean((f_A - f_AB_i)^2) / 2V``.
    """
    from scipy.stats import sobol_indices  # noqa: PLC0415 - as above

    found = sobol_indices(func={"f_A": f_A, "f_B": f_B, "f_AB": f_AB}, n=f_A.shape[1])
    shape = (f_A.shape[0], f_AB.shape[0])
    return found.first_order.reshape(shape), found.total_order.reshape(shape)


def sensitivity_table(
    model: Callable[[Floats], Mapping[str, Floats]], factors: Sequence[str], n: int, seed: int
) -> pd.DataFrame:
    """Say which factor moves which output.

    Parameters
    ----------
    model
        Runs, numbers between 0 and 1 (n, F), -> output -> values (n,).
    factors
        Names of the columns of the runs. (F,)
    n
        A power of two; the model is run ``n (F + 2)`` times.
    seed
        Of the city file.

    Returns
    -------
    pandas.DataFrame
        ``output, factor, first, first_low, first_high, total, total_low, total_high, n``; nan where an output never moves.

    Notes
    -----
    Intervals are the 2.5 and 97.5 percentiles of 200 resamples of the n rows (Archer, Saltelli and Sobol 1997), widened to hold
    the estimate. First order: the share of variance that goes if the factor is fixed. Total order: the share that stays if all
    others are fixed; the surplus over the first is interaction.
    """
    A, B, AB = sobol_runs(len(factors), n, seed)
    outputs = model(np.concatenate([A, B, AB.reshape(-1, len(factors))]))
    names = list(outputs)
    if not names:
        return pd.DataFrame(columns=list(COLUMNS))
    f = np.stack([outputs[name] for name in names])
    f_A, f_B = f[:, :n], f[:, n : 2 * n]
    f_AB = np.moveaxis(f[:, 2 * n :].reshape(len(names), len(factors), n), 1, 0)
    first, total = sobol_of(f_A, f_B, f_AB)
    rng = np.random.default_rng(np.random.SeedSequence([seed, int(text_hash("resamples of the index"))]))
    again = []
    for _ in range(N_RESAMPLES):
        rows = rng.integers(0, n, n)
        again.append(sobol_of(f_A[:, rows], f_B[:, rows], f_AB[:, :, rows]))
    moves = np.var(np.concatenate([f_A, f_B], axis=1), axis=1) > NOTHING
    columns: dict[str, Floats] = {}
    for at, (name, value) in enumerate((("first", first), ("total", total))):
        low, high = np.percentile(np.stack([one[at] for one in again]), MIDDLE, axis=0)
        for word, numbers in (("", value), ("_low", np.fmin(low, value)), ("_high", np.fmax(high, value))):
            columns[name + word] = np.where(moves[:, None], numbers, np.nan).ravel()
    return pd.DataFrame(
        {
            "output": np.repeat(np.array(names, object), len(factors)),
            "factor": np.tile(np.array(factors, object), len(names)),
            **columns,
            "n": n,
        }
    ).reindex(columns=list(COLUMNS))
