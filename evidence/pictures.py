"""What the formats say about pictures: where a finding lies, hashes for matching at review, what a case permits."""

from dataclasses import asdict, dataclass, field
from enum import Enum

from evidence.canonical import Value
from evidence.errors import FormatError
from evidence.fields import NAME, Fields

MOST_PICTURES = 500
_PIXELS = 1 << 20


@dataclass(frozen=True, slots=True)
class PicturePlace:
    """A rectangle of the frame of one monitor, in that frame's own pixels."""

    monitor: int
    left: int
    top: int
    width: int
    height: int

    @classmethod
    def read(cls, fields: Fields) -> "PicturePlace":
        """Read one strictly; raises FormatError."""
        place = cls(
            monitor=fields.integer("monitor"),
            left=fields.integer("left", high=_PIXELS),
            top=fields.integer("top", high=_PIXELS),
            width=fields.integer("width", low=1, high=_PIXELS),
            height=fields.integer("height", low=1, high=_PIXELS),
        )
        fields.done()
        return place

    def spell(self) -> Value:
        """Return the stored form."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class HashedPicture:
    """A picture that was on the screen, as hashes: matched at review with lists that may not lie on the device."""

    place: PicturePlace
    pdq: bytes = field(repr=False)
    """32 bytes."""
    phash: bytes = field(repr=False)
    """8 bytes."""
    quality: int
    """PDQ's, 0 to 100; below 50 the hashes say little."""

    @classmethod
    def read(cls, fields: Fields) -> "HashedPicture":
        """Read one strictly; raises FormatError."""
        picture = cls(
            place=PicturePlace.read(Fields(fields.take("place"), fields.at("place"))),
            pdq=fields.hexadecimal("pdq", 32),
            phash=fields.hexadecimal("phash", 8),
            quality=fields.integer("quality", high=100),
        )
        fields.done()
        return picture

    def spell(self) -> Value:
        """Return the stored form."""
        return {
            "place": self.place.spell(),
            "pdq": self.pdq.hex(),
            "phash": self.phash.hex(),
            "quality": self.quality,
        }


class Hashes(Enum):
    """Which pictures' hashes are sealed for matching at review."""

    NONE = "none"
    CAPTURED = "captured"
    """Those of the pictures in a captured frame."""
    SEEN = "seen"
    """Those of every picture that was on the screen, without the pictures themselves."""


class Act(Enum):
    """What comes of a finding that is only a prefilter's: colours of skin, or a model's score."""

    COUNT = "count"
    CAPTURE = "capture"
    """One capture for a site and an hour; what follows is counted."""


@dataclass(frozen=True, slots=True)
class Prefilter:
    """Permission to use a prefilter: what comes of it, from which score on, and the condition it serves."""

    id: str
    """`skin-colours`, or the name of a model's card."""
    act: Act
    percent: int
    """The threshold, 1 to 100."""
    condition: str

    @classmethod
    def read(cls, fields: Fields) -> "Prefilter":
        """Read one strictly; raises FormatError."""
        found = cls(
            id=fields.text("id", pattern=NAME),
            act=fields.choice("act", Act),
            percent=fields.integer("percent", low=1, high=100),
            condition=fields.text("condition", least=1, limit=64),
        )
        fields.done()
        return found

    def spell(self) -> Value:
        """Return the stored form."""
        return {"id": self.id, "act": self.act.value, "percent": self.percent, "condition": self.condition}


@dataclass(frozen=True, slots=True)
class PictureTerms:
    """What a case permits for pictures beyond the sets of hashes, which are named among its libraries."""

    hashes: Hashes = Hashes.CAPTURED
    prefilters: tuple[Prefilter, ...] = ()

    @classmethod
    def read(cls, fields: Fields) -> "PictureTerms":
        """Read them strictly; raises FormatError."""
        prefilters = tuple(Prefilter.read(one) for one in fields.objects("prefilters", most=16))
        terms = cls(fields.choice("hashes", Hashes), prefilters)
        if len({one.id for one in prefilters}) != len(prefilters):
            raise FormatError(fields.at("prefilters"), "a value stands there twice")
        fields.done()
        return terms

    def spell(self) -> Value:
        """Return the stored form."""
        return {"hashes": self.hashes.value, "prefilters": [one.spell() for one in self.prefilters]}
