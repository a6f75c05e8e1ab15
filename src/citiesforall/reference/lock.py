"""The lock of definitions: no indicator changes what it counts under the same version."""

from __future__ import annotations

from collections.abc import Mapping

from citiesforall.core.errors import DeclarationError, raise_all
from citiesforall.core.indicator import Indicator

HEAD = """\
# Every definition an indicator ever had: id, version, fingerprint of method, options, unit. Lines stay for ever.
# A definition changed? Raise its `version`, then run: python -m citiesforall.reference lock
"""


def read_lock(text: str) -> dict[tuple[str, int], str]:
    """Read the lock.

    Parameters
    ----------
    text
        Contents of ``data/definitions.lock``.

    Returns
    -------
    dict
        (id, version) -> fingerprint.
    """
    rows = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return {(key, int(version)): sha for key, version, sha in rows}


def faults(declared: Mapping[str, Indicator], locked: Mapping[tuple[str, int], str]) -> list[str]:
    """Return what is wrong between the declarations and the lock, one line each.

    Parameters
    ----------
    declared
        Indicators by id.
    locked
        From `read_lock`.

    Returns
    -------
    list of str
        Empty when all is well.
    """
    found = []
    for key, one in declared.items():
        sha = locked.get((key, one.version))
        newest = max((version for known, version in locked if known == key), default=0)
        if sha is not None and sha != one.definition_sha():
            found.append(
                f"{key}: its definition changed but its version is still {one.version}. Values of two definitions must not share "
                f"a version. Set version = {newest + 1}, then run: python -m citiesforall.reference lock"
            )
        elif one.version < newest:
            found.append(
                f"{key}: version {one.version} is older than the locked version {newest}. Versions only rise. Raise it."
            )
        elif sha is None:
            found.append(
                f"{key}: version {one.version} is not locked. Run: python -m citiesforall.reference lock"
            )
    return found


def locked_text(declared: Mapping[str, Indicator], locked: Mapping[tuple[str, int], str]) -> str:
    """Return the lock with the new versions added.

    Parameters
    ----------
    declared
        Indicators by id.
    locked
        From `read_lock`.

    Returns
    -------
    str
        Text of the file, sorted by id and version.

    Raises
    ------
    DeclarationError
        A definition changed without its version, or a version went down.
    """
    new = {(key, one.version): one.definition_sha() for key, one in declared.items()}
    raise_all([fault for fault in faults(declared, locked) if "is not locked" not in fault], DeclarationError)
    rows = sorted({**new, **locked}.items())
    return HEAD + "".join(f"{key} {version} {sha}\n" for (key, version), sha in rows)
