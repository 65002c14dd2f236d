"""What can go wrong with hash sets.

HashSetError              a list or a set file is not what it should be: which file, which line, what to do
"""

from engine.errors import EngineError


class HashSetError(EngineError):
    """A list of hashes or a set file that cannot be used."""
