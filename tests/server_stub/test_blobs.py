"""Where envelopes are kept: a folder, and a bucket of moto's S3 server, which answers over real HTTP.

moto keeps objects in memory: it proves the requests, the comparison after writing and the errors, not the durability,
the consistency or the speed of a real service.
"""

import hashlib
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server_stub.blobs import Blobs, open_blobs
from server_stub.blobs_folder import BlobFolder
from server_stub.blobs_s3 import BlobBucket
from server_stub.errors import StoreError
from tests.console.site import CaseSite, Seed

# It tells the port that it was given: one that is looked up before might be somebody else's by then.
MOTO = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""
DATA = b"sealed bytes " * 1000
DIGEST = hashlib.sha256(DATA).hexdigest()


def call(method: str, url: str, body: bytes = b"") -> None:
    """Ask moto for something, past our own code."""
    request = urllib.request.Request(url, data=body or None, method=method)
    with urllib.request.urlopen(request, timeout=30):
        pass


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """Return the address of a running S3 server."""
    command = [sys.executable, "-W", "ignore", "-c", MOTO]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        port = process.stdout.readline().strip()
        assert port, "moto's server ended"
        call("PUT", f"http://127.0.0.1:{port}/envelopes")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give what the environment of a server would give."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    """Return an empty store of each kind."""
    if request.param == "folder":
        return BlobFolder(tmp_path / "blobs")
    return BlobBucket("envelopes", prefix=tmp_path.name, endpoint=request.getfixturevalue("s3"))


def test_what_was_put_is_read_whole_and_in_parts(blobs: Blobs) -> None:
    """From the beginning, from the middle, nothing; storing again is no harm."""
    blobs.check()
    blobs.put(DIGEST, DATA)
    blobs.put(DIGEST, DATA)
    assert blobs.read(DIGEST) == DATA
    assert blobs.read(DIGEST, 10) == DATA[10:]
    assert blobs.read(DIGEST, 10, 5) == DATA[10:15]
    assert blobs.read(DIGEST, 10, 0) == b""


def test_what_is_deleted_is_gone(blobs: Blobs) -> None:
    """And deleting it again is no error: a deletion that was cut off is done again."""
    blobs.put(DIGEST, DATA)
    blobs.delete(DIGEST)
    blobs.delete(DIGEST)
    with pytest.raises(StoreError, match="could not be read"):
        blobs.read(DIGEST)


def test_too_short_and_not_a_digest(blobs: Blobs) -> None:
    """A damaged envelope is told, and a name that might be a path opens nothing."""
    blobs.put(DIGEST, DATA)
    with pytest.raises(StoreError, match="shorter"):
        blobs.read(DIGEST, len(DATA) - 5, 10)
    for name in ("../../etc/passwd", DIGEST[:-1], DIGEST[:-1] + "/", DIGEST.upper()):
        with pytest.raises(StoreError, match="not a digest"):
            blobs.read(name)


def test_bytes_that_come_back_changed_are_not_stored(s3: str) -> None:
    """Written under a digest that they do not have: what the bucket gives back decides."""
    with pytest.raises(StoreError, match="came back changed"):
        BlobBucket("envelopes", endpoint=s3).put(hashlib.sha256(b"other").hexdigest(), DATA)


def test_a_bucket_that_is_not_there(s3: str) -> None:
    """No bucket, no server: an error, and never a receipt."""
    for bucket, endpoint in (("nosuch", s3), ("envelopes", "http://127.0.0.1:1")):
        with pytest.raises(StoreError, match="could not be stored"):
            BlobBucket(bucket, endpoint=endpoint).put(DIGEST, DATA)


def test_a_server_keeps_its_envelopes_in_the_bucket(s3: str, tmp_path: Path) -> None:
    """By its settings: captures are taken in and read from the bucket, and the folder stays empty."""
    with closing(CaseSite(tmp_path)) as site:
        text = site.folder.settings_file.read_text()
        text = text.replace('store = "folder"', 'store = "s3"').replace('bucket = ""', 'bucket = "envelopes"')
        site.folder.settings_file.write_text(text.replace('endpoint = ""', f'endpoint = "{s3}"'))
        site.reopen()
        sealed = site.seal(Seed("A page", "a gun"))
        site.server.ingest.put(site.last_place, sealed.envelope, digest=sealed.digest, now=site.begin)
        assert open_blobs(site.folder).read(sealed.digest) == sealed.envelope
        assert not [path for path in site.folder.blobs.rglob("*") if path.is_file()]
