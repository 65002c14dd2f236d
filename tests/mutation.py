"""How many small changes of evidence/ the tests notice: mutmut on one core, kept in a folder so that it can be resumed.

python -m tests.mutation               go on where the last run ended, at most an hour and a half (make mutation)
python -m tests.mutation --again       try those anew that were not noticed: for after tests were added
python -m tests.mutation --report      no run: write the table of what was measured so far

Works in a copy (.mutation/), so that the sources are never touched. Afterwards docs/mutation.md has the table, and
tests/evidence/survivors.json each change that no test noticed; tests/evidence/test_mutation.py wants a reason for each.
"""

import argparse
import ast
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORK = ROOT / ".mutation"
COPIED = ("agent", "engine", "evidence", "libraries", "overt", "server_stub", "tests", "pyproject.toml")
SURVIVORS = ROOT / "tests/evidence/survivors.json"
PAGE = ROOT / "docs/mutation.md"
TABLE = re.compile(r"(?<=<!-- table -->\n).*?(?=<!-- end -->)", re.DOTALL)
NOTICED = (1, 3, 24, -24, 36, 152, 255, -9, -11)
"""mutmut's exit codes where a test failed, or was ended because it did not end by itself."""
OUTCOMES = {0: "survived", 5: "no tests", 33: "no tests", 2: "not run", None: "not run"}
UNNOTICED = ("survived", "no tests", "unclear")


@dataclass(frozen=True)
class Mutant:
    """A change, and what became of it."""

    module: str
    name: str
    """mutmut's: the function's mangled name and a number."""
    outcome: str

    @property
    def function(self) -> str:
        """The function that it changes, as people write it: `Class.method` or `function`."""
        return re.sub(r"__mutmut_\d+$", "", self.name).removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")


def copy_sources() -> None:
    """Bring the copy up to date; times are kept, so that mutmut sees what did not change."""
    WORK.mkdir(exist_ok=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.rmtree(WORK / name, ignore_errors=True)
            shutil.copytree(source, WORK / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, WORK / name)


def results() -> Iterator[Mutant]:
    """Yield every mutant that there is, by module."""
    for meta in sorted((WORK / "mutants/evidence").glob("*.py.meta")):
        module = meta.name.removesuffix(".py.meta")
        for name, code in json.loads(meta.read_text())["exit_code_by_key"].items():
            yield Mutant(module, name.rpartition(".")[2], _outcome(code))


def _outcome(code: int | None) -> str:
    return "noticed" if code in NOTICED else OUTCOMES.get(code, "unclear")


def forget_unnoticed() -> None:
    """Have the next run try again what was not noticed."""
    for meta in (WORK / "mutants/evidence").glob("*.py.meta"):
        found = json.loads(meta.read_text())
        codes = found["exit_code_by_key"]
        found["exit_code_by_key"] = {
            name: None if _outcome(code) in UNNOTICED else code for name, code in codes.items()
        }
        meta.write_text(json.dumps(found))


def run() -> None:
    """Let mutmut go through what was not tried, gently."""
    mutmut = Path(sys.executable).with_name("mutmut")
    (WORK / "mutants/mutmut-stats.json").unlink(
        missing_ok=True
    )  # which test reaches what, learnt anew: both may have moved
    done = subprocess.run([str(mutmut), "run", "--max-children", "1"], cwd=WORK, check=False, preexec_fn=_be_nice)
    if done.returncode:
        raise SystemExit(f"mutmut ended with {done.returncode}; run this again to go on.")


def _be_nice() -> None:
    os.nice(10)


def change_of(mutant: Mutant, functions: dict[str, str]) -> str:
    """Return what a mutant changes, as the lines that go and come."""
    original = functions[re.sub(r"\d+$", "orig", mutant.name)].splitlines()
    changed = functions[mutant.name].splitlines()
    lines = difflib.unified_diff(original, changed, lineterm="", n=0)
    return "\n".join(f"{line[0]} {line[1:].strip()}" for line in lines if line[:3] not in ("---", "+++", "@@ "))


def functions_of(module: str) -> dict[str, str]:
    """Return every original and changed function of a module by mutmut's name."""
    source = (WORK / f"mutants/evidence/{module}.py").read_text()
    lines = source.splitlines()
    found = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef))
    return {
        node.name: re.sub(r"__mutmut_\w+", "", "\n".join(lines[node.lineno - 1 : node.end_lineno]))
        for node in found
        if "__mutmut_" in node.name
    }


def report() -> None:
    """Write the table and the survivors, also of a run that was ended: what was not tried counts as not noticed."""
    mutants = list(results())
    if not mutants:
        raise SystemExit("Nothing was measured yet.")
    survivors: dict[str, list[str]] = {}
    functions = {module: functions_of(module) for module in {one.module for one in mutants}}
    for one in mutants:
        if one.outcome in UNNOTICED:
            change = change_of(one, functions[one.module])
            survivors.setdefault(f"{one.module}.{one.function}", []).append(change)
    SURVIVORS.write_text(json.dumps(survivors, indent=1, ensure_ascii=False) + "\n")
    PAGE.write_text(TABLE.sub(lambda _: table(mutants), PAGE.read_text()))
    print(table(mutants))


def table(mutants: list[Mutant]) -> str:
    """Return the table of modules."""
    rows = [
        f"Measured on {datetime.now(UTC):%d %B %Y}.",
        "",
        "| module | changes | noticed | not tried | |",
        "|---|---:|---:|---:|---:|",
    ]
    for module in sorted({one.module for one in mutants}):
        rows.append(_row(f"`{module}`", [one for one in mutants if one.module == module]))
    return "\n".join([*rows, _row("**all**", mutants)]) + "\n"


def _row(name: str, mutants: list[Mutant]) -> str:
    noticed = sum(one.outcome == "noticed" for one in mutants)
    untried = sum(one.outcome == "not run" for one in mutants)
    return f"| {name} | {len(mutants)} | {noticed} | {untried} | {noticed / len(mutants):.1%} |"


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--again", action="store_true", help="try anew what was not noticed")
    parser.add_argument("--report", action="store_true", help="no run, only the table")
    options = parser.parse_args()
    if options.again:
        forget_unnoticed()
    if not options.report:
        copy_sources()
        run()
    report()


if __name__ == "__main__":
    main()
