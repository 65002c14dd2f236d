"""The pages the demo shows: read from pages.toml, served on loopback, shown in a real browser."""

import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class DemoPage:
    """One page. `expect` is the library that should fire, None where nothing should."""

    file: str
    title: str
    says: str
    expect: str | None


def demo_pages() -> tuple[DemoPage, ...]:
    """Return the pages in the order they are shown."""
    folder = files("overt.demo") / "pages"
    entries = tomllib.loads((folder / "pages.toml").read_text(encoding="utf-8"))["page"]
    return tuple(
        DemoPage(
            file=entry["file"],
            title=_title((folder / entry["file"]).read_text(encoding="utf-8")),
            says=entry["says"],
            expect=entry.get("expect"),
        )
        for entry in entries
    )


def _title(html: str) -> str:
    return html.partition("<title>")[2].partition("</title>")[0]


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the base class's name)
        """Say nothing: the demo tells its own story."""


@contextmanager
def page_server() -> Iterator[str]:
    """Serve the pages on a free loopback port; yield the base address, `http://127.0.0.1:PORT`."""
    with as_file(files("overt.demo") / "pages") as folder:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietHandler, directory=str(Path(folder))))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
