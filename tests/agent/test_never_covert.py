"""Nothing hides the notice or the badge: no option, no environment variable, no setting in a file."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

from typer.main import get_command

from agent import state
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
    "WAYLAND_DISPLAY": "to take pictures by the desktop's portal, where X shows old programs only",
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
