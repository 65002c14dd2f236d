"""Connections to the display from several threads at once, in a process that has just begun."""

import subprocess
import sys

import pytest

from overt.demo.display import virtual_display

# One thread connects again and again while the other starts what the agent's sources start, each for the first time.
TOGETHER = """
import importlib, sys, threading
from agent.platforms.linux import X11Windows

sys.setswitchinterval(1e-5)
problems, ended = [], threading.Event()

def connect():
    try:
        while not ended.is_set():
            X11Windows().close()
    except BaseException as problem:
        problems.append(repr(problem))

busy = threading.Thread(target=connect)
busy.start()
for module, name in (("linux_session", "LinuxSession"), ("x11_damage", "X11Damage"), ("x11_clipboard", "X11Clipboard"),
                     ("x11_keys", "X11Keys")):
    getattr(importlib.import_module(f"agent.platforms.{module}"), name)().close()
ended.set()
busy.join()
print(problems)
"""


@pytest.mark.screen
def test_adapters_may_start_while_others_connect() -> None:
    """None is kept from its work by another that is being imported."""
    with virtual_display() as display:
        command = [sys.executable, "-c", TOGETHER]
        done = subprocess.run(command, env=display.environment(), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
