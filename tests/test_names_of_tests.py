"""Processes that share the tests compare the tests' names, and none runs a test where one name differs."""

import ast
from pathlib import Path

TESTS = Path(__file__).parent
CHANGING = {
    "now",
    "today",
    "utcnow",
    "monotonic",
    "random",
    "uuid4",
    "token_hex",
    "token_bytes",
    "urandom",
    "time.time",
}
"""What gives something else each time it is called."""


def named_anew(source: str) -> list[int]:
    """Return the lines of decorators that give a test a name by the clock or by chance."""
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    decorators = [one for node in functions for one in node.decorator_list if "parametrize" in ast.unparse(one)]
    return [node.lineno for one in decorators for node in ast.walk(one) if isinstance(node, ast.Call) and changes(node)]


def changes(call: ast.Call) -> bool:
    """Return whether a call gives something else each time; what gzip packs holds the time unless told otherwise."""
    name = ast.unparse(call.func)
    packs = name == "gzip.compress" and "mtime" not in {one.arg for one in call.keywords}
    return packs or name in CHANGING or name.rpartition(".")[2] in CHANGING


def test_no_test_is_named_by_the_clock_or_by_chance() -> None:
    """Read in the next second, or by another process, each has the same name."""
    files = sorted(TESTS.rglob("test_*.py"))
    assert len(files) > 100, "nothing would be examined"
    found = {file.name: named_anew(file.read_text(encoding="utf-8")) for file in files}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_one_would_be_found() -> None:
    """A second in a name, directly or in packed bytes."""
    bad = "@pytest.mark.parametrize('a', [str(datetime.now(UTC)), gzip.compress(b'')])\ndef test() -> None: ...\n"
    assert named_anew(bad) == [1, 1]
    assert named_anew(bad.replace("now(UTC)", "time(2)").replace("b''", "b'', mtime=0")) == []
