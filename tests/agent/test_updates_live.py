"""A running agent and a running server: new libraries are used without a restart; what must not be used is not."""

import json
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata, Timestamp
from typer.testing import CliRunner

from evidence.keys import generate_signing_key, load_signing_key
from overt.agent_update import Answer, ask_now
from overt.cli import app
from overt.demo.display import virtual_display
from server_stub import updates
from server_stub.folder import ServerFolder
from server_stub.running_sets import running as running_sets
from server_stub.updates import UpdateKeys
from tests.agent.rig import Rig
from tests.agent.running import LiveAgent
from tests.agent.test_updates import WEAPONS, library, policy, publish, sign
from tests.agent.update_server import UpdateServer, served_from
from tests.console.site import CaseSite
from tests.evasion.stage import WINDOW
from tests.waiting import wait_until

pytestmark = [pytest.mark.screen, pytest.mark.timeout(300)]

SIGNATURES = """\
format = "overt-signatures-1"

[signatures]
id = "our-own"
version = "1"
title = "One more sign"
review = 2027-11-01
licence = "CC0-1.0"
source = "Written for a test"

[[signature]]
id = "cloak"
category = "anonymity"
says = "A cloak is in use."
severity = 3
process = ["cloakmaker"]
hit = ["process: cloakmaker"]
miss = ["process: oak"]
"""
NEWER = (
    WEAPONS
    + """
[[term]]
text = ["ballista"]
hit = ["a ballista in the garden"]
miss = ["a ballot"]
"""
)
EVERYTHING = (
    WEAPONS.replace('text = ["trebuchet"]', 'text = ["the"]')
    .replace("a trebuchet in", "the trebuchet in")
    .replace('miss = ["a garden"]', 'miss = ["gardens"]')
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[UpdateServer]:
    """Return a running server that can publish."""
    with closing(CaseSite(tmp_path / "site")) as site:
        found = UpdateServer(site)
        with found.running():
            yield found


@pytest.fixture
def agent(server: UpdateServer, tmp_path: Path) -> Iterator[LiveAgent]:
    """Return an agent that watches."""
    rig = server.enrol(tmp_path / "device")
    with virtual_display() as display:
        found = LiveAgent(rig, display)
        try:
            found.start()
            yield found
        finally:
            found.stop()


def test_a_running_agent_takes_what_is_good_and_nothing_else(
    server: UpdateServer, agent: LiveAgent, tmp_path: Path
) -> None:
    """Libraries, signs of evasion and policy by one signed set; then rollback, freeze, a foreign key, too much, all."""
    process, device = agent.pid, agent.rig.state.enrolment().device
    told = CliRunner().invoke(app, ["agent", "update", "--state", str(agent.rig.root), "--json"])
    assert json.loads(told.output) == {"before": 0, "libraries": 0, "problem": ""}, told.output
    _take_a_good_set(server, agent, tmp_path)
    first = tmp_path / "first"
    shutil.copytree(server.repository, first)
    assert _published(server, agent, tmp_path, NEWER) == Answer(1, 2, "")
    newest = tmp_path / "newest"
    shutil.copytree(server.repository, newest)
    for why, attack in ATTACKS.items():
        place = tmp_path / "attack"
        shutil.copytree(first if attack is _rolled_back else newest, place)
        attack(server, place, tmp_path)
        with served_from(server, place):
            answer = ask_now(agent.rig.root)
        shutil.rmtree(place)
        assert (answer.libraries, why in answer.problem) == (2, True), answer
    assert ask_now(agent.rig.root) == Answer(2, 2, ""), "the honest server again"
    sign(server.site, {"libraries/weapons.toml": EVERYTHING.encode()})
    assert "it matches everything" in ask_now(agent.rig.root).problem
    _captures(agent, "a ballista in the garden", more_than=agent.status.captures)
    assert _published(server, agent, tmp_path, WEAPONS) == Answer(2, 4, "")
    assert (agent.pid, agent.state) == (process, "watching")
    _is_in_the_ledger(server, device)


def _take_a_good_set(server: UpdateServer, agent: LiveAgent, folder: Path) -> None:
    signatures = folder / "our-own.toml"
    signatures.write_text(SIGNATURES)
    more = ("--signatures", signatures, "--policy", policy(folder, 4))
    assert _published(server, agent, folder, WEAPONS, *more) == Answer(0, 1, "")
    assert ask_now(agent.rig.root) == Answer(1, 1, "")
    (row,) = [
        one for one in running_sets(server.site.server.database) if one.device == agent.rig.state.enrolment().device
    ]
    assert row.version == 1, "the server knows which set this device runs"
    _captures(agent, "a trebuchet in the garden", more_than=0)
    shutil.copy("/bin/sleep", folder / "cloakmaker")
    with _running(agent, folder / "cloakmaker", "60"):
        assert wait_until(lambda: "A cloak is in use." in _texts(server, agent, "evasion-sign"))


def _published(server: UpdateServer, agent: LiveAgent, folder: Path, text: str, *more: object) -> Answer:
    done = publish(server.site, library(folder / "own", text), *more)
    assert done.exit_code == 0, done.output
    return ask_now(agent.rig.root)


def _captures(agent: LiveAgent, title: str, *, more_than: int) -> None:
    with _running(agent, sys.executable, "-c", WINDOW, title, "300x100+20+20", "plain"):
        assert wait_until(lambda: agent.status.captures > more_than), "the window's title was not captured"


@contextmanager
def _running(agent: LiveAgent, *command: object) -> Iterator[None]:
    process = subprocess.Popen([str(one) for one in command], env=agent.display.environment())
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _texts(server: UpdateServer, agent: LiveAgent, name: str) -> list[str]:
    found = server.events(agent.rig.state.enrolment().device)
    return [one.text for one, _ in found if one.event == name]


# --- what a server may try


def _rolled_back(_server: UpdateServer, _place: Path, _folder: Path) -> None:
    """It serves what it served before the newest."""


def _frozen(server: UpdateServer, place: Path, _folder: Path) -> None:
    """Nobody has signed for a while that this is the newest."""
    file = place / "metadata/timestamp.json"
    held = Metadata[Timestamp].from_file(str(file)).signed
    past = datetime.now(UTC) - timedelta(days=10)
    held.expires = past.replace(microsecond=0)
    held.version += 1
    online = updates._signer(load_signing_key(server.site.folder.updates_key_file.read_bytes()))
    file.write_bytes(updates._signed(held, online))


def _foreign(server: UpdateServer, place: Path, folder: Path) -> None:
    """Another repository altogether."""
    other = ServerFolder(folder / "other")
    keys = UpdateKeys(generate_signing_key(secrets.token_bytes), generate_signing_key(secrets.token_bytes))
    updates.make_root(other, keys, now=datetime.now(UTC), entropy=secrets.token_bytes)
    for _ in range(4):
        updates.publish(other, server.site.case, {"policy.toml": b"x"}, targets_key=keys.targets, now=datetime.now(UTC))
    shutil.rmtree(place)
    shutil.copytree(other.updates / "cases" / server.site.case, place)


def _oversized(_server: UpdateServer, place: Path, _folder: Path) -> None:
    """More than any answer may be: it is not taken in."""
    with (place / "metadata/timestamp.json").open("ab") as file:
        file.truncate(65 * 2**20)


ATTACKS: dict[str, Callable[[UpdateServer, Path, Path], None]] = {
    "it is older than what this device had already": _rolled_back,
    "nobody has confirmed for too long": _frozen,
    "it is not signed by the keys that were pinned": _foreign,
    "a file is larger than it may be": _oversized,
}


def _is_in_the_ledger(server: UpdateServer, device: str) -> None:
    """Each set that was put in use, and each that was not with the reason, of a severity that raises an alarm."""

    def complete() -> bool:
        found = server.events(device)
        activated = [one.details["version"] for one, _ in found if one.event == "library-activated"]
        refused = [(one.text, severity) for one, severity in found if one.event == "library-refused"]
        reasons = (*ATTACKS, "it matches everything")
        assert len(refused) <= len(reasons)
        return (
            activated == [1, 2, 4]
            and len(refused) == len(reasons)
            and all(why in text and severity == 3 for why, (text, severity) in zip(reasons, refused, strict=True))
        )

    assert wait_until(complete)


def test_without_a_running_agent_nothing_is_asked(rig: Rig) -> None:
    """The command says so, and what to do."""
    done = CliRunner().invoke(app, ["agent", "update", "--state", str(rig.root)])
    assert done.exit_code == 3
    assert "does not run" in done.stderr
    assert "overt agent run" in done.stderr
    assert not rig.state.ask_file.exists()
