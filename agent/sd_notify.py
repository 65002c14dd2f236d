"""Tells systemd that the agent is up and alive (sd_notify(3)): a datagram to the socket named in NOTIFY_SOCKET."""

import os
import socket
import time

PAUSE = 5.0
"""Seconds between two signs of life."""


class ServiceManager:
    """The service manager, where there is one that listens."""

    def __init__(self) -> None:
        """Find its socket."""
        self._address = os.environ.get("NOTIFY_SOCKET", "")
        self._alive = float("-inf")

    def ready(self) -> None:
        """Say that the start is over."""
        self._say("READY=1")

    def alive(self, status: str) -> None:
        """Say that the agent lives, and in words what it does; once in a while is enough."""
        now = time.monotonic()
        if now - self._alive >= PAUSE:
            self._alive = now
            self._say(f"WATCHDOG=1\nSTATUS={status}")

    def stopping(self) -> None:
        """Say that the end has begun."""
        self._say("STOPPING=1")

    def _say(self, message: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaking:
            try:
                speaking.connect(address)
                speaking.send(message.encode())
            except OSError:
                pass  # a manager that does not listen takes action itself
