"""TCP ports that this device listens on, as cheaply as each system tells them."""

import socket
import struct
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil

_LINUX_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_LISTEN = "0A"
_SOCK_DIAG, _BY_FAMILY, _LISTENERS = 4, 20, 1 << 10
"""NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, and the state TCP_LISTEN as a bit (sock_diag(7), linux/inet_diag.h)."""
_ASK_ALL = 0x301
"""NLM_F_REQUEST | NLM_F_DUMP (netlink(7))."""
_ERROR, _DONE = 2, 3
_HEADER = struct.Struct("=IHHII")
_ASKED = struct.Struct("=BBxxI48x")
_PORT = struct.Struct(">4xH")
_PATIENCE = 1.0


def listening_ports() -> Iterator[int]:
    """Yield the TCP ports that this device listens on."""
    if sys.platform != "linux":
        for one in psutil.net_connections("tcp"):
            if one.status == psutil.CONN_LISTEN and one.laddr:
                yield one.laddr.port
        return
    try:
        yield from told_by_kernel()
    except OSError:  # a kernel without sock_diag, or a sandbox that forbids it
        yield from told_by_tables()


def told_by_kernel() -> list[int]:
    """Ask the kernel for listeners alone: its tables would have it walk all that it has room for. Raises OSError."""
    return [port for family in (socket.AF_INET, socket.AF_INET6) for port in _dumped(family)]


def _dumped(family: int) -> list[int]:
    asked = _ASKED.pack(family, socket.IPPROTO_TCP, _LISTENERS)
    found: list[int] = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as kernel:
        kernel.settimeout(_PATIENCE)
        kernel.send(_HEADER.pack(_HEADER.size + len(asked), _BY_FAMILY, _ASK_ALL, 0, 0) + asked)
        while True:
            for kind, told in messages_in(kernel.recv(2**16)):
                if kind == _DONE:
                    return found
                if kind == _ERROR:
                    raise OSError("the kernel does not tell its listeners")
                found.append(_PORT.unpack_from(told)[0])


def messages_in(answer: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield kind and content of each message of an answer (netlink(7): each begins at a multiple of four bytes)."""
    at = 0
    while at + _HEADER.size <= len(answer):
        length, kind, *_ = _HEADER.unpack_from(answer, at)
        if length < _HEADER.size:
            return
        yield kind, answer[at + _HEADER.size : at + length]
        at += -(-length // 4) * 4


def told_by_tables() -> Iterator[int]:
    """Yield them out of the tables of all connections. psutil would look through the open files of every process."""
    for table in _LINUX_TABLES:
        if table.exists():  # tcp6 is missing where IPv6 is off
            with table.open(encoding="ascii") as lines:
                yield from listening_in(lines)


def listening_in(table: Iterable[str]) -> Iterator[int]:
    """Yield the ports listened on in a table of connections (proc(5), /proc/net/tcp: address second, state fourth)."""
    for line in table:
        fields = line.split(None, 4)
        if len(fields) > 3 and fields[3] == _LISTEN:
            yield int(fields[1].rpartition(":")[2], 16)
