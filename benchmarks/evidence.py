"""What sealing, keeping and verifying cost, in ratio to the cipher alone.

    python -m benchmarks.evidence [--records N] [--json FILE]

Prints how fast a megabyte is sealed for three recipients beside AES-256-GCM over as many bytes in the same run, and
which part of sealing takes how much of it; how long a capture of 300 kB takes from its finished pictures to a durable
file, and how long a chain takes to verify.
"""

import argparse
import hashlib
import json
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from evidence import envelope, stanzas
from evidence.authority import authority_digest
from evidence.content import ContentKey
from evidence.envelope import HeaderFields, Kind, Part, Recipient, Role
from evidence.header import GENESIS, encode_context, encode_manifest, parse_header
from evidence.keys import OpeningKey, verifying_key
from evidence.pack import PackedRecord, PackKeys
from evidence.pack_verification import verify_evidence
from evidence.receipt import Receipt, sign_receipt
from evidence.suite import Suite
from tests.agent.rig import CASE, DEVICE, Rig

ROUNDS, CAPTURES = 200, 200
MEGABYTE, CAPTURE = 2**20, 300_000


@dataclass(frozen=True, slots=True)
class SealingParts:
    """What sealing a megabyte for three X25519 keys is made of, each part measured by itself, in milliseconds."""

    encrypting: float
    """The padded megabyte into one new buffer."""
    hashing: float
    """SHA-256 of the ciphertext, which the header lists and sha256sum can check."""
    wrapping: float
    """The content key for three recipients: six multiplications on the curve."""
    header: float
    """Both lines, each read again before it is signed."""
    signing: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured: times in milliseconds unless named otherwise."""

    aes_gcm_1mb: float
    seal_1mb_x25519: float
    seal_1mb_xwing: float
    seal_to_cipher_ratio: float
    parts: SealingParts
    capture_to_disk_median: float
    capture_to_disk_p99: float
    records: int
    verify_seconds: float


def measure(records: int, say: Callable[[str], None]) -> Figures:
    """Measure everything."""
    with tempfile.TemporaryDirectory(prefix="overt-bench-") as folder:
        rig = Rig(Path(folder) / "device")
        say("Sealing a megabyte …")
        plain = _cipher_alone()
        sealed = {suite: _sealing(rig, suite) for suite in Suite}
        parts = _sealing_parts(rig)
        say(f"{CAPTURES} captures of 300 kB to disk …")
        times = _captures(rig)
        say(f"Verifying {records} records …")
        verify = _verifying(rig, records)
    x25519 = sealed[Suite.X25519]
    return Figures(
        aes_gcm_1mb=plain,
        seal_1mb_x25519=x25519,
        seal_1mb_xwing=next(value for suite, value in sealed.items() if suite is not Suite.X25519),
        seal_to_cipher_ratio=plain / x25519,
        parts=parts,
        capture_to_disk_median=statistics.median(times),
        capture_to_disk_p99=statistics.quantiles(times, n=100)[98],
        records=records,
        verify_seconds=verify,
    )


def _least(action: Callable[[], object]) -> float:
    """Return the quickest round in milliseconds: the one that other work on the machine disturbed least."""
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        action()
        times.append((time.perf_counter() - begun) * 1000)
    return min(times)


def _cipher_alone() -> float:
    cipher, data = AESGCM(secrets.token_bytes(32)), secrets.token_bytes(MEGABYTE)
    return _least(lambda: cipher.encrypt(secrets.token_bytes(12), data, b"aad"))


def _fields(rig: Rig, seq: int = 0, prev: str = GENESIS) -> HeaderFields:
    return HeaderFields(
        authority=authority_digest(rig.state.authority_file.read_bytes()), case=CASE, device=DEVICE, epoch=0, seq=seq,
        prev=prev, time=datetime.now(UTC), monotonic_ns=seq, boot="boot", agent="0.1.0", libraries="0" * 64,
        kind=Kind.CAPTURE, severity=3,
    )  # fmt: skip


def _recipients(suite: Suite) -> list[Recipient]:
    keys = [OpeningKey.generate(secrets.token_bytes, suite).public for _ in range(3)]
    return [Recipient(key, Role.CASE if index == 0 else Role.RECOVERY) for index, key in enumerate(keys)]


def _sealing(rig: Rig, suite: Suite) -> float:
    recipients = _recipients(suite)
    part, fields = Part("frame-0", secrets.token_bytes(MEGABYTE)), _fields(rig)
    return _least(lambda: envelope.seal(fields, [part], recipients, rig.device_key, entropy=secrets.token_bytes))


def _sealing_parts(rig: Rig) -> SealingParts:
    """Measure what `envelope.seal` calls, on what it made."""
    recipients, data = _recipients(Suite.X25519), secrets.token_bytes(MEGABYTE)
    sealed = envelope.seal(
        _fields(rig), [Part("frame-0", data)], recipients, rig.device_key, entropy=secrets.token_bytes
    )
    header, ciphertext = parse_header(sealed.header), sealed.chunks[1]
    key = ContentKey(secrets.token_bytes(32), header.context_line)
    publics = [one.public_key for one in recipients]
    return SealingParts(
        encrypting=_least(lambda: key.seal(0, "frame-0", data)),
        hashing=_least(lambda: hashlib.sha256(ciphertext).hexdigest()),
        wrapping=_least(lambda: stanzas.wrap_for_all(Suite.X25519, key, publics)),
        header=_least(lambda: (encode_context(header.context), encode_manifest(header.manifest))),
        signing=_least(lambda: rig.device_key.sign(sealed.header)),
    )


def _captures(rig: Rig) -> list[float]:
    spool = rig.open_spool()
    recorder = rig.recorder(spool)
    times = []
    for _ in range(CAPTURES):
        parts = [Part("meta", b'{"format":"x"}' * 100), Part("frame-0", secrets.token_bytes(CAPTURE))]
        begun = time.perf_counter()
        assert recorder.capture(parts, severity=3, group="")
        times.append((time.perf_counter() - begun) * 1000)
        found = spool.oldest()
        assert found is not None
        spool.acknowledge(found[0])
    return times


def _verifying(rig: Rig, count: int) -> float:
    keys = PackKeys(verifying_key(rig.issuer), verifying_key(rig.device_key), verifying_key(rig.receipt_key))
    file = rig.state.authority_file.read_bytes()
    records, prev = [], GENESIS
    recipients = [Recipient(rig.case_key.public, Role.CASE)]
    for seq in range(count):
        fields = replace(_fields(rig, seq, prev), kind=Kind.HEARTBEAT, severity=0)
        sealed = envelope.seal(
            fields, [Part("meta", b"{}" * 200)], recipients, rig.device_key, entropy=secrets.token_bytes
        )
        prev = sealed.header_digest
        receipt = Receipt(DEVICE, 0, seq, sealed.digest, sealed.header_digest, datetime.now(UTC).replace(microsecond=0))
        records.append(PackedRecord(0, seq, sealed.envelope, sign_receipt(receipt, rig.receipt_key)))
    begun = time.perf_counter()
    steps = verify_evidence(keys, {authority_digest(file): file}, records, [], server_name="overt-server")
    elapsed = time.perf_counter() - begun
    assert not any(step.findings for step in steps), steps
    return elapsed


def _most_possible(found: Figures) -> str:
    """Say what the digest leaves possible: its blocks form one chain, so that no second thread can share it."""
    alone = found.aes_gcm_1mb / found.parts.hashing
    together = found.aes_gcm_1mb / sum(asdict(found.parts).values())
    return (
        f"  these parts alone                                    {together:.3f} of the cipher's rate\n"
        f"  SHA-256 alone: {1 / alone:.1f} times the cipher                {alone:.3f}: the most, were all else free"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=30_000)
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    found = measure(options.records, lambda text: print(text, flush=True))
    print(f"AES-256-GCM alone, 1 MB                     {found.aes_gcm_1mb:8.2f} ms")
    print(
        f"sealed for three recipients, X25519         {found.seal_1mb_x25519:8.2f} ms, "
        f"{found.seal_to_cipher_ratio:.3f} of the cipher's rate (bar: 0.10)"
    )
    for name, spent in asdict(found.parts).items():
        print(f"  {name:<42}{spent:8.2f} ms, {spent / found.seal_1mb_x25519:4.0%}")
    print(_most_possible(found))
    print(f"sealed for three recipients, X-Wing         {found.seal_1mb_xwing:8.2f} ms")
    print(
        f"a capture of 300 kB, sealed and on the disk {found.capture_to_disk_median:8.2f} ms median, "
        f"{found.capture_to_disk_p99:.2f} ms p99 of {CAPTURES} (bar: 50)"
    )
    print(f"{found.records} records verified                    {found.verify_seconds:8.1f} s (bar: 30)")
    if options.json:
        options.json.write_text(json.dumps(asdict(found), indent=2))


if __name__ == "__main__":
    main()
