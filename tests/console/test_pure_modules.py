"""The pure modules of the review page, by node's own test runner."""

import os
import re
import shutil
import subprocess
from pathlib import Path

MODULES = Path(__file__).parents[2] / "server_stub" / "console" / "static"
TESTS = Path(__file__).parent / "js" / "review.test.mjs"


def test_the_pure_modules_of_the_review_page(tmp_path: Path) -> None:
    """Order, search line, measured fixes, labels, likeness: all of them pass, and they are there."""
    modules = tmp_path / "modules"
    shutil.copytree(MODULES, modules)
    (modules / "package.json").write_text('{"type": "module"}', encoding="utf-8")  # as browsers read them
    node = shutil.which("node") or shutil.which("nodejs")
    assert node, "node is not installed: run `make packages-test`, or apt-get install nodejs"
    environment = os.environ | {"MODULES": str(modules)}
    command = [node, "--test", str(TESTS)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    count = re.search(r"^# pass (\d+)$|^ℹ pass (\d+)$", done.stdout, re.MULTILINE)
    assert count is not None
    assert int(count[1] or count[2]) > 10
