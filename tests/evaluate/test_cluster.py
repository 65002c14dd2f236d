"""The same corpus on a real cluster of two workers gives the same figures, bit for bit."""

import gzip
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from overt.commands.evaluate import app

ITEMS = ["i can get you a gun by friday", "We have begun.", "selling a pistol, no licence", "Ask the solicitor."]
CLUSTER = """
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        print(cluster.scheduler_address, flush=True)
        input()
"""


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "overt", "evaluate", *map(str, arguments), "--libraries", "weapons"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Several units: a large file, a packed one, single files, and a broken line."""
    folder = tmp_path_factory.mktemp("corpus")
    draw = random.Random(7)
    lines = [json.dumps({"text": f"{draw.choice(ITEMS)} {draw.random()}", "label": "fire"}) for _ in range(20_000)]
    (folder / "a.jsonl").write_text("\n".join([*lines, "not json"]) + "\n")
    (folder / "b.jsonl.gz").write_bytes(gzip.compress("\n".join(lines[:2000]).encode()))
    (folder / "c.txt").write_text("a gun for sale, no questions\n")
    return folder


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """A cluster of two worker processes."""
    with subprocess.Popen(
        [sys.executable, "-c", CLUSTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate("\n", timeout=240)


def test_a_running_cluster_finds_the_same(corpus: Path, scheduler: str, tmp_path: Path) -> None:
    """Every figure, the lines shown, and what could not be read."""
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    done = run(corpus, "--processes", 1, "--json", one)
    assert done.returncode == 0, done.stderr
    done = run(corpus, "--executor", "dask", "--scheduler", scheduler, "--json", other)
    assert done.returncode == 0, done.stderr
    assert other.read_bytes() == one.read_bytes()
    assert json.loads(one.read_text())["documents"] == 22_001


def test_a_cluster_is_made_where_there_is_none(corpus: Path) -> None:
    """Of as many processes as are asked for; it ends with the command."""
    done = run(corpus / "c.txt", "--executor", "dask", "--processes", 2)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "says", "code"),
    [
        (("--executor", "dask", "--scheduler", "tcp://127.0.0.1:1"), "no scheduler answers", 3),
        (("--scheduler", "tcp://127.0.0.1:1"), "goes with --executor dask", 2),
    ],
)
def test_a_cluster_that_is_not_there_is_told(corpus: Path, options: tuple[str, ...], says: str, code: int) -> None:
    """In a sentence."""
    done = CliRunner().invoke(app, [str(corpus), *options, "--libraries", "weapons"])
    assert done.exit_code == code, done.output
    assert says in done.output
