"""The third opener answers the envelope vectors of both suites, and opens what is sealed now."""

import ast
import base64
import hashlib
import json
from pathlib import Path

import pytest

from evidence.envelope import Part
from tests.evidence import spec_opener
from tests.evidence.spec_opener import RefusedError, open_envelope

FOLDER = Path(__file__).parent.parent / "vectors" / "envelope"
VECTORS = {path.stem: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}
# It checks layout and spelling; the range of every single field is left to the two complete readers.
JUDGED = {name: one for name, one in VECTORS.items() if one["expect"] != "format"}


def test_it_is_independent() -> None:
    """Nothing of ours is imported, and there are vectors of both suites to answer."""
    tree = ast.parse(Path(spec_opener.__file__).read_text())
    roots = {n.module.partition(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module}
    assert not roots & {"evidence", "agent", "server_stub", "overt", "engine", "tests"}
    assert {one["suite"] for one in JUDGED.values()} == {spec_opener.X25519_SUITE, spec_opener.XWING_SUITE}


@pytest.mark.parametrize("name", sorted(JUDGED))
def test_vectors(name: str) -> None:
    """The same outcome, and the same bytes."""
    vector = JUDGED[name]
    sealed, device = base64.b64decode(vector["envelope"]), bytes.fromhex(vector["device_key"])
    parts: dict[str, bytes] = {}
    outcome = "success"
    try:
        parts = open_envelope(sealed, device, bytes.fromhex(vector["opening_key"]), vector["suite"])
    except RefusedError as refused:
        outcome = str(refused)
    assert outcome == vector["expect"], vector["comment"]
    assert {part: hashlib.sha256(data).hexdigest() for part, data in parts.items()} == vector.get("parts", {})


def test_what_is_sealed_now(world) -> None:
    """Fresh envelopes of both suites and of sizes around every edge of the padding."""
    for size in (0, 1, 251, 252, 253, 70_000):
        data = bytes(range(256)) * (size // 256) + bytes(size % 256)
        sealed = world.seal(Part("meta", data), Part("frame-0", data[:9])).envelope
        opened = open_envelope(sealed, world.device_public, world.case_key.secret, world.case_key.suite.value)
        assert opened == {"meta": data, "frame-0": data[:9]}
