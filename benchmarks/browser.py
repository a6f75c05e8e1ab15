"""Times the page in a real browser without a screen: how long until the first map is painted, and frames while it is moved.

The browser draws with software (SwiftShader), on the same cores as the server: a graphics card only makes it faster. Every
first view is of a browser that has nothing kept; a view counts as painted in the frame after the one that was given colours.
"""

# a benchmark loads what it times when it times it
# ruff: noqa: PLC0415
from __future__ import annotations

import json
import math
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
SIZE = {"width": 1280, "height": 800}
SEEN = """
new MutationObserver((_, watch) => {
  if (document.querySelector('.legend li') === null) return;
  watch.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => { window.paintedAt = performance.now(); }));
}).observe(document, {childList: true, subtree: true});
localStorage.setItem('cities.lang', 'en');
"""
PAN = """
async (seconds) => {
  const canvas = document.querySelector('canvas.maplibregl-canvas');
  const frames = [];
  let on = true;
  const count = (at) => { frames.push(at); if (on) requestAnimationFrame(count); };
  const box = canvas.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const send = (type, dx, dy) => (type === 'mousedown' ? canvas : window).dispatchEvent(
    new MouseEvent(type, {bubbles: true, clientX: x + dx, clientY: y + dy, button: 0, buttons: 1}));
  send('mousedown', 0, 0);
  requestAnimationFrame(count);
  const began = performance.now();
  await new Promise((done) => {
    const move = (now) => {
      const turn = (now - began) / 400;
      send('mousemove', 150 * Math.sin(turn), 90 * Math.cos(1.3 * turn) - 90);
      if (now - began < 1000 * seconds) requestAnimationFrame(move); else done();
    };
    requestAnimationFrame(move);
  });
  on = false;
  send('mouseup', 0, 0);
  return frames.slice(1).map((at, number) => at - frames[number]).slice(2);
}
"""


@contextmanager
def served(out: Path, static: Path | None = None) -> Iterator[str]:
    """Serve a folder of results to this computer."""
    import uvicorn

    from citiesforall.voices.database import open_database
    from citiesforall.web.app import STATIC, make_app
    from citiesforall.web.serve import house_for

    with tempfile.TemporaryDirectory() as folder:
        address = str(Path(folder) / "voices.db")
        open_database(address).dispose()
        app = make_app(house_for([], out, host="127.0.0.1", address=address), static or STATIC)
        server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", ws="none", lifespan="off")
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
        server.should_exit = True
        thread.join()


def first_views(out: Path, part: str = "", rounds: int = 5, static: Path | None = None) -> dict[str, Any]:
    """Open a page so often, each time in a browser that kept nothing, and say when its map was painted. [ms]"""
    from playwright.sync_api import sync_playwright

    with served(out, static) as address, sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        times, sizes = [], []
        for _ in range(rounds + 1):
            context = browser.new_context(viewport=SIZE)
            context.add_init_script(SEEN)
            page = context.new_page()
            page.goto(address + part)
            page.wait_for_function("() => window.paintedAt > 0", timeout=60_000)
            times.append(page.evaluate("() => window.paintedAt"))
            sizes.append(
                page.evaluate(
                    "() => performance.getEntries().reduce((sum, one) => sum + (one.transferSize ?? 0), 0)"
                )
            )
            context.close()
        browser.close()
    first, *later = times
    return {
        "first_of_server_ms": first,
        "all_ms": later,
        "median_ms": statistics.median(later),
        "bytes": int(sizes[-1]),
    }


def frames(out: Path, part: str, side: int = 320, seconds: int = 4) -> dict[str, Any]:
    """Move a map of so many times so many cells about, and say how long its frames take. [ms]"""
    import numpy as np
    from playwright.sync_api import sync_playwright

    values = np.random.default_rng(1).uniform(0, 100, side * side).astype("<f4").tobytes()

    def many(route: Any) -> None:
        answer = route.fetch()
        frame = json.loads(answer.headers["x-grid"]) | {"columns": side, "rows": side}
        headers = {"X-Grid": json.dumps(frame), "Content-Type": "application/octet-stream"}
        route.fulfill(status=200, headers=headers, body=values)

    with served(out) as address, sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_page(viewport=SIZE)
        page.add_init_script(SEEN)
        page.route("**/cells/*", many)
        page.goto(f"{address}{part}&m=cells")
        page.wait_for_function("() => window.paintedAt > 0", timeout=60_000)
        page.wait_for_timeout(3_000)
        times = sorted(page.evaluate(PAN, seconds))
        browser.close()
    return {
        "cells": side * side,
        "frames": len(times),
        "median_ms": statistics.median(times),
        "p95_ms": times[int(len(times) * 0.95)],
        "per_second": 1000 * len(times) / sum(times),
    }


def rows(out: Path, part: str, rounds: int) -> Iterator[Any]:
    """Time first view and frames of a folder of results."""
    from benchmarks.race import Row

    view = first_views(out, part, rounds)
    yield Row(
        part="K",
        what=f"first view of the live map ({view['bytes'] / 1e3:.0f} kB sent), browser that kept nothing, software drawing",
        ours_s=view["median_ms"] / 1000,
        ours_mb=math.nan,
        target="under 2 s",
        met=view["median_ms"] < 2_000,
        note=f"the first one after the server began {view['first_of_server_ms'] / 1000:.1f} s",
        rounds=rounds,
        all_s={"ours": [one / 1000 for one in view["all_ms"]]},
    )
    moved = frames(out, part)
    yield Row(
        part="K",
        what=f"moving a map of {moved['cells']:,} cells, software drawing",
        ours_s=moved["median_ms"] / 1000,
        ours_mb=math.nan,
        target="60 frames a second",
        met=moved["per_second"] >= 59,
        note=f"{moved['per_second']:.0f} frames a second, 95th percentile of a frame {moved['p95_ms']:.0f} ms",
        rounds=1,
    )


def main() -> None:
    """Time first view and frames of a folder of results: ``python -m benchmarks.browser OUT [#PART [STATIC]]``."""
    out, part, static = [*sys.argv[1:], "", ""][:3]
    print(json.dumps(first_views(Path(out), part, static=Path(static) if static else None)))
    if part.startswith("#city"):
        print(json.dumps(frames(Path(out), part)))


if __name__ == "__main__":
    main()
