"""The console with keys that resist quantum computers: Chromium's ML-KEM, and the rest of X-Wing in our JavaScript."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from evidence.suite import Suite
from tests.console.browser import logged_in, running
from tests.console.site import CaseSite, Seed

pytestmark = pytest.mark.screen

FOLDER = Path(__file__).parent.parent / "vectors" / "envelope"
VECTORS = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*x_wing*.json"))}

OPEN = """
async ([vectors]) => {
  const { fromHex, sha256, toHex, OpenerError } = await import("/static/bytes.js");
  const envelopes = await import("/static/envelope.js");
  const { importOpeningKey } = await import("/static/keys.js");
  const openOne = async (vector) => {
    const bytes = Uint8Array.from(atob(vector.envelope), (letter) => letter.charCodeAt(0));
    const head = envelopes.parseHead(bytes);
    await envelopes.verifyHead(head, fromHex(vector.device_key));
    const key = await importOpeningKey(fromHex(vector.opening_key), vector.suite);
    const parts = {};
    for (const { name } of head.manifest.parts) {
      const { start, end } = envelopes.partSpan(head, name);
      parts[name] = toHex(await sha256(await envelopes.openPart(head, key, name, bytes.subarray(start, end))));
    }
    return { outcome: "success", parts };
  };
  const found = {};
  for (const [name, vector] of Object.entries(vectors)) {
    found[name] = await openOne(vector).catch((error) => ({
      outcome: error instanceof OpenerError ? error.code : `crash ${error}`,
    }));
  }
  return found;
}
"""
DIGESTS = """
async ([sizes]) => {
  const { sha3, shake256 } = await import("/static/keccak.js");
  const { toHex } = await import("/static/bytes.js");
  return sizes.map((size) => {
    const bytes = Uint8Array.from({ length: size }, (_, at) => at % 251);
    return [toHex(sha3(bytes)), toHex(shake256(bytes, 96))];
  });
}
"""


def test_an_x_wing_case_is_reviewed_in_the_browser(tmp_path: Path) -> None:
    """Officer's key, case key and captures are all of X-Wing: logged in, read, decided, and every vector opened."""
    site = CaseSite(tmp_path, Suite.X_WING)
    site.add([Seed("A page", "the gun that was on the page", 4)])
    with running(site) as address, logged_in(site, address) as page:
        page.wait_for_selector("#detail[data-state=ready]")
        assert "gun" in page.inner_text("#why")
        check_vectors(page)
        check_digests(page)
    site.close()


def check_vectors(page: Any) -> None:
    """Every X-Wing vector has the outcome that it expects, and the parts are the same bytes."""
    assert len(VECTORS) > 3
    assert {"success", "commitment"} <= {one["expect"] for one in VECTORS.values()}
    fresh = {name: one for name, one in VECTORS.items() if base64.b64decode(one["envelope"])}
    found = page.evaluate(OPEN, [fresh])
    assert {name: one["outcome"] for name, one in found.items()} == {n: one["expect"] for n, one in VECTORS.items()}
    assert all(one.get("parts", {}) == VECTORS[name].get("parts", {}) for name, one in found.items())


def check_digests(page: Any) -> None:
    """SHA3-256 and SHAKE256 around the edges of a block are those of Python."""
    sizes = [0, 1, 134, 135, 136, 137, 271, 272, 273, 1000]
    data = [bytes(at % 251 for at in range(size)) for size in sizes]
    expected = [[hashlib.sha3_256(one).hexdigest(), hashlib.shake_256(one).hexdigest(96)] for one in data]
    assert page.evaluate(DIGESTS, [sizes]) == expected
