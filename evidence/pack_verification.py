"""Verifies all evidence of one device, from a pack or a store: what verify.sh does, faster and with plainer words.

The steps, in the order of the code: 1 authorities, 2 records, 3 chain, 4 permission, 5 receipts, 6 checkpoints. A pack
has two more, made by its reader: the bag before them and what is disclosed after them. Where a case was handed over
from another server, a step more checks the hand-overs, and what stands before each is judged by the keys of its time.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from evidence import envelope, merkle
from evidence.authority import Authority, Withdrawal, check_withdrawal, read_authority
from evidence.checkpoint import NamedKey, verify_checkpoint
from evidence.content import ContentKey
from evidence.destruction import read_destruction
from evidence.errors import AuthoritySignatureError, EvidenceError, SignatureError
from evidence.handover import Handover, read_handover
from evidence.header import Header
from evidence.ledger import verify_sequence
from evidence.pack import PackedRecord, PackKeys
from evidence.permission import objections
from evidence.receipt import read_receipt, verify_receipt
from evidence.verification import Finding

_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class CheckedStep:
    """One step: its claim, how many things it looked at, and what does not hold."""

    title: str
    claim: str
    checked: int
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """True when something was looked at and nothing found."""
        return self.checked > 0 and not self.findings


@dataclass(slots=True)
class _Walk:
    """One pass over the records: what each step finds."""

    keys: PackKeys
    headers: list[Header] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    content: list[Finding] = field(default_factory=list)
    receipts: list[Finding] = field(default_factory=list)
    destroyed: dict[str, str] = field(default_factory=dict)
    """Records of which only the head is left, with the envelope's digest by their receipts."""
    seen: int = 0
    server: int = 0
    """Which of `servers`, the keys of receipts from the oldest on, took the record before."""

    @property
    def servers(self) -> tuple[bytes, ...]:
        return self.keys.receipts[::-1]

    def add(self, record: PackedRecord) -> None:
        self.seen += 1
        try:
            head = envelope.parse(record.envelope)
            envelope.verify(head, self.keys.device)
            is_tombstone = len(record.envelope) == head.length < head.total_length
            if not is_tombstone:
                envelope.verify_parts(head, record.envelope)
        except EvidenceError as problem:
            self.content.append(Finding(record.name, str(problem)))
            return
        fields = head.header.context.fields
        if (fields.epoch, fields.seq) != (record.epoch, record.seq):
            self.content.append(Finding(record.name, f"is record {fields.epoch}/{fields.seq} by its header"))
        self.headers.append(head.header)
        self.leaves.append(merkle.leaf_hash(head.header.raw))
        try:
            self._check_receipt(record, head.header, is_tombstone=is_tombstone)
        except EvidenceError as problem:
            self.receipts.append(Finding(record.name, str(problem)))

    def _check_receipt(self, record: PackedRecord, header: Header, *, is_tombstone: bool) -> None:
        fields, digest = header.context.fields, hashlib.sha256(record.envelope).hexdigest()
        key, stated = _by_any(self.keys.receipts, lambda key: read_receipt(record.receipt, key))
        if is_tombstone:
            digest = self.destroyed[record.name] = stated.record
        self._follow_servers(record.name, key)
        verify_receipt(record.receipt, key, device=fields.device, epoch=fields.epoch, seq=fields.seq, record=digest)

    def _follow_servers(self, name: str, key: bytes) -> None:
        """Once a server took a record, none before it may have taken a later one."""
        try:
            self.server = self.servers.index(key, self.server)
        except ValueError:
            self.receipts.append(Finding(name, "taken by a server that had handed the case over before"))


def verify_evidence(
    keys: PackKeys,
    authorities: Mapping[str, bytes],
    records: Iterable[PackedRecord],
    checkpoints: Sequence[tuple[str, bytes]],
    *,
    server_name: str,
    withdrawals: Mapping[str, bytes] | None = None,
    certificates: Sequence[bytes] = (),
    whole: str | None = None,
) -> list[CheckedStep]:
    """Return what every step finds. `checkpoints`: where each comes from, and the note; `server_name` is in them.

    `withdrawals` are by the digest of the authority that they end. `whole` names the checkpoint that has to be there
    and to fix every record: a pack has one, so that its end cannot be cut off. A record of which only the head is left
    keeps its place in the chain; a step more says whether `certificates` of destruction name each of these.
    """
    permitted, unsound = _authorities(keys, authorities)
    ended, unfounded = read_withdrawals(keys, withdrawals or {})
    walk = _Walk(keys)
    for record in records:
        walk.add(record)
    report = verify_sequence(walk.headers)
    breaks = tuple(Finding("chain", str(one)) for one in report.breaks)
    permission = [finding for header in walk.headers for finding in _permission(header, permitted, ended)]
    fixed = [
        finding
        for place, note in checkpoints
        for finding in _checkpoint(place, note, walk.leaves, keys, server_name, whole=place == whole)
    ]
    if whole is not None and whole not in (place for place, _ in checkpoints):
        fixed.append(Finding(whole, "is missing: the end of the records may have been cut off"))
    return [
        *_handovers(keys),
        CheckedStep("Authorities", "signed by the issuer, for this device", len(authorities), (*unsound, *unfounded)),
        CheckedStep("Records", "signed by the device, as they were sealed", walk.seen, tuple(walk.content)),
        CheckedStep("Chain", "no record is missing, repeated or exchanged", len(walk.headers), breaks),
        CheckedStep(
            "Permission", "made under an authority, captures in its time", len(walk.headers), tuple(permission)
        ),
        CheckedStep("Receipts", "the server signed for each", len(walk.headers), tuple(walk.receipts)),
        *_destroyed(walk, certificates),
        CheckedStep("Checkpoints", "the history is the one that was fixed", len(checkpoints), tuple(fixed)),
    ]


def _destroyed(walk: _Walk, certificates: Sequence[bytes]) -> list[CheckedStep]:
    """Return the step about tombstones; none where every record is whole."""
    findings, named = [], set[tuple[str, str]]()
    for number, file in enumerate(certificates):
        try:
            _, done = _by_any(walk.keys.receipts, lambda key: read_destruction(file, key))  # noqa: B023  (used at once)
        except EvidenceError as problem:
            findings.append(Finding(f"certificate {number}", str(problem)))
            continue
        named |= {(f"{one.epoch}/{one.seq}", one.record) for one in done.records}
    for place, digest in walk.destroyed.items():
        if (place, digest) not in named:
            findings.append(Finding(place, "its content is gone, and no certificate of destruction names it"))
    if not walk.destroyed and not findings:
        return []
    claim = "what is gone was destroyed by decision, with a certificate"
    return [CheckedStep("Tombstones", claim, len(walk.destroyed), tuple(findings))]


def check_disclosed(record: PackedRecord, content_key: bytes, shown: Mapping[str, bytes]) -> Iterable[Finding]:
    """Yield what does not hold about a record that is shown in the clear: `shown` has all of its parts by name."""
    place = record.name
    try:
        head = envelope.parse(record.envelope)
        key = ContentKey(content_key, head.header.context_line)
        key.check(bytes.fromhex(head.header.manifest.commitment))
        names = [part.name for part in head.header.manifest.parts]
        yield from (Finding(place, f"{name} is no part of the record") for name in shown if name not in names)
        yield from (Finding(place, f"{name} was sealed and is not shown") for name in names if name not in shown)
        for index, name in enumerate(names):
            if name in shown and key.open(index, name, envelope.part_bytes(head, record.envelope, name)) != shown[name]:
                yield Finding(place, f"{name} is not what was sealed")
    except EvidenceError as problem:
        yield Finding(place, str(problem))


def _authorities(keys: PackKeys, files: Mapping[str, bytes]) -> tuple[dict[str, Authority], list[Finding]]:
    permitted: dict[str, Authority] = {}
    findings = []
    for digest, file in files.items():
        try:
            authority = read_packed_authority(keys, file)
        except EvidenceError as problem:
            findings.append(Finding(digest[:16], str(problem)))
            continue
        if authority.digest != digest:
            findings.append(Finding(digest[:16], "not the file of that digest"))
        elif authority.terms.device_key != keys.device:
            findings.append(Finding(digest[:16], "for another device's key"))
        else:
            permitted[digest] = authority
    return permitted, findings


def read_withdrawals(keys: PackKeys, files: Mapping[str, bytes]) -> tuple[dict[str, Withdrawal], list[Finding]]:
    """Return the withdrawals that hold, by the digest of the authority that each ends, and what does not hold."""
    issuers = (keys.issuer, *(one.issuer for one in reversed(keys.former)))
    ended, findings = {}, []
    for digest, file in files.items():
        place = f"withdrawal of {digest[:16]}"
        try:
            _, withdrawal = _by_any(issuers, lambda key: check_withdrawal(file, issuer_key=key))  # noqa: B023  (at once)
        except EvidenceError as problem:
            findings.append(Finding(place, str(problem)))
            continue
        if withdrawal.authority != digest:
            findings.append(Finding(place, "withdraws another authority"))
        else:
            ended[digest] = withdrawal
    return ended, findings


def read_packed_authority(keys: PackKeys, file: bytes) -> Authority:
    """Read an authority by the newest issuer, or by one of those before for the time before they handed over.

    Raises AuthoritySignatureError or AuthorityFormatError.
    """
    try:
        return read_authority(file, issuer_key=keys.issuer)
    except AuthoritySignatureError as problem:
        for before in keys.former:
            try:
                authority = read_authority(file, issuer_key=before.issuer)
            except AuthoritySignatureError:
                continue
            if authority.terms.not_before > read_handover(before.handover, issuer_key=before.issuer).issued_at:
                raise AuthoritySignatureError("issued by who had handed the case over before") from None
            return authority
        raise problem from None


def _handovers(keys: PackKeys) -> list[CheckedStep]:
    """Return the step about hand-overs; none where the case was never handed over."""
    findings = [finding for number in range(len(keys.former)) for finding in _handover(keys, number)]
    claim = "each server before named the next one, under its issuer's signature"
    return [CheckedStep("Hand-overs", claim, len(keys.former), tuple(findings))] if keys.former else []


def _handover(keys: PackKeys, number: int) -> Iterable[Finding]:
    before, place = keys.former[number], f"hand-over {number}"
    try:
        handover: Handover = read_handover(before.handover, issuer_key=before.issuer)
    except EvidenceError as problem:
        yield Finding(place, str(problem))
        return
    after = keys.former[number + 1] if number + 1 < len(keys.former) else keys
    if handover.device_key != keys.device:
        yield Finding(place, "for another device's key")
    if handover.from_receipt_key != before.receipt:
        yield Finding(place, "from another server than the one that had the case")
    if (handover.to.issuer_key, handover.to.receipt_key) != (after.issuer, after.receipt):
        yield Finding(place, "to another server than the one that has the case next")


def _by_any(keys: Sequence[bytes], read: Callable[[bytes], _Read]) -> tuple[bytes, _Read]:
    """Return what is read with the first key that verifies it, and that key; raises what the first of them raised."""
    problems: list[EvidenceError] = []
    for key in keys:
        try:
            return key, read(key)
        except SignatureError as problem:
            problems.append(problem)
    raise problems[0]


def _permission(
    header: Header, permitted: Mapping[str, Authority], ended: Mapping[str, Withdrawal]
) -> Iterable[Finding]:
    fields = header.context.fields
    place = f"{fields.epoch}/{fields.seq}"
    authority = permitted.get(fields.authority)
    if authority is None:
        yield Finding(place, "made under an authority that is not among those that hold")
        return
    withdrawal = ended.get(fields.authority)
    withdrawn_at = None if withdrawal is None else withdrawal.withdrawn_at
    yield from (Finding(place, one) for one in objections(header.context, authority, withdrawn_at))


def _checkpoint(
    place: str, note: bytes, leaves: Sequence[bytes], keys: PackKeys, server_name: str, *, whole: bool
) -> Iterable[Finding]:
    try:
        _, checkpoint = _by_any(keys.receipts, lambda key: verify_checkpoint(note, NamedKey(server_name, key)))
    except EvidenceError as problem:
        yield Finding(place, str(problem))
        return
    if checkpoint.size > len(leaves) or (whole and checkpoint.size < len(leaves)):
        yield Finding(place, f"it fixes {checkpoint.size} records, and there are {len(leaves)}")
    elif merkle.root(leaves[: checkpoint.size]) != checkpoint.root:
        yield Finding(place, "it fixes another history than this one")
