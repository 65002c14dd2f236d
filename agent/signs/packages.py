"""Packages that were installed (Debian and its kin: dpkg's list of files), compared with signatures."""

from collections.abc import Sequence
from pathlib import Path

from agent.signs.recognise import Recogniser
from agent.signs.sign import Sign
from engine.signatures.model import Trace, Where

DPKG_INFO = Path("/var/lib/dpkg/info")


class PackageWatcher:
    """The names of installed packages. Reading them costs a look at one folder, and only when it changed."""

    pause = 10.0

    def __init__(self, recogniser: Recogniser, folder: Path = DPKG_INFO) -> None:
        """Begin: the first look sees all that is installed."""
        self._recogniser, self._folder = recogniser, folder
        self._changed = -1
        self._before: frozenset[str] = frozenset()

    def look(self) -> Sequence[Sign]:
        """Return signs in packages that were installed since the last look."""
        try:
            changed = self._folder.stat().st_mtime_ns
        except OSError:
            return ()  # another kind of system
        if changed == self._changed:
            return ()
        self._changed = changed
        now = frozenset(path.stem.partition(":")[0] for path in self._folder.glob("*.list"))
        new, self._before = now - self._before, now
        return self._recogniser.signs(Trace(Where.PACKAGE, name) for name in sorted(new))
