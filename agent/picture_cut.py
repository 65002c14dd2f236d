"""Limits the capture of a picture to the window that showed it, where the policy says so. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from agent.mask import cut_to
from agent.picture_watch import LookedAt
from agent.ports import Frame, Rectangle
from engine.image.screen import Look
from engine.verdict import Finding, Place, Verdict
from evidence.pictures import HashedPicture, PicturePlace


def only_window(looked: LookedAt, pictures: Sequence[HashedPicture]) -> tuple[LookedAt, tuple[HashedPicture, ...]]:
    """Return the same with nothing but the window in the frames; where another window showed it, nothing but it.

    Places of findings and hashes follow; hashes of pictures that are not in the frames any more are left out.
    """
    frame = next(one for one in looked.job.frames if one.monitor == looked.job.monitor)
    frames = cut_to(looked.job.frames, _place(looked, frame))
    cut = next((one for one in frames if one.monitor == frame.monitor), frame)
    across, down = frame.place.left - cut.place.left, frame.place.top - cut.place.top
    size = Rectangle(0, 0, cut.place.width, cut.place.height)
    findings = tuple(_moved(one, across, down) for one in looked.look.verdict.findings)
    hashes = tuple(
        replace(one, place=replace(one.place, left=one.place.left + across, top=one.place.top + down))
        for one in pictures
        if _rectangle(one.place).moved(across, down).overlap(size) is not None
    )
    look = Look(Verdict(findings, looked.look.verdict.suppressed), looked.look.pictures)
    return replace(looked, job=replace(looked.job, frames=frames), look=look), hashes


def _place(looked: LookedAt, frame: Frame) -> Rectangle | None:
    """Return the window in focus where all findings are in it, else what is around the findings, on the desktop."""
    window = looked.job.window.place
    places = [Rectangle(*one.place) for one in looked.look.verdict.findings if one.place is not None]
    on_desktop = [one.moved(frame.place.left, frame.place.top) for one in places]
    if not on_desktop:
        return window
    around = on_desktop[0]
    for one in on_desktop[1:]:
        around = around.union(one)
    return window if window is not None and window.overlap(around) == around else around


def _moved(finding: Finding, across: int, down: int) -> Finding:
    place = finding.place
    if place is None:
        return finding
    return finding._replace(place=Place(place.left + across, place.top + down, place.width, place.height))


def _rectangle(place: PicturePlace) -> Rectangle:
    return Rectangle(place.left, place.top, place.width, place.height)
