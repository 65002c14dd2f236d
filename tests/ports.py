"""A port that a server gave back, and gets again: nobody else is given it meanwhile."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def held(port: int) -> Iterator[None]:
    """Hold a port of loopback until the end of the block. A server may listen on it; any free port is another one."""
    with socket.socket() as holder:  # bound without listening: whoever says that he shares (SO_REUSEADDR) may have it
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", port))
        yield
