"""What runs inside a worker process: take an item, answer, and never outlive the driver."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # Spinning threads of a neighbour once made LightGBM 34 times slower.
    "OMP_WAIT_POLICY": "PASSIVE",
    "TOKENIZERS_PARALLELISM": "false",
}
"""Environment of every worker; must be set before the worker's interpreter starts."""

ORPHAN_CHECK_SECONDS = 1.0


def work(connection: Connection, function: Callable[[Any], Any], driver: int) -> None:
    """Answer items until the driver closes the connection.

    Parameters
    ----------
    connection
        Brings ``(index, item)`` and takes ``(index, value)``.
    function
        What is done to an item.
    driver
        Process id of the driver; when it is gone, so is this process.
    """
    os.setpgid(0, 0)  # Ctrl-C in the terminal is for the driver, which then ends the whole group
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _silence()
    threading.Thread(target=_die_with, args=(driver,), daemon=True).start()
    me = os.getpid()
    while True:
        try:
            index, item = connection.recv()
        except (EOFError, OSError):
            return
        answer = function(item)
        if os.getpid() != me:  # a child that the model forked came back from it; the answer is its parent's
            os._exit(0)
        connection.send((index, answer))


def _silence() -> None:
    """Send what libraries print to nowhere: a native progress line would tear the live table."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _die_with(driver: int) -> None:
    while os.getppid() == driver:
        time.sleep(ORPHAN_CHECK_SECONDS)
    os.killpg(0, signal.SIGKILL)
