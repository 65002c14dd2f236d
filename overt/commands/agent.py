"""`overt agent`: join a case, run, see how it stands, find out what is wrong."""

import json
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from enum import Enum
from pathlib import Path
from types import FrameType
from typing import Annotated

import platformdirs
import typer

from agent.errors import AgentError, EnrolmentError, NoAuthorityError, NotEnrolledError, RenewedError
from engine.errors import EngineError
from overt.exits import BAD_INPUT, ENVIRONMENT

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The device side: enrol, run, status, doctor.",
    epilog="A first device: overt agent enrol STRING (the officer has it from overt server device code), then run.",
)
State = Annotated[
    Path,
    typer.Option("--state", help="The agent's folder.", file_okay=False),
]
RECEIPT_FOLDER = Path.home()
DEFAULT_STATE = Path(platformdirs.user_state_dir("overt", appauthor=False))


class KeyStore(Enum):
    """Where a new key shall be kept."""

    AUTO = "auto"
    SYSTEM = "system"
    FILE = "file"


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object for a program to read.")]


@app.command()
def enrol(
    string: Annotated[str, typer.Argument(help="The enrolment string from the officer. It begins with overt1:")],
    state: State = DEFAULT_STATE,
    key_store: Annotated[
        KeyStore, typer.Option(help="Where the device's key is kept: auto takes the system's key store if it works.")
    ] = KeyStore.AUTO,
    as_json: AsJson = False,
) -> None:
    """Join a case. The device makes its own key; compare the fingerprint shown here with the officer's list.

    The key is kept in the system's key store (Secret Service, Keychain, Credential Manager) where that works, else in a
    file that only this account reads.
    """
    from agent.enrol import enrol as join  # noqa: PLC0415
    from agent.key_store import Wanted  # noqa: PLC0415
    from agent.state import StateFolder  # noqa: PLC0415

    with _plain_errors():
        joined = join(string, StateFolder(state), entropy=secrets.token_bytes, keep_key=Wanted(key_store.value))
    device, case = joined.enrolment.device, joined.enrolment.case
    if as_json:
        typer.echo(json.dumps({"device": device, "case": case, "fingerprint": joined.fingerprint}))
        return
    typer.echo(f"This computer has joined case {case} as device {device}.")
    typer.echo(f"Its key's fingerprint is {joined.fingerprint}: the officer sees the same in overt server device list.")
    typer.echo(f"The key is kept in {'the key store of the system' if joined.key_in_system else state / 'device.key'}.")
    typer.echo("Nothing is watched before an authority is issued. Next: overt agent run")


@app.command()
def run(
    state: State = DEFAULT_STATE,
    replay: Annotated[
        Path | None,
        typer.Option(help="Screen this folder of screenshots instead of the screen; the records say so."),
    ] = None,
) -> None:
    """Check the authority, show the notice, and watch the screen until Ctrl-C or the authority's end.

    Nothing is watched before the person has confirmed the notice, nor while the badge cannot be seen.
    """
    from agent.clock import SystemClock  # noqa: PLC0415
    from agent.core_dumps import refuse_core_dumps  # noqa: PLC0415
    from agent.state import StateFolder  # noqa: PLC0415
    from overt.agent_end import finish_if_over  # noqa: PLC0415
    from overt.agent_run import Agent, only_agent  # noqa: PLC0415

    refuse_core_dumps()
    clock = SystemClock()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        clock.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with _plain_errors():
        agent_folder = StateFolder(state)
        agent_folder.enrolment()
        with only_agent(agent_folder), finish_if_over(agent_folder, typer.echo):
            agent = Agent(state, clock)
            if replay is None:
                shown = "The notice is shown; the badge stays on the screen while the agent runs. Ctrl-C stops it."
                typer.echo(f"The agent has stopped: {agent.watch_screen(lambda: typer.echo(shown))}.")
                while isinstance(agent.ended, RenewedError):
                    agent.close()
                    agent = Agent(state, clock)
                    typer.echo(f"The agent has stopped: {agent.watch_screen()}.")
                if agent.ended is not None:
                    raise agent.ended
            else:
                typer.echo(agent.authority.terms.notice)
                captured = agent.replay(replay, typer.echo)
                typer.echo(f"{captured} captured.")


@app.command()
def status(
    state: State = DEFAULT_STATE,
    minutes: Annotated[
        bool,
        typer.Option("--minutes", help="Tell the last day minute by minute: what could be seen, and why not."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell whether this computer is monitored, under what authority, until when, and when it last reported."""
    from overt.agent_status import describe, read_status  # noqa: PLC0415

    with _plain_errors():
        found = read_status(state, minutes=minutes)
    if as_json:
        typer.echo(json.dumps(asdict(found), default=datetime.isoformat))
        return
    for line in describe(found):
        typer.echo(line)


@app.command()
def update(state: State = DEFAULT_STATE, as_json: AsJson = False) -> None:
    """Have the running agent ask the server now for newer libraries, and say which are in use.

    It asks every minute by itself. What it gets is tried before it is used; what is refused changes nothing.
    """
    from overt.agent_update import ask_now, told  # noqa: PLC0415

    with _plain_errors():
        answer = ask_now(state)
    typer.echo(json.dumps(asdict(answer)) if as_json else told(answer))
    if answer.problem:
        raise typer.Exit(ENVIRONMENT)


@app.command()
def checkpoint(
    out: Annotated[Path, typer.Option("--out", help="Where to write the copy.", dir_okay=False)],
    state: State = DEFAULT_STATE,
) -> None:
    """Give the newest checkpoint to keep elsewhere, with a solicitor perhaps: it shows later if a record was dropped.

    A checkpoint fixes every record that the server received from this computer so far, and tells nothing of what is in
    them. To compare: overt evidence verify PACK --checkpoint FILE, or sh verify.sh PACK FILE.
    """
    from agent.state import StateFolder  # noqa: PLC0415
    from agent.witness import Witness  # noqa: PLC0415

    with _plain_errors():
        folder = StateFolder(state)
        enrolment = folder.enrolment()
    receipt_key = bytes.fromhex(enrolment.receipt_key)
    kept = Witness(folder.checkpoints, device=enrolment.device, receipt_key=receipt_key).newest()
    if kept is None:
        typer.echo("No checkpoint was received yet. The server signs one a day; the agent fetches it.", err=True)
        raise typer.Exit(BAD_INPUT)
    out.write_bytes(kept.file.read_bytes())
    typer.echo(f"{out} fixes the first {kept.checkpoint.size} records of this computer.")


@app.command()
def note(
    text: Annotated[str, typer.Argument(help="What you want the officers of your case to know, in quotes.")],
    state: State = DEFAULT_STATE,
) -> None:
    """Add a dated note of your own to the record, like "my brother used the laptop yesterday evening".

    It is sealed for the officers of the case, and stands in the record with its time. It cannot be taken back.
    """
    from agent import notes  # noqa: PLC0415
    from agent.state import StateFolder  # noqa: PLC0415

    with _plain_errors():
        folder = StateFolder(state)
        folder.enrolment()
        try:
            notes.leave(folder.notes, text)
        except ValueError as problem:
            typer.echo(f"{problem}.", err=True)
            raise typer.Exit(BAD_INPUT) from None
    typer.echo("Your note is kept. It is sealed as soon as the agent runs, at the latest when it starts again.")


@app.command()
def signatures() -> None:
    """Print, as JSON, what tells this agent: names, paths, titles, hashes. For safety scanners, and for publishing."""
    from overt.own_signatures import own_signatures  # noqa: PLC0415

    typer.echo(json.dumps(own_signatures(), indent=1))


@app.command()
def install(
    state: State = DEFAULT_STATE,
    account: Annotated[str, typer.Option("--account", help="Whose sessions are to be watched.")] = "",
    into: Annotated[
        Path | None,
        typer.Option("--into", help="Only write the definitions for every system into this folder.", file_okay=False),
    ] = None,
) -> None:
    """Make a service that starts the agent with each session, and check that everything it needs works.

    As administrator: a supervisor of the system, and a worker in the session of --account. Otherwise the worker alone.
    """
    from getpass import getuser  # noqa: PLC0415

    from agent.state import StateFolder  # noqa: PLC0415
    from overt.service_files import Plan, definitions, install_service  # noqa: PLC0415

    whose = account or os.environ.get("SUDO_USER") or getuser()
    state = _state_of(whose, state)
    plan = Plan(sys.executable, state.absolute(), whose)
    with _plain_errors():
        if into is not None:
            for name, text in definitions(plan).items():
                path = into / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
                typer.echo(f"written: {path}")
            return
        StateFolder(state).enrolment()
        for path in install_service(plan):
            typer.echo(f"written and started: {path}")
    if whose != getuser():  # another account's screen and keys cannot be tried from here
        typer.echo(f"Check it in the session of {whose}: overt agent doctor")
        return
    doctor(state)


@app.command()
def supervise(
    account: Annotated[str, typer.Option("--account", help="Whose worker is to run.")],
    once: Annotated[bool, typer.Option("--once", help="Look once, and say how things stand.")] = False,
) -> None:
    """See to it that the worker of an account runs while it has a session. The system's manager runs this."""
    import time  # noqa: PLC0415

    from agent.clock import SystemClock  # noqa: PLC0415
    from agent.sd_notify import ServiceManager  # noqa: PLC0415
    from agent.supervise import PAUSE, Supervisor, ask  # noqa: PLC0415
    from overt.service_files import WORKER  # noqa: PLC0415

    supervisor = Supervisor(account, WORKER, ask=ask, now=time.monotonic)
    said = supervisor.step()
    typer.echo(said)
    if once:
        return
    clock = SystemClock()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: clock.stop())
    ServiceManager().ready()
    while not clock.stopped:
        clock.wait(PAUSE)
        before, said = said, supervisor.step()
        if said != before:
            typer.echo(said)


@app.command()
def remove(
    state: State = DEFAULT_STATE,
    receipt: Annotated[
        Path, typer.Option("--receipt", help="Where the receipt is left.", file_okay=False)
    ] = RECEIPT_FOLDER,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    abandon: Annotated[
        bool, typer.Option("--abandon", help="Remove it although records were not delivered: they are lost with it.")
    ] = False,
) -> None:
    """Deliver what is left, then remove service, keys and records from this computer. A signed receipt stays.

    While an authority is in force the removal itself is recorded first, and the officer sees it. What an administrator
    installed only an administrator can delete: it starts nothing any more, and sudo overt agent remove deletes it.
    """
    from agent.state import StateFolder  # noqa: PLC0415
    from overt.agent_end import definitions_left, in_force, remove_agent  # noqa: PLC0415
    from overt.agent_run import only_agent  # noqa: PLC0415
    from overt.service_files import stop_service, undeletable  # noqa: PLC0415

    with _plain_errors():
        folder = StateFolder(state)
        if not folder.enrolment_file.exists() and _removed_definitions():
            return
        folder.enrolment()
        until = in_force(folder)
        if until is not None:
            typer.echo(
                f"The authority is in force until {until}. Removing the agent is recorded and told to the officer."
            )
        if not yes:
            typer.confirm("Remove the agent from this computer?", abort=True)
        stop_service()
        with only_agent(folder):
            left = remove_agent(folder, "It was removed by hand.", receipt, abandon=abandon)
    typer.echo(f"The agent was removed. The receipt is {left}")
    typer.echo(definitions_left(undeletable()), nl=False)


def _state_of(account: str, state: Path) -> Path:
    """Return the folder of another account, where an administrator names that account and no folder."""
    from getpass import getuser  # noqa: PLC0415

    if state != DEFAULT_STATE or account == getuser():
        return state
    home = Path(f"~{account}").expanduser()
    return home / DEFAULT_STATE.relative_to(Path.home()) if DEFAULT_STATE.is_relative_to(Path.home()) else state


def _removed_definitions() -> bool:
    """Delete definitions of services that serve no enrolment any more; return whether there were some."""
    from overt.service_files import enrolment_served, remove_service  # noqa: PLC0415

    served = enrolment_served()
    if served is None:
        return False
    if served.exists():
        raise AgentError(
            f"The service here serves the enrolment in {served.parent}, which is not removed yet.",
            hint=f"In the account that it belongs to: overt agent remove --state {served.parent}",
        )
    removed = remove_service()
    for path in removed:
        typer.echo(f"removed: {path}")
    if not removed:
        raise AgentError("The service's definitions are an administrator's.", hint="sudo overt agent remove")
    return True


@app.command()
def doctor(state: State = DEFAULT_STATE, as_json: AsJson = False) -> None:
    """Try everything the agent needs, and say for each part whether it works and what to do if not."""
    from overt.agent_doctor import examine  # noqa: PLC0415

    findings = []
    for finding in examine(state):
        findings.append(finding)
        if not as_json:
            typer.echo(f"{'ok  ' if finding.works else 'NOT '} {finding.what}: {finding.said}")
            if finding.remedy:
                typer.echo(f"      {finding.remedy}")
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in findings]))
    if not all(one.works for one in findings):
        raise typer.Exit(ENVIRONMENT)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Turn what went wrong on purpose into a sentence, a hint and an exit code."""
    try:
        yield
    except (AgentError, EngineError) as problem:
        typer.echo(str(problem), err=True)
        hint = getattr(problem, "hint", "")
        if hint and hint not in str(problem):
            typer.echo(hint, err=True)
        bad_input = isinstance(problem, (NoAuthorityError, NotEnrolledError, EnrolmentError, EngineError))
        sys.stdout.flush()
        raise typer.Exit(BAD_INPUT if bad_input else ENVIRONMENT) from None
    except OSError as problem:
        typer.echo(f"The agent's folder cannot be used: {problem.strerror or type(problem).__name__}.", err=True)
        typer.echo("Look after the disk that it lies on, and whether this account may write there.", err=True)
        sys.stdout.flush()
        raise typer.Exit(ENVIRONMENT) from None
