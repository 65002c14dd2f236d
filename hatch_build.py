"""Builds the compiled loops of the text engine, where a C compiler is at hand; without one the engine runs in numpy.

The library needs no header of Python's, so one build serves every version of it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import sys_tags

SOURCE = "engine/text/kernel.c"
FLAGS = ("-O3", "-std=c11", "-fPIC", "-shared", "-fvisibility=hidden")
SUFFIX = {"win32": "dll", "darwin": "dylib"}.get(sys.platform, "so")


class KernelHook(BuildHookInterface):
    """Compiles before the files are collected, and marks the wheel as one for this system."""

    PLUGIN_NAME = "custom"

    def initialize(self, _version: str, build_data: dict[str, Any]) -> None:
        """Build, or say why not: it is never a reason to fail."""
        problem = compile_kernel(Path(self.root))
        if problem:
            self.app.display_warning(f"The text engine will run without its compiled loops: {problem}")
            return
        build_data["artifacts"].append(f"/engine/text/libkernel.{SUFFIX}")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{next(sys_tags()).platform}"


def compile_kernel(root: Path) -> str:
    """Build the library beside its source; return what stood in the way, empty if nothing did."""
    found = [path for name in (os.environ.get("CC"), "cc", "gcc", "clang") if name and (path := shutil.which(name))]
    if not found:
        return "there is no C compiler (Debian: apt-get install gcc libc6-dev)"
    target = root / SOURCE.replace("kernel.c", f"libkernel.{SUFFIX}")
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        made = Path(folder) / target.name
        command = [found[0], *FLAGS, "-o", str(made), str(root / SOURCE)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"the compiler {found[0]} failed: {done.stderr.strip()[:300]}"
        made.replace(target)  # at once, since the old one may be in use
    return ""
