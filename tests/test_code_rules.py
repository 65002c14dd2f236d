"""Local rules of security, beside ruff's and bandit's: what must not stand in our code, whoever writes it (semgrep)."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.code_rules.scanner import HERE, Scan, scan

pytestmark = pytest.mark.timeout(300)
ROOT = HERE.parent.parent
CODE = ("engine", "evidence", "agent", "server_stub", "overt", "libraries")
SUFFIX = {"python": "py", "javascript": "js", "regex": "html"}


@cache
def rules() -> dict[str, Mapping[str, Any]]:
    """Return every rule by its name."""
    found = [rule for path in sorted(HERE.glob("*.yaml")) for rule in yaml.safe_load(path.read_text())["rules"]]
    named = {rule["id"]: rule for rule in found}
    assert len(named) == len(found) > 20, "this check would examine nothing, or two rules have one name"
    return named


def test_our_code_breaks_no_rule() -> None:
    """Every Python file of the packages, every script and page of the console."""
    done = scan(ROOT, CODE)
    for suffix, least in (("py", 500), ("js", 80), ("html", 20)):
        assert len([path for path in done.files if path.endswith(suffix)]) > least, "this check would examine nothing"
    assert [f"{one.path}:{one.line} {one.rule}: {one.message}" for one in done.findings] == []


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Scan:
    """Return what the rules say of all their own examples."""
    folder = tmp_path_factory.mktemp("examples")
    for place, text in _examples():
        file = folder / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n")
    return scan(folder, ["."])


def _examples() -> Iterator[tuple[str, str]]:
    for name, rule in rules().items():
        for kind in ("hit", "miss"):
            for number, text in enumerate(rule["metadata"][kind]):
                yield _place(name, kind, number), text


def _place(name: str, kind: str, number: int) -> str:
    """Return where an example lies: rules that look at some folder only are shown it in one like that."""
    rule = rules()[name]
    usual = f"overt/example.{SUFFIX[rule['languages'][0]]}"
    path = Path(rule["metadata"].get("path", usual))
    return path.with_name(f"{name}-{kind}-{number}{path.suffix}").as_posix()


@pytest.mark.parametrize("name", list(rules()))
def test_a_rule_finds_what_it_is_for_and_nothing_else(examples: Scan, name: str) -> None:
    """Each of its bad examples, and none of its good ones."""
    broken = {Path(one.path).name for one in examples.findings if one.rule == name}
    wanted = {kind: [Path(_place(name, kind, at)).name for at in range(len(rules()[name]["metadata"][kind]))]
              for kind in ("hit", "miss")}  # fmt: skip
    assert wanted["hit"]
    assert wanted["miss"]
    assert broken == set(wanted["hit"])
