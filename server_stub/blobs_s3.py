"""Envelopes in an S3 bucket: written, read back and compared before they count."""

import hashlib
import os

from obstore.exceptions import BaseError
from obstore.store import S3Store

from server_stub.blobs_folder import require_digest
from server_stub.errors import SetupError, StoreError

_FAILURES = (BaseError, OSError)  # obstore raises FileNotFoundError and PermissionError of Python's own
_NOTHING = hashlib.sha256(b"").hexdigest()


class BlobBucket:
    """Keeps bytes under their SHA-256 in hex. Credentials come from the environment or the machine's role."""

    def __init__(self, bucket: str, *, prefix: str = "", region: str = "", endpoint: str = "") -> None:
        """Use a bucket that exists; raises SetupError where its address makes no sense."""
        try:
            self._store = S3Store(
                bucket,
                prefix=prefix or None,
                region=region or os.environ.get("AWS_REGION") or "us-east-1",
                endpoint=endpoint or None,
                virtual_hosted_style_request=not endpoint,  # other services than Amazon's take the bucket in the path
                client_options={"allow_http": endpoint.startswith("http://"), "timeout": "60s"},
                retry_config={"max_retries": 3},
            )
        except (BaseError, ValueError, TypeError) as problem:
            raise SetupError(f"The bucket {bucket} cannot be opened: {type(problem).__name__}") from None

    def put(self, digest: str, data: bytes) -> None:
        """Store, read back and compare: a receipt is given only for bytes that came back from the bucket.

        Raises:
            StoreError: the bucket did not take it, or gave back something else.
        """
        name = _name(digest)
        try:
            self._store.put(name, data)
            stored = hashlib.sha256(self._store.get(name).bytes()).hexdigest()
        except _FAILURES as problem:
            raise StoreError(f"the envelope could not be stored in the bucket: {type(problem).__name__}") from None
        if stored != digest:
            raise StoreError(f"envelope {digest[:16]} came back changed from the bucket")

    def read(self, digest: str, start: int = 0, length: int | None = None) -> bytes:
        """Return `length` bytes from `start`; all from there where `length` is None.

        Raises:
            StoreError: it is not there, or shorter than asked for.
        """
        name = _name(digest)
        if length == 0:
            return b""
        try:
            if length is None:
                return bytes(self._store.get(name).bytes())[start:]
            data = bytes(self._store.get_range(name, start=start, length=length))
        except _FAILURES as problem:
            raise StoreError(f"envelope {digest[:16]} could not be read: {type(problem).__name__}") from None
        if len(data) != length:
            raise StoreError(f"envelope {digest[:16]} is shorter than its header says")
        return data

    def delete(self, digest: str) -> None:
        """Remove bytes; what is not there is no error. A bucket with versions keeps old ones: switch those off.

        Raises:
            StoreError: the bucket refused.
        """
        try:
            self._store.delete(_name(digest))
        except FileNotFoundError:
            return
        except _FAILURES as problem:
            raise StoreError(f"envelope {digest[:16]} could not be removed: {type(problem).__name__}") from None

    def check(self) -> None:
        """Write a small object and read it back; raises StoreError."""
        self.put(_NOTHING, b"")


def _name(digest: str) -> str:
    return f"{require_digest(digest)[:2]}/{digest}"
