"""The neighbour table that Linux keeps anyhow: who answered this device in its network. Nothing is sent, nothing heard.

`ip` (iproute2) tells it, IPv4 and IPv6; where that is not installed /proc/net tells it, IPv4 only (proc(5)).
"""

import json
import re
import shutil
import socket
import struct
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from agent.errors import PlatformError
from agent.platforms.neighbour_table import network_of
from agent.sources.neighbours import Network

_PLACES = ("/usr/sbin/ip", "/sbin/ip")  # not in the path of a person's account everywhere
_ANSWERED = frozenset({"REACHABLE", "STALE", "DELAY", "PROBE", "PERMANENT"})
_COMPLETE = 0x2  # ATF_COM
_PATIENCE = 10.0
_PROC = Path("/proc/net")


def network() -> Network | None:
    """Return the network of the default route with who is in it; None where there is none. Raises PlatformError."""
    program = shutil.which("ip") or next((one for one in _PLACES if Path(one).exists()), None)
    if program is None:
        return told_by_proc((_PROC / "route").read_text("ascii"), (_PROC / "arp").read_text("ascii"))
    routes = [*_asked(program, "-4", "route", "show", "default"), *_asked(program, "-6", "route", "show", "default")]
    return told_by_ip(routes, _asked(program, "neigh", "show"))


def _asked(program: str, *words: str) -> Sequence[Mapping[str, object]]:
    try:
        done = subprocess.run([program, "-json", *words], capture_output=True, timeout=_PATIENCE, check=True)
        told = json.loads(done.stdout or b"[]")
    except (OSError, subprocess.SubprocessError, ValueError) as problem:
        raise PlatformError("The table of neighbours cannot be asked for.", hint="Is iproute2 installed?") from problem
    return [one for one in told if isinstance(one, dict)]


def told_by_ip(routes: Iterable[Mapping[str, object]], neighbours: Iterable[Mapping[str, object]]) -> Network | None:
    """Read the answers of `ip -json route` and `ip -json neigh`."""
    entries = [
        (str(one.get("dev")), str(one.get("dst")), str(one.get("lladdr", "")).lower())
        for one in neighbours
        if _ANSWERED & set(map(str, _listed(one.get("state"))))
    ]
    return network_of([(str(one.get("dev")), str(one.get("gateway"))) for one in routes], entries)


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def told_by_proc(routes: str, table: str) -> Network | None:
    """Read /proc/net/route (device, destination, gateway as little-endian hex …) and /proc/net/arp."""
    return network_of(list(_default_routes(routes)), list(_entries(table)))


def _default_routes(routes: str) -> Iterator[tuple[str, str]]:
    for line in routes.splitlines()[1:]:
        device, destination, gateway, *_ = (*line.split(), "", "", "")
        if destination == "00000000" and re.fullmatch("[0-9A-F]{8}", gateway):
            yield device, socket.inet_ntoa(struct.pack("<I", int(gateway, 16)))


def _entries(table: str) -> Iterator[tuple[str, str, str]]:
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) == 6 and int(fields[2], 16) & _COMPLETE:
            yield fields[5], fields[0], fields[3].lower()
