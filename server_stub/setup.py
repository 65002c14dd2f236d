"""Makes a new server: keys, certificates, settings and an empty database. The keys that open or permit go elsewhere."""

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence.keys import Entropy, OpeningKey, load_signing_key, verifying_key
from evidence.suite import Suite
from server_stub.certificates import make_certificates
from server_stub.database import Database
from server_stub.errors import SetupError
from server_stub.folder import ServerFolder, write_secret
from server_stub.settings import write_settings
from server_stub.updates import UpdateKeys, make_root

WARNING = """\
issuing.key   signs authorities: who holds it decides which device may be monitored.
updates-*.key sign libraries for devices, and which keys those believe.
recovery.key  gives a case to a new officer: for the day when all officers of a case lost their keys.

Move this folder off the server, to a safe place. Better, have no single person hold the recovery key:
    overt server recovery split --offline FOLDER --shares 3 --needed 2
"""


@dataclass(frozen=True, slots=True)
class OfflineFolder:
    """The keys that must not stay on the server."""

    root: Path

    @property
    def issuing_key_file(self) -> Path:
        """Signs authorities; 32 raw bytes."""
        return self.root / "issuing.key"

    @property
    def updates_root_key_file(self) -> Path:
        """Signs which keys devices believe for updates; 32 raw bytes."""
        return self.root / "updates-root.key"

    @property
    def updates_targets_key_file(self) -> Path:
        """Signs sets of libraries; 32 raw bytes."""
        return self.root / "updates-targets.key"

    @property
    def recovery_key_file(self) -> Path:
        """Opens the keys of every case; 32 raw bytes."""
        return self.root / "recovery.key"

    def issuing_key(self) -> Ed25519PrivateKey:
        """Load the issuing key.

        Raises:
            SetupError: it is not in this folder.
        """
        try:
            return load_signing_key(self.issuing_key_file.read_bytes())
        except FileNotFoundError:
            raise SetupError(
                f"The issuing key is not in {self.root}.", hint="Say where it is kept: --offline FOLDER"
            ) from None

    def updates_targets_key(self) -> Ed25519PrivateKey:
        """Load the key that signs sets of libraries; raises SetupError where it is not here."""
        try:
            return load_signing_key(self.updates_targets_key_file.read_bytes())
        except FileNotFoundError:
            raise SetupError(
                f"The key that signs libraries is not in {self.root}.", hint="Say where it is kept: --offline FOLDER"
            ) from None

    def make_updates_keys(self, entropy: Entropy) -> UpdateKeys:
        """Make the two keys of updates that are kept off the server."""
        for file in (self.updates_root_key_file, self.updates_targets_key_file):
            write_secret(file, entropy(32))
        return UpdateKeys(load_signing_key(self.updates_root_key_file.read_bytes()), self.updates_targets_key())


def make_server(
    folder: ServerFolder,
    offline: OfflineFolder,
    *,
    host: str,
    port: int,
    now: datetime,
    entropy: Entropy,
    suite: Suite = Suite.X25519,
    database: str = "",
) -> None:
    """Make everything a server needs. Keys that open are of `suite`: the recovery key now, others when they are made.

    `database` is an empty database's address as SQLAlchemy spells it; empty for a SQLite file in the folder.

    Raises:
        SetupError: there is one already, or the database cannot be reached; nothing is changed then.
    """
    for root in (folder.root, offline.root):
        if root.exists() and any(root.iterdir()):
            raise SetupError(f"{root} is not empty.", hint="Choose a new folder; an old server is never overwritten.")
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
    _make_database(database or f"sqlite:///{folder.database}")
    _make_keys(folder, offline, entropy, suite)
    make_root(folder, offline.make_updates_keys(entropy), now=now, entropy=entropy)
    certificates = make_certificates(host, now)
    write_secret(folder.tls_key, certificates.server_key)
    folder.tls_certificate.write_bytes(certificates.server)
    folder.ca_certificate.write_bytes(certificates.ca)
    # The settings come last: a folder without them is not taken for a server.
    write_settings(folder.settings_file, host=host, port=port, database=database)


def _make_database(url: str) -> None:
    with closing(Database(url)) as database:
        if database.schema().found is not None:
            raise SetupError(
                "The database belongs to a server already.",
                hint="Name an empty one. A second machine of the same server gets a copy of the first one's folder.",
            )
        database.migrate()


def _make_keys(folder: ServerFolder, offline: OfflineFolder, entropy: Entropy, suite: Suite) -> None:
    receipt, issuing, recovery = entropy(32), entropy(32), OpeningKey.generate(entropy, suite)
    write_secret(folder.receipt_key_file, receipt)
    write_secret(offline.issuing_key_file, issuing)
    write_secret(offline.recovery_key_file, recovery.secret)
    folder.issuer_key_file.write_text(verifying_key(load_signing_key(issuing)).hex() + "\n", encoding="ascii")
    folder.recovery_key_file.write_text(recovery.public.hex() + "\n", encoding="ascii")
    (offline.root / "READ-ME.txt").write_text(WARNING, encoding="utf-8")
