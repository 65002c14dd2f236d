"""The neighbour tables that macOS keeps anyhow: who answered this device. Nothing is sent, nothing heard.

`arp` tells IPv4, `ndp` IPv6, `netstat` the routes, all without resolving names. Not yet run there.
"""

import re
import subprocess
from collections.abc import Iterator

from agent.errors import PlatformError
from agent.platforms.neighbour_table import network_of
from agent.sources.neighbours import Network

_ARP, _NDP = ("/usr/sbin/arp", "-an"), ("/usr/sbin/ndp", "-an")
_ROUTES = ("/usr/sbin/netstat", "-rn")
_ENTRY = re.compile(r"\((?P<address>\S+)\) at (?P<hardware>[0-9a-f:]+) on (?P<device>\S+)")
_PATIENCE = 10.0
_NDP_FIELDS = 3  # Neighbor, Linklayer Address, Netif


def network() -> Network | None:
    """Return the network of the default route with who is in it; None where there is none. Raises PlatformError."""
    return told(_asked(*_ROUTES), _asked(*_ARP), _asked(*_NDP))


def told(routes: str, arp: str, ndp: str) -> Network | None:
    """Read the answers of `netstat -rn`, `arp -an` and `ndp -an`."""
    return network_of(list(_default_routes(routes)), [*_arp_entries(arp), *_ndp_entries(ndp)])


def _asked(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=True)
    except (OSError, subprocess.SubprocessError) as problem:
        raise PlatformError(f"The table of neighbours cannot be asked for ({command[0]}).") from problem
    return done.stdout.decode("utf-8", "replace")


def _default_routes(routes: str) -> Iterator[tuple[str, str]]:
    """Yield interface and gateway. The head of each table says in which column the interface stands: it differs."""
    column = -1
    for line in routes.splitlines():
        fields = line.split()
        if "Netif" in fields:
            column = fields.index("Netif")
        elif fields[:1] == ["default"] and 0 < column < len(fields):
            yield fields[column], fields[1]


def _arp_entries(arp: str) -> Iterator[tuple[str, str, str]]:
    for line in arp.splitlines():
        entry = _ENTRY.search(line)  # one that did not answer is “(incomplete)”
        if entry is not None:
            yield entry["device"], entry["address"], _whole(entry["hardware"])


def _ndp_entries(ndp: str) -> Iterator[tuple[str, str, str]]:
    for line in ndp.splitlines()[1:]:
        fields = line.split()
        if len(fields) >= _NDP_FIELDS:
            yield fields[2], fields[0], _whole(fields[1])


def _whole(hardware: str) -> str:
    """Return a hardware address with two digits for each byte: macOS leaves out noughts in front."""
    return ":".join(one.rjust(2, "0") for one in hardware.split(":"))
