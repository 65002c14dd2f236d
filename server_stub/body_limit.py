"""No request makes the server hold much: bodies have a limit before anything reads them, and none is unpacked."""

from fastapi import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 4 * 2**20
"""Bytes of any request but a device's record, which `routes.devices` reads by itself with a limit of its own."""
_RECORDS = "/v1/devices/"


class BodyLimit:
    """Refuses bodies that are too large (413) or compressed (415), the latter so that none can be a bomb."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
            await JSONResponse({"error": "compressed bodies are not taken"}, status_code=415)(scope, receive, send)
            return
        if str(scope["path"]).startswith(_RECORDS):
            await self._app(scope, receive, send)
            return
        await self._limited(scope, receive, send, headers.get(b"content-length", b""))

    async def _limited(self, scope: Scope, receive: Receive, send: Send, announced: bytes) -> None:
        refusal = JSONResponse({"error": f"a request has at most {LARGEST_BODY} bytes"}, status_code=413)
        if announced.isdigit() and int(announced[:20]) > LARGEST_BODY:
            await refusal(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > LARGEST_BODY:
                raise HTTPException(413, f"a request has at most {LARGEST_BODY} bytes")
            return message

        await self._app(scope, counted, send)
