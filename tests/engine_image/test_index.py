"""The index finds exactly what measuring every hash finds."""

import numpy as np
import pytest

from engine.errors import HashError
from engine.image.index import HashIndex


def brute(hashes, query, radius):
    distances = np.bitwise_count(hashes ^ query).sum(axis=1)
    return {(int(row), int(distances[row])) for row in np.flatnonzero(distances <= radius)}


def flipped(query, bits, source):
    changed = np.unpackbits(query)
    changed[source.choice(changed.size, bits, replace=False)] ^= 1
    return np.packbits(changed)


@pytest.mark.parametrize(("size", "radii"), [(32, (0, 1, 15, 30, 31)), (8, (0, 3, 6, 7))])
@pytest.mark.parametrize("rows", [0, 1, 1999, 2000, 20_000])
def test_same_as_brute_force(random_hashes, size, radii, rows):
    """For every radius, with planted neighbours at exactly the radius and one beyond, and with doubles."""
    source = np.random.default_rng(7)
    hashes = random_hashes(rows, size)
    queries = random_hashes(4, size)
    for at, query in enumerate(queries):
        for offset, radius in enumerate(radii):
            for step, bits in enumerate((radius, radius, radius + 1)):
                if rows > 100:
                    hashes[at * 20 + offset * 3 + step] = flipped(query, bits, source)
    index = HashIndex(hashes)
    for query in queries:
        for radius in radii:
            found = {(hit.row, hit.distance) for hit in index.search(query, radius)}
            assert found == brute(hashes, query, radius)


def test_skewed_hashes_are_found_too(random_hashes):
    """Real hashes share pieces: thousands of equal pieces change nothing."""
    hashes = random_hashes(5000, 32)
    hashes[:, :28] = 0
    index = HashIndex(hashes)
    found = {(hit.row, hit.distance) for hit in index.search(hashes[3], 12)}
    assert found == brute(hashes, hashes[3], 12)
    assert found


def test_nearest_first(random_hashes):
    """The caller may take the first."""
    hashes = np.concatenate([random_hashes(3000, 32)] * 2)
    hits = HashIndex(hashes).search(hashes[5], 31)
    assert [hit.row for hit in hits] == [5, 3005]


@pytest.mark.parametrize("radius", [-1, 32])
def test_a_radius_that_could_miss_something_is_refused(random_hashes, radius):
    """Rather no answer than one that is not exact."""
    with pytest.raises(HashError, match="0 to 31"):
        HashIndex(random_hashes(10, 32)).search(random_hashes(1, 32)[0], radius)


@pytest.mark.parametrize("hashes", [np.zeros((3, 31), np.uint8), np.zeros((3, 4), np.uint64), np.zeros(32, np.uint8)])
def test_hashes_of_another_length_are_refused(hashes):
    """A shape that is neither PDQ nor pHash."""
    with pytest.raises(HashError, match="expected rows"):
        HashIndex(hashes)


def test_a_query_of_another_length_is_refused(random_hashes):
    """A pHash in an index of PDQ hashes."""
    with pytest.raises(HashError, match="expected 32 bytes"):
        HashIndex(random_hashes(3, 32)).search(random_hashes(1, 8)[0], 3)
