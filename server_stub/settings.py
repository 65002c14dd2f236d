"""The server's settings: `server.toml`, each value of which an environment variable may replace.

OVERT_SERVER_PORT=9443 replaces `port`, OVERT_SERVER_DATABASE__URL replaces `url` in `[database]`. What is not known, or
of the wrong kind, is refused with its place: a setting that is silently ignored is worse than a server that is down.
"""

import os
import re
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import tomli
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from server_stub.errors import SetupError

PREFIX = "OVERT_SERVER_"
_NESTED = "__"

SETTINGS = """\
# Settings of this Overt server. Everything in this folder may be stolen without one capture being readable;
# that the issuing key and the recovery key are not in it is what makes that true.
# Each setting may be replaced by an environment variable: OVERT_SERVER_PORT, OVERT_SERVER_DATABASE__URL, …
# docs/operating.md explains them. After a change: overt server doctor, then start the server again.
format = "overt-server-1"

# The address that devices and officers reach. The TLS certificate names this host.
host = {host}
# 0 takes a free port at each start; the address in use stands in run/address.
port = {port}

[database]
# Empty: one SQLite file in this folder. An agency with several machines: PostgreSQL 15 or newer,
# url = "postgresql+psycopg://overt@db.example.org/overt"; the password belongs into ~/.pgpass or the environment.
url = {database}
# false: a new version of the program starts only after `overt server migrate`.
migrate_at_start = true

[envelopes]
# Where sealed envelopes are kept: "folder" (blobs/ in this folder) or "s3".
store = "folder"
# For "s3". Credentials come from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) or the machine's role.
bucket = ""
prefix = ""
region = ""
# Empty for Amazon; else the address of the S3 service, such as "https://s3.example.org".
endpoint = ""

[alerts]
# The agency's mail server, for alerts; empty: no mail is sent.
# security: "starttls", "tls", or "none" for a mail server on this very machine.
smtp_host = ""
smtp_port = 587
security = "starttls"
user = ""
# Better in the environment: OVERT_SERVER_ALERTS__PASSWORD
password = ""
sender = "overt@localhost"
# Signs what web hooks are sent; empty: no web hooks. webhook_ca: a file of certificates to trust; empty: the system's.
webhook_secret = ""
webhook_ca = ""

[rates]
# Requests a minute that are answered: to one address before anybody has logged in, to one account, to one device.
address = 300
account = 3000
device = 6000

[log_in]
# The agency's log-in service (OpenID Connect), beside passphrases and passkeys; empty: none.
issuer = ""
client_id = ""
# Better in the environment: OVERT_SERVER_LOG_IN__CLIENT_SECRET
client_secret = ""
# A file of certificates to trust for it; empty: the system's.
ca = ""

[metrics]
# Empty: no metrics. Else GET /metrics answers who sends "Authorization: Bearer TOKEN" with these words.
token = ""
"""


class StoreKind(Enum):
    """Where envelopes are kept."""

    FOLDER = "folder"
    S3 = "s3"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSettings(_Section):
    """Which database, and who brings its schema up to date."""

    url: SecretStr = SecretStr("")
    migrate_at_start: bool = True


class EnvelopeSettings(_Section):
    """Where envelopes are kept."""

    store: StoreKind = StoreKind.FOLDER
    bucket: str = ""
    prefix: str = ""
    region: str = ""
    endpoint: str = Field(default="", pattern="^(https?://.+)?$")


class MailSecurity(Enum):
    """How the mail server is spoken to."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class AlertSettings(_Section):
    """How alerts leave the server."""

    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    security: MailSecurity = MailSecurity.STARTTLS
    user: str = ""
    password: SecretStr = SecretStr("")
    sender: str = Field(default="overt@localhost", pattern=r"^[^@\s]+@[^@\s]+$")
    webhook_secret: SecretStr = SecretStr("")
    webhook_ca: str = ""


class LogInSettings(_Section):
    """The agency's own log-in service (OpenID Connect); none where the issuer is empty."""

    issuer: str = Field(default="", pattern="^(https://[^\\s?#]+)?$")
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    ca: str = ""


class MetricsSettings(_Section):
    """Who may read the metrics; nobody where the token is empty."""

    token: SecretStr = SecretStr("")


class RateSettings(_Section):
    """How many requests a minute are answered; each process counts by itself."""

    address: int = Field(default=300, ge=1, le=1_000_000)
    account: int = Field(default=3000, ge=1, le=1_000_000)
    device: int = Field(default=6000, ge=1, le=1_000_000)


class Settings(BaseSettings):
    """What an administrator may change."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=_NESTED, extra="forbid", frozen=True, hide_input_in_errors=True
    )
    format: Literal["overt-server-1"]
    host: str = Field(min_length=1, max_length=253)
    port: int = Field(ge=0, le=65535)
    database: DatabaseSettings = DatabaseSettings()
    envelopes: EnvelopeSettings = EnvelopeSettings()
    alerts: AlertSettings = AlertSettings()
    log_in: LogInSettings = LogInSettings()
    metrics: MetricsSettings = MetricsSettings()
    rates: RateSettings = RateSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take the environment first, then what the file says, which `read_settings` hands over."""
        return env_settings, init_settings


def read_settings(file: Path) -> Settings:
    """Read and check the settings.

    Raises:
        SetupError: no TOML, or a setting that is unknown, missing or of the wrong kind; with its place.
        FileNotFoundError: there is no such file.
    """
    try:
        text = file.read_text(encoding="utf-8")
        values: dict[str, Any] = tomli.loads(text)
    except UnicodeDecodeError as problem:
        raise SetupError(f"{file}: not UTF-8 (byte {problem.start})", hint="Save it as UTF-8.") from None
    except tomli.TOMLDecodeError as problem:
        raise SetupError(f"{file}: {problem}") from None
    _refuse_unknown_variables(os.environ)
    try:
        settings = Settings(**values)
    except ValidationError as problem:
        raise SetupError(
            "\n".join(_places(problem, file, text)), hint="docs/operating.md names every setting."
        ) from None
    if settings.envelopes.store is StoreKind.S3 and not settings.envelopes.bucket:
        raise SetupError(f"{file}:{_line(text, ('envelopes', 'bucket'))}: envelopes.bucket: S3 needs a bucket's name")
    return settings


def write_settings(file: Path, *, host: str, port: int, database: str = "") -> None:
    """Write the commented settings of a new server."""
    file.write_text(SETTINGS.format(host=_quoted(host), port=port, database=_quoted(database)), encoding="utf-8")


def point_at_database(file: Path, url: str) -> None:
    """Put another database's address into settings, and leave the rest, comments included. Raises SetupError."""
    text = file.read_text(encoding="utf-8")
    changed, count = re.subn(
        r"(?ms)^(\[database\]\s*$(?:(?!^\[).)*?^url\s*=)[^\n]*", lambda m: f"{m[1]} {_quoted(url)}", text
    )
    if not count:
        changed = text.rstrip("\n") + f"\n\n[database]\nurl = {_quoted(url)}\n"
    file.write_text(changed, encoding="utf-8")
    read_settings(file)


def _places(problem: ValidationError, file: Path, text: str) -> list[str]:
    """Say each mistake in a line: file, line, setting, what is wrong; without the value, which may be a secret."""
    told = []
    for error in problem.errors(include_url=False, include_input=False, include_context=False):
        path = tuple(str(step) for step in error["loc"])
        variable = PREFIX + _NESTED.join(path).upper()
        place = f"environment variable {variable}" if variable in os.environ else f"{file}:{_line(text, path)}"
        told.append(f"{place}: {'.'.join(path)}: {_plain(error['type'], error['msg'])}")
    return told


def _plain(kind: str, message: str) -> str:
    known = {"extra_forbidden": "there is no such setting", "missing": "this setting is missing"}
    return known.get(kind, message[:1].lower() + message[1:])


def _line(text: str, path: tuple[str, ...]) -> int:
    """Return the line in which a setting stands, or its section; 1 where neither does."""
    section, found = (), 1
    for number, line in enumerate(text.splitlines(), start=1):
        if heading := re.match(r"\s*\[([\w.-]+)\]", line):
            section = tuple(heading[1].split("."))
            found = number if section == path[: len(section)] else found
        elif (name := re.match(r"\s*([\w-]+)\s*=", line)) and (*section, name[1]) == path:
            return number
    return found


def _refuse_unknown_variables(environment: Mapping[str, str]) -> None:
    """A misspelt variable would be ignored without a word."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name, part in Settings.model_fields.items():
        if isinstance(part.annotation, type) and issubclass(part.annotation, _Section):
            known |= {f"{PREFIX}{name.upper()}{_NESTED}{inner.upper()}" for inner in part.annotation.model_fields}
    unknown = sorted(name for name in environment if name.upper().startswith(PREFIX) and name.upper() not in known)
    if unknown:
        raise SetupError(
            f"environment variable {unknown[0]}: there is no such setting",
            hint=f"Known are {', '.join(sorted(known))}.",
        )


def _quoted(text: str) -> str:
    """Return a TOML string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
