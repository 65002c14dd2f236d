"""What an export pack of many records costs: time and memory of `overt evidence export` and `overt evidence verify`.

    python -m benchmarks.export [--records N] [--json FILE]

The device's captures have words and a small picture each, all of them are opened for the pack. Each command runs in a
process of its own, whose largest memory is what the system says of it.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.console.many import ManySite
from tests.console.site import OFFICER, PASSPHRASE


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took."""

    seconds: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured."""

    records: int
    export: Cost
    verify: Cost
    pack_megabytes: float
    report_megabytes: float


def measure(records: int) -> Figures:
    """Make a server with so many records, export, verify."""
    with tempfile.TemporaryDirectory(prefix="overt-bench-") as folder:
        root = Path(folder)
        print(f"Sealing {records} captures …", flush=True)
        with closing(ManySite(root)) as site:
            site.fill(records)
            data, device = site.folder.root, site.device
        secret, pack = root / "passphrase", root / "pack"
        secret.write_text(PASSPHRASE + "\n")
        print("Exporting …", flush=True)
        asked = ("--data", data, "--device", device, "--out", pack, "--officer", OFFICER, "--passphrase-file", secret)
        export = run("evidence", "export", *asked)
        print("Verifying …", flush=True)
        verify = run("evidence", "verify", pack)
        size = sum(path.stat().st_size for path in pack.rglob("*") if path.is_file())
        report = (pack / "report.html").stat().st_size
    return Figures(records, export, verify, size / 2**20, report / 2**20)


_LAUNCHED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""
"""A small program between: the system counts to a process what its parent held when it was started."""


def run(*arguments: object) -> Cost:
    """Run a command of ours; raises CalledProcessError where it fails."""
    command: Sequence[str] = [sys.executable, "-m", "overt", *map(str, arguments)]
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", _LAUNCHED, *command], stdout=subprocess.PIPE, check=True)
    return Cost(time.perf_counter() - begun, int(done.stdout) / 1024)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=30_000)
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    found = measure(options.records)
    for name, cost in (("export", found.export), ("verify", found.verify)):
        rate = found.records / cost.seconds
        print(
            f"{name} of {found.records} records  {cost.seconds:8.1f} s, {rate:.0f}/s, at most {cost.megabytes:.0f} MB"
        )
    print(f"the pack has {found.pack_megabytes:.0f} MB, its report {found.report_megabytes:.1f} MB")
    if options.json:
        options.json.write_text(json.dumps(asdict(found), indent=2))


if __name__ == "__main__":
    main()
