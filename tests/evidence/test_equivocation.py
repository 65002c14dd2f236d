"""Two keys, one ciphertext: AES-GCM alone lets a device show two officers different things; the commitment does not.

The ciphertext is really made (Dodis, Grubbs, Ristenpart, Woodage 2018): one free block is solved for in GF(2^128), so
that the tag is right under both keys.
"""

import hashlib

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from evidence.content import ContentKey
from evidence.envelope import open_part, parse, verify
from evidence.errors import CommitmentError
from evidence.head import assemble
from evidence.header import Context, ListedPart, ListedRecipient, Manifest, Role, encode_context, encode_manifest
from evidence.keys import derive

POLYNOMIAL = 0xE1 << 120
ONE = 1 << 127  # GCM counts bits from the left


def multiply(x, y):
    """Multiply in the field of GCM."""
    product = 0
    for bit in range(127, -1, -1):
        if x >> bit & 1:
            product ^= y
        y = (y >> 1) ^ (POLYNOMIAL if y & 1 else 0)
    return product


def power(x, exponent):
    """Raise to a power."""
    result = ONE
    while exponent:
        if exponent & 1:
            result = multiply(result, x)
        x, exponent = multiply(x, x), exponent >> 1
    return result


def encrypt_block(key, block):
    """AES of one block."""
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return encryptor.update(block)


def ghash(h, data):
    """GHASH of whole blocks."""
    y = 0
    for start in range(0, len(data), 16):
        y = multiply(y ^ int.from_bytes(data[start : start + 16], "big"), h)
    return y


def padded(data):
    """Fill up to whole blocks."""
    return data + bytes(-len(data) % 16)


def two_key_ciphertext(keys, nonce, aad, blocks):
    """Return a ciphertext with tag that AES-GCM opens under both keys, with its first block free for that purpose."""
    lengths = (8 * len(aad)).to_bytes(8, "big") + (128 * blocks).to_bytes(8, "big")
    rest = hashlib.shake_256(b"anything").digest(16 * (blocks - 1))
    hs = [int.from_bytes(encrypt_block(key, bytes(16)), "big") for key in keys]
    masks = [int.from_bytes(encrypt_block(key, nonce + b"\0\0\0\1"), "big") for key in keys]
    tags = [ghash(h, padded(aad) + bytes(16) + rest + lengths) ^ mask for h, mask in zip(hs, masks, strict=True)]
    weights = [power(h, blocks + 1) for h in hs]
    free = multiply(tags[0] ^ tags[1], power(weights[0] ^ weights[1], 2**128 - 2))
    tag = tags[0] ^ multiply(free, weights[0])
    return free.to_bytes(16, "big") + rest + tag.to_bytes(16, "big")


@pytest.fixture
def forged(world):
    """An envelope, signed by its device, whose one part opens under two content keys, one for each recipient."""
    publics = [one.public_key for one in world.recipients]
    listed = (ListedRecipient(world.case_key.id, Role.CASE), ListedRecipient(world.recovery_key.id, Role.RECOVERY))
    context_line = encode_context(Context(world.suite, world.fields(), listed))
    digest = hashlib.sha256(context_line).digest()
    contents = [ContentKey(bytes([n]) * 32, context_line) for n in (1, 2)]
    keys = [derive(one.secret, b"overt-parts-v1", salt=digest) for one in contents]
    ciphertext = two_key_ciphertext(keys, bytes(12), digest + b"meta", 16)
    info = b"overt-stanza-v1" + digest + contents[0].commitment()
    section = b"".join(
        world.suite.wrap(one.secret, public, info) for one, public in zip(contents, publics, strict=True)
    )
    part = ListedPart("meta", len(ciphertext), hashlib.sha256(ciphertext).hexdigest())
    manifest = Manifest(contents[0].commitment().hex(), hashlib.sha256(section).hexdigest(), (part,))
    header = context_line + encode_manifest(manifest)
    envelope = assemble(header, section, world.device_key.sign(header)) + ciphertext
    return world, envelope, keys, digest, ciphertext


def test_the_attack_is_real(forged):
    """AES-GCM opens the one ciphertext under both keys, to different things."""
    _, _, keys, digest, ciphertext = forged
    opened = {AESGCM(key).decrypt(bytes(12), ciphertext, digest + b"meta") for key in keys}
    assert len(opened) == 2


def test_the_commitment_stops_it(forged):
    """The signature holds and the stanza opens; the key that was not committed to is refused all the same."""
    world, envelope, _, _, ciphertext = forged
    head = parse(envelope)
    verify(head, world.device_public)
    with pytest.raises(CommitmentError):
        open_part(head, world.recovery_key, "meta", ciphertext)
