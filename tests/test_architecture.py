"""The plan of the house as a check: imports point one way, pure packages do no I/O, nothing hides the notice."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# package: what of ours it may import (DESIGN: overt → {agent, server_stub} → {engine, evidence} → nothing of ours)
ALLOWED: dict[str, set[str]] = {
    "engine": set(),
    "evidence": set(),
    "libraries": set(),
    "agent": {"engine", "evidence"},
    "server_stub": {"evidence"},
    "overt": {"agent", "server_stub", "engine", "evidence", "libraries"},
}
PURE = ("engine", "evidence")
# Modules through which the outside world would come into a pure package.
IMPURE_MODULES = {
    "os", "pathlib", "tempfile", "shutil", "glob", "socket", "ssl", "http", "urllib", "subprocess", "threading",
    "asyncio", "multiprocessing", "time", "random", "secrets", "uuid", "logging", "sqlite3", "sys", "locale", "getpass",
    "httpx2", "requests", "psutil",
}  # fmt: skip
IMPURE_CALLS = {"open", "print", "input", "breakpoint"}
IMPURE_METHODS = {"now", "utcnow", "today", "read_text", "read_bytes", "write_text", "write_bytes"}
# `io` is allowed for its streams in memory, and nothing else of it.
IN_MEMORY = {"BytesIO", "StringIO"}


def modules(package: str) -> list[Path]:
    found = sorted((ROOT / package).rglob("*.py"))
    assert found, f"no module found in {package}: this check would examine nothing"
    return found


def imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute, so that their direction can be read"
            yield str(node.module), node.lineno


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_point_one_way(package: str) -> None:
    """A package imports only what stands below it."""
    allowed = ALLOWED[package] | {package}
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules(package)
        for name, line in imports(ast.parse(path.read_text()))
        if name.partition(".")[0] in ALLOWED and name.partition(".")[0] not in allowed
    ]
    assert not wrong


@pytest.mark.parametrize("package", PURE)
def test_pure_packages_import_nothing_of_the_outside_world(package: str) -> None:
    """engine and evidence get bytes, text, times and random bytes as parameters."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules(package)
        for name, line in imports(ast.parse(path.read_text()))
        if name.partition(".")[0] in IMPURE_MODULES
    ]
    assert not wrong


@pytest.mark.parametrize("package", PURE)
def test_pure_packages_call_nothing_of_the_outside_world(package: str) -> None:
    """Nothing is opened, printed or read from the clock either."""
    wrong = []
    for path in modules(package):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            function = node.func
            name = function.id if isinstance(function, ast.Name) else ""
            method = function.attr if isinstance(function, ast.Attribute) else ""
            if name in IMPURE_CALLS or method in IMPURE_METHODS:
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} calls {name or method}")
    assert not wrong


@pytest.mark.parametrize("package", PURE)
def test_pure_packages_open_no_file(package: str) -> None:
    """`io` gives streams in memory only, and no module's `open` is called (`codecs.open`, `gzip.open`, …)."""
    wrong = []
    for path in modules(package):
        tree = ast.parse(path.read_text())
        names = {
            a.asname or a.name.partition(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names
        }
        for node in ast.walk(tree):
            place = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Import) and any(alias.name.partition(".")[0] == "io" for alias in node.names):
                wrong.append(f"{place} imports io as a whole: say `from io import BytesIO`")
            elif isinstance(node, ast.ImportFrom) and node.module == "io":
                wrong += [f"{place} imports io.{a.name}" for a in node.names if a.name not in IN_MEMORY]
            elif isinstance(node, ast.Attribute) and node.attr == "open" and isinstance(node.value, ast.Name):
                wrong += [f"{place} calls {node.value.id}.open"] if node.value.id in names else []
            elif isinstance(node, ast.ImportFrom) and any(alias.name == "open" for alias in node.names):
                wrong.append(f"{place} imports open of {node.module}")
    assert not wrong


def test_only_platform_adapters_import_operating_system_libraries() -> None:
    """A new system is a new folder in agent/platforms, nothing else."""
    system_libraries = {
        "mss",
        "xcffib",
        "ctypes",
        "win32api",
        "win32gui",
        "AppKit",
        "Quartz",
        "ApplicationServices",
        "comtypes",
        "jeepney",
    }
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules("agent")
        if "platforms" not in path.parts
        for name, line in imports(ast.parse(path.read_text()))
        if name.partition(".")[0] in system_libraries
    ]
    assert not wrong


@pytest.mark.parametrize("package", ["agent", "overt", "server_stub"])
def test_no_option_setting_or_variable_hides_the_notice(package: str) -> None:
    """No name in the code offers to run without the notice or the badge (FIELD R23)."""
    words = (
        "stealth",
        "hidden_mode",
        "covert",
        "no_notice",
        "no_badge",
        "skip_notice",
        "skip_badge",
        "hide_notice",
        "hide_badge",
        "silent_mode",
    )
    wrong = []
    for path in modules(package):
        for node in ast.walk(ast.parse(path.read_text())):
            texts = [node.id] if isinstance(node, ast.Name) else [node.arg] if isinstance(node, ast.arg) else []
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and node.value.startswith(("--", "OVERT_"))
            ):
                texts.append(node.value.lower().lstrip("-").replace("-", "_"))
            wrong += [
                f"{path.relative_to(ROOT)}:{node.lineno} {text}"
                for text in texts
                for word in words
                if word in text.lower()
            ]
    assert not wrong


def test_every_folder_of_the_house_says_what_it_is_for() -> None:
    """A module's first line says what it is for."""
    wrong = [
        str(path.relative_to(ROOT))
        for package in ALLOWED
        for path in modules(package)
        if ast.get_docstring(ast.parse(path.read_text())) is None
    ]
    assert not wrong


def test_schema_versions_stand_in_one_line() -> None:
    """Each migration follows the one numbered before it: two of one number would leave the server unable to start."""
    folder = ROOT / "server_stub" / "migrations" / "versions"
    files = sorted(folder.glob("v*.py"))
    assert files, "no migration found: this check would examine nothing"
    told = []
    for path in files:
        values = {
            target.id: ast.literal_eval(node.value)
            for node in ast.parse(path.read_text()).body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        told.append((path.name[:5], values["revision"], values["down_revision"]))
    numbers = [f"{number:04d}" for number in range(1, len(files) + 1)]
    assert told == [(f"v{one}", one, before) for one, before in zip(numbers, [None, *numbers], strict=False)]


def test_every_parser_has_a_fuzz() -> None:
    """A new one needs a target in tests/fuzz, or a word on what it is in tests/fuzz/inventory.py."""
    from tests.fuzz import inventory  # noqa: PLC0415  (it imports every parser)

    found = set(inventory.parsers())
    assert len(found) > 80
    told = inventory.FUZZED | inventory.THROUGH.keys() | inventory.NONE.keys()
    assert sorted(found - told) == [], "add a target to tests/fuzz/other_parsers.py"
    assert sorted((inventory.THROUGH.keys() | inventory.NONE.keys()) - found) == [], "no word about one that is gone"
    assert sorted(set(inventory.THROUGH.values()) - inventory.FUZZED) == []
