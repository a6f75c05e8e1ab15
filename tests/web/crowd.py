"""A crowd that sends voices to a real server, and a server that may be killed."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

SERVER = """
import sys
from pathlib import Path
import uvicorn
from citiesforall.voices.database import open_database
from citiesforall.web.app import make_app
from citiesforall.web.house import House, Rules
house = House(open_database(sys.argv[1]), Rules(per_minute=1_000_000), Path(sys.argv[1]).parent, {})
uvicorn.run(make_app(house), host="127.0.0.1", port=int(sys.argv[2]), log_level="error", access_log=False)
"""
LONGEST_S = 60.0


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def start(database: Path, port: int) -> subprocess.Popen[bytes]:
    """Start a server in a process of its own and wait until it answers."""
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(database), str(port)])
    end = time.monotonic() + LONGEST_S
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if server.poll() is not None:
                raise RuntimeError("the server did not start") from None
            time.sleep(0.05)
        else:
            return server
    raise TimeoutError("the server did not answer")


@contextmanager
def running(database: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server for as long as needed."""
    server = start(database, port)
    try:
        yield server
    finally:
        server.kill()
        server.wait()


@dataclass
class Told:
    """What a sender was told: key -> reference, and how long each answer took. [s]"""

    references: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    n_repeats: int = 0


def send_until_told(port: int, name: str, n: int, *, pause_s: float = 0.0, stop: Event | None = None) -> Told:
    """Send voices one after another, each until the server has acknowledged it, as a phone does."""
    told, line = Told(), http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for number in range(n):
        if stop is not None and stop.is_set():
            break
        key = f"{name}-{number:05d}"
        body = json.dumps(
            {
                "key": key,
                "category": "health",
                "text": f"The clinic is far ({key})",
                "lang": "en",
                "consent": "2026-1",
                "lat": 12.64,
                "lon": 103.53,
            }
        )
        while stop is None or not stop.is_set():
            begun = time.perf_counter()
            try:
                line.request("POST", "/api/voices", body, {"content-type": "application/json"})
                answer = line.getresponse()
                said = answer.read()
            except (OSError, http.client.HTTPException):
                line.close()
                told.n_repeats += 1
                time.sleep(0.05)
                continue
            if answer.status in {200, 201}:
                told.seconds.append(time.perf_counter() - begun)
                told.references[key] = json.loads(said)["id"]
                break
            told.n_repeats += 1
            time.sleep(0.05)
        time.sleep(pause_s)
    line.close()
    return told


def kill_at_random(
    database: Path, port: int, server: subprocess.Popen[bytes], times: int, rng: random.Random
) -> subprocess.Popen[bytes]:
    """Kill a server again and again while it works, starting it anew each time; return the last."""
    for _ in range(times):
        time.sleep(rng.uniform(0.1, 0.8))
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        server = start(database, port)
    return server
