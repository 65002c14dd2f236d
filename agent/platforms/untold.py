"""For systems that do not tell whether their session is used: it counts as open and in use."""

from agent.ports import SessionState


class UntoldSession:
    """Knows nothing of the session."""

    def idle_seconds(self) -> float | None:
        """Return that it is not known."""
        return None

    def state(self) -> SessionState:
        """Return open."""
        return SessionState.OPEN

    def close(self) -> None:
        """Nothing is held."""
