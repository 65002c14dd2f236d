"""The macOS frameworks that the adapters call, by PyObjC: tests put recorded ones here. Not yet run there."""

import importlib
from dataclasses import dataclass
from typing import Any

from agent.errors import PlatformError


@dataclass(frozen=True, slots=True)
class Frameworks:
    """PyObjC's modules."""

    quartz: Any
    appkit: Any
    services: Any
    """ApplicationServices: accessibility."""


def load_frameworks() -> Frameworks:
    """Load them; raises PlatformError on other systems."""
    try:
        modules = (importlib.import_module(name) for name in ("Quartz", "AppKit", "ApplicationServices"))
        return Frameworks(*modules)
    except ImportError as problem:
        raise PlatformError("The frameworks of macOS cannot be loaded.", hint="pip install 'overt'") from problem
