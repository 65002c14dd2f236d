"""The real agent and the real server together: replayed pictures, a server that is away, a badge that is killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import cv2
import psutil
import pytest
from skimage import data

from evidence.envelope import open_all, parse
from evidence.errors import EvidenceError
from evidence.keys import OpeningKey
from evidence.record import META, CaptureRecord, EventRecord, read_record
from overt.demo.browser import headless_browser, playwright
from overt.demo.display import Display, virtual_display
from overt.demo.installation import OFFICER, Installation
from overt.demo.pages import demo_pages, page_server
from overt.demo.play import NOTICE_TITLE
from overt.demo.robot import press
from overt.evidence_store import Store
from tests.agent.running import child_of
from tests.ports import held
from tests.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.screen


@pytest.fixture(scope="module")
def display() -> Iterator[Display]:
    """Return a display of our own."""
    with virtual_display() as found:
        yield found


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a screenshot of each page of the demo."""
    folder = tmp_path_factory.mktemp("pictures")
    with playwright() as driver, page_server() as address:
        browser = headless_browser(driver, trusted_key="")
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        for one in demo_pages():
            page.goto(f"{address}/{one.file}")
            page.screenshot(path=folder / f"{Path(one.file).stem}.png")
        browser.close()
    return folder


@pytest.fixture
def installation(tmp_path: Path, display: Display) -> Iterator[Installation]:
    """Return a running server with this computer enrolled."""
    found = Installation(tmp_path, display)
    found.start_server()
    try:
        found.enrol_device()
        yield found
    finally:
        found.close()


def overt(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "overt", *map(str, arguments)], capture_output=True, text=True, check=False
    )


def records_at(installation: Installation) -> int:
    return sum(1 for path in (installation.data / "blobs").rglob("*") if path.is_file())


def keep_port(installation: Installation) -> int:
    """Have the server come back at the address that the device knows; return its port."""
    address = installation.data / "run" / "address"
    port = int(address.read_text().rpartition(":")[2])
    address.unlink()
    settings = installation.data / "server.toml"
    settings.write_text(settings.read_text().replace("\nport = 0\n", f"\nport = {port}\n"))
    return port


def test_replayed_pictures_go_the_same_way(installation: Installation, pictures: Path) -> None:
    """`--replay` says the notice, captures the pages that should be, and everything is delivered; no screen needed."""
    (pictures / "broken.png").write_bytes(b"not a picture")
    done = overt("agent", "run", "--state", installation.state, "--replay", pictures)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("This computer is monitored.")
    for page in demo_pages():
        outcome = "captured" if page.expect else "no capture"
        assert f"{Path(page.file).stem}.png: {outcome}" in done.stdout
    assert "broken.png: it is not a picture" in done.stdout
    status = json.loads(overt("agent", "status", "--state", installation.state, "--json").stdout)
    assert (status["spooled"], status["captures"]) == (0, 2)
    assert records_at(installation) >= 3


def test_nothing_is_lost_while_the_server_is_away(installation: Installation, pictures: Path) -> None:
    """Captures wait on the device, sealed, over restarts and kill -9, and arrive when the server is back."""
    assert overt("agent", "run", "--state", installation.state, "--replay", pictures).returncode == 0
    server = installation._processes["server"]
    server.kill()
    server.wait()
    with held(keep_port(installation)):
        nothing_is_lost(installation, pictures)


def nothing_is_lost(installation: Installation, pictures: Path) -> None:
    done = overt("agent", "run", "--state", installation.state, "--replay", pictures)
    assert done.returncode == 0, done.stderr
    waiting = installation.status().spooled
    assert waiting >= 3
    sealed = b"".join(path.read_bytes() for path in installation.state.rglob("*.ovt"))
    assert b"licence" not in sealed
    assert b"weapons" not in sealed

    agent = subprocess.Popen(
        [sys.executable, "-m", "overt", "agent", "run", "--state", str(installation.state), "--replay", str(pictures)],
        stdout=subprocess.PIPE,
    )
    assert agent.stdout is not None
    while b".png" not in agent.stdout.readline():
        pass
    agent.kill()
    agent.wait()
    agent.stdout.close()

    stored = records_at(installation)
    installation._spawn("server", "server", "run", "--data", installation.data)
    installation._wait_for_file(installation.data / "run" / "address", "server")
    overt("agent", "run", "--state", installation.state, "--replay", pictures)
    assert wait_until(lambda: installation.status().spooled == 0)
    assert records_at(installation) >= stored + waiting


MARKERS = ("ammunition", "without a licence", "tor browser", "dark web", "hidden market", "where can i buy")
"""Words of the pages that are captured. What the person was told (the authority's own words) is not among them."""


def test_an_image_of_the_device_opens_nothing(installation: Installation, pictures: Path, tmp_path: Path) -> None:
    """After captures, ended by a signal that asks for a core dump: no word, no picture, and no key that opens.

    Everything is searched: the agent's folder, its home and temporary folders, what it printed, and the folder in
    which a core dump would lie. What is searched for is what the sealed records hold, opened with the case's key.
    """
    add_photograph(pictures)
    assert overt("agent", "run", "--state", installation.state, "--replay", pictures).returncode == 0
    (case_key,) = case_keys(installation)
    installation._processes["server"].kill()
    device = tmp_path / "image"
    device.mkdir()
    homes = {name: str(device) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME")}
    with (device / "printed").open("wb") as printed:
        agent = subprocess.Popen(
            ["sh", "-c", 'ulimit -c unlimited; exec "$@"', "sh", sys.executable, "-m", "overt", "agent", "run",
             "--state", str(installation.state), "--replay", str(pictures)],
            stdout=printed, stderr=printed, cwd=device, env={**os.environ, **homes, "PYTHONPATH": str(Path.cwd())},
        )  # fmt: skip
        assert wait_until(lambda: (device / "printed").read_bytes().count(b": captured") == 2)
        agent.send_signal(signal.SIGABRT)
        agent.wait(PATIENCE)
    shutil.copytree(installation.state, device / "state")
    files = [path for path in device.rglob("*") if path.is_file()]
    assert sum(path.suffix == ".ovt" for path in files) >= 3
    assert [path for path in files if path.name.startswith("core")] == []
    assert [(path.name, word) for path in files for word in MARKERS if holds(path, word)] == []
    assert [path.name for path in files if b"JFIF" in path.read_bytes() or b"WEBPVP8" in path.read_bytes()] == []
    records = [path.read_bytes() for path in files if path.suffix == ".ovt"]
    sealed = [piece for record in records for piece in told_by(record, case_key)]
    assert {kind for kind, _ in sealed} >= {"why", "explanation", "term", "text", "thumb", "frame-0", "pdq", "phash"}
    assert [(path.name, kind) for path in files for kind, piece in sealed if piece in path.read_bytes()] == []
    secrets = [path.read_bytes() for path in files if path.stat().st_size in (32, 64, 65)]
    assert secrets, "the device's own key is one of them"
    for record in records:
        for secret in secrets:
            with pytest.raises(EvidenceError):
                open_all(parse(record), OpeningKey.load(secret[:32]), record)
    (device / "control").write_bytes(b"..." + "Tor Browser".encode("utf-16-le"))
    assert holds(device / "control", "tor browser"), "planted, it would be found"
    assert not dumps_lie_beside_programs() or dumps_core(device), "this system would have written one"


def add_photograph(pictures: Path) -> None:
    """Put a photograph on each page that is captured, so that there are hashes of pictures in the record."""
    photograph = cv2.cvtColor(data.coffee()[:300, :400], cv2.COLOR_RGB2BGR)
    for page in demo_pages():
        file = pictures / f"{Path(page.file).stem}.png"
        picture = cv2.imread(str(file))
        assert picture is not None
        picture[-320:-20, -420:-20] = photograph
        cv2.imwrite(str(file), picture)


def case_keys(installation: Installation) -> list[OpeningKey]:
    """Return the keys of the case, as its officer unlocks them."""
    with closing(Store(installation.data)) as store:
        (device,) = store.devices()
        return store.case_keys(device, OFFICER, installation.passphrase)


def told_by(record: bytes, key: OpeningKey) -> Iterator[tuple[str, bytes]]:
    """Yield what a sealed record tells, in pieces that a file could hold: words, scores, hashes, bytes of pictures."""
    parts = open_all(parse(record), key, record)
    words = read_record(parts[META])
    if not isinstance(words, CaptureRecord):
        return
    yield from ((name, part[len(part) // 2 :][:24]) for name, part in parts.items())
    yield from (("why", words.why.encode()), ("decision", words.decision.reason.encode()))
    yield from (("text", line.encode()) for line in words.text.splitlines() if len(line) > 15)
    for finding in words.findings:
        yield from (("explanation", finding.explanation.encode()), ("term", f'"{finding.term_id}"'.encode()))
    for picture in words.pictures:
        for kind, digest in (("pdq", picture.pdq), ("phash", picture.phash)):
            yield from ((kind, digest), (kind, digest.hex().encode()), (kind, digest.hex().upper().encode()))


def dumps_lie_beside_programs() -> bool:
    """Return whether this system writes core dumps into the folder of the process, and hands them to nobody."""
    pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
    return not pattern.startswith(("|", "/"))


def dumps_core(folder: Path) -> bool:
    """Return whether a process that does not refuse them leaves a core dump."""
    program = 'ulimit -c unlimited && exec "$@"'
    subprocess.run(["sh", "-c", program, "sh", sys.executable, "-c", "import os; os.abort()"], cwd=folder, check=False)
    return any(path.name.startswith("core") for path in folder.iterdir())


def holds(path: Path, word: str) -> bool:
    """Return whether a file holds a word in some spelling and encoding."""
    data = path.read_bytes().lower()
    return any(word.encode(encoding) in data for encoding in ("utf-8", "utf-16-le", "utf-32-le"))


def test_killing_the_badge_stops_the_watching(installation: Installation, display: Display) -> None:
    """Ten times: the badge is killed, the agent notices, brings it back and goes on; each time is in the record.

    How soon it notices is measured by `make badge`, on a computer that does nothing else.
    """
    installation.start_agent()
    installation.wait_until("waiting for the notice", "waiting-for-notice", PATIENCE)
    press(display, NOTICE_TITLE, lambda: installation.status().state != "waiting-for-notice", across=0.5, down=0.93)
    installation.wait_until("watching", "watching", PATIENCE)
    agent = psutil.Process(installation._processes["agent"].pid)
    (case_key,) = case_keys(installation)
    for number in range(1, 11):
        child_of(agent, "agent.badge_window").kill()
        assert wait_until(lambda number=number: badges_ended(installation, case_key) == number)  # type: ignore[misc]
        installation.wait_until("watching", "watching", PATIENCE)
    installation.close()
    assert installation.status().state == "stopped"


def badges_ended(installation: Installation, case_key: OpeningKey) -> int:
    """Count the killed badges in the record, delivered or not: each is noted once the status says “paused”."""
    events = set()
    for path in (*(installation.data / "blobs").rglob("*"), *installation.state.rglob("*.ovt")):
        with suppress(FileNotFoundError):  # it was delivered, or renamed, while we looked
            record = path.read_bytes() if path.is_file() and path.suffix != ".part" else b""
            words = read_record(open_all(parse(record), case_key, record)[META]) if record else None
            if isinstance(words, EventRecord) and words.event == "badge-ended":
                events.add(record)
    return len(events)


def test_a_second_agent_is_refused(installation: Installation, display: Display, pictures: Path) -> None:
    """Two agents in one folder would number two records alike."""
    installation.start_agent()
    installation.wait_until("waiting for the notice", "waiting-for-notice", PATIENCE)
    done = overt("agent", "run", "--state", installation.state, "--replay", pictures)
    assert done.returncode == 3
    assert "runs already" in done.stderr
