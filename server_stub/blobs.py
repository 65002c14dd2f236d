"""Where sealed envelopes are kept, each under its SHA-256: there whole or not at all, also after the power fails."""

from typing import Protocol

from server_stub.blobs_folder import BlobFolder
from server_stub.errors import SetupError
from server_stub.folder import ServerFolder
from server_stub.settings import StoreKind


class Blobs(Protocol):
    """Keeps bytes under their SHA-256 in hex. All methods raise StoreError where the store fails."""

    def put(self, digest: str, data: bytes) -> None:
        """Store durably: when this returns, the bytes outlive a power cut. Storing again what is there is no harm."""

    def read(self, digest: str, start: int = 0, length: int | None = None) -> bytes:
        """Return `length` bytes from `start`; all from there where `length` is None."""

    def delete(self, digest: str) -> None:
        """Remove bytes for good; what is not there is no error."""

    def check(self) -> None:
        """Find out whether the store can be written to now."""


def open_blobs(folder: ServerFolder) -> Blobs:
    """Open the store that the settings name; raises SetupError."""
    wanted = folder.settings().envelopes
    if wanted.store is StoreKind.FOLDER:
        return BlobFolder(folder.blobs)
    try:
        from server_stub.blobs_s3 import BlobBucket  # noqa: PLC0415  (an extra: obstore need not be there)
    except ModuleNotFoundError as missing:
        raise SetupError(f"{missing.name} is not installed.", hint="pip install 'overt[s3]'") from None
    return BlobBucket(wanted.bucket, prefix=wanted.prefix, region=wanted.region, endpoint=wanted.endpoint)
