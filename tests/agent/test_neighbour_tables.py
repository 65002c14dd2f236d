"""The neighbour tables of Windows and macOS in their documented shapes. They have not run there yet."""

import ctypes
import ipaddress
import sys
from ctypes import addressof, sizeof
from typing import Any

import pytest

from agent.errors import PlatformError
from agent.platforms import mac_neighbours, win_neighbours
from agent.platforms.win_neighbours import INET, INET6, NeighbourRow, RouteRow, SockaddrInet
from agent.sources.neighbours import Network

ROUTER, LAPTOP, PHONE = "04:d4:c4:00:00:01", "00:03:93:11:22:33", "da:a1:19:00:00:07"
HOME = Network(ROUTER, frozenset({ROUTER, LAPTOP, PHONE}))


def address(text: str) -> SockaddrInet:
    parsed = ipaddress.ip_address(text)
    found = SockaddrInet(INET if parsed.version == 4 else INET6)
    start = 0 if parsed.version == 4 else 4
    found.rest[start : start + len(parsed.packed)] = list(parsed.packed)
    return found


def neighbour(ip: str, mac: str, interface: int = 5, state: int = 5) -> NeighbourRow:
    row = NeighbourRow(address(ip), interface, 0)
    hardware = bytes.fromhex(mac.replace(":", ""))
    row.PhysicalAddress[: len(hardware)] = list(hardware)
    row.PhysicalAddressLength, row.State = len(hardware), state
    return row


def route(gateway: str, interface: int = 5, length: int = 0, metric: int = 0) -> RouteRow:
    found = RouteRow(0, interface, address("0.0.0.0"), length)
    found.NextHop, found.Metric = address(gateway), metric
    return found


class Helper:
    """iphlpapi: tables lie somewhere until they are given back."""

    def __init__(self, routes: list[Any], neighbours: list[Any], *, fails: bool = False) -> None:
        self._routes, self._neighbours, self._fails = routes, neighbours, fails
        self.held: dict[int, Any] = {}

    def GetIpForwardTable2(self, _family: int, table: Any) -> int:
        return self._give(RouteRow, self._routes, table)

    def GetIpNetTable2(self, _family: int, table: Any) -> int:
        return self._give(NeighbourRow, self._neighbours, table)

    def FreeMibTable(self, table: Any) -> None:
        del self.held[table.value]

    def _give(self, kind: Any, rows: list[Any], table: Any) -> int:
        if self._fails:
            return 50  # ERROR_NOT_SUPPORTED

        class Table(ctypes.Structure):
            _fields_ = (("NumEntries", ctypes.c_uint32), ("Table", kind * len(rows)))

        made = Table(len(rows), (kind * len(rows))(*rows))
        self.held[addressof(made)] = made
        table._obj.value = addressof(made)
        return 0


def test_structures_are_as_large_as_documented() -> None:
    """netioapi.h, for 64 bits: each row begins at a multiple of eight bytes."""
    assert [sizeof(one) for one in (SockaddrInet, NeighbourRow, RouteRow)] == [28, 88, 104]
    assert (NeighbourRow.State.offset, RouteRow.NextHop.offset) == (76, 44)
    assert RouteRow.Metric.offset == 84


def test_the_tables_of_windows() -> None:
    """Only who answered, only in the router's network: no tunnels, groups, or networks of virtual machines."""
    helper = Helper(
        [
            route("192.168.1.1", length=24),
            route("10.8.0.1", interface=9, metric=50),
            route("192.168.1.1", metric=25),
            route("10.9.0.1", interface=8, metric=5),
        ],
        [
            neighbour("192.168.1.1", ROUTER),
            neighbour("fe80::7", PHONE, state=2),
            neighbour("192.168.1.7", LAPTOP, state=4),
            neighbour("192.168.1.8", "00:03:93:00:00:01", state=1),
            neighbour("192.168.1.9", "00:03:93:00:00:02", state=0),
            neighbour("192.168.1.255", "ff:ff:ff:ff:ff:ff", state=6),
            neighbour("224.0.0.22", "01:00:5e:00:00:16", state=6),
            neighbour("192.168.1.10", "00:00:00:00:00:00"),
            neighbour("192.168.1.11", "00:03:93:00:00:03:00:01"),
            neighbour("172.17.0.2", "02:42:ac:11:00:02", interface=12),
        ],
    )
    assert win_neighbours.network(helper) == HOME
    assert helper.held == {}
    assert win_neighbours.network(Helper([], [neighbour("192.168.1.1", ROUTER)])) is None
    assert win_neighbours.network(Helper([route("fe80::7")], [neighbour("fe80::7", ROUTER)])) is not None


def test_windows_that_does_not_tell() -> None:
    with pytest.raises(PlatformError, match="IP Helper"):
        win_neighbours.network(Helper([], [], fails=True))
    assert sys.platform != "win32"
    with pytest.raises(PlatformError, match="not Windows"):
        win_neighbours.network()


NETSTAT = """Routing tables

Internet:
Destination        Gateway            Flags               Netif Expire
default            link#20            UCSIg           bridge100      !
default            192.168.1.1        UGScg                 en0
127                127.0.0.1          UCS                   lo0
192.168.1          link#6             UCS                   en0      !

Internet6:
Destination                             Gateway                                 Flags               Netif Expire
default                                 fe80::%utun0                            UGcIg               utun0
"""
OLDER = """Routing tables

Internet:
Destination        Gateway            Flags        Refs      Use   Netif Expire
default            192.168.1.1        UGSc           67        0     en0
"""
ARP = """? (192.168.1.1) at 4:d4:c4:0:0:1 on en0 ifscope [ethernet]
? (192.168.1.7) at 0:3:93:11:22:33 on en0 ifscope [ethernet]
? (192.168.1.8) at (incomplete) on en0 ifscope [ethernet]
? (192.168.1.255) at ff:ff:ff:ff:ff:ff on en0 ifscope [ethernet]
? (224.0.0.251) at 1:0:5e:0:0:fb on en0 ifscope permanent [ethernet]
? (192.168.64.2) at 2:42:ac:11:0:2 on bridge100 ifscope [bridge]
"""
NDP = """Neighbor                                Linklayer Address  Netif Expire    St Flgs Prbs
fe80::1%lo0                             (incomplete)         lo0 permanent R
fe80::7%en0                             da:a1:19:0:0:7       en0 23h59m58s S
fe80::9%en0                             (incomplete)         en0 expired   N
"""


@pytest.mark.parametrize("routes", [NETSTAT, OLDER])
def test_the_tables_of_macos(routes: str) -> None:
    """The same, with noughts that are left out, and the interface in another column on older systems."""
    assert mac_neighbours.told(routes, ARP, NDP) == HOME


def test_without_a_router_that_is_known_there_is_no_network() -> None:
    for routes, arp in (("", ARP), (NETSTAT, ""), ("default 192.168.1.1 UGScg en0", ARP)):
        assert mac_neighbours.told(routes, arp, "") is None


def test_macos_that_does_not_tell() -> None:
    """There is no such program at that place here, or it does not know these words."""
    assert sys.platform != "darwin"
    with pytest.raises(PlatformError, match="cannot be asked for"):
        mac_neighbours.network()
