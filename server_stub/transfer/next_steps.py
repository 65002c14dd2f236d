"""What comes next in a transfer, in plain words, with the command to type at the server where there is one.

What stands in capitals in a command is put in by who types it. Nothing here reads or changes anything.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from server_stub.approvals import Kind

_TRANSFER = "overt server case transfer"


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done. `command` is empty where nothing is typed for it."""

    words: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class Commands:
    """Spells commands for one server: its data folder, and whether it demands four eyes."""

    data: str
    four_eyes: bool

    def give(self, case: str, request: str = "") -> str:
        """Return the command that gives a case."""
        words = (
            f"{_TRANSFER} give {case} --invitation invitation.json --fingerprint FINGERPRINT --by OFFICER --to FOLDER"
        )
        return self._whole(words, request)

    def prepare(self, case: str) -> str:
        """Return the command that copies most of a case before it is given."""
        words = f"{_TRANSFER} give {case} --prepare --invitation invitation.json --fingerprint FINGERPRINT"
        return self._whole(f"{words} --by OFFICER --to FOLDER", "")

    def accept(self, request: str = "") -> str:
        """Return the command that accepts a parcel."""
        return self._whole(f"{_TRANSFER} accept FOLDER --fingerprint FINGERPRINT", request)

    def renew(self, device: str) -> str:
        """Return the command that issues an authority on the terms of before."""
        words = f"overt server authority renew --device {device} --days 90"
        return self._whole(f"{words} --ask-by OFFICER --reason REASON" if self.four_eyes else words, "")

    def _whole(self, words: str, request: str) -> str:
        asked = f" --request {request}" if request else ""
        return f"{words}{asked} --data {shlex.quote(self.data)}"


def beginning(commands: Commands) -> list[Step]:
    """Return how a case is given, before anything was done about it."""
    invited = Step("The other agency invites: it sends a file, and reads its fingerprint out by telephone.")
    copied = Step("A large case is copied before, so that its devices wait for minutes only:", commands.prepare("CASE"))
    if commands.four_eyes:
        return [
            invited,
            copied,
            Step(
                "Ask a second person with the invitation, on the page Transfers. The command comes with the approval."
            ),
        ]
    return [invited, copied, Step("An officer of the case and who has the issuing key give it:", commands.give("CASE"))]


def after_inviting(commands: Commands) -> list[Step]:
    """Return what comes after an invitation was made."""
    wait = Step("Send the file to the other agency, and read its fingerprint out by telephone. They give the case.")
    if commands.four_eyes:
        return [
            wait,
            Step("When their parcel is here, ask a second person with its parcel.json, on the page Transfers."),
        ]
    return [wait, Step("When their parcel is here, accept it at the server:", commands.accept())]


def after_preparing(case: str, commands: Commands) -> list[Step]:
    """Return what comes after a case's envelopes were copied."""
    words = "Most of the parcel is copied; the case works here as before. Give it when the other agency is ready:"
    if commands.four_eyes:
        return [Step("To give the copied case, ask a second person with the invitation, on the page Transfers.")]
    return [Step(words, commands.give(case))]


def after_approval(kind: Kind, case: str, request: str, commands: Commands) -> list[Step]:
    """Return what comes after a second person approved."""
    if kind is Kind.TRANSFER:
        return [
            Step("Approved. An officer of the case and who has the issuing key give it:", commands.give(case, request))
        ]
    return [Step("Approved. Accept the parcel at the server:", commands.accept(request))]


def after_giving(*, devices: int, moved: int) -> list[Step]:
    """Return what comes after a case was given; how many of its devices there are, and have moved."""
    if devices == 0:
        return [
            Step("No device was handed over: bring the parcel to the other agency. Nothing more is to be done here.")
        ]
    if moved == devices:
        return [
            Step("Every device reports there. The copy here stays until retention ends it, or the case is shredded.")
        ]
    bring = Step(
        "Bring the parcel to the other agency, and read its fingerprint out by telephone (give, run again, tells it)."
    )
    wait = Step(
        "Each device follows when that agency has accepted the parcel and issued an authority for it. Until then "
        "what it records waits on it, sealed, and no alert is raised."
    )
    return [wait] if moved else [bring, wait]


def after_accepting(*, without_authority: Sequence[str], waiting: int, commands: Commands) -> list[Step]:
    """Return what comes after a case was accepted, for devices without an authority and those on the way."""
    steps = []
    if without_authority:
        steps.append(Step("If the case had libraries of its own, publish them first: overt library publish"))
        steps += [Step(f"{one} comes when it has an authority:", commands.renew(one)) for one in without_authority]
    if waiting:
        steps.append(Step(f"{waiting} on the way: a device comes within a minute of being online."))
    return steps or [Step("Every device reports here. Nothing more is to be done.")]
