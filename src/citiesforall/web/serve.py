"""Serves cities: for this laptop alone, or for a whole city hall."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from pathlib import Path

import typer
import uvicorn

from citiesforall.core.city import read_city
from citiesforall.core.errors import InputError
from citiesforall.pipeline.served import find_served
from citiesforall.pipeline.served_nation import find_nations
from citiesforall.voices.accounts import has_accounts
from citiesforall.voices.database import open_database
from citiesforall.web.app import make_app
from citiesforall.web.house import House, Rules


def house_for(cities: Sequence[Path], out: Path, *, host: str, address: str = "", api_key: str = "") -> House:
    """Open what a server works with.

    Parameters
    ----------
    cities
        City files; those published are served with what-if, every other published city without.
    out
        Folder of results.
    host
        Address to listen on.
    address
        Of the database of voices; a file beside the results by default.
    api_key
        Of Open311 clients.

    Returns
    -------
    House
        Everybody on a laptop may do everything; once others can reach the server, accounts are needed.

    Raises
    ------
    InputError
        Nothing is published, a city is not, or others could reach a server without accounts.
    """
    known: dict[str, Path | None] = {folder.name: None for folder in find_served(out)}
    faults = []
    for file in cities:
        code = read_city(file).place.code.lower()
        if code not in known:
            faults.append(
                f"{file.name}: {code} was not published under {out}. Run `cities run {file}` first."
            )
        known[code] = file.resolve()
    nations = tuple(folder.name for folder in find_nations(out))
    if not known and not nations:
        faults.append(f"{out}: no city was published here. Run `cities run CITY.toml` first.")
    if faults:
        raise InputError(*faults)
    engine = open_database(address or out / "voices.db")
    is_laptop = _is_this_computer(host) and not has_accounts(engine)
    if not _is_this_computer(host) and not has_accounts(engine):
        raise InputError(
            f"{host}: others could reach this server, and it has no account. "
            "Make one first: `cities account NAME --role administrator`."
        )
    return House(engine, Rules(is_laptop=is_laptop, api_key=api_key), out, known, nations)


def serve(house: House, *, host: str, port: int) -> None:
    """Serve until stopped.

    Parameters
    ----------
    house
        From `house_for`.
    host, port
        Where to listen.
    """
    who = "whoever sits at this computer may do everything" if house.rules.is_laptop else "people sign in"
    typer.echo(
        f"Cities for all: http://{host}:{port} ({', '.join((*house.nations, *house.cities))}; {who}). Stop with Ctrl+C."
    )
    uvicorn.run(
        make_app(house), host=host, port=port, log_level="warning", server_header=False, access_log=False
    )


def _is_this_computer(host: str) -> bool:
    """Say whether only this computer reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
