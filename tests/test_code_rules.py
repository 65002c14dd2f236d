"""Local rules of security, beside ruff's and bandit's: what must not stand in our code, whoever writes it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("engine", "evidence", "agent", "server_stub", "overt")
# In the console: ways in which words become markup or code, and ways in which a page would ask another server.
CONSOLE_RULES = {
    r"\b(inner|outer)HTML\b": "words become markup: use textContent",
    r"\binsertAdjacentHTML\b": "words become markup: use append",
    r"\bdocument\.write": "words become markup",
    r"\beval\(|\bnew Function\b": "words become code",
    r"\bset(Timeout|Interval)\(\s*[\"'`]": "words become code",
    r"\bimport\(\s*[^\"']": "a module whose name was computed",
    r"\bpostMessage\b|\bwindow\.open\b": "another window",
    r"\blocalStorage\b|\bsessionStorage\b": "kept in the clear: use the encrypted store",
    r"https?://(?!www\.w3\.org)": "another server",
}
TEMPLATE_RULES = {
    r"\|\s*safe\b": "words become markup",
    r"\sstyle=": "an inline style, which the policy refuses",
    r"\son\w+=": "an inline handler, which the policy refuses",
    r"<script(?![^>]*\ssrc=\"\{\{ static \}\}/)": "an inline script, which the policy refuses",
    r"autoescape\s+false": "words become markup",
}
# In Python: calls, by their last names, and where they are allowed for a reason.
CALLS = {
    "eval": set(), "exec": set(), "compile_command": set(), "pickle.load": set(), "pickle.loads": set(),
    "marshal.loads": set(), "shelve.open": set(), "yaml.load": set(), "os.system": set(), "os.popen": set(),
    "tempfile.mktemp": set(), "ssl._create_unverified_context": set(), "random.random": set(), "hashlib.md5": set(),
    "hashlib.sha1": set(),
}  # fmt: skip
# Certificates are not checked here: the fingerprint is, which is how a device meets its server.
UNVERIFIED = {"agent/transport.py"}
# A name of a channel, which is a constant there, cannot be a bound value.
BUILT = {"server_stub/jobs.py"}


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def python_files() -> list[Path]:
    found = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    assert len(found) > 300, "this check would examine nothing"
    return found


def test_no_dangerous_call_in_python() -> None:
    """No code out of words, no pickle, no shell, no unchecked certificates, no weak digest."""
    wrong = []
    for path in python_files():
        name = path.relative_to(ROOT).as_posix()
        for called, node in calls(ast.parse(path.read_text(encoding="utf-8"))):
            given = {word.arg: ast.unparse(word.value) for word in node.keywords}
            if called in CALLS and name not in CALLS[called]:
                wrong.append(f"{name}:{node.lineno} calls {called}")
            if given.get("shell") == "True":
                wrong.append(f"{name}:{node.lineno} runs a shell")
            if given.get("verify") == "False" and name not in UNVERIFIED:
                wrong.append(f"{name}:{node.lineno} does not check a certificate")
            if name not in BUILT and called == "text" and _is_built(node):
                wrong.append(f"{name}:{node.lineno} builds SQL out of words")
    assert not wrong


def _is_built(node: ast.Call) -> bool:
    """Return whether a text is put together where a statement is expected."""
    return bool(node.args) and isinstance(node.args[0], ast.JoinedStr | ast.BinOp)


@pytest.mark.parametrize(
    ("folder", "kind", "rules"), [("static", "*.js", CONSOLE_RULES), ("templates", "*.html", TEMPLATE_RULES)]
)
def test_no_words_become_markup_or_code_in_the_console(folder: str, kind: str, rules: dict[str, str]) -> None:
    """Comments aside, no line of a page or a script breaks a rule."""
    files = sorted((ROOT / "server_stub" / "console" / folder).rglob(kind))
    assert len(files) > 10, "this check would examine nothing"
    wrong = []
    for path in files:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            code = line.partition("// ")[0] if kind == "*.js" else line
            if path.name == "place.js":
                code = code.replace("localStorage", "")  # which row was chosen: ids, no words
            wrong += [
                f"{path.relative_to(ROOT)}:{number} {why}" for rule, why in rules.items() if re.search(rule, code)
            ]
    assert not wrong


@pytest.mark.parametrize(
    "line", ["one.innerHTML = words;", "eval(words)", "setTimeout('go()', 1)", "import(name)", "fetch('https://x/')"]
)
def test_a_broken_rule_would_be_found(line: str) -> None:
    """The rules above see what they are for."""
    assert any(re.search(rule, line) for rule in CONSOLE_RULES)
