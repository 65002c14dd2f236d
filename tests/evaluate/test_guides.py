"""The guides show what really comes out: each command is run, each line shown is in the output."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from overt.commands.evaluate import app as evaluate_app
from overt.commands.library import app as library_app

ROOT = Path(__file__).parent.parent.parent
GUIDES = {"guide-libraries.md": 3, "guide-testers.md": 3}
"""Commands with output in each."""
STEP = re.compile(r"```sh\n(overt [^\n]*)\n```\n\n```text\n(.*?)```", re.S)


@pytest.mark.parametrize("name", GUIDES)
def test_a_guide_shows_what_really_comes_out(name: str, tmp_path: Path) -> None:
    """In the order of the page, so that a step may use what an earlier one wrote."""
    steps = STEP.findall((ROOT / "docs" / name).read_text("utf-8"))
    assert len(steps) == GUIDES[name]
    for command, shown in steps:
        _, group, *words = shlex.split(command.replace("/tmp/", f"{tmp_path}/"))
        words = [str(ROOT / word) if word.startswith("docs/") else word for word in words]
        one_process = ["--processes", "1"] if group == "evaluate" else []
        done = CliRunner().invoke(library_app if group == "library" else evaluate_app, [*words, *one_process])
        lines = [re.sub(r"[0-9.]+ million a second", "0.0 million a second", line) for line in done.output.splitlines()]
        for line in shown.replace("/tmp/", f"{tmp_path}/").splitlines():
            assert line in lines, (line, done.output)
