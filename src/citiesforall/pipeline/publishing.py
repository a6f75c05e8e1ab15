"""Putting finished files where users look for them, and never over what somebody changed there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from citiesforall.store import Made, publish, sha256_of, write_whole


def publish_file(made: Made, name: str, folder: Path) -> None:
    """Put one file of a finished step into a folder, unless it is there already.

    Parameters
    ----------
    made
        The finished step.
    name
        Of the file.
    folder
        Where users look for it.
    """
    source, target = made.folder / name, folder / name
    sha, mark = made.info["files"][name], target.with_name(f".{target.name}.sha256")
    same = target.is_file() and mark.is_file() and mark.read_text("ascii") == sha
    if not (same and target.stat().st_size == source.stat().st_size):
        publish(source, target)
        write_whole(mark, sha)


def publish_all(made: Made, folder: Path) -> None:
    """Make a folder hold every file of a finished step; what somebody changed or added there is kept.

    Parameters
    ----------
    made
        The finished step.
    folder
        Where users look for its files. One that was changed there goes aside as ``changed_<name>``.
    """
    publish_several([(made, "")], folder)


def publish_several(steps: Sequence[tuple[Made, str]], folder: Path) -> None:
    """Make a folder hold every file of some finished steps and no older one; what somebody changed or added there is kept.

    Parameters
    ----------
    steps
        Finished steps, each with the folder inside `folder` that its files go to; empty for the folder itself.
    folder
        Where users look for the files. One that was changed there goes aside as ``changed_<name>``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {f"{inside}/{name}" if inside else name for made, inside in steps for name in made.info["files"]}
    for mark in list(folder.rglob(".*.sha256")):
        file = mark.with_name(mark.name.removeprefix(".").removesuffix(".sha256"))
        name = file.relative_to(folder).as_posix()
        ours = not file.is_file() or sha256_of(file) == mark.read_text("ascii")
        if not ours:
            file.replace(_free(file.with_name(f"changed_{file.name}")))
        elif name not in wanted:
            file.unlink(missing_ok=True)
        if not ours or name not in wanted:
            mark.unlink()
    for made, inside in steps:
        for name in made.info["files"]:
            publish_file(made, name, folder / inside)


def _free(path: Path) -> Path:
    """Return a path nothing stands at."""
    number = 2
    free = path
    while free.exists():
        free = path.with_stem(f"{path.stem}_{number}")
        number += 1
    return free
