"""Merkle trees (RFC 6962, 9162): a root over all records, short proofs that one is in, and that a log only grew."""

import hashlib
from collections.abc import Sequence

from evidence.errors import CheckpointError, UsageError


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf; for a record, `data` is its header."""
    return hashlib.sha256(b"\0" + data).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes; over none it is the hash of nothing."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        paired = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = paired + level[2 * len(paired) :]
    return level[0]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Return the proof that leaf `index` is under the root over `leaves`."""
    if not 0 <= index < len(leaves):
        raise UsageError(f"there is no leaf {index} among {len(leaves)}")
    if len(leaves) == 1:
        return ()
    split = _split(len(leaves))
    if index < split:
        return (*inclusion_proof(leaves[:split], index), root(leaves[split:]))
    return (*inclusion_proof(leaves[split:], index - split), root(leaves[:split]))


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> tuple[bytes, ...]:
    """Return the proof that the tree over `leaves` begins with the tree of its first `old_size` leaves."""
    if not 0 < old_size <= len(leaves):
        raise UsageError(f"no tree of {old_size} leaves is the beginning of one of {len(leaves)}")
    return _subproof(leaves, old_size, whole=True)


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> None:
    """Raise CheckpointError unless leaf hash `leaf` is at `index` under the root `expected` of `size` leaves."""
    if not 0 <= index < size:
        raise CheckpointError(f"there is no leaf {index} in a tree of {size}")
    at, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            raise CheckpointError("the proof of inclusion is too long")
        if at & 1 or at == last:
            found = _node(step, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = _node(found, step)
        at, last = at >> 1, last >> 1
    if last or found != expected:
        raise CheckpointError(f"leaf {index} is not under the root of {size} leaves")


def check_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raise CheckpointError unless the new tree begins with the old one."""
    if not 0 < old_size <= new_size:
        raise CheckpointError(f"a tree of {new_size} leaves cannot begin with one of {old_size}")
    if old_size == new_size:
        holds = not proof and old_root == new_root
    else:
        # The root of a complete old tree is a node of the new one, and the proof leaves it out.
        path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
        holds = bool(path) and _fold(old_size, new_size, path) == (old_root, new_root)
    if not holds:
        raise CheckpointError(f"the tree of {new_size} leaves does not begin with that of {old_size}: two histories")


def _fold(old_size: int, new_size: int, path: list[bytes]) -> tuple[bytes, bytes] | None:
    """Return both roots as the path gives them (RFC 9162 section 2.1.4.2); None for a path of the wrong length."""
    at, last = old_size - 1, new_size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for step in path[1:]:
        if last == 0:
            return None
        if at & 1 or at == last:
            old, new = _node(step, old), _node(step, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = _node(new, step)
        at, last = at >> 1, last >> 1
    return None if last else (old, new)


def _subproof(leaves: Sequence[bytes], old_size: int, *, whole: bool) -> tuple[bytes, ...]:
    if old_size == len(leaves):
        return () if whole else (root(leaves),)
    split = _split(len(leaves))
    if old_size <= split:
        return (*_subproof(leaves[:split], old_size, whole=whole), root(leaves[split:]))
    return (*_subproof(leaves[split:], old_size - split, whole=False), root(leaves[:split]))


def _split(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()
