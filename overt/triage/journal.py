"""What was looked at so far, a line a file, so that a pass that was interrupted goes on where it stopped."""

import json
import os
from pathlib import Path
from types import TracebackType
from typing import IO

from overt.triage.items import Item

FORMAT = "overt-triage-1"


class JournalError(Exception):
    """The folder holds the journal of another triage."""


class Journal:
    """A file of JSON lines: the first names the questions asked, the others give the answer for one file each."""

    def __init__(self, path: Path, questions: str) -> None:
        """Read what is there. `questions` is a digest of everything that decides the answers.

        Raises:
            JournalError: it was written with other sets, libraries or settings.
        """
        self._path = path
        self.items: dict[str, Item] = {}
        whole = _whole_lines(path)
        if whole:
            self._read(whole, questions)
        self._stream: IO[str] = path.open("a", encoding="utf-8")
        if not whole:
            self._line({"format": FORMAT, "questions": questions})

    def _read(self, lines: list[str], questions: str) -> None:
        try:
            first = json.loads(lines[0])
            if first != {"format": FORMAT, "questions": questions}:
                raise JournalError(
                    f"{self._path} is of a triage with other sets, libraries or settings: name another --out folder, "
                    "or ask the same again to go on with it"
                )
            for line in lines[1:]:
                told = json.loads(line)
                self.items[told["key"]] = Item.from_dict(told["item"])
        except (ValueError, KeyError, TypeError) as error:
            raise JournalError(f"{self._path} is damaged: name another --out folder") from error

    def add(self, key: str, item: Item) -> None:
        """Keep an answer."""
        self.items[key] = item
        self._line({"key": key, "item": item.to_dict()})

    def _line(self, told: dict[str, object]) -> None:
        self._stream.write(json.dumps(told, ensure_ascii=True) + "\n")
        self._stream.flush()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.fsync(self._stream.fileno())
        self._stream.close()


def _whole_lines(path: Path) -> list[str]:
    """Return the lines that were written to their end, and cut off one that was not."""
    if not path.exists():
        return []
    data = path.read_bytes()
    end = data.rfind(b"\n") + 1
    if end < len(data):
        os.truncate(path, end)
    return data[:end].decode("utf-8", "replace").splitlines()
