"""The process in which cases are tried: it may hang, or die, and is then made anew."""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import select
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
MOST_BYTES = 12 * 2**30
"""Address space of a worker: a file that asks for more ends in an error, not in the machine's end."""
TRIALS = 400
"""Cases after which a worker is made anew, so that none is blamed for what another left."""
START_S = 120.0
COMMAND = (sys.executable, "-m", "fuzz.worker")


def serve(base_folder: Path) -> None:
    """Try one case after the other, as told on the standard input."""
    from fuzz.base import make_base  # noqa: PLC0415 - loaded where the work is done
    from fuzz.trial import try_case  # noqa: PLC0415

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints is no answer
    faulthandler.enable()
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    os.environ["CITIES_DATA"] = str(base_folder / "town")
    base = make_base(base_folder)
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        faulthandler.dump_traceback_later(asked["limit_s"], exit=False)
        outcome = try_case(base, asked["reader"], Path(asked["folder"]))
        faulthandler.cancel_dump_traceback_later()
        print(json.dumps(asdict(outcome)), file=answers, flush=True)


class Worker:
    """Keep one process of trials alive."""

    def __init__(self, base_folder: Path, limit_s: float) -> None:
        self.base_folder, self.limit_s = base_folder, limit_s
        self.log = base_folder / "worker.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.tried = 0

    def trial(self, reader: str, folder: Path) -> dict[str, str]:
        """Return how a case ended; a hang and a death are failures too."""
        if self.process is None or self.tried >= TRIALS:
            self._start()
        assert self.process is not None
        assert self.process.stdin is not None
        self.tried += 1
        asked = {"reader": reader, "folder": str(folder), "limit_s": self.limit_s}
        start = self.log.stat().st_size
        self.process.stdin.write(json.dumps(asked).encode() + b"\n")
        self.process.stdin.flush()
        line = self._line(self.limit_s + 1)
        if line is not None and line.strip():
            return dict(json.loads(line))
        ended = self.process.poll() if line is not None else None
        self.stop()
        said = self.log.read_bytes()[start:].decode("utf-8", "replace")
        what = f"no answer in {self.limit_s:g} s" if line is None else f"the process died ({ended})"
        return {"word": "failed", "signature": f"{what} {_last_frame(said)}", "said": said[-4000:]}

    def _line(self, seconds: float) -> bytes | None:
        """Return the next answer; None where it takes too long, empty where the process has died."""
        assert self.process is not None
        assert self.process.stdout is not None
        there, _, _ = select.select([self.process.stdout], [], [], seconds)
        return self.process.stdout.readline() if there else None

    def _start(self) -> None:
        """Start a new process."""
        self.stop()
        self.tried = 0
        log = self.log.open("wb")
        self.process = subprocess.Popen(
            [*COMMAND, str(self.base_folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, cwd=ROOT,
        )  # fmt: skip
        log.close()
        if self._line(START_S) != b"ready\n":
            raise RuntimeError(f"the worker does not start: {self.log.read_text('utf-8', 'replace')[-2000:]}")

    def stop(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe is not None:
                    pipe.close()
            self.process.wait()
            self.process = None


def _last_frame(said: str) -> str:
    """Return the innermost line of ours in a dump of the stack."""
    found = [line.strip() for line in said.splitlines() if "citiesforall" in line]
    return found[0].rsplit("/", 1)[-1] if found else ""


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
