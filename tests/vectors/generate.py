"""Writes the test vectors of evidence/SPEC.md: `python tests/vectors/generate.py`.

Each file says what a careful reader must answer (`expect`). HPKE picks its own ephemeral keys, so every run makes other
bytes; the files that are checked in stay as they are until the format changes.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from evidence import canonical
from evidence.authority import AuthorityTerms, Condition, NamedRecipient, PermittedLibrary, issue_authority
from evidence.content import ContentKey
from evidence.header import Role
from evidence.keys import (
    OpeningKey,
    derive,
    generate_signing_key,
    key_id,
    lock_officer_key,
    verifying_key,
    wrap_case_key,
)
from evidence.padding import padding_of, padme
from evidence.passkey import lock_with_passkey
from evidence.receipt import Receipt, sign_receipt
from evidence.suite import Suite

HERE = Path(__file__).parent
PASSPHRASE = "correct horse ﬁve"
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


def pad(data: bytes) -> bytes:
    """Return data as it is padded before it is sealed."""
    prefix, zeros = padding_of(len(data))
    return prefix + data + zeros


def seeded(name: str) -> Callable[[int], bytes]:
    """Return bytes that are the same in every run."""
    return lambda size: hashlib.shake_256(name.encode()).digest(size)


DEVICE = generate_signing_key(seeded("device"))
OTHER_DEVICE = generate_signing_key(seeded("other device"))


@dataclass
class Recipe:
    """A way of making an envelope, right unless something is changed: the writer of the format, without its checks."""

    suite: Suite = Suite.X25519
    parts: list[tuple[str, bytes]] = field(default_factory=lambda: [("meta", b'{"format":"overt-event-1"}')])
    context: Callable[[dict[str, Any]], Any] = lambda value: value
    context_line: Callable[[bytes], bytes] = lambda line: line
    manifest: Callable[[dict[str, Any]], Any] = lambda value: value
    manifest_line: Callable[[bytes], bytes] = lambda line: line
    pad: Callable[[bytes], bytes] = pad
    aad_name: Callable[[str], str] = lambda name: name
    nonce: Callable[[int], int] = lambda index: index
    info: Callable[[bytes], bytes] = lambda info: info
    wrapped_key: Callable[[bytes], bytes] = lambda key: key
    parts_label: bytes = b"overt-parts-v1"
    section: Callable[[bytes], bytes] = lambda section: section
    sealed_later: Callable[[list[bytes]], list[bytes]] = lambda parts: parts
    signature: Callable[[bytes], bytes] = lambda signature: signature
    file: Callable[[bytes], bytes] = lambda data: data
    stored_section: Callable[[bytes], bytes] = lambda section: section
    stored_header: Callable[[bytes], bytes] = lambda header: header
    signer: Any = DEVICE
    opener: str = "case"

    def key(self, name: str) -> OpeningKey:
        """Return the key of that name in this suite."""
        return OpeningKey.generate(seeded(f"{name} key"), self.suite)

    def build(self) -> bytes:
        """Make the envelope."""
        context_line = self.context_line(canonical_line(self.context(self._context())))
        content_key = seeded("content key")(32)
        key = ContentKey(content_key, context_line)
        digest = hashlib.sha256(context_line).digest()
        info = self.info(b"overt-stanza-v1" + digest + key.commitment())
        wrapped = self.wrapped_key(content_key)
        publics = [self.key("case").public, self.key("recovery").public]
        section = self.section(b"".join(self.suite.wrap(wrapped, public, info) for public in publics))
        sealed = self._seal_parts(content_key, digest)
        header = context_line + self.manifest_line(canonical_line(self.manifest(self._manifest(key, section, sealed))))
        return self._assemble(header, section, sealed)

    def _context(self) -> dict[str, Any]:
        names = [(key_id(self.key("case").public), "case"), (key_id(self.key("recovery").public), "recovery")]
        return {
            "format": "overt-envelope-1", "suite": self.suite.value, "authority": "a" * 64, "case": "case-7",
            "device": "device-1", "epoch": 0, "seq": 0, "prev": "0" * 64, "time": "2026-06-01T12:00:00.000Z",
            "monotonic_ns": "1152921504606846976", "boot": "boot-1", "agent": "0.1.0", "libraries": "b" * 64,
            "kind": "capture", "severity": 3, "group": "", "origin": "screen",
            "recipients": [{"key": key, "role": role} for key, role in names],
        }  # fmt: skip

    def _seal_parts(self, content_key: bytes, digest: bytes) -> list[bytes]:
        cipher = AESGCM(derive(content_key, self.parts_label, salt=digest))
        return [
            cipher.encrypt(self.nonce(index).to_bytes(12, "big"), self.pad(data), digest + self.aad_name(name).encode())
            for index, (name, data) in enumerate(self.parts)
        ]

    def _manifest(self, key: ContentKey, section: bytes, sealed: list[bytes]) -> dict[str, Any]:
        names = [name for name, _ in self.parts]
        return {
            "commitment": key.commitment().hex(),
            "stanzas": hashlib.sha256(section).hexdigest(),
            "parts": [
                {"name": name, "size": len(one), "sha256": hashlib.sha256(one).hexdigest()}
                for name, one in zip(names, sealed, strict=True)
            ],
        }

    def _assemble(self, header: bytes, section: bytes, sealed: list[bytes]) -> bytes:
        signature = self.signature(self.signer.sign(header))
        header, section = self.stored_header(header), self.stored_section(section)
        head = b"OVERTEN1" + len(header).to_bytes(4, "big") + header + len(section).to_bytes(4, "big") + section
        return self.file(head + signature + b"".join(self.sealed_later(sealed)))


def canonical_line(value: Any) -> bytes:
    """Spell a value canonically as far as JSON goes, without the limits of the format, and end the line."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def flip(data: bytes, position: int, bit: int = 0) -> bytes:
    """Change one bit."""
    changed = bytearray(data)
    changed[position] ^= 1 << bit
    return bytes(changed)


def put(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Change fields of an object."""
    return lambda value: value | changes


def without(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Drop a field of an object."""
    return lambda value: {key: one for key, one in value.items() if key != name}


def first_part(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Change what the manifest says of the first part."""
    return lambda value: value | {"parts": [value["parts"][0] | changes, *value["parts"][1:]]}


def out_of_order(line: bytes) -> bytes:
    """Move the first field of an object to its end."""
    first, _, rest = line[1:].partition(b",")
    return b"{" + rest.removesuffix(b"}\n") + b"," + first + b"}\n"


def other_s(signature: bytes) -> bytes:
    """Return the same signature with S + L: it passes where the check for S < L is forgotten."""
    s = int.from_bytes(signature[32:], "little") + ED25519_ORDER
    return signature[:32] + s.to_bytes(32, "little")


TWO = [("meta", b"words"), ("thumb", b"picture")]
THREE = [("meta", b"words"), ("thumb", bytes(1000)), ("frame-0", bytes(range(256)) * 30)]


def good() -> Iterator[tuple[str, str, Recipe]]:
    """Yield what has to open."""
    for suite in Suite:
        yield f"one-part-{suite.name.lower()}", "one part, case key", Recipe(suite)
        yield f"three-parts-{suite.name.lower()}", "three parts", Recipe(suite, parts=THREE)
        yield f"recovery-{suite.name.lower()}", "opened by the recovery key", Recipe(suite, opener="recovery")
    yield "empty-part", "a part of no bytes", Recipe(parts=[("meta", b"")])
    later = put(seq=9007199254740991, epoch=3, prev="c" * 64, kind="gap", severity=0, group="ab12", origin="replay")
    yield "largest-seq", "the largest sequence number, every other kind of value", Recipe(context=later)
    yield "longest-uptime", "monotonic_ns beyond 2^53", Recipe(context=put(monotonic_ns="9223372036854775807"))
    yield "leap-day", "29 February of a leap year", Recipe(context=put(time="2028-02-29T23:59:59.999Z"))
    sizes = [251, 252, 253, 268, 269, 508, 509]
    yield "padding-edges", "sizes around padding steps", Recipe(parts=[(f"p{n}", bytes([1]) * n) for n in sizes])


def bad_files() -> Iterator[tuple[str, str, Recipe]]:
    """Yield files whose layout is wrong."""
    yield "magic", "another magic", Recipe(file=lambda data: flip(data, 7))
    yield "empty", "no bytes", Recipe(file=lambda _: b"")
    yield "cut-in-magic", "cut in the magic", Recipe(file=lambda data: data[:5])
    yield "cut-in-header", "cut in the header", Recipe(file=lambda data: data[:300])
    yield "cut-in-part", "cut in the part", Recipe(file=lambda data: data[:-1])
    yield "one-byte-more", "a byte after the last part", Recipe(file=lambda data: data + b"\0")
    yield "header-length-huge", "a header of 4 GiB", Recipe(file=lambda data: data[:8] + b"\xff" * 4 + data[12:])
    yield "header-too-long", "a header of 16,385 bytes", Recipe(stored_header=lambda h: h + b" " * (16_385 - len(h)))
    yield "stanza-missing", "one stanza for two recipients", Recipe(section=lambda section: section[:80])
    yield "stanza-too-many", "three stanzas for two recipients", Recipe(section=lambda section: section + bytes(80))


def bad_spellings() -> Iterator[tuple[str, str, Recipe]]:
    """Yield headers whose JSON is not canonical; all are signed."""

    def line(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
        return lambda data: data.replace(old, new, 1)

    yield "three-lines", "a third line", Recipe(manifest_line=lambda data: data + b"{}\n")
    yield "one-line", "no line break between the lines", Recipe(context_line=lambda data: data[:-1])
    yield "no-last-newline", "no newline at the end", Recipe(manifest_line=lambda data: data[:-1])
    yield "crlf", "carriage returns", Recipe(context_line=line(b"\n", b"\r\n"))
    yield "space", "a space after a colon", Recipe(context_line=line(b'"seq":', b'"seq": '))
    yield "unsorted", "two keys out of order", Recipe(context_line=out_of_order)
    yield "repeated-key", "a key twice", Recipe(context_line=line(b'"seq":0', b'"seq":0,"seq":0'))
    yield "float", "a sequence number with a fraction", Recipe(context_line=line(b'"seq":0', b'"seq":0.0'))
    yield "exponent", "a sequence number with an exponent", Recipe(context_line=line(b'"seq":0', b'"seq":0e0'))
    yield "minus-zero", "minus zero", Recipe(context_line=line(b'"seq":0', b'"seq":-0'))
    yield "raw-utf8", "UTF-8 that is not escaped", Recipe(context_line=line(b'"case-7"', '"cäse-7"'.encode()))
    yield "needless-escape", "an escaped letter", Recipe(context_line=line(b'"case-7"', b'"\\u0063ase-7"'))
    yield "byte-order-mark", "a byte order mark", Recipe(context_line=lambda data: b"\xef\xbb\xbf" + data)


def bad_fields() -> Iterator[tuple[str, str, Recipe]]:
    """Yield headers with one field outside the format; all are signed."""
    context = {
        "seq-too-large": put(seq=2**53, prev="c" * 64), "seq-negative": put(seq=-1, prev="c" * 64),
        "seq-text": put(seq="0"), "seq-true": put(seq=True), "seq-null": put(seq=None), "no-prev-later": put(seq=1),
        "prev-at-start": put(prev="c" * 64), "unknown-field": put(more=1), "missing-field": without("origin"),
        "other-format": put(format="overt-envelope-2"), "other-suite": put(suite="none"), "severity-6": put(severity=6),
        "time-30-february": put(time="2026-02-30T12:00:00.000Z"), "time-seconds": put(time="2026-06-01T12:00:00Z"),
        "time-offset": put(time="2026-06-01T12:00:00.000+00:00"), "time-hour-24": put(time="2026-06-01T24:00:00.000Z"),
        "time-year-0": put(time="0000-01-01T00:00:00.000Z"), "time-leap-second": put(time="2026-06-30T23:59:60.000Z"),
        "case-empty": put(case=""), "case-slash": put(case="../x"), "device-long": put(device="d" * 65),
        "digest-short": put(authority="a" * 63), "digest-capitals": put(authority="A" * 64),
        "monotonic-number": put(monotonic_ns=5), "monotonic-zeros": put(monotonic_ns="007"), "kind": put(kind="secret"),
        "origin": put(origin="camera"), "group-text": put(group="knife"), "no-recipients": put(recipients=[]),
        "recipient-role": put(recipients=[{"key": "0" * 16, "role": "police"}] * 1),
        "recipient-more": put(recipients=[{"key": "0" * 16, "role": "case", "name": "x"}]),
        "recipients-object": put(recipients={}),
    }  # fmt: skip
    for name, change in context.items():
        yield name, f"context: {name.replace('-', ' ')}", Recipe(context=change)
    twice = Recipe(context=lambda value: value | {"recipients": [value["recipients"][0]] * 2})
    yield "recipient-twice", "one key listed twice", twice
    many = [{"key": f"{n:016x}", "role": "case"} for n in range(17)]
    crowd = Recipe(context=put(recipients=many), section=lambda section: section[:80] * 17)
    yield "recipients-17", "seventeen recipients", crowd
    manifest = {
        "manifest-unknown": put(more=1), "manifest-missing": without("commitment"), "no-parts": put(parts=[]),
        "part-name": first_part(name="Meta"), "part-path": first_part(name="a/b"), "part-size-0": first_part(size=0),
        "part-size-huge": first_part(size=2**26 + 1), "part-unknown": first_part(more=1),
    }  # fmt: skip
    for name, change in manifest.items():
        yield name, f"manifest: {name.replace('-', ' ')}", Recipe(manifest=change)
    yield "part-twice", "two parts of one name", Recipe(parts=[("meta", b"a"), ("meta", b"b")])


def bad_padding() -> Iterator[tuple[str, str, Recipe]]:
    """Yield parts that open and whose padding is wrong."""
    yield "padding-not-zero", "padding that is not zeros", Recipe(pad=lambda data: flip(pad(data), -1))
    yield "padding-length", "a length beyond the end", Recipe(pad=lambda data: b"\xff\xff\xff\xff" + pad(data)[4:])
    yield "padding-more", "a size that is not the next Padmé size", Recipe(pad=lambda data: pad(data) + bytes(16))
    yield "padding-none", "less than 256 bytes", Recipe(pad=lambda data: len(data).to_bytes(4, "big") + data)


def bad_trust() -> Iterator[tuple[str, str, str, Recipe]]:
    """Yield envelopes of good form that must not be believed, with the outcome."""
    yield "other-device", "signature", "signed by another device", Recipe(signer=OTHER_DEVICE)
    yield "signature-flipped", "signature", "a flipped bit", Recipe(signature=lambda one: flip(one, 5))
    yield "signature-s-plus-l", "signature", "the same signature with S + L", Recipe(signature=other_s)
    changed = Recipe(stored_header=lambda header: header.replace(b'"severity":3', b'"severity":2'))
    yield "header-changed", "signature", "the severity was lowered", changed
    swapped = Recipe(stored_section=lambda section: section[80:] + section[:80])
    yield "stanzas-swapped", "digest", "stanzas changed places", swapped
    yield "part-flipped", "digest", "a bit of the part", Recipe(sealed_later=lambda parts: [flip(parts[0], 9)])
    yield "parts-swapped", "digest", "two parts changed places", Recipe(parts=TWO, sealed_later=lambda p: p[::-1])
    yield "stranger", "recipient", "opened with a key that is not listed", Recipe(opener="stranger")


def bad_keys() -> Iterator[tuple[str, str, str, Recipe]]:
    """Yield signed envelopes whose keys are wrong inside: a device, not a stranger, made them."""
    for suite in Suite:
        equivocation = Recipe(suite, wrapped_key=lambda key: flip(key, 0))
        yield f"equivocation-{suite.name.lower()}", "commitment", "another content key than committed to", equivocation
        other = Recipe(suite, info=lambda info: flip(info, 20))
        yield f"stanza-context-{suite.name.lower()}", "open", "a stanza bound to another header", other
    yield "stanza-commitment", "open", "a stanza bound to another commitment", Recipe(info=lambda i: flip(i, -1))
    yield "stanza-label", "open", "a stanza made for another use", Recipe(info=lambda info: flip(info, 0))
    zero = Recipe(section=lambda section: bytes(32) + section[32:])
    yield "stanza-low-order", "open", "an encapsulated key of low order", zero
    yield "part-key", "open", "a part under another derived key", Recipe(parts_label=b"overt-parts-v2")
    yield "part-other-name", "open", "a part sealed under another name", Recipe(aad_name=lambda name: "thumb")
    yield "part-other-place", "open", "a part sealed for another place", Recipe(nonce=lambda index: index + 1)


def envelope_vectors() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every envelope vector by name."""
    for name, comment, recipe in good():
        parts = {part: hashlib.sha256(data).hexdigest() for part, data in recipe.parts}
        yield name, describe(recipe, "success", comment) | {"parts": parts}
    for source in (bad_files, bad_spellings, bad_fields, bad_padding):
        for name, comment, recipe in source():
            yield name, describe(recipe, "format", comment)
    for trust in (bad_trust, bad_keys):
        for name, expect, comment, recipe in trust():
            yield name, describe(recipe, expect, comment)


def describe(recipe: Recipe, expect: str, comment: str) -> dict[str, Any]:
    """Return the vector of a recipe."""
    return {
        "comment": comment,
        "expect": expect,
        "suite": recipe.suite.value,
        "device_key": verifying_key(DEVICE).hex(),
        "opening_key": recipe.key(recipe.opener).secret.hex(),
        "envelope": base64.b64encode(recipe.build()).decode(),
    }


def key_vectors() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield locked keys and wraps of case keys."""
    officer = OpeningKey.generate(seeded("officer key"))
    case_key = OpeningKey.generate(seeded("case key"))
    locked = json.loads(lock_officer_key(officer, PASSPHRASE, entropy=seeded("salt and nonce")).to_bytes())
    wrap = wrap_case_key(case_key, officer.public, case="case-7", epoch=2)
    base = {
        "passphrase": "correct horse five", "locked": locked, "case": "case-7", "epoch": 2, "wrap": wrap.hex(),
        "officer_public": officer.public.hex(), "case_public": case_key.public.hex(),
    }  # fmt: skip
    changes: list[tuple[str, str, dict[str, Any]]] = [
        ("success", "passphrase with a ligature when it was set, without one now", {}),
        ("passphrase", "a wrong passphrase", {"passphrase": "correct horse"}),
        ("passphrase", "an altered ciphertext", {"locked": locked | {"ciphertext": "00" * 48}}),
        ("passphrase", "an exchanged public key", {"locked": locked | {"public_key": case_key.public.hex()}}),
        ("format", "few iterations", {"locked": locked | {"iterations": 599_999}}),
        ("format", "a short salt", {"locked": locked | {"salt": "00" * 15}}),
        ("open", "a wrap of another case", {"case": "case-8"}),
        ("open", "a wrap of another epoch", {"epoch": 3}),
        ("open", "an altered wrap", {"wrap": flip(wrap, 50).hex()}),
    ]
    for number, (expect, comment, change) in enumerate(changes):
        yield f"{number:02d}-{expect}", {"comment": comment, "expect": expect} | base | change


def passkey_vectors() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield keys locked under passkeys."""
    officer = OpeningKey.generate(seeded("officer key"))
    prf, salt, credential = (seeded(name)(32) for name in ("prf", "prf salt", "credential"))
    lock = lock_with_passkey(officer, prf, credential=credential, prf_salt=salt, entropy=seeded("passkey nonce"))
    locked = json.loads(lock.to_bytes())
    base = {"prf": prf.hex(), "locked": locked, "officer_public": officer.public.hex()}
    other = OpeningKey.generate(seeded("case key")).public.hex()
    changes: list[tuple[str, str, dict[str, Any]]] = [
        ("success", "a passkey and what it answered", {}),
        ("passkey", "another answer", {"prf": seeded("other prf")(32).hex()}),
        ("passkey", "an altered ciphertext", {"locked": locked | {"ciphertext": "00" * 48}}),
        ("passkey", "an exchanged public key", {"locked": locked | {"public_key": other}}),
        ("passkey", "another passkey's id", {"locked": locked | {"credential": "00" * 32}}),
        ("format", "no id", {"locked": locked | {"credential": ""}}),
        ("format", "an id of 1024 bytes", {"locked": locked | {"credential": "00" * 1024}}),
        ("format", "a short salt", {"locked": locked | {"prf_salt": "00" * 31}}),
        ("format", "a passphrase lock's format", {"locked": locked | {"format": "overt-locked-key-1"}}),
        ("format", "a field more", {"locked": locked | {"more": 1}}),
    ]
    for number, (expect, comment, change) in enumerate(changes):
        yield f"{number:02d}-{expect}", {"comment": comment, "expect": expect} | base | change


def statement_vectors() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a signed authority and a signed receipt, with what has to be read from them."""
    issuer = generate_signing_key(seeded("issuer"))
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    terms = AuthorityTerms(
        authority_id="order-12", case="case-7", device="device-1", device_key=verifying_key(DEVICE), accounts=("kim",),
        sources=("ocr",), libraries=(PermittedLibrary("weapons", "4"),), conditions=(Condition("4", "No weapons."),),
        recipients=(NamedRecipient(OpeningKey.generate(seeded("case key")).public, Role.CASE),), not_before=start,
        not_after=end, notice="This computer is monitored.", issued_by="A court", contact="0800 000",
    )  # fmt: skip
    file_bytes = issue_authority(terms, issuer)
    yield "authority", {
        "comment": "a signed authority", "expect": "success", "issuer_key": verifying_key(issuer).hex(),
        "file": base64.b64encode(file_bytes).decode(), "digest": hashlib.sha256(file_bytes).hexdigest(),
        "payload": terms.to_bytes().decode(),
    }  # fmt: skip
    signed = sign_receipt(Receipt("device-1", 0, 7, "a" * 64, "b" * 64, start), issuer)
    yield "receipt", {
        "comment": "a signed receipt", "expect": "success", "receipt_key": verifying_key(issuer).hex(),
        "wire": signed.to_wire().decode(), "receipt": signed.receipt.decode(),
    }  # fmt: skip


def canonical_vectors() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield canonical JSON, and JSON that is not."""
    good_values: list[Any] = [
        {}, [], "", "é𝔸\x7f\t\n\x1f\"\\/", {"a": None, "B": True, "_": [False]}, 2**53 - 1, -(2**53) + 1, 0, "\u2028",
        {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": 1}}}}}}}}, {"a.b-c_d": -1}, {"__proto__": 1},
    ]  # fmt: skip
    for number, value in enumerate(good_values):
        yield f"good-{number:02d}", {"expect": "success", "json": canonical.encode(value).hex()}
    bad = [
        b"", b" {}", b"{} ", b"{}\n", b'{"b":1,"a":1}', b'{"a":1,"a":1}', b'{"a": 1}', b"1.0", b"1e2", b"-0", b"01",
        b"+1", b"NaN", b"Infinity", b"9007199254740992", b'"\xc3\xa9"', b'"\\u00E9"', b'"\\u0061"', b'"\\/"',
        b'"\\ud800"',
        b'"\\udc00\\ud800"', b'"\t"', b'"\\u0009"', b'{"":1}', b'{"a b":1}', b'{"\\u00e9":1}', b"[1,]", b"{'a':1}",
        b'{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}', b"null null", b'"\x7f"', b"tru", b"[" * 2000,
    ]  # fmt: skip
    for number, data in enumerate(bad):
        yield f"bad-{number:02d}", {"expect": "format", "json": data.hex()}


def padding_vectors() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield lengths and their Padmé sizes."""
    lengths = [0, 1, 2, 3, 8, 9, 255, 256, 257, 1000, 1024, 1025, 65_535, 65_536, 65_537, 1_000_000, 67_108_863]
    yield "padme", {"expect": "success", "sizes": [[length, padme(length)] for length in lengths]}


FOLDERS = {
    "envelope": envelope_vectors,
    "keys": key_vectors,
    "passkeys": passkey_vectors,
    "statement": statement_vectors,
    "canonical": canonical_vectors,
    "padding": padding_vectors,
}


def write(target: Path) -> int:
    """Write every vector below a folder; return how many."""
    count = 0
    for folder, source in FOLDERS.items():
        (target / folder).mkdir(exist_ok=True)
        for name, vector in source():
            path = target / folder / f"{name}.json"
            path.write_text(json.dumps(vector, indent=1, ensure_ascii=True) + "\n")
            count += 1
    return count


if __name__ == "__main__":
    print(f"{write(HERE)} vectors written to {HERE}")
