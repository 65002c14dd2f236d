"""The word-library format: parse, compile, lint, explain, self-test. Text in, values out; files are read by others."""

from engine.errors import LibraryError, SetError
from engine.library.compile import compile_set
from engine.library.compiled import LibrarySet
from engine.library.model import Library
from engine.library.parse import parse
from engine.library.person import Person, parse_person

__all__ = ["Library", "LibraryError", "LibrarySet", "Person", "SetError", "compile_set", "parse", "parse_person"]
