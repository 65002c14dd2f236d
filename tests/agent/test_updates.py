"""Signed libraries: published by the command, fetched from a running server, used without a restart; and attacks."""

import itertools
import json
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from getpass import getuser
from pathlib import Path

import httpx2
import pytest
from click.testing import Result
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, TargetFile, Targets
from typer.testing import CliRunner

from agent.clock import SystemClock
from agent.decide import Decider
from agent.errors import DeliveryError, TooLargeError, UpdateError
from agent.exclusions import Exclusions
from agent.pipeline import Pipeline
from agent.platforms.untitled import UntitledWindows
from agent.policy import Excluded, Policy
from agent.recorder import Recorder
from agent.spool import Spool
from agent.state import Status
from agent.transport import HttpTransport, _taken_in
from agent.updates import Updates
from engine.errors import EngineError
from engine.observation import Provenance
from engine.text.screen import TextScreener
from engine.verdict import Verdict
from evidence import authority, envelope
from evidence.authority import Authority, PermittedLibrary
from evidence.keys import generate_signing_key, verifying_key
from evidence.record import META, EventRecord, read_record
from overt.agent_updates import AgentUpdates, InUse, Prepared
from overt.cli import app
from server_stub import updates
from server_stub.folder import ServerFolder
from server_stub.setup import OfflineFolder
from server_stub.updates import UpdateKeys
from tests.agent.rig import Rig
from tests.console.browser import running
from tests.console.site import CaseSite

WEAPONS = """\
format = "overt-library-1"

[library]
id = "weapons"
version = "90"
title = "Weapons"
languages = ["en"]
category = "weapons"
severity = 4
licence = "CC0-1.0"
source = "Written for a test"
owner = "Nobody"
review = 2027-11-01
about = "One word."

[[term]]
text = ["trebuchet"]
hit = ["a trebuchet in the garden"]
miss = ["a garden"]
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[CaseSite]:
    """Return a server that can publish."""
    with closing(CaseSite(tmp_path / "site")) as made:
        yield made


def library(folder: Path, text: str = WEAPONS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "weapons.toml"
    file.write_text(text)
    return file


def publish(site: CaseSite, *words: object) -> Result:
    offline = site.folder.root.with_name("offline")
    command = ["library", "publish", "--data", site.folder.root, "--case", site.case, "--offline", offline, *words]
    return CliRunner().invoke(app, list(map(str, command)))


def sign(site: CaseSite, files: dict[str, bytes], *, now: datetime | None = None) -> None:
    """Publish without trying the set first, as a careless or hostile publisher with the right key would."""
    key = OfflineFolder(site.folder.root.with_name("offline")).updates_targets_key()
    updates.publish(site.folder, site.case, files, targets_key=key, now=now or datetime.now(UTC))


class Device:
    """A device with everything behind the screen: libraries in use, recorder, spool."""

    def __init__(self, root: Path, server: ServerFolder, fetch: Callable[[int, str], bytes]) -> None:
        self.rig = Rig(root)
        (self.rig.state.updates).mkdir()
        shutil.copy(server.updates_root, self.rig.state.updates / "root.json")  # what enrolment pins
        self.spool: Spool = self.rig.open_spool()
        self.recorder: Recorder = self.rig.recorder(self.spool)
        authority = self.rig.write_authority()
        self.agent = AgentUpdates(Updates(self.rig.state.updates, fetch), root, authority)
        begun = self.agent.begin()
        decider = Decider(Policy(), entropy=secrets.token_bytes)
        self.pipeline = Pipeline(
            authority,
            TextScreener(begun.words),
            decider,
            self.recorder,
            policy=Policy(),
            exclusions=Exclusions(Excluded(), UntitledWindows()),
            account=getuser(),
            clock=SystemClock(),
        )

    def apply(self, new: Prepared) -> None:
        self.pipeline.use(new.screener, new.policy, new.fetched.version)

    def round(self) -> None:
        """Ask once and do what follows."""
        for consequence in list(self.agent.ask(self.apply, self.recorder)):
            consequence()

    def finds(self, text: str) -> bool:
        """Return whether a text is captured by what is in use now."""
        from agent.ports import Seen, WindowInfo  # noqa: PLC0415

        before = self.pipeline.counts.captures
        self.pipeline.see(Seen(text, "ocr", Provenance.VISIBLE_WINDOW, WindowInfo("app", secrets.token_hex(4))), ())
        return self.pipeline.counts.captures > before

    def events(self) -> list[EventRecord]:
        """Return the events of the record, opened with the case's key."""
        return [record for _, record in self._records() if isinstance(record, EventRecord)]

    def last_header(self) -> str:
        """Return the digest of libraries that the newest record's header names."""
        return self._records()[-1][0]

    def _records(self) -> list[tuple[str, object]]:
        found: list[tuple[str, object]] = []
        for file in sorted((self.rig.state.spool / "records").glob("*.ovt")):
            data = file.read_bytes()
            head = envelope.parse(data)
            parts = envelope.open_all(head, self.rig.case_key, data)
            found.append((head.header.context.fields.libraries, read_record(parts[META])))
        return found


def active(device: Device) -> int:
    """Return the version of the set that the next start begins with."""
    found = Updates(device.rig.state.updates, from_nowhere).kept.active()
    assert found is not None
    found.check()
    return found.version


def from_nowhere(_running: int, _path: str) -> bytes:
    raise DeliveryError("nobody there")


def from_disk(site: CaseSite) -> Callable[[int, str], bytes]:
    """Fetch from the repository's files as they lie there: what a hostile server can serve."""

    def fetch(_running: int, path: str) -> bytes:
        return (site.folder.updates / "cases" / site.case / path).read_bytes()

    return fetch


def repository(site: CaseSite) -> Path:
    return site.folder.updates / "cases" / site.case


# --- the way it should go, over the wire ---


def test_published_libraries_are_in_use_without_a_restart(site: CaseSite, tmp_path: Path) -> None:
    """Command, signed repository, real server, signed requests, trial, activation, header, status, next start."""
    with running(site) as address:
        transport = HttpTransport(
            address, site.folder.ca_certificate, device=site.device, device_key=site.device_key,
            entropy=secrets.token_bytes,
        )  # fmt: skip
        device = Device(tmp_path / "device", site.folder, transport.fetch_update)
        device.round()  # nothing was published yet
        assert device.events() == []
        assert not device.finds("a trebuchet in the garden")
        before = device.last_header() if device.spool.size else ""

        done = publish(site, library(tmp_path / "own"), "--policy", policy(tmp_path, 4), "--json")
        assert done.exit_code == 0, done.output
        assert json.loads(done.output)["version"] == 1
        device.round()
        assert device.finds("a trebuchet in the garden")
        (event,) = [one for one in device.events() if one.event == "library-activated"]
        assert event.details["version"] == 1
        assert event.details["digest"] == device.last_header() != before
        device.round()
        assert len([one for one in device.events() if one.event == "library-activated"]) == 1, "once, not each minute"
        status = CliRunner().invoke(app, ["server", "updates", "status", "--data", str(site.folder.root), "--json"])
        (row,) = json.loads(status.output)["devices"]
        assert (row["device"], row["runs"], row["newest"]) == (site.device, 1, 1)
        transport.close()
    again = AgentUpdates(
        Updates(device.rig.state.updates, transport.fetch_update), device.rig.root, device.rig.write_authority()
    )
    begun = again.begin()
    assert begun.update.version == 1
    assert begun.policy.floor == 4


def policy(folder: Path, floor: int) -> Path:
    file = folder / "policy.toml"
    file.write_text(f"[capture]\nfloor = {floor}\n")
    return file


# --- attacks ---


@pytest.fixture
def device(site: CaseSite, tmp_path: Path) -> Device:
    """Return a device that runs set 1."""
    sign(site, {"libraries/weapons.toml": WEAPONS.encode()})
    made = Device(tmp_path / "device", site.folder, from_disk(site))
    made.round()
    assert made.finds("a trebuchet in the garden")
    return made


def refused(device: Device, why: str, tmp_path: Path) -> None:
    """Ask twice: one event says why, and set 1 is still in use, also after a start."""
    device.round()
    device.round()
    events = [one for one in device.events() if one.event == "library-refused"]
    assert [why in one.text for one in events] == [True], [one.text for one in events]
    assert device.finds("another trebuchet in the garden")
    assert active(device) == 1
    assert device.pipeline.version == 1
    del tmp_path


def test_an_older_set_is_refused(site: CaseSite, device: Device, tmp_path: Path) -> None:
    """Rollback: the server serves what it served before the newest."""
    shutil.copytree(repository(site), tmp_path / "old")
    newer = WEAPONS.replace('version = "90"', 'version = "91"')
    sign(site, {"libraries/weapons.toml": newer.encode()})
    device.round()
    assert active(device) == 2
    shutil.rmtree(repository(site))
    shutil.copytree(tmp_path / "old", repository(site))
    device.round()
    (event,) = [one for one in device.events() if one.event == "library-refused"]
    assert "older" in event.text
    assert active(device) == 2


def test_a_set_that_is_held_back_is_noticed(site: CaseSite, device: Device, tmp_path: Path) -> None:
    """Freeze: nobody confirms any more that what is served is the newest."""
    past = datetime.now(UTC) - timedelta(days=10)
    shutil.rmtree(repository(site))
    sign(site, {"libraries/weapons.toml": WEAPONS.encode()}, now=past)
    sign(site, {"libraries/weapons.toml": WEAPONS.encode()}, now=past)
    refused(device, "nobody has confirmed for too long", tmp_path)


def test_a_foreign_key_is_refused(site: CaseSite, device: Device, tmp_path: Path) -> None:
    """Another repository altogether, and a new root that the pinned one did not sign."""
    other = ServerFolder(tmp_path / "other")
    keys = UpdateKeys(generate_signing_key(secrets.token_bytes), generate_signing_key(secrets.token_bytes))
    updates.make_root(other, keys, now=datetime.now(UTC), entropy=secrets.token_bytes)
    for _ in range(3):
        updates.publish(
            other, site.case, {"libraries/weapons.toml": b"x"}, targets_key=keys.targets, now=datetime.now(UTC)
        )
    shutil.rmtree(repository(site))
    shutil.copytree(other.updates / "cases" / site.case, repository(site))
    refused(device, "not signed by the keys that were pinned", tmp_path)
    shutil.copy(repository(site) / "metadata/1.root.json", repository(site) / "metadata/2.root.json")
    with pytest.raises(UpdateError, match=r"not signed|older"):
        Updates(device.rig.state.updates, from_disk(site)).fetch()


def test_a_changed_file_is_refused(site: CaseSite, device: Device, tmp_path: Path) -> None:
    """One byte of a library that was signed, and one byte more of it."""
    newer = WEAPONS.replace('version = "90"', 'version = "91"').encode()
    sign(site, {"libraries/weapons.toml": newer})
    (file,) = [one for one in (repository(site) / "targets/libraries").iterdir() if one.read_bytes() == newer]
    file.write_bytes(newer.replace(b"trebuchet", b"rebuchett"))
    refused(device, "a file is not the one that was signed", tmp_path)
    file.write_bytes(newer + b"#" * 10_000_000)
    with pytest.raises(UpdateError, match=r"larger than it may be|not the one that was signed"):
        Updates(device.rig.state.updates, from_disk(site)).fetch()


def test_metadata_without_end_is_refused(site: CaseSite, device: Device, tmp_path: Path) -> None:
    """An endless timestamp fills neither memory nor disk."""
    (repository(site) / "metadata/timestamp.json").write_bytes(b"{" + b" " * 100_000)
    refused(device, "a file is larger than it may be", tmp_path)


def test_a_library_that_matches_everything_is_refused(site: CaseSite, device: Device, tmp_path: Path) -> None:
    """Well signed by the right key: it is neither published nor, tried on everyday sentences, put in use."""
    everything = WEAPONS.replace('text = ["trebuchet"]', 'text = ["the"]').replace("a trebuchet in", "the trebuchet in")
    everything = everything.replace('miss = ["a garden"]', 'miss = ["gardens"]')
    done = publish(site, library(tmp_path / "bad", everything))
    assert done.exit_code == 2
    assert "everyday sentences" in done.output
    sign(site, {"libraries/weapons.toml": everything.encode()})
    refused(device, "it matches everything", tmp_path)


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"libraries/weapons.toml": b"format = 1\nnonsense"}, "weapons.toml"),
        ({"libraries/weapons.toml": WEAPONS.replace("a trebuchet in", "a castle in").encode()}, "example"),
        ({"libraries/weapons.toml": WEAPONS.encode(), "policy.toml": b"more = 1"}, "more"),
        ({"libraries/../../evil.toml": b"x"}, "names a file that no set has"),
        ({"signatures/x.toml": b"no signatures"}, "x.toml"),
    ],
    ids=["not a library", "failing example", "policy", "path", "signatures"],
)
def test_a_set_that_does_not_work_is_refused(
    site: CaseSite, device: Device, tmp_path: Path, files: dict[str, bytes], why: str
) -> None:
    """A mistake that was signed all the same does not stop the agent."""
    sign(site, files)
    refused(device, why, tmp_path)


def test_a_refused_set_is_not_fetched_again(site: CaseSite, device: Device) -> None:
    """A set of many megabytes that does not work does not come over the network every minute; the next one does."""
    sign(site, {"libraries/weapons.toml": b"nonsense"})
    device.round()
    fetched: list[str] = []

    def counting(running: int, path: str) -> bytes:
        fetched.append(path)
        return from_disk(site)(running, path)

    device.agent._updates._fetch = counting
    device.round()
    assert "metadata/timestamp.json" in fetched
    assert not [path for path in fetched if "weapons" in path]
    assert not (device.rig.state.updates / "sets/0000000002").exists()
    assert "weapons.toml" in device.agent.standing(Status("watching")).libraries_problem
    sign(site, {"libraries/weapons.toml": WEAPONS.encode()})
    device.round()
    assert active(device) == 3
    assert device.agent.standing(Status("watching")).libraries_problem == ""


def test_a_server_that_has_no_libraries_any_more_is_told(site: CaseSite, device: Device, tmp_path: Path) -> None:
    """It had some: taking them away would hold back every newer set without a word."""
    shutil.rmtree(repository(site))
    refused(device, "no libraries any more", tmp_path)


def test_the_same_refusal_is_told_again_after_all_was_well(site: CaseSite, device: Device, tmp_path: Path) -> None:
    """Once for each time that it happens, not once in a run."""
    kept = tmp_path / "kept"
    for _ in range(2):
        repository(site).rename(kept)
        device.round()
        kept.rename(repository(site))
        device.round()
    assert len([one for one in device.events() if one.event == "library-refused"]) == 2


def begun_anew(device: Device, fetch: Callable[[int, str], bytes]) -> InUse:
    """Begin as the next start does; what was put aside is told."""
    updates = Updates(device.rig.state.updates, fetch)
    device.agent = AgentUpdates(updates, device.rig.root, read_authority(device))
    found = device.agent.begin()
    device.agent.tell_begin(device.recorder)
    return found


def read_authority(device: Device) -> Authority:
    file = device.rig.state.authority_file.read_bytes()
    return authority.read_authority(file, issuer_key=verifying_key(device.rig.issuer))


@pytest.mark.parametrize("change", ["edited", "added", "removed", "signed by another"])
def test_a_set_that_was_changed_on_the_device_is_put_aside(site: CaseSite, device: Device, change: str) -> None:
    """The folder is the person's own, and disks fail: the set before is used, told, and the newest fetched anew."""
    sign(site, {"libraries/weapons.toml": WEAPONS.replace('"90"', '"91"').encode()})
    device.round()
    folder = device.rig.state.updates / "sets/0000000002"
    library_file = folder / "libraries/weapons.toml"
    match change:
        case "edited":
            library_file.write_text(library_file.read_text().replace("trebuchet", "catapults"))
        case "added":
            (folder / "policy.toml").write_text("[capture]\nfloor = 5\n")
        case "removed":
            library_file.unlink()
        case _:
            targets = Metadata[Targets].from_file(str(folder / "targets.json"))
            library_file.write_bytes(b"other words")
            targets.signed.targets["libraries/weapons.toml"] = TargetFile.from_data("x", b"other words", ["sha256"])
            targets.sign(CryptoSigner(generate_signing_key(secrets.token_bytes)))
            targets.to_file(str(folder / "targets.json"))
    assert begun_anew(device, from_nowhere).update.version == 1
    (event,) = [one for one in device.events() if one.event == "library-put-aside"]
    assert event.text.startswith("Set 2 of libraries cannot be used: its files on this device are not those")
    assert event.text.endswith("Set 1, which was in use before, is used instead.")
    device.agent._updates._fetch = from_disk(site)
    device.round()
    assert active(device) == 2


def test_without_any_set_that_works_what_came_with_the_agent_is_used(site: CaseSite, device: Device) -> None:
    """The agent starts all the same."""
    shutil.rmtree(device.rig.state.updates / "sets")
    assert begun_anew(device, from_disk(site)).update.version == 0
    (event,) = [one for one in device.events() if one.event == "library-put-aside"]
    assert event.text.endswith("What came with this version is used instead.")
    device.round()
    assert active(device) == 1


def test_a_first_start_fetches_a_library_that_only_the_server_has(site: CaseSite, tmp_path: Path) -> None:
    """The authority names it, and nobody has to lay it onto the device."""
    own = WEAPONS.replace('id = "weapons"', 'id = "own-words"')
    made = Device(tmp_path / "device", site.folder, from_disk(site))
    made.rig.write_authority(libraries=(PermittedLibrary("own-words", "3"),))
    with pytest.raises(EngineError, match=r"names own-words.*publish it"):
        begun_anew(made, from_nowhere)
    sign(site, {"libraries/own-words.toml": own.encode()})
    found = begun_anew(made, from_disk(site))
    assert list(found.words.versions) == ["own-words"]
    assert active(made) == 1
    assert made.events() == []


class Unsettled:
    """Stands where meaning is settled, and cannot."""

    def marked(self, _library_set: object) -> dict[str, str]:
        return {"every": "term"}

    def settle(self, screened: Sequence[tuple[str, Verdict]], _marked: object) -> Sequence[Verdict]:
        if any("riddle" in text for text, _ in screened):
            raise RecursionError
        return [verdict for _, verdict in screened]


def test_a_text_that_cannot_be_screened_ends_nothing(device: Device) -> None:
    """It is counted, and told once without a word of it; the next text is captured."""
    words = device.agent.begin().words
    device.pipeline.use(TextScreener(words, meaning=Unsettled()), Policy(), 1)  # type: ignore[arg-type]
    assert not device.finds("the riddle of the trebuchet")
    assert not device.finds("another riddle of a trebuchet")
    assert device.finds("a trebuchet in the garden at noon")
    assert device.pipeline.counts.unscreened == 2
    (event,) = [one for one in device.events() if one.event == "screening-failed"]
    assert event.details == {"problem": "RecursionError"}
    assert "riddle" not in event.text


def test_an_endless_answer_is_not_taken_in() -> None:
    """A server cannot fill the device's memory, whatever it is asked for."""
    endless = itertools.repeat(bytes(2**20))
    with pytest.raises(TooLargeError, match="64 MB"):
        _taken_in(httpx2.Response(200, content=endless))


def test_a_server_that_is_away_is_no_event(device: Device) -> None:
    """The network is asked again; the record stays quiet."""
    updates = Updates(device.rig.state.updates, from_nowhere)
    device.agent = AgentUpdates(updates, device.rig.root, device.rig.write_authority())
    before = len(device.events())
    device.round()
    assert len(device.events()) == before


def test_a_device_without_a_pinned_root_asks_nothing(site: CaseSite, tmp_path: Path) -> None:
    """A root is never taken from the repository."""
    sign(site, {"libraries/weapons.toml": WEAPONS.encode()})
    made = Device(tmp_path / "device", site.folder, from_disk(site))
    (made.rig.state.updates / "root.json").unlink()
    made.round()
    assert made.events() == []
    assert not made.finds("a trebuchet in the garden")


def test_the_servers_own_key_signs_no_set(site: CaseSite) -> None:
    """Who steals the server has the key that says what is newest, and none that signs a library."""
    from evidence.keys import load_signing_key  # noqa: PLC0415
    from server_stub.errors import UnacceptableError  # noqa: PLC0415

    online = load_signing_key(site.folder.updates_key_file.read_bytes())
    with pytest.raises(UnacceptableError, match="not the key"):
        updates.publish(site.folder, site.case, {"policy.toml": b""}, targets_key=online, now=datetime.now(UTC))
