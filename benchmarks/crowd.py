"""Loads a real server as a workshop and a city do: ninety delegates at once, a thousand citizens within a minute, and kills.

The crowd runs on the same computer as the server. A request is late from the moment it was due, not from when the crowd found
time to send it, so that a server that stalls is not flattered. Afterwards the database is read: what was acknowledged is there
once.
"""

# a benchmark loads what it times when it times it
# ruff: noqa: PLC0415
from __future__ import annotations

import http.client
import io
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.race import Row, process

DELEGATES, BALLOTS = 90, 4
CITIZENS, MINUTE_S, WITH_PHOTO = 1_000, 60.0, 0.3
KILLS, SENDERS = 50, 12
TARGET_S = 0.3
PHOTO_SIDE = 1_600


def rows(rounds: int, smaller: int = 1) -> Iterator[Row]:
    """Load a server three ways, each in a process of its own."""
    for what in ("delegates", "citizens", "kills"):
        said = process(
            [sys.executable, "-m", "benchmarks.crowd", what, str(rounds), str(smaller)], watched=True
        ).said
        yield Row(
            part="I",
            what=said["what"],
            ours_s=said["p95_s"],
            ours_mb=said["server_mb"],
            target=said["target"],
            met=said["met"],
            note=said["note"],
            rounds=rounds,
        )


def delegates(rounds: int, smaller: int) -> dict[str, Any]:
    """Let all delegates of a workshop send their ballots in the same moment, again and again, while two screens watch."""
    from citiesforall.core.challenge import challenges
    from citiesforall.voices.database import open_database
    from citiesforall.voices.workshop import GROUPS, WorkshopIn, open_workshop

    n = DELEGATES // smaller
    late: list[float] = []
    wrong = 0
    with _served() as (database, port, memory):
        for round_ in range(rounds):
            engine = open_database(database)
            keys = tuple(challenges())[:10]
            code = open_workshop(engine, WorkshopIn(title="Priorities", challenges=keys), "planner")
            joined = [
                _ask(port, "POST", f"/api/workshops/{code}/join", {"group": GROUPS[i % len(GROUPS)]})
                for i in range(n)
            ]
            tokens = [json.loads(said)["token"] for _, said in joined]
            start, ended = threading.Barrier(n + 1), threading.Event()
            screens = [threading.Thread(target=_watch, args=(port, code, ended)) for _ in range(2)]
            rng = random.Random(round_)
            last: dict[str, dict[str, int]] = {}

            def vote(
                token: str, seed: int, start: threading.Barrier = start, last: Any = last, keys: Any = keys
            ) -> list[float]:
                mine, found = random.Random(seed), []
                for _ in range(BALLOTS):
                    points = _points(mine, keys)
                    start.wait()
                    due = time.perf_counter()
                    status, _ = _ask(port, "PUT", "/api/workshops/ballot", {"points": points}, token)
                    found.append(time.perf_counter() - due)
                    if status == 204:
                        last[token] = points
                    start.wait()
                return found

            for screen in screens:
                screen.start()
            with ThreadPoolExecutor(n) as crowd:
                voting = [crowd.submit(vote, token, rng.randrange(2**32)) for token in tokens]
                for _ in range(2 * BALLOTS):
                    start.wait()
                for one in voting:
                    late += one.result()
            ended.set()
            for screen in screens:
                screen.join()
            said = json.loads(_ask(port, "GET", f"/api/workshops/{code}")[1])
            wrong += (said["n_voted"] != n) + (len(last) != n) + _differ(said, last)
            engine.dispose()
        mb = memory()
    p50, p95, longest = np.quantile(late, [0.5, 0.95, 1.0])
    return {
        "what": f"{n} delegates send their ballots in the same moment, {BALLOTS} times each, two screens watch",
        "p95_s": float(p95), "server_mb": mb,
        "target": f"95th percentile under {TARGET_S * 1000:.0f} ms, no ballot lost or doubled",
        "met": bool(p95 < TARGET_S and wrong == 0),
        "note": f"{len(late):,} ballots: median {p50 * 1000:.0f} ms, 95th {p95 * 1000:.0f} ms, longest {longest * 1000:.0f} ms; "
        f"{wrong} results differ from the ballots sent",
    }  # fmt: skip


def _points(rng: random.Random, keys: tuple[str, ...]) -> dict[str, int]:
    """Return a ballot: 100 points over the challenges."""
    cuts = sorted(rng.randrange(101) for _ in range(len(keys) - 1))
    return {key: b - a for key, a, b in zip(keys, [0, *cuts], [*cuts, 100], strict=True)}


def _differ(said: dict[str, Any], last: dict[str, dict[str, int]]) -> int:
    """Count challenges whose median points are not those of the last ballots acknowledged."""
    sent = {
        key: float(np.median([ballot[key] for ballot in last.values()])) for key in next(iter(last.values()))
    }
    told = {one["challenge"]: one["median"] for one in said["challenges"]}
    return sum(abs(told[key] - sent[key]) > 1e-9 for key in sent)


def _watch(port: int, code: str, ended: threading.Event) -> None:
    """Ask for the results every half second, as a screen does."""
    while not ended.wait(0.5):
        _ask(port, "GET", f"/api/workshops/{code}")


def citizens(rounds: int, smaller: int) -> dict[str, Any]:
    """Let a thousand citizens send a voice at random moments of a minute, three in ten with a photo, each once more in doubt."""
    late: list[float] = []
    lost = doubled = 0
    for round_ in range(rounds):
        with _served() as (database, port, memory):
            rng = random.Random(round_)
            due = sorted(rng.uniform(0, MINUTE_S / smaller) for _ in range(CITIZENS // smaller))
            photos = [_photo(seed) for seed in range(8)]
            begun = time.perf_counter()

            def send(
                number: int, at: float, begun: float = begun, photos: Any = photos, round_: int = round_
            ) -> tuple[float, str, str]:
                time.sleep(max(0.0, begun + at - time.perf_counter()))
                body = _voice(f"citizen-{round_}-{number:05d}", number)
                with_photo = number % 10 < 10 * WITH_PHOTO
                status, said = (
                    _ask_with_photo(port, body, photos[number % len(photos)])
                    if with_photo
                    else _ask(port, "POST", "/api/voices", body)
                )
                seconds = time.perf_counter() - begun - at
                if number % 50 == 0:  # the answer got lost on the way: the phone sends the same again
                    _ask(port, "POST", "/api/voices", body)
                return seconds, str(body["key"]), str(json.loads(said)["id"]) if status in {200, 201} else ""

            with ThreadPoolExecutor(100) as crowd:
                told = list(crowd.map(lambda one: send(*one), enumerate(due)))
            late += [seconds for seconds, _, _ in told]
            missing, twice = _kept({key: reference for _, key, reference in told if reference}, database)
            lost, doubled = lost + missing + sum(not reference for _, _, reference in told), doubled + twice
            mb = memory()
    p50, p95, longest = np.quantile(late, [0.5, 0.95, 1.0])
    return {
        "what": f"{CITIZENS // smaller:,} citizens send a voice within {MINUTE_S / smaller:.0f} s, three in ten with a photo",
        "p95_s": float(p95), "server_mb": mb,
        "target": f"95th percentile under {TARGET_S * 1000:.0f} ms, none lost, none doubled",
        "met": bool(p95 < TARGET_S and lost == doubled == 0),
        "note": f"median {p50 * 1000:.0f} ms, 95th {p95 * 1000:.0f} ms, longest {longest * 1000:.0f} ms; "
        f"{lost} lost, {doubled} doubled",
    }  # fmt: skip


def kills(rounds: int, smaller: int) -> dict[str, Any]:
    """Kill the server again and again while phones send, each until it was acknowledged."""
    from tests.web.crowd import free_port, kill_at_random, send_until_told, start

    del rounds
    n_kills = KILLS // smaller
    with tempfile.TemporaryDirectory() as folder:
        database, port = Path(folder) / "voices.db", free_port()
        server = start(database, port)
        stop = threading.Event()
        with ThreadPoolExecutor(SENDERS) as crowd:
            sending = [
                crowd.submit(send_until_told, port, f"phone{n}", 100_000, pause_s=0.02, stop=stop)
                for n in range(SENDERS)
            ]
            server = kill_at_random(database, port, server, n_kills, random.Random(1))
            stop.set()
            told = [one.result() for one in sending]
        mb = _peak_mb(server.pid)
        server.kill()
        server.wait()
        sent = {key: reference for one in told for key, reference in one.references.items()}
        lost, doubled = _kept(sent, database)
    late = np.array([seconds for one in told for seconds in one.seconds])
    return {
        "what": f"the server killed {n_kills} times at random while {SENDERS} phones send",
        "p95_s": float(np.quantile(late, 0.95)),
        "server_mb": mb, "target": "nothing acknowledged lost, nothing doubled", "met": lost == doubled == 0,
        "note": f"{len(sent):,} voices acknowledged, {sum(one.n_repeats for one in told):,} sent again; "
        f"{lost} lost, {doubled} doubled",
    }  # fmt: skip


def _kept(sent: dict[str, str], database: Path) -> tuple[int, int]:
    """Count voices acknowledged and not kept as they were, and keys kept twice."""
    from sqlalchemy import select

    from citiesforall.voices.database import open_database
    from citiesforall.voices.tables import VOICES

    engine = open_database(database)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(select(VOICES.c.key, VOICES.c.id))]
    engine.dispose()
    kept = dict(found)
    return sum(kept.get(key) != reference for key, reference in sent.items()), len(found) - len(kept)


@contextmanager
def _served() -> Iterator[tuple[Path, int, Callable[[], float]]]:
    """Run a server beside a fresh database; give the database, the port, and what asks for its peak memory."""
    from tests.web.crowd import free_port, running

    with tempfile.TemporaryDirectory() as folder:
        database, port = Path(folder) / "voices.db", free_port()
        with running(database, port) as server:
            yield database, port, lambda: _peak_mb(server.pid)


def _peak_mb(pid: int) -> float:
    """Return the peak memory of a process. [MB]"""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return float(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024 / 1e6


def _voice(key: str, number: int) -> dict[str, Any]:
    """Return what a citizen's phone sends."""
    return {
        "key": key, "category": ("health", "environmental", "economic", "personal")[number % 4],
        "text": f"The street floods ({key})",
        "lang": "en", "consent": "2026-1", "lat": 12.64 + number % 17 / 1000, "lon": 103.53 + number % 13 / 1000,
    }  # fmt: skip


def _photo(seed: int) -> bytes:
    """Return a photo as a phone makes it: large, and hard to compress."""
    from PIL import Image

    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 255, (100, 100, 3), dtype=np.uint8)).resize(
        (PHOTO_SIDE, PHOTO_SIDE)
    )
    out = io.BytesIO()
    coarse.save(out, "JPEG", quality=85)
    return out.getvalue()


def _ask(port: int, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, bytes]:
    """Send one request over a connection of its own."""
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    return _send(port, method, path, json.dumps(body) if body is not None else None, headers)


def _ask_with_photo(port: int, body: dict[str, Any], photo: bytes) -> tuple[int, bytes]:
    """Send a voice with a photo."""
    edge = "----cities"
    parts = (
        f'--{edge}\r\ncontent-disposition: form-data; name="voice"\r\n\r\n{json.dumps(body)}\r\n'
        f'--{edge}\r\ncontent-disposition: form-data; name="photo"; filename="a.jpg"\r\ncontent-type: image/jpeg\r\n\r\n'
    ).encode()
    whole = parts + photo + f"\r\n--{edge}--\r\n".encode()
    return _send(
        port,
        "POST",
        "/api/voices/with-files",
        whole,
        {"content-type": f"multipart/form-data; boundary={edge}"},
    )


def _send(port: int, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, bytes]:
    """Send bytes and read the answer."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    line.request(method, path, body, headers)
    answer = line.getresponse()
    said = answer.read()
    line.close()
    return answer.status, said


if __name__ == "__main__":
    asked, n_rounds, n_smaller = sys.argv[1:]
    print(
        json.dumps(
            {"delegates": delegates, "citizens": citizens, "kills": kills}[asked](
                int(n_rounds), int(n_smaller)
            )
        )
    )
