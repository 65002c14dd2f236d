"""The sources that an authority may permit, with their names in words. The notice is written out of these."""

from collections.abc import Mapping

SOURCES: Mapping[str, str] = {
    "screen-text": "words on the screen",
    "window-title": "titles of windows",
    "screen-picture": "pictures of the screen",
    "typed-text": "what is typed, except passwords",
    "clipboard": "what is copied",
    "file-names": "names of files that are opened or saved",
    "media-files": "files on sticks and disks that are plugged in",
    "media-hashes": "whether files on sticks and disks that are plugged in are known ones",
    "processes": "programs that are started",
    "notifications": "notifications",
    "neighbours": "that other devices are in the network at home, who made them, and since when",
}
USUAL = ("screen-text", "window-title", "screen-picture")
"""What an authority permits that says nothing else."""
