"""What the systems' tables of routes and neighbours come to: the household's router and who is in its network. Pure."""

import re
from collections.abc import Sequence

from agent.sources.neighbours import Network

_HARDWARE = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")


def network_of(routes: Sequence[tuple[str, str]], entries: Sequence[tuple[str, str, str]]) -> Network | None:
    """Return the network of the first default route whose router is known, as it is not behind a tunnel.

    `routes` are interface and gateway, the preferred one first; `entries` are interface, address and hardware address,
    in small letters, of who answered.
    """
    known = [one for one in entries if _HARDWARE.fullmatch(one[2]) and not _is_group(one[2])]
    for device, gateway in routes:
        router = next((mac for dev, address, mac in known if (dev, address) == (device, gateway)), None)
        if router is not None:
            return Network(router, frozenset(mac for dev, _, mac in known if dev == device))
    return None


def _is_group(mac: str) -> bool:
    """Return whether an address is no single device's (IEEE 802: the lowest bit of the first byte)."""
    return bool(int(mac[:2], 16) & 1) or mac == "00:00:00:00:00:00"
