"""The sets of hashes on a device, as the agent asks them about files on media."""

import hashlib
from collections.abc import Sequence

from agent.sources.media_hashes import Digests
from engine.image.hashing import fingerprint
from engine.image.known import KnownMatch
from engine.verdict import Finding
from overt.agent_pictures import DevicePictures
from overt.hashes_set import About, Kind
from overt.hashes_work import FileMatch, Matcher
from overt.picture_files import pixels_of


class DeviceFiles:
    """Sets in use; another thread may ask while they are replaced."""

    def __init__(self, pictures: DevicePictures) -> None:
        """Take what the authority permits and this device has."""
        self._pictures = pictures
        self._ready: tuple[Matcher, dict[str, About]] | None = None

    def use(self, pictures: DevicePictures) -> None:
        """Compare with other sets from now on."""
        self._pictures, self._ready = pictures, None

    def names(self) -> Sequence[str]:
        """Return what the sets are called."""
        return [one.about.set_id for one in self._pictures.sets]

    def exact(self, digests: Digests) -> Sequence[Finding]:
        """Return a finding for each set that has this very file, by the strongest hash that it has."""
        matcher, abouts = self._prepared()
        found = {one.set_id: one for one in matcher.exact((digests.md5, digests.sha1, digests.sha256))}
        return [_exact(one, abouts[one.set_id], digests) for one in found.values()]

    def alike(self, data: bytes) -> Sequence[Finding]:
        """Return a finding for each set that has this picture, or one very like it; raises PictureError for none."""
        matcher, abouts = self._prepared()
        if not matcher.known:
            return []
        found: dict[str, tuple[FileMatch, KnownMatch]] = {}
        for one in matcher.alike(fingerprint(pixels_of(data, "the picture")), None):
            if one.picture is not None:
                found.setdefault(one.set_id, (one, one.picture))
        sha256 = hashlib.sha256(data).hexdigest()
        return [_alike(*one, abouts[name], sha256) for name, one in found.items()]

    def _prepared(self) -> tuple[Matcher, dict[str, About]]:
        """Make the index when it is first asked, in the thread that asks."""
        if self._ready is None:
            sets = self._pictures.sets
            self._ready = Matcher(sets, self._pictures.known()), {one.about.set_id: one.about for one in sets}
        return self._ready


def _exact(match: FileMatch, about: About, digests: Digests) -> Finding:
    """Say which hash it was, and the file's SHA-256 besides: at review both can be looked up in any list."""
    kind = match.kind.value
    same: bytes = getattr(digests, kind)
    says = (
        f"The file is, byte by byte, row {match.row} of the set {about.set_id} {about.version} ({about.source}): its "
        f"{kind.upper()} is the same, {same.hex()}."
    )
    if match.kind is not Kind.SHA256:
        says += f" {_own(digests.sha256.hex())}"
    return _finding(match, about, "known file", kind, says)


def _alike(match: FileMatch, picture: KnownMatch, about: About, sha256: str) -> Finding:
    lay, kind = picture.turn.value, picture.algorithm
    says = (
        f"The picture file, {lay}, is a known one: its {kind.value.upper()} hash differs from row {match.row} of the "
        f"set {about.set_id} {about.version} ({about.source}) in {picture.distance} of {kind.bits} bits. {_own(sha256)}"
    )
    return _finding(match, about, "known picture", f"{kind.value}, distance {picture.distance}, {lay}", says)


def _own(sha256: str) -> str:
    return f"The file's own SHA256 is {sha256}."


def _finding(match: FileMatch, about: About, term: str, rule: str, says: str) -> Finding:
    return Finding(
        library_id=about.set_id,
        library_version=about.version,
        term_id=f"{match.kind.value}-{match.row}",
        term=term,
        rule=rule,
        category=match.category,
        severity=about.severity,
        start=0,
        end=0,
        matched="",
        explanation=says,
        condition=about.condition,
    )
