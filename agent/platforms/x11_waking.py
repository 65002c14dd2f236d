"""Waits for what an X display tells its connection, in one thread, until another thread rings."""

import contextlib
import select
import socket

import xcffib


class Doorbell:
    """Of one connection. What was read from it already must have been taken out before: nothing tells of that."""

    def __init__(self, connection: xcffib.Connection) -> None:
        """Listen to the connection, and to `ring`."""
        self._connection = connection
        self._inside, self._outside = socket.socketpair()

    def wait(self, most: float) -> None:
        """Wait until the display tells something or somebody rings, at most so many seconds."""
        select.select([self._connection.get_file_descriptor(), self._inside], [], [], most)

    def ring(self) -> None:
        """End the waiting now, and any later one. Whoever waited may be gone."""
        with contextlib.suppress(OSError):
            self._outside.send(b".")

    def close(self) -> None:
        """Take it down."""
        self._inside.close()
        self._outside.close()
