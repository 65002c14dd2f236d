"""A PostgreSQL cluster of the tests' own, made in a temporary folder and reached by its Unix socket."""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

OWNER = "overt"


class Cluster:
    """A running cluster. Durability is as in production: nothing is switched off to be quick."""

    def __init__(self) -> None:
        """Make it and start it; PostgreSQL refuses to run as root, so root hands it to an unprivileged account."""
        self._root = Path(tempfile.mkdtemp(prefix="overt-pg-"))  # short: a socket's path has at most 107 bytes
        self._account = _unprivileged() if os.geteuid() == 0 else None
        if self._account is not None:
            os.chown(self._root, self._account.pw_uid, self._account.pw_gid)
        self._run("initdb", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", f"--username={OWNER}")
        self._start()

    def make_database(self) -> str:
        """Make an empty database; return its address."""
        name = f"overt_{secrets.token_hex(6)}"
        engine = create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self._url(name)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop it as if its machine had lost its power, and start it again at the end."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")
        try:
            yield
        finally:
            self._start()

    def close(self) -> None:
        """Stop it and throw it away."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(self._root)

    def _start(self) -> None:
        # Only the socket, in the cluster's own folder: no port can be taken.
        options = f"-c listen_addresses='' -k {self._root} -c max_connections=200"
        self._run("pg_ctl", "-w", "-t", "180", "-o", options, "-l", str(self._root / "log"), "start")

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://{OWNER}@/{name}?host={self._root}"

    def _run(self, program: str, *words: str) -> None:
        command = [str(_programs() / program), "-D", str(self._root / "data"), *words]
        account = self._account
        subprocess.run(
            command,
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self._root,
            user=None if account is None else account.pw_uid,
            group=None if account is None else account.pw_gid,
            extra_groups=None if account is None else [],
        )


def _unprivileged() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _programs() -> Path:
    """Return the folder of PostgreSQL's programs; Debian keeps those of each version apart."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    assert found, "PostgreSQL is not installed: scripts/system-packages.sh names its package"
    return found[-1].parent
