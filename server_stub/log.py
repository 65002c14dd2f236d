"""The server's log: one JSON object a line, ids and numbers only. What a record holds never reaches it."""

import json
import sys
import threading
from datetime import UTC, datetime
from typing import IO

from evidence.fields import format_time

Value = str | int | float | bool | None
_lock = threading.Lock()
_stream: IO[str] | None = None
_LONGEST = 200


def write_to(stream: IO[str] | None) -> None:
    """Send the log to a stream; None, as at the beginning: to standard error."""
    global _stream  # noqa: PLW0603  (one log a process, as there is one standard error)
    _stream = stream


def info(event: str, **values: Value) -> None:
    """Note what happened."""
    _write("info", event, values)


def warning(event: str, **values: Value) -> None:
    """Note what somebody should look at."""
    _write("warning", event, values)


def _write(level: str, event: str, values: dict[str, Value]) -> None:
    line: dict[str, Value] = {"at": format_time(datetime.now(UTC)), "level": level, "event": event}
    line |= {name: value[:_LONGEST] if isinstance(value, str) else value for name, value in values.items()}
    with _lock:
        print(json.dumps(line), file=_stream or sys.stderr, flush=True)
