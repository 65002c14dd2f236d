"""Merkle trees: the published roots, and proofs that hold for what they prove and nothing else."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import CheckpointError, UsageError
from evidence.merkle import (
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
)

# Leaves and roots of the Certificate Transparency reference implementation (RFC 6962), one root for each size.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHES = [leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES]


def leaves(count):
    """Return that many leaf hashes."""
    return [leaf_hash(str(number).encode()) for number in range(count)]


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size):
    """Every size from no leaf to eight."""
    assert root(HASHES[:size]).hex() == ROOTS[size]


def test_published_proofs():
    """Two proofs of the reference implementation, by their nodes."""
    assert [node.hex()[:16] for node in inclusion_proof(HASHES, 5)] == [
        "bc1a0643b12e4d2d", "ca854ea128ed050b", "d37ee418976dd957",
    ]  # fmt: skip
    assert [node.hex()[:16] for node in consistency_proof(HASHES, 6)] == [
        "0ebc5d3437fbe2db", "ca854ea128ed050b", "d37ee418976dd957",
    ]  # fmt: skip


def rfc_root(hashes):
    """Return the root by the recursive definition of the RFC."""
    if len(hashes) <= 1:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return hashlib.sha256(b"\1" + rfc_root(hashes[:split]) + rfc_root(hashes[split:])).digest()


@pytest.mark.parametrize("size", [*range(1, 34), 100])
def test_every_proof_of_every_small_tree_holds(size):
    """All leaves, all beginnings; the root is the recursive definition's."""
    tree = leaves(size)
    top = root(tree)
    assert top == rfc_root(tree)
    for number in range(size):
        check_inclusion(tree[number], number, size, inclusion_proof(tree, number), top)
        old = number + 1
        check_consistency(old, size, root(tree[:old]), top, consistency_proof(tree, old))


@settings(max_examples=150)
@given(st.data())
def test_no_changed_proof_holds(data):
    """Another leaf, place, size, root, or a changed, cut or longer path."""
    size = data.draw(st.integers(2, 40))
    index = data.draw(st.integers(0, size - 1))
    tree = leaves(size)
    proof = list(inclusion_proof(tree, index))
    at = data.draw(st.integers(0, len(proof) - 1))
    changed = [*proof[:at], bytes(32), *proof[at + 1 :]]
    top = root(tree)
    wrong = [
        (leaf_hash(b"x"), index, size, proof, top),
        (tree[index], (index + 1) % size, size, proof, top),
        (tree[index], index, size, proof, bytes(32)),
        (tree[index], index, size, changed, top),
        (tree[index], index, size, proof[:-1], top),
        (tree[index], index, size, [*proof, bytes(32)], top),
        (tree[index], size, size, proof, top),
        (tree[index], -1, size, proof, top),
    ]
    for arguments in wrong:
        with pytest.raises(CheckpointError):
            check_inclusion(*arguments)


@settings(max_examples=150)
@given(st.data())
def test_no_other_history_is_consistent(data):
    """A record dropped or exchanged before the old checkpoint shows, whatever path is offered."""
    size = data.draw(st.integers(3, 40))
    old = data.draw(st.integers(1, size - 1))
    at = data.draw(st.integers(0, old - 1))
    tree = leaves(size)
    rewritten = tree[:at] + tree[at + 1 :] + [leaf_hash(b"new")] if data.draw(st.booleans()) else list(tree)
    rewritten[at] = leaf_hash(b"other")
    for path in (consistency_proof(rewritten, old), consistency_proof(tree, old)):
        with pytest.raises(CheckpointError):
            check_consistency(old, size, root(tree[:old]), root(rewritten), path)


@pytest.mark.parametrize(
    ("old", "new", "length"), [(0, 5, 0), (6, 5, 0), (5, 5, 1), (3, 5, 0), (4, 8, 0), (4, 8, 2), (-1, 5, 1)]
)
def test_proofs_of_the_wrong_shape_are_refused(old, new, length):
    """Sizes and lengths that no proof has."""
    with pytest.raises(CheckpointError):
        check_consistency(old, new, bytes(32), bytes(32), [bytes(32)] * length)


def test_the_same_tree_is_consistent_with_itself():
    """An empty proof, and equal roots."""
    check_consistency(5, 5, b"r" * 32, b"r" * 32, [])
    with pytest.raises(CheckpointError):
        check_consistency(5, 5, b"r" * 32, b"s" * 32, [])


def test_proofs_of_what_is_not_there_cannot_be_asked_for():
    """The caller's mistake."""
    with pytest.raises(UsageError):
        inclusion_proof(HASHES, 8)
    with pytest.raises(UsageError):
        consistency_proof(HASHES, 9)


def test_a_leaf_is_hashed_apart_from_nodes():
    """RFC 6962 section 2.1: 0x00 before a leaf, 0x01 before two nodes."""
    assert leaf_hash(b"header") == hashlib.sha256(b"\0header").digest()
    assert root([b"a" * 32, b"b" * 32]) == hashlib.sha256(b"\1" + b"a" * 32 + b"b" * 32).digest()
