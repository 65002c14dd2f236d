"""Verifies a whole pack or a server's store: reads the files, has them judged, and says what was found."""

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import Certificate, load_pem_x509_certificate

from evidence.checkpoint import SERVER_NAME
from evidence.errors import EvidenceError
from evidence.fields import format_time
from evidence.keys import key_id
from evidence.pack import CONTENT_KEY, DATA, MANIFEST, TAG_MANIFEST, TAGS, FormerServer, PackedRecord, PackKeys
from evidence.pack_verification import CheckedStep, check_disclosed, verify_evidence
from evidence.receipt import SignedReceipt
from evidence.timestamp import check_timestamp
from evidence.verification import Finding
from overt.evidence_files import InputError, read_file


def is_pack(path: Path) -> bool:
    """Return whether a folder is an export pack."""
    return (path / "bagit.txt").is_file()


def is_store(path: Path) -> bool:
    """Return whether a folder is a server's."""
    return (path / "server.toml").is_file()


def check_pack(
    root: Path, witnessed: Sequence[Path], authorities_of_time: Sequence[Path] = ()
) -> tuple[PackKeys, list[CheckedStep]]:
    """Verify a pack; `witnessed` are checkpoints that somebody else kept.

    `authorities_of_time` are certificates of time-stamping authorities that the reader trusts. Raises InputError for a
    pack without keys.
    """
    issuer, device, receipt = (_key(root / f"{DATA}keys/{name}.pem") for name in ("issuer", "device", "receipt"))
    keys = PackKeys(issuer, device, receipt, _former(root))
    authorities = {path.stem: read_file(path) for path in sorted((root / f"{DATA}authorities").glob("*.json"))}
    daily = sorted((root / f"{DATA}checkpoints").glob("*.checkpoint"))
    notes = [path for path in (root / f"{DATA}checkpoint", *daily, *witnessed) if path.exists()]
    steps = verify_evidence(
        keys,
        authorities,
        records_of(root),
        [(path.name, read_file(path)) for path in notes],
        server_name=SERVER_NAME,
        withdrawals=withdrawals_of(root),
        certificates=[read_file(path) for path in sorted((root / f"{DATA}destructions").glob("*.json"))],
        whole="checkpoint",
    )
    return keys, [_bag(root), *steps, *_disclosed(root), *_timestamps(notes, authorities_of_time)]


def check_store(data: Path) -> Iterator[tuple[str, PackKeys, list[CheckedStep]]]:
    """Verify every device of a server's folder, also while the server runs; yield each device's name and steps."""
    from overt.evidence_store import Store  # noqa: PLC0415  (the database code is not needed for packs)

    with closing(Store(data)) as store:
        for device in store.devices():
            keys = store.keys(device)
            kept = store.kept_checkpoints(device)
            steps = verify_evidence(
                keys,
                store.authorities(device),
                store.records(device),
                kept,
                server_name=SERVER_NAME,
                withdrawals=store.withdrawals(device),
                certificates=store.certificates(device),
            )
            yield device.device, keys, steps if kept else steps[:-1]  # a new server has not made one yet


def describe(keys: PackKeys, steps: Sequence[CheckedStep], *, pack: str = "") -> Iterator[str]:
    """Yield numbered steps, what each found, and the answer; `pack` is the name of a whole pack."""
    yield "Compare these with what you were given by another way:"
    for name, public in (("issuer", keys.issuer), ("device", keys.device), ("server", keys.receipt)):
        yield f"   {name}  {key_id(public)}"
    for place, before in enumerate(keys.former, 1):
        yield f"   server {place} before: issuer  {key_id(before.issuer)}  server  {key_id(before.receipt)}"
    if pack:
        yield f"   this pack  {pack}"
    for number, step in enumerate(steps, 1):
        state = f"holds ({step.checked})" if step.holds else "DOES NOT HOLD" if step.findings else "NOTHING TO CHECK"
        yield f"{number}. {step.title}: {step.claim}: {state}"
        yield from (f"     {finding.place}: {finding.sentence}" for finding in step.findings)
    yield _answer(steps)


def _answer(steps: Sequence[CheckedStep]) -> str:
    count, idle = sum(len(step.findings) for step in steps), sum(not step.checked for step in steps)
    if count:
        return f"{count} finding{'s' if count != 1 else ''}."
    if idle:
        return f"Nothing found, but in {idle} of {len(steps)} steps there was nothing to check: they prove nothing."
    return "Nothing found: every step holds."


def withdrawals_of(root: Path) -> dict[str, bytes]:
    """Return a pack's withdrawals by the digest of the authority that they end."""
    return {path.stem: read_file(path) for path in sorted((root / f"{DATA}withdrawals").glob("*.json"))}


def _former(root: Path) -> tuple[FormerServer, ...]:
    """Return the servers that had the case before, oldest first."""
    folders = (root / f"{DATA}former/{number}" for number in itertools.count())
    there = itertools.takewhile(Path.is_dir, folders)
    return tuple(
        FormerServer(_key(one / "issuer.pem"), _key(one / "receipt.pem"), read_file(one / "handover.json"))
        for one in there
    )


def _key(path: Path) -> bytes:
    try:
        key = load_pem_public_key(read_file(path))
    except ValueError:
        raise InputError(f"{path} is no public key") from None
    if not isinstance(key, Ed25519PublicKey):
        raise InputError(f"{path} is no Ed25519 key")
    return key.public_bytes_raw()


def pack_name(root: Path) -> str:
    """Return the SHA-256 in hex that names a whole pack, its report included: that of the list of all other lists."""
    return _digest(root / TAG_MANIFEST)


def records_of(root: Path) -> Iterator[PackedRecord]:
    """Yield the records of a pack in the order of the chain."""
    for path in sorted((root / f"{DATA}records").glob("*/*.overt")):
        yield _record(root, path)


def _record(root: Path, path: Path) -> PackedRecord:
    receipt = root / f"{DATA}receipts/{path.parent.name}/{path.stem}"
    signed = SignedReceipt(_or_nothing(receipt.with_suffix(".json")), _or_nothing(receipt.with_suffix(".sig")))
    return PackedRecord(_number(path.parent.name), _number(path.stem), read_file(path), signed)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else -1


def _or_nothing(path: Path) -> bytes:
    return read_file(path) if path.exists() else b""


def _bag(root: Path) -> CheckedStep:
    listed: dict[str, str] = {}
    for manifest in (MANIFEST, TAG_MANIFEST):
        for line in read_file(root / manifest).decode("utf-8", "replace").splitlines():
            digest, _, name = line.partition("  ")
            listed[name] = digest
    findings = [
        Finding(name, "not as the manifest lists it")
        for name, digest in listed.items()
        if ".." in Path(name).parts or not (root / name).is_file() or _digest(root / name) != digest
    ]
    there = {path.relative_to(root).as_posix() for path in (root / "data").rglob("*") if path.is_file()}
    unlisted = sorted((there | set(TAGS)) - listed.keys())
    findings += [Finding(name, "not in the manifest") for name in unlisted if (root / name).is_file()]
    return CheckedStep("Bag", "the files are those of the manifests", len(listed), tuple(findings))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _timestamps(notes: Sequence[Path], trusted: Sequence[Path]) -> Iterator[CheckedStep]:
    """Yield the step about time-stamps, which lie beside their checkpoints; nothing where there is none."""
    stamped = [(note, note.with_suffix(".tsr")) for note in notes if note.with_suffix(".tsr").is_file()]
    if not stamped:
        return
    if not trusted:
        yield CheckedStep("Time-stamps", "there are some; name who made them with --tsa-certificate", 0, ())
        return
    roots = [_certificate(path) for path in trusted]
    findings, times = [], []
    for note, token in stamped:
        try:
            times.append(check_timestamp(read_file(token), read_file(note), roots))
        except EvidenceError as problem:
            findings.append(Finding(note.name, str(problem)))
    first = f"; the first at {format_time(min(times))}" if times else ""
    claim = f"checkpoints were seen by the authority{first}"
    yield CheckedStep("Time-stamps", claim, len(stamped), tuple(findings))


def _certificate(path: Path) -> Certificate:
    try:
        return load_pem_x509_certificate(read_file(path))
    except ValueError:
        raise InputError(f"{path} is no certificate (PEM)") from None


def _disclosed(root: Path) -> Iterator[CheckedStep]:
    folders = sorted(path for path in (root / f"{DATA}disclosed").glob("*/*") if path.is_dir())
    findings = [finding for folder in folders for finding in _shown(root, folder)]
    if folders:
        claim = "what is shown is what was sealed, all of it"
        yield CheckedStep("Disclosed", claim, len(folders), tuple(findings))


def _shown(root: Path, folder: Path) -> Iterator[Finding]:
    """Yield what does not hold about one record that is shown; each file in its folder counts but the content key."""
    sealed = root / f"{DATA}records/{folder.parent.name}/{folder.name}.overt"
    place = f"{_number(folder.parent.name)}/{_number(folder.name)}"
    if not sealed.is_file():
        yield Finding(place, "its record is not in the pack")
        return
    shown: dict[str, bytes] = {}
    for path in sorted(folder.iterdir()):
        part = path.name.partition(".")[0]
        if part in shown:
            yield Finding(place, f"{part} is shown twice")
        elif path.name != CONTENT_KEY:
            shown[part] = read_file(path)
    try:
        content_key = bytes.fromhex(_or_nothing(folder / CONTENT_KEY).decode("ascii"))
    except ValueError:
        yield Finding(place, "its content key is not hex")
        return
    yield from check_disclosed(_record(root, sealed), content_key, shown)
