"""Nothing hides the notice or the badge: no option, no environment variable, no setting in a file."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from agent import state
from agent.errors import PolicyError
from agent.policy import parse_policy
from evidence.errors import EvidenceError
from overt.cli import app as root
from overt.commands.agent import app
from tests.agent.rig import Rig

ROOT = Path(__file__).parents[2]
# What `overt agent run` may be told, and why it hides nothing.
OPTIONS = {
    "--state": "the folder of the enrolled device",
    "--replay": "pictures from a folder instead of the screen: the screen is not seen at all",
    "--help": "shows the help",
}
# Environment variables that the agent's code may name.
VARIABLES = {
    "NOTIFY_SOCKET": "where systemd listens for signs of life",
    "DISPLAY": "which screen",
    "WAYLAND_DISPLAY": "to take pictures by the portal, as X shows old programs only, and to say what is not told",
    "OMP_THREAD_LIMIT": "threads of the reading process",
    "OMP_NUM_THREADS": "threads of the reading process",
}


def test_run_has_no_option_that_hides_anything() -> None:
    """Every option of `overt agent run` is in the table above."""
    group = get_command(app)
    run = group.commands["run"]  # type: ignore[attr-defined]
    found = {name for option in run.params for name in (*option.opts, *option.secondary_opts)} | {"--help"}
    assert found == set(OPTIONS)


def test_the_agent_reads_no_environment_variable_of_its_own() -> None:
    """Whatever string stands in the agent's code beside os.environ is in the table above."""
    modules = sorted((ROOT / "agent").rglob("*.py"))
    assert modules
    named: set[str] = set()
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call | ast.Subscript | ast.BinOp) and "os.environ" in ast.unparse(node):
                named |= {
                    one.value
                    for one in ast.walk(node)
                    if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value.isupper()
                }
    assert named == set(VARIABLES)


def test_what_the_state_folder_says_about_the_badge_is_not_read(rig: Rig) -> None:
    """The files that a device reads have no field for the notice or the badge: a planted one ends the agent."""
    planted = json.loads(rig.state.enrolment_file.read_text()) | {"badge": False, "notice": False}
    rig.state.enrolment_file.write_text(json.dumps(planted))
    done = subprocess.run(
        [sys.executable, "-m", "overt", "agent", "run", "--state", str(rig.root)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OVERT_HIDE_BADGE": "1", "OVERT_NOTICE": "0"},
    )
    assert done.returncode == 2
    assert "damaged" in done.stderr
    assert "badge" not in {field.name for field in state.Enrolment.__dataclass_fields__.values()}


HIDING = re.compile(
    r"hid(e|den)|silent|quiet|stealth|covert|invisible|no-?(badge|notice|window|ui)|background", re.IGNORECASE
)
"""What somebody would call an option that hides something."""
HARMLESS = {"overt server alert rule --quiet": "hours in which officers are not woken; the device knows nothing of it"}


def test_no_command_has_an_option_that_hides() -> None:
    """Every option and argument of every command, the server's too."""
    walked = []
    waiting = [("overt", get_command(root))]
    while waiting:
        path, command = waiting.pop()
        if isinstance(command, TyperGroup):
            context = command.make_context(path, [], resilient_parsing=True)
            found = ((name, command.get_command(context, name)) for name in command.list_commands(context))
            waiting += [(f"{path} {name}", one) for name, one in found if one is not None]
        for option in command.params:
            for name in (*option.opts, *option.secondary_opts):
                walked.append(f"{path} {name}")
                assert HIDING.search(name) is None or f"{path} {name}" in HARMLESS, f"{path} {name}"
    assert len(walked) > 100
    assert any(one.startswith("overt agent run --state") for one in walked)


@pytest.mark.parametrize("table", ["badge", "notice", "window", "capture", "frames", "excluded"])
@pytest.mark.parametrize("key", ["badge", "notice", "hidden", "shown", "visible", "enabled"])
def test_a_policy_knows_nothing_of_notice_and_badge(table: str, key: str) -> None:
    """Whatever somebody writes there is refused, not ignored."""
    with pytest.raises(PolicyError, match="Unknown in a policy"):
        parse_policy(f"[{table}]\n{key} = false\n")


def test_what_shows_the_notice_reads_no_settings() -> None:
    """Notice, badge and their windows import neither policy nor state nor authority: they cannot depend on them."""
    modules = [ROOT / "agent" / f"{name}.py" for name in ("notice", "badge", "notice_window", "badge_window")]
    for path in modules:
        imported = {
            name
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in (getattr(node, "module", None) or "", *(one.name for one in node.names))
        }
        assert imported, path
        assert not imported & {"agent.policy", "agent.state", "evidence.authority", "os", "configparser", "tomli"}, path


@pytest.mark.parametrize("notice", ["", " ", "\n\t ", "\u200b", "\u00a0."])
def test_an_authority_has_a_notice(rig: Rig, notice: str) -> None:
    """One that says nothing is not issued."""
    with pytest.raises(EvidenceError, match="notice"):
        rig.write_authority(notice=notice)
