"""Local worker processes: one thread here tends each of them, so that a death is noticed.

Workers are started as programs of their own, never forked, and do not import the caller's main
module: a script or a notebook needs no guard.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import fcsim
from fcsim.study.outcome import Outcome
from fcsim.study.point import Point, fingerprint

__all__ = ["Pool"]

_LIVES = 3
"""Workers that may die over one point before it is given up."""
_ONE_THREAD = ("OMP", "OPENBLAS", "MKL", "NUMBA", "VECLIB")
_COMMAND = (sys.executable, "-P", "-m", "fcsim.study.worker")


class Pool:
    """Worker processes that last until they are closed.

    They start when there is something to do. When this process ends without closing them, they
    end too.
    """

    def __init__(self) -> None:
        """Start nothing yet."""
        self._tenders: list[_Tender] = []
        self._waiting: SimpleQueue[Point | None] = SimpleQueue()
        self._finished: SimpleQueue[tuple[Point, Outcome | int | Exception]] = SimpleQueue()
        self._left = 0

    def simulate(self, points: Sequence[Point], workers: int) -> Iterator[Outcome]:
        """Yield the outcomes of *points* as they come, from as many *workers*, or more.

        When a worker dies, a new one takes its place and the point runs again; a point that
        takes three workers with it fails. Closing the iterator early ends the workers.
        """
        self._left = len(points)
        try:
            for point in points:
                self._waiting.put(point)
            self._grow(min(workers, len(points)))
            yield from self._answers()
        finally:
            if self._left:
                self.close()

    @property
    def busy(self) -> bool:
        """Whether points are under way."""
        return self._left > 0

    def _grow(self, workers: int) -> None:
        while len(self._tenders) < workers:
            self._tenders.append(_Tender(self._waiting, self._finished))
            self._tenders[-1].start()

    def _answers(self) -> Iterator[Outcome]:
        deaths: Counter[str] = Counter()
        while self._left:
            point, outcome = self._finished.get()
            if isinstance(outcome, Exception):
                raise outcome
            if isinstance(outcome, int):
                deaths[point.key] += 1
                if deaths[point.key] < _LIVES:
                    self._waiting.put(point)
                    continue
                outcome = Outcome(point.key, {}, 0.0, _obituary(outcome))
            self._left -= 1
            yield outcome

    def close(self) -> None:
        """End the workers, in the midst of their work if need be; others start when needed."""
        tenders, waiting = self._tenders, self._waiting
        self._tenders, self._waiting, self._finished = [], SimpleQueue(), SimpleQueue()
        self._left = 0
        for _ in tenders:
            waiting.put(None)
        for tender in tenders:
            tender.end()


def _obituary(code: int) -> str:
    how = f"by signal {-code}" if code < 0 else f"with code {code}"
    memory = ", as happens when memory runs out" if code == -9 else ""
    return f"WorkerDied: {_LIVES} workers ended {how} over this point{memory}"


class _Tender(Thread):
    """Hands points to one worker process and passes on its answers, or the code it ended with."""

    def __init__(
        self,
        waiting: SimpleQueue[Point | None],
        finished: SimpleQueue[tuple[Point, Outcome | int | Exception]],
    ) -> None:
        super().__init__(daemon=True)
        self._waiting = waiting
        self._finished = finished
        self._worker: subprocess.Popen[bytes] | None = None
        self._ending = False

    def run(self) -> None:
        """Work until there is nothing more to do."""
        while (point := self._waiting.get()) is not None and not self._ending:
            try:
                self._finished.put((point, self._ask(point)))
            except Exception as error:
                self._finished.put((point, error))

    def _ask(self, point: Point) -> Outcome | int:
        if self._worker is None or self._worker.poll() is not None:
            self._worker = _start()
        if self._ending:
            self._worker.kill()
        try:
            return _exchange(self._worker, point)
        except (EOFError, OSError, pickle.UnpicklingError):
            self._worker.kill()
            return self._worker.wait()

    def end(self) -> None:
        """End the worker, in the midst of its work if need be."""
        self._ending = True
        if self._worker is not None:
            self._worker.kill()
        self.join()
        if self._worker is not None:
            self._worker.communicate()


def _exchange(worker: subprocess.Popen[bytes], point: Point) -> Outcome:
    assert worker.stdin is not None
    assert worker.stdout is not None
    pickle.dump((point, fingerprint()), worker.stdin)
    worker.stdin.flush()
    outcome: Outcome = pickle.load(worker.stdout)
    return outcome


def _start() -> subprocess.Popen[bytes]:
    """Start a worker that finds this fcsim and computes on one thread."""
    path = [str(Path(fcsim.__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, path)),
        **{f"{name}_NUM_THREADS": "1" for name in _ONE_THREAD},
    }
    pipe = subprocess.PIPE
    return subprocess.Popen(_COMMAND, stdin=pipe, stdout=pipe, env=environment)
