"""Media: sticks, discs, images and shares that are mounted, told by kind; what is on them is another source's."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from agent.mounts import Mounts
from agent.signs.changes import ListWatcher
from agent.signs.sign import Sign

OPTICAL = frozenset({"iso9660", "udf", "cdfs"})
MEMORY = frozenset({"tmpfs", "ramfs"})
SHARES = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "fuse.rclone", "davfs", "fuse.davfs2"})
HIDDEN = frozenset({"fuse.encfs", "fuse.gocryptfs", "fuse.cryfs", "fuse.veracrypt", "ecryptfs", "fuse.securefs"})
_OWN = ("/proc", "/sys", "/dev", "/run", "/snap", "/var/lib/docker", "/var/lib/containers")
_MEMORY_PLACES = ("/home", "/mnt", "/media", "/root", "/srv", "/tmp")  # noqa: S108  (compared, not written to)


@dataclass(frozen=True, slots=True)
class Medium:
    """Something mounted. The place is compared, never told: a label may say anything."""

    place: str = field(repr=False)
    device: str
    kind: str


def media_watcher() -> ListWatcher[Medium]:
    """Watch what is mounted."""
    mounts = Mounts(everything=True)
    return ListWatcher(lambda: mounted(mounts), came=_came, went=_went, pause=2.0)


def mounted(mounts: Mounts) -> Iterator[Medium]:
    """Yield what is mounted, but for what systems mount for themselves."""
    for one in mounts.now():
        kind = one.fstype.casefold()
        real = one.device.startswith("/dev/") or one.device.endswith(":\\")
        in_reach = one.mountpoint.startswith(_MEMORY_PLACES)
        wanted = in_reach if kind in MEMORY else real or kind in SHARES | HIDDEN
        if wanted and not one.mountpoint.startswith(tuple(f"{own}/" for own in _OWN)) and one.mountpoint not in _OWN:
            yield Medium(one.mountpoint, one.device, kind)


def _came(medium: Medium) -> Sign:
    words, severity = _words(medium)
    return Sign("media-inserted", f"{words} was connected.", {"kind": medium.kind, "device": medium.device}, severity)


def _went(medium: Medium) -> Sign:
    words, _ = _words(medium)
    return Sign("media-removed", f"{words} was taken away.", {"kind": medium.kind, "device": medium.device})


def _words(medium: Medium) -> tuple[str, int]:
    if medium.kind in OPTICAL:
        return "A disc, or an image of one,", 1
    if medium.kind in MEMORY:
        return "A disk in memory, which forgets when it is closed,", 2
    if medium.kind in SHARES:
        return "A folder of another computer", 1
    if medium.kind in HIDDEN:
        return "An encrypted folder", 2
    return "A stick, a disk or an image of one", 1
