"""A third opener, written from SPEC.md alone: imports nothing of ours, and its HPKE is not the one that sealed.

X25519 goes through pyhpke; X-Wing is put together from ML-KEM, X25519 and the key schedule of RFC 9180. It answers
`success` or an outcome of SPEC.md 4.3, and is as plain as it can be: a reference to compare with, not to use.
"""

import hashlib
import json
import re
import struct

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKey
from pyhpke.exceptions import PyHPKEError

X25519_SUITE, XWING_SUITE = "X25519-HKDF-SHA256-AES-256-GCM", "X-Wing-HKDF-SHA256-AES-256-GCM"
STANZA = {X25519_SUITE: 80, XWING_SUITE: 1168}
XWING_LABEL = bytes.fromhex("5c2e2f2f5e5c")
ORDER = 2**252 + 27742317777372353535851937790883648493
CONTEXT = {
    "agent", "authority", "boot", "case", "device", "epoch", "format", "group", "kind", "libraries", "monotonic_ns",
    "origin", "prev", "recipients", "seq", "severity", "suite", "time",
}  # fmt: skip


class RefusedError(Exception):
    """Raised with the outcome's word."""


def require(holds: bool, outcome: str) -> None:
    """Refuse with an outcome unless something holds."""
    if not holds:
        raise RefusedError(outcome)


def u32(data: bytes, at: int) -> int:
    require(len(data) >= at + 4, "format")
    return struct.unpack_from(">I", data, at)[0]


def derive(secret: bytes, label: bytes, salt: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=label).derive(secret)


def open_envelope(envelope: bytes, device_key: bytes, secret: bytes, suite: str) -> dict[str, bytes]:
    """Open every part, with the checks of SPEC.md 4.3 in their order (of the form, those of layout and spelling)."""
    header, stanzas, signature, context, manifest, at = layout(envelope)
    check_signature(device_key, signature, header)
    require(hashlib.sha256(stanzas).hexdigest() == manifest["stanzas"], "digest")
    sealed = []
    for part in manifest["parts"]:
        sealed.append(envelope[at : at + part["size"]])
        require(hashlib.sha256(sealed[-1]).hexdigest() == part["sha256"], "digest")
        at += part["size"]
    bound = hashlib.sha256(header[: header.index(b"\n") + 1]).digest()
    own = hashlib.sha256(public(secret, suite)).hexdigest()[:16]
    names = [one["key"] for one in context["recipients"]]
    require(own in names and suite == context["suite"], "recipient")
    size, index = STANZA[suite], names.index(own)
    commitment = bytes.fromhex(manifest["commitment"])
    key = unwrap(stanzas[index * size : index * size + size], secret, suite, b"overt-stanza-v1" + bound + commitment)
    require(derive(key, b"overt-commit-v1", bound) == commitment, "commitment")
    parts_key = derive(key, b"overt-parts-v1", bound)
    named = [part["name"] for part in manifest["parts"]]
    return {name: open_part(parts_key, i, bound, name, sealed[i]) for i, name in enumerate(named)}


def layout(envelope: bytes) -> tuple[bytes, bytes, bytes, dict, dict, int]:
    """Take an envelope apart."""
    require(envelope[:8] == b"OVERTEN1", "format")
    length = u32(envelope, 8)
    require(length <= 16_384, "format")
    header = envelope[12 : 12 + length]
    lines = header.split(b"\n")
    require(len(header) == length and len(lines) == 3 and lines[2] == b"", "format")
    context, manifest = (canonical(line) for line in lines[:2])
    require(set(context) == CONTEXT and set(manifest) == {"commitment", "parts", "stanzas"}, "format")
    require(context["suite"] in STANZA, "format")
    at = 12 + length
    size = u32(envelope, at)
    require(size == len(context["recipients"]) * STANZA[context["suite"]], "format")
    stanzas, signature = envelope[at + 4 : at + 4 + size], envelope[at + 4 + size : at + 68 + size]
    at += 68 + size
    require(len(envelope) == at + sum(part["size"] for part in manifest["parts"]), "format")
    return header, stanzas, signature, context, manifest, at


def canonical(line: bytes) -> dict:
    """Read one object, in its only spelling."""
    try:
        value = json.loads(line)
        text = json.dumps(value, sort_keys=True, separators=(",", ":")).replace("\x7f", "\\u007f")
        require(isinstance(value, dict) and text.encode() == line, "format")
    except (ValueError, RecursionError):
        raise RefusedError("format") from None
    require(not re.search(rb"[:\[,]-?[0-9]+[.eE]", re.sub(rb'"(?:[^"\\]|\\.)*"', b'""', line)), "format")
    return value


def check_signature(device_key: bytes, signature: bytes, message: bytes) -> None:
    require(int.from_bytes(signature[32:], "little") < ORDER, "signature")
    try:
        Ed25519PublicKey.from_public_bytes(device_key).verify(signature, message)
    except InvalidSignature:
        raise RefusedError("signature") from None


def open_part(key: bytes, index: int, bound: bytes, name: str, ciphertext: bytes) -> bytes:
    try:
        padded = AESGCM(key).decrypt(index.to_bytes(12, "big"), ciphertext, bound + name.encode())
    except InvalidTag:
        raise RefusedError("open") from None
    length = u32(padded, 0)
    require(len(padded) == padme(max(256, 4 + length)) and not any(padded[4 + length :]), "format")
    return padded[4 : 4 + length]


def padme(n: int) -> int:
    e = n.bit_length() - 1
    step = 1 << (e - e.bit_length())
    return -(-n // step) * step


# --- HPKE ---


def xwing_keys(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    expanded = hashlib.shake_256(seed).digest(96)
    return MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), X25519PrivateKey.from_private_bytes(expanded[64:])


def public(secret: bytes, suite: str) -> bytes:
    if suite == X25519_SUITE:
        return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    lattice, curve = xwing_keys(secret)
    return lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()


def unwrap(stanza: bytes, secret: bytes, suite: str, info: bytes) -> bytes:
    try:
        return (by_pyhpke if suite == X25519_SUITE else by_xwing)(stanza, secret, info)
    except (PyHPKEError, InvalidTag, ValueError):
        raise RefusedError("open") from None


def by_pyhpke(stanza: bytes, secret: bytes, info: bytes) -> bytes:
    suite = CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.AES256_GCM)
    key = KEMKey.from_pyca_cryptography_key(X25519PrivateKey.from_private_bytes(secret))
    return suite.create_recipient_context(stanza[:32], key, info=info).open(stanza[32:])


def by_xwing(stanza: bytes, seed: bytes, info: bytes) -> bytes:
    lattice, curve = xwing_keys(seed)
    point = stanza[1088:1120]
    first = lattice.decapsulate(stanza[:1088])
    second = curve.exchange(X25519PublicKey.from_public_bytes(point))
    shared = hashlib.sha3_256(first + second + point + curve.public_key().public_bytes_raw() + XWING_LABEL).digest()
    suite = b"HPKE" + struct.pack(">HHH", 0x647A, 1, 2)

    def extract(salt: bytes, label: bytes, value: bytes) -> bytes:
        return HKDF.extract(SHA256(), salt or bytes(32), b"HPKE-v1" + suite + label + value)

    def expand(key: bytes, label: bytes, context: bytes, length: int) -> bytes:
        labelled = struct.pack(">H", length) + b"HPKE-v1" + suite + label + context
        return HKDFExpand(algorithm=SHA256(), length=length, info=labelled).derive(key)

    context = b"\0" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    secret = extract(shared, b"secret", b"")
    nonce = expand(secret, b"base_nonce", context, 12)
    return AESGCM(expand(secret, b"key", context, 32)).decrypt(nonce, stanza[1120:], b"")
