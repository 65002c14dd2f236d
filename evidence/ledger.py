"""The chain of one device: each header names the digest of the one before it, so silence and deletion show."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from evidence.errors import ChainError
from evidence.header import GENESIS, Header, HeaderFields


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The last record of a device's chain."""

    device: str
    epoch: int
    seq: int
    digest: str
    """SHA-256 of its header in hex."""

    @property
    def next_seq(self) -> int:
        """Sequence number of the record that comes next."""
        return self.seq + 1


class Break(Enum):
    """How a record fails to follow."""

    OTHER_DEVICE = "other-device"
    MISSING = "missing"
    REPEATED = "repeated"
    UNLINKED = "unlinked"
    NEW_EPOCH = "new-epoch"


class BrokenChainError(ChainError):
    """A record that does not follow, and in which way."""

    def __init__(self, kind: Break, message: str) -> None:
        """Keep the kind beside the sentence."""
        super().__init__(message)
        self.kind = kind


def head_of(header: Header) -> ChainHead:
    """Return the chain's head after this record."""
    fields = header.context.fields
    return ChainHead(fields.device, fields.epoch, fields.seq, hashlib.sha256(header.raw).hexdigest())


def link_after(head: ChainHead | None) -> tuple[int, str]:
    """Return `seq` and `prev` of the record that comes next; None stands for the start of an epoch."""
    return (0, GENESIS) if head is None else (head.next_seq, head.digest)


def follow(head: ChainHead | None, header: Header) -> ChainHead:
    """Return the new head; raises BrokenChainError where the record does not follow the head.

    A head of None accepts only the first record of an epoch. An epoch follows only its predecessor, from seq 0.
    """
    fields = header.context.fields
    if head is not None and fields.device != head.device:
        raise BrokenChainError(Break.OTHER_DEVICE, f"record of device {fields.device} in the chain of {head.device}")
    if head is not None and fields.epoch == head.epoch + 1 and fields.seq == 0:
        return head_of(header)
    if head is not None and fields.epoch != head.epoch:
        raise BrokenChainError(Break.NEW_EPOCH, f"epoch {fields.epoch} seq {fields.seq} after epoch {head.epoch}")
    _check_link(head, fields)
    return head_of(header)


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a walk along a chain found."""

    records: int
    head: ChainHead | None
    """None where there was no record."""
    breaks: tuple[BrokenChainError, ...]
    """Empty: every record follows the one before it."""


def verify_sequence(headers: Iterable[Header], *, after: ChainHead | None = None) -> ChainReport:
    """Walk along a device's headers in stored order and report every place where the chain breaks.

    After a break the walk goes on from the record that was found, so one gap is reported once.
    """
    head, records, breaks = after, 0, []
    for header in headers:
        try:
            head = follow(head, header)
        except BrokenChainError as broken:
            breaks.append(broken)
            head = head_of(header)
        records += 1
    return ChainReport(records, head, tuple(breaks))


def _check_link(head: ChainHead | None, fields: HeaderFields) -> None:
    seq, prev = link_after(head)
    place = f"record {fields.epoch}/{fields.seq}"
    if fields.seq > seq:
        raise BrokenChainError(Break.MISSING, f"{place}: {fields.seq - seq} missing before it, from {seq}")
    if fields.seq < seq:
        raise BrokenChainError(Break.REPEATED, f"{place}: stands again after {fields.epoch}/{seq - 1}")
    if fields.prev != prev:
        raise BrokenChainError(Break.UNLINKED, f"{place}: does not name the record before it")
