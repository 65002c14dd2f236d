"""The macOS frameworks that the adapters call, by PyObjC: tests put recorded ones here. Not yet run there."""

import ctypes
import importlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from agent.errors import PlatformError

CARBON = "/System/Library/Frameworks/Carbon.framework/Carbon"


@dataclass(frozen=True, slots=True)
class Frameworks:
    """PyObjC's modules."""

    quartz: Any
    appkit: Any
    services: Any
    """ApplicationServices: accessibility."""
    pool: Callable[[], AbstractContextManager[Any]] = nullcontext
    """Objective-C's autorelease pool: what is asked for in it is given back at its end, else when the thread ends."""


def load_frameworks() -> Frameworks:
    """Load them; raises PlatformError on other systems."""
    try:
        names = ("Quartz", "AppKit", "ApplicationServices", "objc")
        quartz, appkit, services, objc = (importlib.import_module(name) for name in names)
        return Frameworks(quartz, appkit, services, objc.autorelease_pool)
    except ImportError as problem:
        raise PlatformError("The frameworks of macOS cannot be loaded.", hint="pip install 'overt'") from problem


def load_secure_input() -> Callable[[], bool]:
    """Return IsSecureEventInputEnabled (Carbon Event Manager, not in PyObjC); raises PlatformError on other systems."""
    try:
        function = ctypes.CDLL(CARBON).IsSecureEventInputEnabled
    except (OSError, AttributeError) as problem:
        raise PlatformError("macOS does not say whether secure input is on, so no keys are followed.") from problem
    function.restype, function.argtypes = ctypes.c_ubyte, []
    return lambda: bool(function())
