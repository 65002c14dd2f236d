"""The server's data folder: what lies where, and the few settings in it."""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence.keys import load_signing_key
from server_stub.errors import SetupError

SETTINGS = """\
# Settings of this Overt server. Everything in this folder may be stolen without one capture being readable;
# that the issuing key and the recovery key are not in it is what makes that true.
format = "overt-server-1"

# The address that devices and officers reach. The TLS certificate names this host.
host = "{host}"
# 0 takes a free port at each start; the address in use stands in run/address.
port = {port}
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an administrator may change."""

    host: str
    port: int


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
            SetupError: there is no server in this folder, or its settings cannot be read.
        """
        try:
            found = tomllib.loads(self.settings_file.read_text(encoding="utf-8"))
            return Settings(str(found["host"]), int(found["port"]))
        except FileNotFoundError:
            raise SetupError(
                f"There is no server in {self.root}.", hint=f"Make one: overt server init --data {self.root}"
            ) from None
        except (tomllib.TOMLDecodeError, KeyError, ValueError) as problem:
            raise SetupError(f"{self.settings_file}: {problem}") from None

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
