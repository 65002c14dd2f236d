"""The console's opener (JavaScript, WebCrypto) gives the same answers to the vectors, and opens what Python seals."""

import base64
import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import cryptography_vectors
import pytest

from evidence.envelope import Part
from evidence.keys import derive_secrets
from evidence.passkey import PasskeyLock, unlock_with_passkey
from evidence.suite import Suite

ROOT = Path(__file__).parent.parent.parent
OPENER = ROOT / "server_stub" / "console" / "static"
VECTORS = ROOT / "tests" / "vectors"
MODULES = ("bytes.js", "canonical.js", "envelope.js", "fields.js", "hpke.js", "keccak.js", "keys.js", "xwing.js")


def rfc9180_vectors():
    """Return the vectors of RFC 9180 for our suite, base mode."""
    with cryptography_vectors.open_vector_file("HPKE/test-vectors.json", "r") as file:
        found = [v for v in json.load(file) if (v["mode"], v["kem_id"], v["kdf_id"], v["aead_id"]) == (0, 32, 1, 2)]
    assert found, "no RFC 9180 vector for DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM"
    return found


def fresh_envelopes(world):
    """Seal envelopes of many sizes, as vectors."""
    for size in (0, 1, 251, 252, 253, 5000, 70_000, 1_000_001):
        data = bytes(size)
        yield {
            "envelope": base64.b64encode(world.seal(Part("meta", data), Part("x", data[:9])).envelope).decode(),
            "device_key": world.device_public.hex(),
            "opening_key": world.recovery_key.secret.hex(),
            "parts": {"meta": hashlib.sha256(data).hexdigest(), "x": hashlib.sha256(data[:9]).hexdigest()},
        }


@pytest.fixture(scope="module")
def node():
    """Return the path of node. The set-up installs it: its absence is a failure, not a reason to skip."""
    found = shutil.which("node") or shutil.which("nodejs")
    assert found, "node is not installed: run `make packages-test`, or apt-get install nodejs"
    return found


@pytest.fixture(scope="module")
def given(simple):
    """What the script gets beside the checked-in vectors."""
    rfc = [
        {
            "secret": vector["skRm"],
            "sealed": vector["enc"] + vector["encryptions"][0]["ct"],
            "info": vector["info"],
            "aad": vector["encryptions"][0]["aad"],
            "plaintext": vector["encryptions"][0]["pt"],
        }
        for vector in rfc9180_vectors()
    ]
    return {"rfc9180": rfc, "sealed": list(fresh_envelopes(simple))}


@pytest.fixture(scope="module")
def results(node, given, tmp_path_factory):
    """Run the opener over everything, once."""
    folder = tmp_path_factory.mktemp("opener")
    (folder / "package.json").write_text('{"type": "module"}')  # without it node 18 takes .js for CommonJS
    for name in MODULES:
        shutil.copy(OPENER / name, folder)
    script = Path(__file__).parent / "js" / "vectors.mjs"
    done = subprocess.run(
        [node, "--no-warnings", str(script), str(folder), str(VECTORS)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def load(folder):
    """Return the checked-in vectors of a folder by name."""
    return {path.stem: json.loads(path.read_text()) for path in (VECTORS / folder).glob("*.json")}


def differences(found, expected):
    """Return what came out otherwise than expected, with the opener's message."""
    assert found.keys() == expected.keys()
    assert found
    return {name: found[name] for name, vector in expected.items() if found[name]["outcome"] != vector["expect"]}


def test_envelopes(results):
    """Every vector of its suite has the expected outcome, and the parts are the same bytes."""
    expected = {name: one for name, one in load("envelope").items() if one["suite"] == Suite.X25519.value}
    assert differences(results["envelope"], expected) == {}
    for name, vector in expected.items():
        assert results["envelope"][name].get("parts", {}) == vector.get("parts", {})


def test_keys(results):
    """Passphrase to case key, with Python's log-in secret, and nothing that can be exported."""
    expected = load("keys")
    assert differences(results["keys"], expected) == {}
    for name, vector in expected.items():
        if vector["expect"] == "success":
            found = results["keys"][name]
            secrets = derive_secrets(vector["passphrase"], bytes.fromhex(vector["locked"]["salt"]))
            assert found["authSecret"] == secrets.log_in
            assert (found["officer"], found["case"]) == (vector["officer_public"], vector["case_public"])
            assert found["exportable"] is False


def test_passkeys(results):
    """Passkey locks open as in Python."""
    expected = load("passkeys")
    assert differences(results["passkeys"], expected) == {}
    for name, vector in expected.items():
        if vector["expect"] == "success":
            assert results["passkeys"][name]["officer"] == vector["officer_public"]


def test_python_opens_what_the_browser_locks_under_a_passkey(results):
    """A passkey that the console added unlocks the same key here."""
    assert results["added"]
    for name, found in results["added"].items():
        assert found["outcome"] == "success", found
        stored = json.dumps(found["locked"], sort_keys=True, separators=(",", ":")).encode()
        key = unlock_with_passkey(PasskeyLock.from_bytes(stored), bytes.fromhex(found["prf"]))
        assert key.public.hex() == found["officer"] == load("keys")[name]["officer_public"]


def test_canonical(results):
    """The same spellings are read and refused."""
    expected = load("canonical")
    assert differences(results["canonical"], expected) == {}
    for name, vector in expected.items():
        if vector["expect"] == "success":
            assert results["canonical"][name]["json"] == vector["json"]


def test_padding(results):
    """The same sizes."""
    assert results["padding"] == [size for _, size in load("padding")["padme"]["sizes"]]


def test_rfc_9180(results, given):
    """The HPKE of the opener is that of the RFC."""
    for index, vector in enumerate(given["rfc9180"]):
        assert results["rfc9180"][str(index)] == {"outcome": "success", "plaintext": vector["plaintext"]}


def test_what_python_seals_now(results, given):
    """Fresh envelopes of many sizes, a megabyte among them."""
    for index, vector in enumerate(given["sealed"]):
        assert results["sealed"][str(index)] == {"outcome": "success", "parts": vector["parts"]}
