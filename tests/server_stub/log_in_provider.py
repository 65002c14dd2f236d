"""A small OpenID provider on loopback, over TLS: it logs one person in without asking, and can be made to misbehave."""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwk, jwt

CLIENT, SECRET = "overt", "a secret of the client"


@dataclass
class Provider:
    """What it says. `spoil` changes the claims of the next tokens, `key` signs them."""

    subject: str = "person-17"
    spoil: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    key: Any = field(default_factory=lambda: jwk.RSAKey.generate_key(2048, {"kid": "one"}))
    published: Any = None
    issuer: str = ""
    named_issuer: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def app(self) -> FastAPI:
        """Return its application."""
        app = FastAPI()
        app.get("/.well-known/openid-configuration")(self.metadata)
        app.get("/keys")(self.keys)
        app.get("/authorize")(self.authorize)
        app.post("/token")(self.token)
        return app

    def metadata(self) -> dict[str, str]:
        """Say where things are."""
        places = {f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in
                  (("authorization", "authorize"), ("token", "token"))}  # fmt: skip
        return places | {"issuer": self.named_issuer or self.issuer, "jwks_uri": f"{self.issuer}/keys"}

    def keys(self) -> dict[str, Any]:
        """Give the public keys."""
        shown = self.published or self.key
        return {"keys": [shown.as_dict(private=False)]}

    def authorize(self, request: Request) -> Response:
        """Log the person in, and send the browser back with a code."""
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    async def token(self, request: Request) -> Response:
        """Change a code for an ID token, once, for the client that knows its secret and the verifier."""
        form = dict(await request.form())
        asked = self.codes.pop(str(form.get("code")), None)
        given = base64.b64decode(request.headers.get("authorization", "").partition(" ")[2]).decode()
        digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or given != f"{CLIENT}:{SECRET}" or challenge != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": self.subject, "iat": now, "exp": now + 300,
            "nonce": asked["nonce"],
        } | self.spoil  # fmt: skip
        signed = jwt.encode({"alg": self.algorithm, "kid": "one"}, claims, self.key, algorithms=[self.algorithm])
        return JSONResponse({"id_token": signed, "access_token": "unused", "token_type": "Bearer"})


@contextmanager
def running(provider: Provider, certificate: Path, key: Path) -> Iterator[Provider]:
    """Run it on a free port of loopback until the end."""
    config = uvicorn.Config(
        provider.app(), host="127.0.0.1", port=0, log_level="error", ssl_certfile=str(certificate), ssl_keyfile=str(key)
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="provider", daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    provider.issuer = f"https://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join(60)
