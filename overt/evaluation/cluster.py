"""Units on a Dask cluster (the extra [dask]): one that runs already, or one made of processes here for this run."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.errors import BackEndError, EngineError
from engine.evaluate.tally import Tally
from overt.evaluation.run import Settings, Worker, WorkerLostError, in_order
from overt.evaluation.units import Unit

WAITING = 4
"""Units under way for each thread of the cluster, so that memory stays bounded and nobody waits for work."""
ANSWERS_WITHIN = "10s"


class ClusterError(EngineError):
    """A cluster that does not answer, or a worker that has other libraries than this computer."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """On a cluster. Files and libraries must have the same paths on every worker. `address`: of its scheduler."""

    settings: Settings
    digest: str
    """Of the library set: a worker that compiles another one refuses."""
    address: str | None = None
    count: int = 2
    """Processes to start, where there is no address."""

    def run(self, units: Iterable[Unit]) -> Iterator[tuple[Unit, Tally]]:
        """Yield each unit and what came of it, in order. Raises ClusterError, BackEndError, WorkerLostError."""
        with self._client() as client:
            settings = client.scatter(self.settings, broadcast=True, hash=False)
            most = WAITING * max(1, sum(client.nthreads().values()))

            def submit(unit: Unit) -> Any:
                return client.submit(tally_on_worker, settings, self.digest, unit, pure=False)

            try:
                yield from in_order(units, submit, most)
            except _lost():
                raise WorkerLostError("the cluster lost the workers that had units to screen") from None

    def _client(self) -> Any:
        try:
            import distributed  # noqa: PLC0415  (the extra [dask])
        except ImportError:
            raise BackEndError("--executor dask needs: pip install 'overt[dask]'") from None
        untyped: Any = distributed
        if self.address is None:
            local = untyped.LocalCluster(
                n_workers=self.count, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", silence_logs=40
            )
            return _Local(untyped.Client(local), local)
        try:
            return untyped.Client(self.address, timeout=ANSWERS_WITHIN)
        except (OSError, TimeoutError, ValueError):
            raise ClusterError(f"no scheduler answers at {self.address} (start one: dask scheduler)") from None


def _lost() -> tuple[type[Exception], ...]:
    """Return what comes back in place of a result where workers, or the scheduler, are gone."""
    from distributed import CancelledError, KilledWorker  # noqa: PLC0415  (as above)

    return KilledWorker, CancelledError


@dataclass(frozen=True, slots=True)
class _Local:
    """A client whose cluster ends with it."""

    client: Any
    cluster: Any

    def __enter__(self) -> Any:
        return self.client

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.cluster.close()


_worker: tuple[Settings, Worker] | None = None


def tally_on_worker(settings: Settings, digest: str, unit: Unit) -> Tally:
    """Screen a unit; the screener is made once a worker and run. Raises ClusterError for other libraries."""
    global _worker  # noqa: PLW0603  (as in run.py)
    if _worker is None or _worker[0] is not settings:
        made = Worker(settings)
        if made.library_set.digest != digest:
            raise ClusterError("a worker has other libraries than this computer: put the same files at the same paths")
        _worker = (settings, made)
    return _worker[1].tally(unit)
