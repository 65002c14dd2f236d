"""Log-in at the agency's own service (OpenID Connect, code flow with PKCE): it says who somebody is, and nothing else.

Only an account that exists and that its owner connected before gets a session; roles, teams and cases stay this
server's. Keys stay locked as well: after such a log-in the browser asks for the passphrase, which unlocks them there.

The steps of an answer, in the order of the code: 1 the way was begun by this very browser, not long ago, and comes back
once; 2 the code is changed for an ID token, over TLS, with the verifier; 3 its signature, by a key of the issuer's own
set and an allowed algorithm; 4 issuer, audience, time, nonce; 5 the account.
"""

import base64
import hashlib
import hmac
import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NoReturn
from urllib.parse import urlencode

import httpx2
from sqlalchemy import delete, select

from server_stub import audit
from server_stub.access import Principal, note
from server_stub.audit import Outcome
from server_stub.database import Database
from server_stub.errors import SetupError, SignInError, UnacceptableError
from server_stub.officers import NewSession, open_session
from server_stub.settings import LogInSettings
from server_stub.tables import ConnectedLogIn, LogInFlow, Officer

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
FLOW_LIFE = timedelta(minutes=10)
_PATIENCE = httpx2.Timeout(10.0)
_SKEW = 60
_LARGEST = 256 * 1024
_REFUSED = "the log-in service's answer was not accepted; please begin again"
_UNKNOWN = "no account here is connected with who you are there; log in with your passphrase, and connect it once"


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser has to go, and the cookie by which it is known when it comes back."""

    address: str
    browser: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """How it ended: a session, or, for a way that was to connect an account, None."""

    session: NewSession | None


class LogInService:
    """The agency's log-in service, as the settings name it."""

    def __init__(self, database: Database, settings: LogInSettings, *, redirect: Callable[[], str]) -> None:
        """`redirect` gives the address of this server that the service sends browsers back to.

        Raises SetupError where the settings name a service and something of it is missing here.
        """
        if settings.issuer:
            _require_package()
            _require_certificates(settings.ca)
        self._database = database
        self._settings = settings
        self._redirect = redirect
        self._found: dict[str, Any] | None = None

    @property
    def is_offered(self) -> bool:
        """Whether there is one."""
        return bool(self._settings.issuer)

    def begin(self, now: datetime, *, officer: str | None = None) -> Begun:
        """Begin a log-in, or with `officer` the connecting of an account. Raises UnacceptableError, or SignInError."""
        if not self.is_offered:
            raise UnacceptableError("this server has no log-in service")
        endpoint = self._metadata()["authorization_endpoint"]
        state, browser, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
        with self._database.writing() as session:
            session.execute(delete(LogInFlow).where(LogInFlow.expires_at < now))
            flow = LogInFlow(
                state_hash=_hash(state), browser_hash=_hash(browser), nonce=nonce, verifier=verifier,
                officer_id=officer, expires_at=now + FLOW_LIFE,
            )  # fmt: skip
            session.add(flow)
        question = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._redirect(),
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        return Begun(f"{endpoint}?{urlencode(question)}", browser)

    def answer(self, state: str, code: str, browser: str, *, now: datetime) -> Answered:
        """Take what a browser brings back; raises SignInError, noted."""
        with self._database.writing() as session:
            flow = session.get(LogInFlow, _hash(state))
            if flow is not None:
                session.delete(flow)  # it counts once, whatever comes of it
        if flow is None or now >= flow.expires_at or not hmac.compare_digest(flow.browser_hash, _hash(browser)):
            self._refuse(now)
        try:
            subject = self._subject(code, flow, now)
        except SignInError:
            self._refuse(now)
        if flow.officer_id is not None:
            self._connect(flow.officer_id, subject, now)
            return Answered(None)
        return Answered(self._log_in(subject, now))

    def is_connected(self, principal: Principal) -> bool:
        """Return whether the asking account is connected."""
        with self._database.reading() as session:
            return session.get(ConnectedLogIn, principal.officer) is not None

    def disconnect(self, principal: Principal) -> None:
        """Forget who the asking account is at the service; raises UnacceptableError where it is not connected."""
        with self._database.writing() as session:
            row = session.get(ConnectedLogIn, principal.officer)
            if row is None:
                raise UnacceptableError("this account is not connected")
            session.delete(row)
            note(session, principal, "disconnect-log-in", principal.officer)

    def _log_in(self, subject: str, now: datetime) -> NewSession:
        with self._database.writing() as session:
            query = select(Officer).join(ConnectedLogIn, ConnectedLogIn.officer_id == Officer.id)
            found = session.scalars(query.where(ConnectedLogIn.identity == self._identity(subject))).first()
            good = found is not None and found.closed_at is None
            opened = open_session(session, found, now) if found is not None and good else None
            actor, outcome = "nobody" if found is None else found.id, Outcome.DONE if good else Outcome.REFUSED
            audit.write(session, at=now, actor=actor, action="log-in-service", subject="console", outcome=outcome)
        if opened is None:
            raise SignInError(_UNKNOWN)
        return opened

    def _connect(self, officer: str, subject: str, now: datetime) -> None:
        with self._database.writing() as session:
            known = session.scalars(
                select(ConnectedLogIn).where(ConnectedLogIn.identity == self._identity(subject))
            ).first()
            if known is not None and known.officer_id != officer:
                raise UnacceptableError("another account is connected with that log-in already")
            session.merge(ConnectedLogIn(officer_id=officer, identity=self._identity(subject), connected_at=now))
            audit.write(session, at=now, actor=officer, action="connect-log-in", subject=officer, outcome=Outcome.DONE)

    def _identity(self, subject: str) -> str:
        return _hash(f"{self._settings.issuer}\n{subject}")

    def _refuse(self, now: datetime) -> NoReturn:
        with self._database.writing() as session:
            audit.write(
                session, at=now, actor="nobody", action="log-in-service", subject="console", outcome=Outcome.REFUSED
            )
        raise SignInError(_REFUSED)

    def _subject(self, code: str, flow: LogInFlow, now: datetime) -> str:
        """Return who somebody is at the service; raises SignInError."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect(),
            "code_verifier": flow.verifier,
        }
        auth = (self._settings.client_id, self._settings.client_secret.get_secret_value())
        told = self._ask("POST", self._metadata()["token_endpoint"], data=form, auth=auth)
        claims = self._verified(str(told.get("id_token", "")))
        self._check(claims, flow.nonce, now)
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise SignInError(_REFUSED)
        return subject

    def _verified(self, token: str) -> dict[str, Any]:
        """Return the claims of a token that a key of the issuer's own set signed."""
        from joserfc import jwk, jwt  # noqa: PLC0415  (an extra: joserfc need not be there)
        from joserfc.errors import JoseError  # noqa: PLC0415

        for fresh in (False, True):  # a key that is not known may be newer than what was fetched
            try:
                keys = jwk.KeySet.import_key_set(self._keys(fresh=fresh))
                claims: dict[str, Any] = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
            except (JoseError, ValueError):
                continue
            return claims
        raise SignInError(_REFUSED)

    def _check(self, claims: dict[str, Any], nonce: str, now: datetime) -> None:
        audience, moment = claims.get("aud"), now.timestamp()
        audiences = audience if isinstance(audience, list) else [audience]
        issued, expires = claims.get("iat"), claims.get("exp")
        holds = (
            claims.get("iss") == self._settings.issuer
            and audiences == [self._settings.client_id]
            and claims.get("azp", self._settings.client_id) == self._settings.client_id
            and isinstance(issued, int)
            and isinstance(expires, int)
            and issued - _SKEW <= moment < expires + _SKEW
            and hmac.compare_digest(str(claims.get("nonce", "")), nonce)
        )
        if not holds:
            raise SignInError(_REFUSED)

    def _metadata(self) -> dict[str, Any]:
        if self._found is None:
            issuer = self._settings.issuer
            found = self._ask("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            if found.get("issuer") != issuer or not all(
                str(found.get(one, "")).startswith("https://") for one in wanted
            ):
                raise SignInError("the log-in service does not say what it has to; tell your administrator")
            self._found = found
        return self._found

    def _keys(self, *, fresh: bool) -> Any:
        metadata = self._metadata()
        if fresh or "keys" not in metadata:
            metadata["keys"] = self._ask("GET", metadata["jwks_uri"])
        return metadata["keys"]

    def _ask(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        context = ssl.create_default_context(cafile=self._settings.ca or None)
        try:
            with httpx2.Client(verify=context, timeout=_PATIENCE, trust_env=False) as client:
                answer = client.request(method, address, **more)
                told = answer.json() if answer.is_success and len(answer.content) <= _LARGEST else None
        except (httpx2.HTTPError, ValueError):
            raise SignInError("the log-in service cannot be reached; the passphrase works as before") from None
        if not isinstance(told, dict):
            raise SignInError(_REFUSED)
        return told


def _require_package() -> None:
    try:
        import joserfc  # noqa: F401, PLC0415
    except ImportError:
        raise SetupError(
            "[log_in] names a log-in service, and joserfc, which reads its word, is not installed.",
            hint="pip install 'overt[oidc]'",
        ) from None


def _require_certificates(ca: str) -> None:
    if not ca:
        return
    try:
        ssl.create_default_context(cafile=ca)
    except OSError:  # ssl.SSLError is one
        raise SetupError(
            f"log_in.ca: {ca} cannot be read as certificates.", hint="See [log_in] in server.toml."
        ) from None


def _challenge(verifier: str) -> str:
    """Return the S256 challenge of RFC 7636."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
