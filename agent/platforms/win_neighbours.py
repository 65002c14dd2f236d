"""The neighbour table that Windows keeps anyhow (IP Helper): who answered this device. Nothing is sent, nothing heard.

Not yet run there.
"""

import ctypes
import ipaddress
from collections.abc import Iterator
from ctypes import byref, c_int32, c_ubyte, c_uint16, c_uint32, c_uint64, c_void_p, sizeof
from typing import Any

from agent.errors import PlatformError
from agent.platforms.neighbour_table import network_of
from agent.sources.neighbours import Network

ANY, INET, INET6 = 0, 2, 23
"""AF_UNSPEC, AF_INET, AF_INET6 of ws2def.h."""
PROBE, PERMANENT = 2, 6
"""NlnsProbe to NlnsPermanent: neighbours that answered once; what is below did not."""
_ETHERNET = 6  # bytes of a hardware address
_FIRST_ROW = 8  # rows hold a 64-bit number, so they begin there after the 32-bit count


class SockaddrInet(ctypes.Structure):
    """SOCKADDR_INET: an address of either kind; IPv4 lies at 4, IPv6 at 8 bytes."""

    _fields_ = (("si_family", c_uint16), ("port", c_uint16), ("rest", c_ubyte * 24))


class NeighbourRow(ctypes.Structure):
    """MIB_IPNET_ROW2: a neighbour."""

    _fields_ = (
        ("Address", SockaddrInet), ("InterfaceIndex", c_uint32), ("InterfaceLuid", c_uint64),
        ("PhysicalAddress", c_ubyte * 32), ("PhysicalAddressLength", c_uint32), ("State", c_int32),
        ("Flags", c_ubyte), ("ReachabilityTime", c_uint32),
    )  # fmt: skip


class RouteRow(ctypes.Structure):
    """MIB_IPFORWARD_ROW2: a route; PrefixLength 0 makes it a default one."""

    _fields_ = (
        ("InterfaceLuid", c_uint64), ("InterfaceIndex", c_uint32), ("Prefix", SockaddrInet), ("PrefixLength", c_ubyte),
        ("_padding", c_ubyte * 3), ("NextHop", SockaddrInet), ("SitePrefixLength", c_ubyte),
        ("ValidLifetime", c_uint32), ("PreferredLifetime", c_uint32), ("Metric", c_uint32), ("Protocol", c_int32),
        ("Loopback", c_ubyte), ("AutoconfigureAddress", c_ubyte), ("Publish", c_ubyte), ("Immortal", c_ubyte),
        ("Age", c_uint32), ("Origin", c_int32),
    )  # fmt: skip


def load_iphlpapi() -> Any:
    """Load the library; raises PlatformError on other systems."""
    libraries = getattr(ctypes, "windll", None)
    if libraries is None:
        raise PlatformError("This is not Windows.")
    library = libraries.iphlpapi
    for name in ("GetIpNetTable2", "GetIpForwardTable2"):
        getattr(library, name).argtypes = [c_uint16, c_void_p]
    library.FreeMibTable.argtypes = [c_void_p]
    return library


def network(library: Any = None) -> Network | None:
    """Return the network of the default route with who is in it; None where there is none. Raises PlatformError."""
    library = library or load_iphlpapi()
    routes = [one for one in _rows(library, library.GetIpForwardTable2, RouteRow) if one.PrefixLength == 0]
    routes.sort(key=lambda one: int(one.Metric))
    entries = [
        (str(one.InterfaceIndex), _address(one.Address), _hardware(one))
        for one in _rows(library, library.GetIpNetTable2, NeighbourRow)
        if PROBE <= one.State <= PERMANENT and one.PhysicalAddressLength == _ETHERNET
    ]
    return network_of([(str(one.InterfaceIndex), _address(one.NextHop)) for one in routes], entries)


def _rows(library: Any, ask: Any, kind: Any) -> Iterator[Any]:
    """Yield copies of the rows of a table, and give the table back."""
    table = c_void_p()
    if ask(ANY, byref(table)) or not table.value:
        raise PlatformError("The table of neighbours cannot be asked for (IP Helper).")
    try:
        count = c_uint32.from_address(table.value).value
        for number in range(count):
            yield kind.from_buffer_copy(
                ctypes.string_at(table.value + _FIRST_ROW + number * sizeof(kind), sizeof(kind))
            )
    finally:
        library.FreeMibTable(table)


def _address(address: SockaddrInet) -> str:
    """Return an address as text; the same one is spelled the same in both tables."""
    rest = bytes(address.rest)
    if address.si_family == INET:
        return str(ipaddress.IPv4Address(rest[:4]))
    return str(ipaddress.IPv6Address(rest[4:20])) if address.si_family == INET6 else ""


def _hardware(row: NeighbourRow) -> str:
    return bytes(row.PhysicalAddress)[:_ETHERNET].hex(":")
