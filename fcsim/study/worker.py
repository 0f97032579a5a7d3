"""A process that simulates the points it is sent on stdin and answers on stdout.

It reads on while it computes: when its stdin ends, whoever asked is gone, and it stops at once.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
from queue import SimpleQueue
from threading import Thread
from typing import IO, Any

from fcsim.study.point import simulate

__all__ = ["main"]


def main() -> None:
    """Answer until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asked decides what Ctrl-C means
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that is printed may mix with the answers
    tasks: SimpleQueue[Any] = SimpleQueue()
    Thread(target=_listen, args=(sys.stdin.buffer, tasks), daemon=True).start()
    while True:
        outcome = simulate(*tasks.get())
        pickle.dump(outcome, answers)
        answers.flush()
        gc.collect()


def _listen(stream: IO[bytes], tasks: SimpleQueue[Any]) -> None:
    try:
        while True:
            tasks.put(pickle.load(stream))
    except EOFError:
        os._exit(0)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)  # whoever asked would wait for ever


if __name__ == "__main__":
    main()
