"""Connections to the X display, which several threads may make at the same time.

xcffib keeps the extensions in one dict: importing one changes it, making a connection goes through it. So all that the
agent uses are imported here, before the first connection.
"""

import xcffib
import xcffib.damage
import xcffib.screensaver
import xcffib.xfixes
import xcffib.xinput
import xcffib.xkb
import xcffib.xproto


def connect() -> xcffib.Connection:
    """Connect to DISPLAY; raises xcffib.ConnectionException."""
    return xcffib.connect()
