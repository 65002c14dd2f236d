"""Runs the server until it is told to stop."""

import asyncio
import signal
import ssl
import sys
import threading
from collections.abc import Callable

import uvicorn

from server_stub.app import make_app
from server_stub.errors import SetupError
from server_stub.folder import ServerFolder
from server_stub.jobs import Worker
from server_stub.server import open_server
from server_stub.work import handlers

_GRACE = 10  # seconds that open requests get when the server stops


def run(folder: ServerFolder, *, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. `ready` is called with HOST:PORT once the server answers.

    Raises:
        SetupError: no server in the folder, or its address is taken.
    """
    settings = folder.settings()
    server = open_server(folder)
    config = uvicorn.Config(
        make_app(server),
        host=settings.host,
        port=settings.port,
        ssl_certfile=str(folder.tls_certificate),
        ssl_keyfile=str(folder.tls_key),
        ssl_version=ssl.PROTOCOL_TLS_SERVER,
        log_level="warning",
        access_log=False,  # addresses name cases; the audit chain is the record of who saw what
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
    )
    _end_in_order()
    _allow_many_connections()
    server.presence.begin()
    worker = Worker(server.database, handlers(server))
    worker.start()
    try:
        asyncio.run(_serve(uvicorn.Server(config), folder, ready))
    finally:
        worker.close()
        server.admission.close()
        folder.address_file.unlink(missing_ok=True)
        server.database.close()


def _end_in_order() -> None:
    """Have SIGTERM end the serving only: uvicorn sends it again afterwards, which would end the process at once."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda _number, _frame: None)


def _allow_many_connections() -> None:
    """Use as many open files as the system allows: often 1,024 are the default, and each device has a connection."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415  (not there on Windows, which has no such limit)

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _serve(server: uvicorn.Server, folder: ServerFolder, ready: Callable[[str], None]) -> None:
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():
        await asyncio.sleep(0.02)
    if server.started:
        address = _address(server)
        _write_address(folder, address)
        ready(address)
    try:
        await serving
    except SystemExit:
        settings = folder.settings()
        raise SetupError(
            f"{settings.host}:{settings.port} cannot be used: something else answers there, or it may not be opened.",
            hint=f"Choose another port in {folder.settings_file}.",
        ) from None


def _address(server: uvicorn.Server) -> str:
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    return f"{host}:{port}"


def _write_address(folder: ServerFolder, address: str) -> None:
    folder.address_file.parent.mkdir(exist_ok=True)
    temporary = folder.address_file.with_suffix(".part")
    temporary.write_text(address + "\n", encoding="ascii")
    temporary.replace(folder.address_file)
