"""A server killed while people send loses nothing it acknowledged, and keeps nothing twice."""

import random
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select
from tests.web.crowd import free_port, kill_at_random, send_until_told, start

from citiesforall.voices.database import open_database
from citiesforall.voices.tables import VOICES

SENDERS, VOICES_EACH, KILLS = 6, 40, 3


def test_nothing_acknowledged_is_lost_and_nothing_is_kept_twice(tmp_path):
    database, port = tmp_path / "voices.db", free_port()
    server = start(database, port)
    try:
        with ThreadPoolExecutor(SENDERS) as crowd:
            sending = [
                crowd.submit(send_until_told, port, f"phone{n}", VOICES_EACH, pause_s=0.03)
                for n in range(SENDERS)
            ]
            server = kill_at_random(database, port, server, KILLS, random.Random(1))
            told = [one.result(timeout=120) for one in sending]
    finally:
        server.kill()
        server.wait()
    references = {key: reference for one in told for key, reference in one.references.items()}
    assert len(references) == SENDERS * VOICES_EACH
    assert sum(one.n_repeats for one in told) > 0, "no sender met a dead server: the test tests nothing"
    engine = open_database(database)
    with engine.connect() as connection:
        kept = dict(connection.execute(select(VOICES.c.key, VOICES.c.id)).all())
        assert connection.execute(select(func.count()).select_from(VOICES)).scalar() == len(kept)
    engine.dispose()
    assert kept == references
