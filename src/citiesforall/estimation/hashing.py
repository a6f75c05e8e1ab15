"""Numbers between 0 and 1 that depend on names and a seed only: never on order, threads or what was drawn before."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Hashes = npt.NDArray[np.uint64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # constants of splitmix64 (Steele, Lea and Flood 2014)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)
BITS = 53  # of a float64's fraction


def mix(numbers: Hashes) -> Hashes:
    """Hash 64-bit numbers by the finaliser of splitmix64.

    Parameters
    ----------
    numbers
        Of any shape.

    Returns
    -------
    ndarray
        Numbers of which every bit depends on every bit given.
    """
    out = numbers + GOLDEN
    out ^= out >> np.uint64(30)
    out *= MIX_1
    out ^= out >> np.uint64(27)
    out *= MIX_2
    out ^= out >> np.uint64(31)
    return out


def text_hash(text: str) -> np.uint64:
    """Hash a text to 64 bits, the same on every machine."""
    return np.uint64(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little"))


def uniform(seed: str, rows: int, columns: int) -> Floats:
    """Draw numbers between 0 and 1, neither included. (rows, columns)

    Parameters
    ----------
    seed
        Any text; says what the numbers are for.
    rows, columns
        How many; a number depends on its own row and column only.

    Returns
    -------
    ndarray
        The numbers; more rows or columns leave those of before as they were.
    """
    of_row = mix(np.arange(rows, dtype=np.uint64) + text_hash(seed))
    hashed = mix(mix(np.arange(columns, dtype=np.uint64))[None, :] ^ of_row[:, None])
    out: Floats = (hashed >> np.uint64(64 - BITS)).astype(np.float64)
    out += 0.5
    out *= 2.0**-BITS
    return out
