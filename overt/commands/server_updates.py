"""`overt server updates`: which set of libraries each device runs, and updates for a server that had none."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from overt.server_shell import AsJson, Data, now, opened, plain_errors, tell

app = typer.Typer(
    no_args_is_help=True,
    help="Signed sets of libraries: which device runs which. They are made with overt library publish.",
)


@app.command()
def status(data: Data, as_json: AsJson = False) -> None:
    """Tell for each device which set it runs, which is the newest of its case, and when it last said so."""
    from server_stub import updates  # noqa: PLC0415
    from server_stub.running_sets import running  # noqa: PLC0415

    rows = []
    with plain_errors(), opened(data) as server:
        for one in running(server.database):
            newest = updates.published(server.folder, one.case)
            said = None if one.said_at is None else one.said_at.isoformat(timespec="minutes")
            version = 0 if newest is None else newest.version
            rows.append({"device": one.device, "case": one.case, "runs": one.version, "newest": version, "said": said})
    tell({"devices": rows}, "\n".join(map(_line, rows)) or "No device yet.", as_json=as_json)


@app.command()
def init(
    data: Data,
    offline: Annotated[
        Path | None, typer.Option("--offline", help="Folder of the keys kept off the server (default: DATA-offline).")
    ] = None,
) -> None:
    """Make the keys of updates for a server from before there were any. Devices enrolled earlier must enrol again."""
    from server_stub.server import entropy  # noqa: PLC0415
    from server_stub.setup import OfflineFolder  # noqa: PLC0415
    from server_stub.updates import make_root  # noqa: PLC0415

    away = OfflineFolder(offline or data.with_name(data.name + "-offline"))
    with plain_errors(), opened(data) as server:
        make_root(server.folder, away.make_updates_keys(entropy), now=now(), entropy=entropy)
    typer.echo(f"The keys that sign libraries are in {away.root}. Next: overt library publish")


def _line(row: Mapping[str, object]) -> str:
    runs, newest, said = row["runs"], row["newest"], row["said"]
    if runs is None:
        words = "has not asked yet"
    else:
        which = f"set {runs}" if runs else "the libraries that came with it"
        words = f"runs {which}, as it said at {said}"
    state = "" if runs == newest else f"; set {newest} is the newest" if newest else ""
    return f"{row['device']}  {row['case']}  {words}{state}"
