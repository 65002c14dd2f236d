"""What sealing, keeping and verifying cost, in ratio to the cipher alone.

    python -m benchmarks.evidence [--records N] [--json FILE]

Prints how fast a megabyte is sealed for three recipients beside AES-256-GCM over as many bytes in the same run, how
long a capture of 300 kB takes from its finished pictures to a durable file, and how long a chain takes to verify.
"""

import argparse
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

from evidence import envelope
from evidence.authority import authority_digest
from evidence.envelope import HeaderFields, Kind, Part, Recipient, Role
from evidence.header import GENESIS
from evidence.keys import OpeningKey, verifying_key
from evidence.pack import PackedRecord, PackKeys
from evidence.pack_verification import verify_evidence
from evidence.receipt import Receipt, sign_receipt
from evidence.suite import Suite
from tests.agent.rig import CASE, DEVICE, Rig

ROUNDS, CAPTURES = 30, 200
MEGABYTE, CAPTURE = 2**20, 300_000


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured: times in milliseconds unless named otherwise."""

    aes_gcm_1mb: float
    seal_1mb_x25519: float
    seal_1mb_xwing: float
    seal_to_cipher_ratio: float
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
        capture_to_disk_median=statistics.median(times),
        capture_to_disk_p99=statistics.quantiles(times, n=100)[98],
        records=records,
        verify_seconds=verify,
    )


def _median(action: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        action()
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)


def _cipher_alone() -> float:
    cipher, data = AESGCM(secrets.token_bytes(32)), secrets.token_bytes(MEGABYTE)
    return _median(lambda: cipher.encrypt(secrets.token_bytes(12), data, b"aad"))


def _fields(rig: Rig, seq: int = 0, prev: str = GENESIS) -> HeaderFields:
    return HeaderFields(
        authority=authority_digest(rig.state.authority_file.read_bytes()), case=CASE, device=DEVICE, epoch=0, seq=seq,
        prev=prev, time=datetime.now(UTC), monotonic_ns=seq, boot="boot", agent="0.1.0", libraries="0" * 64,
        kind=Kind.CAPTURE, severity=3,
    )  # fmt: skip


def _sealing(rig: Rig, suite: Suite) -> float:
    keys = [OpeningKey.generate(secrets.token_bytes, suite).public for _ in range(3)]
    recipients = [Recipient(key, Role.CASE if index == 0 else Role.RECOVERY) for index, key in enumerate(keys)]
    part, fields = Part("frame-0", secrets.token_bytes(MEGABYTE)), _fields(rig)
    return _median(lambda: envelope.seal(fields, [part], recipients, rig.device_key, entropy=secrets.token_bytes))


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
        f"{found.seal_to_cipher_ratio:.2f} of the cipher's rate (bar: 0.10)"
    )
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
