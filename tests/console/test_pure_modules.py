"""The pure modules of the console's pages, by node's own test runner."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

MODULES = Path(__file__).parents[2] / "server_stub" / "console" / "static"
TESTS = Path(__file__).parent / "js"


@pytest.mark.parametrize(
    ("tests", "zone"),
    [("review", "UTC"), ("person", "UTC"), ("person", "Europe/London"), ("person", "America/St_Johns")],
)
def test_the_pure_modules(tmp_path: Path, tests: str, zone: str) -> None:
    """All tests of a page pass, and they are there; hours and days also where the clock is no whole hours from UTC."""
    modules = tmp_path / "modules"
    shutil.copytree(MODULES, modules)
    (modules / "package.json").write_text('{"type": "module"}', encoding="utf-8")  # as browsers read them
    node = shutil.which("node") or shutil.which("nodejs")
    assert node, "node is not installed: run `make packages-test`, or apt-get install nodejs"
    environment = os.environ | {"MODULES": str(modules), "TZ": zone}
    command = [node, "--test", str(TESTS / f"{tests}.test.mjs")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    count = re.search(r"^# pass (\d+)$|^ℹ pass (\d+)$", done.stdout, re.MULTILINE)
    assert count is not None
    assert int(count[1] or count[2]) > 10
