"""For systems where window titles are not read yet (macOS): says so by knowing none."""

from agent.ports import WindowInfo


class UntitledWindows:
    """Knows no window."""

    def focused(self) -> WindowInfo:
        """Return that nothing is known."""
        return WindowInfo()

    def shown(self) -> tuple[WindowInfo, ...]:
        """Return that nothing is known."""
        return ()

    def close(self) -> None:
        """Nothing is held."""
