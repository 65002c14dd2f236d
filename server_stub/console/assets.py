"""The console's scripts and styles under an address that names their content: kept by browsers, never out of date."""

import hashlib
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

FOLDER = Path(str(files("server_stub.console") / "static"))
PLAIN = "/static"
"""The same files under a fixed address, asked for anew each time."""
_LENGTH = 16
_IMPORT = re.compile(r'from "(\.[^"]+)"')


@cache
def versioned() -> str:
    """Return the address of this program's files: /static/DIGEST. What changes one of them changes the address."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(FOLDER).as_posix()}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return f"{PLAIN}/{digest.hexdigest()[:_LENGTH]}"


@cache
def imported_by(name: str) -> list[str]:
    """Return the modules that a script imports, and what these import: paths below the folder, in order."""
    found: set[str] = set()
    todo = [FOLDER / name]
    while todo:
        script = todo.pop()
        for target in _IMPORT.findall(script.read_text(encoding="utf-8")):
            path = (script.parent / target).resolve()
            module = path.relative_to(FOLDER.resolve()).as_posix()
            if module not in found:
                found.add(module)
                todo.append(path)
    return sorted(found)
