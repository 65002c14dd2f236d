"""What lies on the disk is changed: bits flip in every kind of file, files vanish, the clock jumps."""

import random
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent import permission
from agent.errors import AgentError
from agent.spool import Number
from evidence import envelope
from evidence.errors import EvidenceError
from evidence.keys import verifying_key
from tests.agent.rig import MemoryServer, Rig
from tests.faults.judge import Verdict

RECORDS = 6


def bit_flips(folder: Path, flips: int, seed: int = 3) -> Verdict:
    """Flip one bit in a file of the device. Nothing false is delivered as true, and the other records still are."""
    verdict, chance = Verdict(), random.Random(seed)
    original = _filled(folder / "original")
    kinds = sorted(path.relative_to(original.root) for path in original.root.rglob("*") if path.is_file())
    for flip in range(flips):
        name = kinds[flip % len(kinds)]
        root = folder / "flipped"
        shutil.copytree(original.root, root)
        _flip(root / name, chance)
        verdict.faults += 1
        verdict.promised += RECORDS
        _deliver_all(original, root, name, verdict)
        shutil.rmtree(root)
    verdict.notes.append(f"{len(kinds)} kinds of file")
    return verdict


def _deliver_all(original: Rig, root: Path, name: Path, verdict: Verdict) -> None:
    """Start on the changed folder and deliver: at most the changed record is missing, and it is kept aside."""
    rig = Rig.load(root)
    if rig.device_key.private_bytes_raw() != original.device_key.private_bytes_raw():
        rig.device_key = original.device_key  # the agent's own start finds that its key is not the enrolled one
    spool = rig.open_spool()
    whole = set()
    while (found := spool.oldest()) is not None:
        number, data = found
        if _is_whole(original, data):
            whole.add(number)
        elif name.suffix != ".ovt":
            verdict.torn += 1
        spool.acknowledge(number)
    missing = RECORDS - len(whole)
    verdict.lost += missing if name.suffix != ".ovt" else max(0, missing - 1)


def _is_whole(rig: Rig, data: bytes) -> bool:
    try:
        head = envelope.parse(data)
        envelope.verify(head, verifying_key(rig.device_key))
        envelope.verify_parts(head, data)
    except EvidenceError:
        return False
    return True


def _filled(root: Path) -> Rig:
    """Return a device with records waiting and one delivered, so that every kind of file is there."""
    rig = Rig(root)
    spool = rig.open_spool()
    recorder = rig.recorder(spool, ballast=4096)
    for _ in range(RECORDS + 1):
        recorder.event("agent-started", "x" * 100)
    spool.acknowledge(Number(0, 0))
    rig.state.remember_time(datetime.now(UTC))
    return rig


def _flip(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    at = chance.randrange(len(data) * 8)
    data[at // 8] ^= 1 << at % 8
    path.write_bytes(data)


def lost_side_files(folder: Path) -> Verdict:
    """Every file beside the records is deleted: the chain goes on from the records themselves."""
    verdict = Verdict()
    for name in ("head.json", "head-copy.json", "ballast", "damaged"):
        rig = _filled(folder / name)
        (rig.state.spool / name).unlink(missing_ok=True)
        spool = rig.open_spool()
        verdict.reused += spool.next_link()[0] != Number(0, RECORDS + 1)
        server = MemoryServer(rig, strict=False)
        while (found := spool.oldest()) is not None:
            server.put_record(found[0].epoch, found[0].seq, found[1])
            spool.acknowledge(found[0])
        verdict.lost += RECORDS - len(server.records)
        verdict.faults, verdict.promised = verdict.faults + 1, verdict.promised + RECORDS
    return verdict


def clock_jumps(folder: Path) -> Verdict:
    """Ten years forth and back: the chain goes on, and no authority lives longer or again."""
    verdict = Verdict()
    rig = Rig(folder / "device")
    account = rig.terms().accounts[0]
    now = datetime.now(UTC)
    for years in (-10, 10):
        there = now + timedelta(days=365 * years)
        verdict.faults, verdict.promised = verdict.faults + 1, verdict.promised + 1
        if _permitted(rig, there, account):
            verdict.notes.append(f"an authority was valid {years} years away")
            verdict.torn += 1
    rig.state.remember_time(now + timedelta(hours=2))  # past the end, seen once
    verdict.faults += 1
    if _permitted(rig, now, account):
        verdict.notes.append("a clock that was turned back revived an authority")
        verdict.torn += 1
    return verdict


def _permitted(rig: Rig, now: datetime, account: str) -> bool:
    try:
        permission.check(rig.state, now=now, account=account)
    except AgentError:
        return False
    return True
