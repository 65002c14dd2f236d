"""`overt agent doctor`: each part is tried with the real thing, and said once with what to do."""

import json
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from agent.errors import PlatformError
from overt import agent_doctor
from overt.agent_doctor_sources import looks
from tests.agent.desktop import desktop
from tests.agent.rig import MemoryServer, Rig

pytestmark = pytest.mark.screen


def test_the_doctor_says_once_that_nothing_is_enrolled(tmp_path: Path) -> None:
    """What depends on it is named, without the same remedy again; no source is started without an authority."""
    done = subprocess.run(
        [sys.executable, "-m", "overt", "agent", "doctor", "--json", "--state", str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = {one["what"]: one for one in json.loads(done.stdout)}
    assert "overt agent enrol" in found["enrolment"]["remedy"]
    for what in ("authority", "server", "libraries", "pictures"):
        assert (found[what]["said"], found[what]["remedy"]) == ("not known while nothing is enrolled", "")
    assert not {"typed text", "what is copied", "text by accessibility"} & set(found)


def test_the_doctor_has_the_newest_authority(rig: Rig, server: MemoryServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Issued a moment ago, and the agent did not run since: nobody is sent to issue another one."""
    issued = rig.state.authority_file.read_bytes()
    rig.state.authority_file.unlink()
    monkeypatch.setattr(agent_doctor, "_transport", lambda _: nullcontext(server))
    said = agent_doctor._examined("authority", lambda: agent_doctor._authority(rig.state))
    assert "overt server authority issue" in said.remedy
    server.fetch_authority = lambda: issued  # type: ignore[method-assign]
    assert agent_doctor._examined("authority", lambda: agent_doctor._authority(rig.state)).works


def test_one_examination_that_fails_does_not_end_the_others() -> None:
    """Whatever it is: it has a line and a remedy like every other."""
    found = agent_doctor._examined("screen", lambda: str(1 // 0))
    assert (found.works, found.said) == (False, "it could not be examined (ZeroDivisionError)")
    assert found.remedy


def test_the_doctor_tries_each_source_that_is_permitted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a real desktop with a session bus all can be followed; without a bus, what needs it says what to install."""
    rig = Rig(tmp_path / "device")
    rig.write_authority(sources=("typed-text", "clipboard", "screen-text", "notifications", "processes"))
    with desktop() as found:
        for name in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
            monkeypatch.setenv(name, found.environment[name])
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        said = {what: look() for what, look in looks(rig.state)}
    assert set(said) == {
        "text by accessibility", "typed text", "what is copied", "notifications", "programs that are started"
    }  # fmt: skip
    assert "told what they show" in said["text by accessibility"]
    assert said["typed text"] == "can be followed"
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    tree = dict(looks(rig.state))["text by accessibility"]
    with pytest.raises(PlatformError, match="no accessibility bus") as problem:
        tree()
    assert "at-spi2-core" in problem.value.hint


def test_the_doctor_says_that_a_system_has_no_such_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the authority names and Wayland gives to nobody: why, and what the officer can do."""
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    rig = Rig(tmp_path / "device")
    rig.write_authority(sources=("typed-text", "clipboard"))
    found = dict(looks(rig.state))
    for what in ("typed text", "what is copied"):
        with pytest.raises(PlatformError, match="no desktop portal does") as problem:
            found[what]()
        assert "X11 session" in problem.value.hint


def test_the_doctor_says_that_there_is_no_set_to_compare_with(tmp_path: Path) -> None:
    """A source that can see nothing on this device is no source that works."""
    rig = Rig(tmp_path / "device")
    rig.write_authority(sources=("media-hashes",))
    with pytest.raises(PlatformError, match="no set of hashes is on this device") as problem:
        dict(looks(rig.state))["known files on media"]()
    assert "hash-sets" in problem.value.hint
