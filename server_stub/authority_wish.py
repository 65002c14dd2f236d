"""What an authority shall permit, as whoever asks says it; spelled so that a second person approves just that."""

from collections.abc import Sequence
from dataclasses import dataclass

from evidence import canonical
from evidence.authority import AuthorityTerms, Condition, PermittedLibrary
from evidence.canonical import Value
from evidence.fields import Fields
from evidence.pictures import PictureTerms
from evidence.sources import USUAL
from evidence.terms import POLICY_LIMIT

LARGEST = 64 * 1024
_PLACE = "request for an authority"
_FORMAT = "overt-authority-wish-1"


@dataclass(frozen=True, slots=True)
class Wish:
    """What an authority shall permit, for how many days from the moment it is signed."""

    device: str
    accounts: Sequence[str]
    libraries: Sequence[PermittedLibrary]
    conditions: Sequence[Condition]
    days: int
    notice: str
    issued_by: str
    contact: str
    pictures: PictureTerms | None = None
    sources: Sequence[str] = USUAL
    policy: str | None = None

    def to_bytes(self) -> bytes:
        """Return the canonical form, which is what gets approved."""
        pictures: dict[str, Value] = {} if self.pictures is None else {"pictures": self.pictures.spell()}
        policy: dict[str, Value] = {} if self.policy is None else {"policy": self.policy}
        return canonical.encode(
            pictures
            | policy
            | {
                "format": _FORMAT,
                "device": self.device,
                "accounts": list(self.accounts),
                "sources": list(self.sources),
                "libraries": [{"id": one.id, "condition": one.condition} for one in self.libraries],
                "conditions": [{"number": one.number, "text": one.text} for one in self.conditions],
                "days": self.days,
                "notice": self.notice,
                "issued_by": self.issued_by,
                "contact": self.contact,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Wish":
        """Read the canonical form; raises FormatError. Signing checks what an authority may say at all."""
        fields = Fields(canonical.decode(data, place=_PLACE, limit=LARGEST), _PLACE)
        fields.constant("format", _FORMAT)
        wish = cls(
            device=fields.text("device"),
            accounts=fields.texts("accounts", least=1, most=256),
            libraries=[
                PermittedLibrary(one.text("id"), one.text("condition"))
                for one in fields.objects("libraries", least=1, most=256)
            ],
            conditions=[
                Condition(one.text("number"), one.text("text"))
                for one in fields.objects("conditions", least=1, most=256)
            ],
            days=fields.integer("days", low=1, high=366),
            notice=fields.text("notice", limit=20_000),
            issued_by=fields.text("issued_by", limit=500),
            contact=fields.text("contact", limit=500),
            pictures=PictureTerms.read(Fields(fields.take("pictures"), fields.at("pictures")))
            if fields.has("pictures")
            else None,
            sources=fields.texts("sources", least=1, most=64),
            policy=fields.text("policy", limit=POLICY_LIMIT) if fields.has("policy") else None,
        )
        fields.done()
        return wish

    @classmethod
    def again(cls, terms: AuthorityTerms, *, device: str, days: int) -> "Wish":
        """Return the wish to have the same terms once more, for `days` days and perhaps a rebuilt device."""
        return cls(
            device=device,
            accounts=terms.accounts,
            libraries=terms.libraries,
            conditions=terms.conditions,
            days=days,
            notice=terms.notice,
            issued_by=terms.issued_by,
            contact=terms.contact,
            pictures=terms.pictures,
            sources=terms.sources,
            policy=terms.policy,
        )
