"""How many small changes of evidence/ the tests notice: mutmut, a module at a time, and a table.

python -m tests.mutation               every module, an hour on two cores (make mutation)
python -m tests.mutation keys header   these modules only

Works in a copy, so that the sources are never touched. Survivors are listed with their change.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPIED = ("agent", "engine", "evidence", "libraries", "overt", "server_stub", "tests", "pyproject.toml")
OUTCOMES = {"🎉": "killed", "⏰": "timeout", "🙁": "survived", "🫥": "no tests", "🤔": "suspicious", "🔇": "skipped"}
_LINE = re.compile(r"(\S+) (evidence\.\S+__mutmut_\d+)")


@dataclass
class Score:
    """What became of one module's mutants, by outcome."""

    module: str
    mutants: dict[str, list[str]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many mutants there were."""
        return sum(map(len, self.mutants.values()))

    @property
    def noticed(self) -> int:
        """How many the tests noticed: a test failed, or did not end."""
        return len(self.mutants.get("killed", [])) + len(self.mutants.get("timeout", []))


def measure(module: str, copy: Path) -> Score:
    """Run mutmut over one module in the copy."""
    shutil.rmtree(copy / "mutants", ignore_errors=True)
    mutmut = Path(sys.executable).with_name("mutmut")
    done = subprocess.run(
        [str(mutmut), "run", "--max-children", "2", f"evidence.{module}.*"],
        cwd=copy, capture_output=True, text=True, check=False,
    )  # fmt: skip
    score = Score(module)
    for sign, name in _LINE.findall(done.stdout):
        if name.startswith(f"evidence.{module}."):
            score.mutants.setdefault(OUTCOMES.get(sign, sign), []).append(name)
    if not score.total:
        raise SystemExit(f"{module}: mutmut examined nothing\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return score


def survivors(score: Score, copy: Path) -> None:
    """Print each survivor's change."""
    mutmut = Path(sys.executable).with_name("mutmut")
    for outcome in ("survived", "no tests", "suspicious"):
        for name in score.mutants.get(outcome, []):
            shown = subprocess.run([str(mutmut), "show", name], cwd=copy, capture_output=True, text=True, check=False)
            lines = [line for line in shown.stdout.splitlines() if re.match(r"[-+](?![-+])", line)]
            print(f"  {name} ({outcome})", *lines, sep="\n      ", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", help="modules of evidence/; all without")
    options = parser.parse_args()
    modules = options.modules or sorted(path.stem for path in (ROOT / "evidence").glob("[a-z]*.py"))
    scores = []
    with tempfile.TemporaryDirectory(prefix="overt-mutation-") as folder:
        copy = Path(folder)
        for name in COPIED:
            source = ROOT / name
            shutil.copytree(source, copy / name) if source.is_dir() else shutil.copy(source, copy / name)
        for module in modules:
            score = measure(module, copy)
            scores.append(score)
            print(f"{module:20} {score.noticed:5} of {score.total:5}  {score.noticed / score.total:7.1%}", flush=True)
            survivors(score, copy)
    noticed, total = sum(one.noticed for one in scores), sum(one.total for one in scores)
    print(f"{'all':20} {noticed:5} of {total:5}  {noticed / total:7.1%}")


if __name__ == "__main__":
    main()
