"""The server's data folder: what lies where."""

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence.keys import load_signing_key
from server_stub.errors import SetupError
from server_stub.settings import Settings, read_settings


@dataclass(frozen=True, slots=True)
class ServerFolder:
    """Paths inside the data folder."""

    root: Path

    @property
    def settings_file(self) -> Path:
        """The settings, as commented TOML."""
        return self.root / "server.toml"

    @property
    def database(self) -> Path:
        """The SQLite database."""
        return self.root / "records.db"

    @property
    def blobs(self) -> Path:
        """The sealed envelopes, one file each."""
        return self.root / "blobs"

    @property
    def checkpoints(self) -> Path:
        """The daily checkpoints, a folder a device; copies belong with somebody else."""
        return self.root / "checkpoints"

    @property
    def updates(self) -> Path:
        """Signed sets of libraries: a repository for each case."""
        return self.root / "updates"

    @property
    def updates_root(self) -> Path:
        """The root metadata that devices pin when they are enrolled."""
        return self.updates / "root.json"

    @property
    def updates_key_file(self) -> Path:
        """The key that says which set is the newest, 32 raw bytes. It cannot sign a set."""
        return self.updates / "online.key"

    @property
    def ca_certificate(self) -> Path:
        """The certificate authority that devices pin."""
        return self.root / "tls" / "ca.pem"

    @property
    def tls_certificate(self) -> Path:
        """The certificate that the server shows."""
        return self.root / "tls" / "server.pem"

    @property
    def tls_key(self) -> Path:
        """Its private key."""
        return self.root / "tls" / "server.key"

    @property
    def receipt_key_file(self) -> Path:
        """The key that signs receipts, 32 raw bytes."""
        return self.root / "receipt.key"

    @property
    def issuer_key_file(self) -> Path:
        """The public half of the issuing key, hex."""
        return self.root / "issuer.pub"

    @property
    def recovery_key_file(self) -> Path:
        """The public half of the recovery key, hex."""
        return self.root / "recovery.pub"

    @property
    def address_file(self) -> Path:
        """Where the running server writes HOST:PORT once it answers."""
        return self.root / "run" / "address"

    def settings(self) -> Settings:
        """Read the settings.

        Raises:
            SetupError: there is no server in this folder, or its settings cannot be used.
        """
        try:
            return read_settings(self.settings_file)
        except FileNotFoundError:
            raise SetupError(
                f"There is no server in {self.root}.", hint=f"Make one: overt server init --data {self.root}"
            ) from None

    def reached_at(self, host: str | None = None) -> tuple[str, int]:
        """Return under which name and port devices reach the server; `host` stands for the name in the settings."""
        settings = self.settings()
        running = self.address_file
        port = int(running.read_text(encoding="ascii").rpartition(":")[2]) if running.exists() else settings.port
        return host or settings.host, port

    def database_url(self) -> str:
        """Return the database's address; the SQLite file's where the settings name none."""
        return self.settings().database.url.get_secret_value() or f"sqlite:///{self.database}"

    def receipt_key(self) -> Ed25519PrivateKey:
        """Return the key that signs receipts."""
        return load_signing_key(self.receipt_key_file.read_bytes())

    def issuer_key(self) -> bytes:
        """Return the public half of the issuing key, 32 bytes."""
        return bytes.fromhex(self.issuer_key_file.read_text(encoding="ascii").strip())

    def recovery_key(self) -> bytes:
        """Return the public half of the recovery key. Its size tells the suite of this server's keys that open."""
        return bytes.fromhex(self.recovery_key_file.read_text(encoding="ascii").strip())


def write_secret(path: Path, secret: bytes) -> None:
    """Write a new file that only its owner can read; refuses to replace one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)
