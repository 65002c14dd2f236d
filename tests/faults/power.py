"""Power cuts, simulated: an ext4 image is copied while the writer stands still, and the copy is mounted.

What the file system had not handed to the disk by then is lost in the copy, as in a power cut. It is mounted with
`commit=300`, so that nothing but fsync makes it write. Not simulated: a disk that lies about its own cache.
"""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.agent.rig import Rig
from tests.faults.device import Device
from tests.faults.judge import Promises, Verdict, judge
from tests.waiting import wait_until

IMAGE_MB = 24
NOT_ALLOWED = "this account may not mount a file system from an image"


def power_cuts(folder: Path, cuts: int, seed: int = 2) -> Verdict:
    """Cut the power at random moments, each time in a life of its own."""
    verdict, chance = Verdict(), random.Random(seed)
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None or not _can_mount(folder):
        verdict.skipped = NOT_ALLOWED
        return verdict
    for cut in range(cuts):
        _one_cut(folder, cut, chance, verdict)
        verdict.faults += 1
    return verdict


def _one_cut(folder: Path, cut: int, chance: random.Random, verdict: Verdict) -> None:
    image, copy = folder / "image", folder / "copy"
    _make(image)
    promises = Promises()
    store = folder / f"store-{cut}"  # the other side has its own power
    with _mounted(image, folder / "disk", "commit=300") as disk:
        device = Device.make(disk, store=store)
        os.sync()  # the device's own files are old; what is recorded from here on is new
        process = device.start(10_000, cut)
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.15))
        process.send_signal(signal.SIGSTOP)  # it comes to it when the call that it is in has ended
        assert wait_until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_STOPPED)
        shutil.copyfile(image, copy)
        process.kill()
        rest, _ = process.communicate()
        promises.take(first + rest, verdict)
    with _mounted(copy, folder / "after", "errors=remount-ro") as disk:
        rig = Rig.load(disk / "device")
        judge(rig, store, promises, verdict)


def _make(image: Path) -> None:
    image.unlink(missing_ok=True)
    with image.open("wb") as file:
        file.truncate(IMAGE_MB * 2**20)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)


@contextlib.contextmanager
def _mounted(image: Path, place: Path, options: str) -> Iterator[Path]:
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", "-o", f"loop,{options}", str(image), str(place)], check=True, capture_output=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def _can_mount(folder: Path) -> bool:
    folder.mkdir(parents=True, exist_ok=True)
    _make(folder / "trial")
    try:
        with _mounted(folder / "trial", folder / "trial-mount", "commit=300"):
            return True
    except subprocess.CalledProcessError:
        return False
