"""The terms of an authority: what a court order or a written consent permits, as values and as canonical JSON."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from evidence import canonical
from evidence.canonical import Value
from evidence.errors import FormatError
from evidence.fields import NAME, Fields, format_time
from evidence.header import MOST_RECIPIENTS, Role
from evidence.keys import key_id
from evidence.pictures import PictureTerms
from evidence.suite import Suite

FORMAT = "overt-authority-1"
LONGEST_LIFE = timedelta(days=366)
TERMS_LIMIT = 512 * 1024
_MOST = 256
POLICY_LIMIT = 16 * 1024
"""Code points of a policy."""
_PLACE = "authority"
_NOTICE = re.compile(r".*\w.*", re.DOTALL)
"""A notice of blanks would be shown and tell nothing."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A numbered condition of the order, in its words."""

    number: str
    text: str


@dataclass(frozen=True, slots=True)
class PermittedLibrary:
    """A word library that may be used, and the condition that it serves."""

    id: str
    condition: str


@dataclass(frozen=True, slots=True)
class NamedRecipient:
    """A public key that captures are sealed to."""

    key: bytes
    role: Role

    @property
    def id(self) -> str:
        """The short name of the key."""
        return key_id(self.key)


@dataclass(frozen=True, slots=True)
class AuthorityTerms:
    """What is permitted."""

    authority_id: str
    case: str
    device: str
    device_key: bytes
    """The device's 32-byte verifying key."""
    accounts: tuple[str, ...]
    """Operating system accounts that may be watched; no other is."""
    sources: tuple[str, ...]
    libraries: tuple[PermittedLibrary, ...]
    conditions: tuple[Condition, ...]
    recipients: tuple[NamedRecipient, ...]
    not_before: datetime
    not_after: datetime
    notice: str = field(repr=False)
    """What the person reads before anything is watched."""
    issued_by: str
    contact: str
    pictures: PictureTerms | None = None
    """What is permitted for pictures; None in authorities that say nothing about them, which permits the default."""
    policy: str | None = field(default=None, repr=False)
    """The rules of this case for captures, as TOML that the agent reads (docs/policy.md); None for its defaults."""

    def to_bytes(self) -> bytes:
        """Return the canonical form; raises FormatError for terms that no authority may have."""
        data = canonical.encode(_spell(self), place=_PLACE)
        AuthorityTerms.from_bytes(data)
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> "AuthorityTerms":
        """Read the canonical form strictly; raises FormatError."""
        fields = Fields(canonical.decode(data, place=_PLACE, limit=TERMS_LIMIT), _PLACE)
        fields.constant("format", FORMAT)
        terms = _read(fields)
        fields.done()
        _check_sense(terms)
        return terms

    def condition_of(self, library_id: str) -> Condition | None:
        """Return the condition that a library serves; None where the library is not permitted."""
        numbers = {library.id: library.condition for library in self.libraries}
        by_number = {condition.number: condition for condition in self.conditions}
        return by_number.get(numbers.get(library_id, ""))


def _spell(terms: AuthorityTerms) -> Value:
    pictures: dict[str, Value] = {} if terms.pictures is None else {"pictures": terms.pictures.spell()}
    policy: dict[str, Value] = {} if terms.policy is None else {"policy": terms.policy}
    return (
        pictures
        | policy
        | {
            "format": FORMAT,
            "authority_id": terms.authority_id,
            "case": terms.case,
            "device": terms.device,
            "device_key": terms.device_key.hex(),
            "accounts": list(terms.accounts),
            "sources": list(terms.sources),
            "libraries": [{"id": one.id, "condition": one.condition} for one in terms.libraries],
            "conditions": [{"number": one.number, "text": one.text} for one in terms.conditions],
            "recipients": [{"key": one.key.hex(), "role": one.role.value} for one in terms.recipients],
            "not_before": format_time(terms.not_before),
            "not_after": format_time(terms.not_after),
            "notice": terms.notice,
            "issued_by": terms.issued_by,
            "contact": terms.contact,
        }
    )


def _read(fields: Fields) -> AuthorityTerms:
    return AuthorityTerms(
        authority_id=fields.text("authority_id", pattern=NAME),
        case=fields.text("case", pattern=NAME),
        device=fields.text("device", pattern=NAME),
        device_key=fields.hexadecimal("device_key", 32),
        accounts=fields.texts("accounts", least=1, most=_MOST),
        sources=fields.texts("sources", least=1, most=_MOST),
        libraries=tuple(_library(one) for one in fields.objects("libraries", least=1, most=_MOST)),
        conditions=tuple(_condition(one) for one in fields.objects("conditions", least=1, most=_MOST)),
        recipients=tuple(_recipient(one) for one in fields.objects("recipients", least=1, most=MOST_RECIPIENTS)),
        not_before=fields.time("not_before"),
        not_after=fields.time("not_after"),
        notice=fields.text("notice", limit=20_000, pattern=_NOTICE),
        issued_by=fields.text("issued_by", least=1, limit=500),
        contact=fields.text("contact", least=1, limit=500),
        pictures=PictureTerms.read(Fields(fields.take("pictures"), fields.at("pictures")))
        if fields.has("pictures")
        else None,
        policy=fields.text("policy", least=1, limit=POLICY_LIMIT) if fields.has("policy") else None,
    )


def _library(fields: Fields) -> PermittedLibrary:
    library = PermittedLibrary(fields.text("id", pattern=NAME), fields.text("condition", least=1, limit=64))
    fields.done()
    return library


def _condition(fields: Fields) -> Condition:
    condition = Condition(fields.text("number", least=1, limit=64), fields.text("text", least=1))
    fields.done()
    return condition


def _recipient(fields: Fields) -> NamedRecipient:
    sizes = (suite.public_size for suite in Suite)
    recipient = NamedRecipient(fields.hexadecimal("key", *sizes), fields.choice("role", Role))
    fields.done()
    return recipient


def _check_sense(terms: AuthorityTerms) -> None:
    _distinct("libraries", [one.id for one in terms.libraries])
    _distinct("conditions", [one.number for one in terms.conditions])
    _distinct("recipients", [one.id for one in terms.recipients])
    if any(terms.condition_of(one.id) is None for one in terms.libraries):
        raise FormatError(f"{_PLACE}.libraries", "a library that serves no condition of the order")
    numbers = {one.number for one in terms.conditions}
    if terms.pictures is not None and any(one.condition not in numbers for one in terms.pictures.prefilters):
        raise FormatError(f"{_PLACE}.pictures.prefilters", "a prefilter that serves no condition of the order")
    if Role.CASE not in {one.role for one in terms.recipients}:
        raise FormatError(f"{_PLACE}.recipients", "no case key: nobody could review what is captured")
    if len({len(one.key) for one in terms.recipients}) != 1:
        raise FormatError(f"{_PLACE}.recipients", "keys of different suites")
    if not timedelta(0) < terms.not_after - terms.not_before <= LONGEST_LIFE:
        raise FormatError(
            f"{_PLACE}.not_after", f"not after not_before, or more than {LONGEST_LIFE.days} days after it"
        )


def _distinct(name: str, values: list[str]) -> None:
    if len(set(values)) != len(values):
        raise FormatError(f"{_PLACE}.{name}", "a value stands there twice")
