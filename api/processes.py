"""`regulars serve`: one process that serves, or several at one address."""

import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

import structlog

from api.clock import SystemClock
from api.database import DatabaseBusy, DatabaseRefused
from api.keys import KeysRefused, card_keys, image_key
from api.logs import configure_logs
from api.server import (
    StartRefused,
    assemble,
    ignoring,
    open_database,
    production_sender,
    running_app,
    running_worker,
    serve_until_stopped,
)
from api.settings import Settings
from api.slots import engine_slot
from gamification.programme.check import load_programme

RESTART_AFTER_S = 1.0  # a process that dies at once is not started a thousand times a second
EARLY_S = 30.0  # on a busy machine a start may take nearly as long until it fails
EARLY_DEATHS_MAX = 5  # of one process in a row: what they die of does not pass by itself
# Not forked: threads, locks and connections of the parent would be there twice.
_spawning = multiprocessing.get_context("spawn")


def serve_in_this_process(settings: Settings, listener: socket.socket, *, works: bool) -> None:
    """Serve until SIGTERM or SIGINT; with a worker beside the API if it `works`.

    Raises StartRefused, DatabaseRefused, KeysRefused and what a programme file is refused with.
    """
    log, clock = structlog.get_logger(), SystemClock()
    programme = load_programme(settings.programme)
    with ExitStack() as stack:
        if works:
            sender = production_sender(settings)
            slot = stack.enter_context(engine_slot(settings.database_url))
            database = stack.enter_context(open_database(settings, writes=True))
            app = stack.enter_context(
                running_app(
                    slot, settings, database, programme, sender=sender, clock=clock, log=log
                )
            )
        else:
            database = stack.enter_context(open_database(settings))
            app = assemble(
                settings, database, programme, clock=clock, log=log, is_worker_ready=lambda: True
            )
        serve_until_stopped(app, listener)


def work_in_this_process(settings: Settings) -> None:
    """Plan and deliver nudges, and sweep, until SIGTERM or SIGINT. Raises as serving does."""
    log, stopped = structlog.get_logger(), threading.Event()
    with (
        ignoring(signal.SIGTERM, signal.SIGINT, instead=stopped.set),
        engine_slot(settings.database_url) as slot,
        open_database(settings, writes=True) as database,
        running_worker(
            slot,
            database,
            load_programme(settings.programme),
            sender=production_sender(settings),
            clock=SystemClock(),
            log=log,
        ),
    ):
        log.info("working", slot=slot.executor_id)
        stopped.wait()


def serve_in_processes(
    settings: Settings, listeners: Sequence[socket.socket], *, works: bool
) -> None:
    """Serve in a process for each socket until SIGTERM or SIGINT; one that dies is started again.

    The first has the worker beside it if it `works`. What keeps all of them from starting is
    raised here, as in one process; StartRefused too when one dies at each start.
    """
    _check(settings, works=works)
    log, stopping = structlog.get_logger(), threading.Event()
    started_s = [0.0] * len(listeners)
    early_deaths = [0] * len(listeners)

    def start(number: int) -> BaseProcess:
        # Its socket stays open here: who connects while it starts again has to wait, no more.
        process = _spawning.Process(
            target=_serve, args=(settings, listeners[number], works and number == 0)
        )
        process.start()
        started_s[number] = time.monotonic()
        return process

    with ignoring(signal.SIGTERM, signal.SIGINT, instead=stopping.set):
        running = [start(number) for number in range(len(listeners))]
        try:
            while not stopping.is_set():
                dead = set(wait([process.sentinel for process in running], timeout=RESTART_AFTER_S))
                for number, process in enumerate(running):
                    if process.sentinel in dead and not stopping.is_set():
                        process.join()  # or it has no exit code yet
                        log.error("process_died", process=number, exit_code=process.exitcode)
                        is_early = time.monotonic() - started_s[number] < EARLY_S
                        early_deaths[number] = early_deaths[number] + 1 if is_early else 0
                        if early_deaths[number] == EARLY_DEATHS_MAX:
                            raise StartRefused(
                                f"process {number} died {EARLY_DEATHS_MAX} times in a row soon "
                                f"after its start, at last with exit code {process.exitcode}"
                            )
                        time.sleep(RESTART_AFTER_S)
                        running[number] = start(number)
        finally:
            _stop(running)


def _check(settings: Settings, *, works: bool) -> None:
    """Meet every refusal before there are processes, and make what they all need."""
    load_programme(settings.programme)
    card_keys(settings.data_dir)
    image_key(settings.data_dir)
    if works:
        production_sender(settings)
    with ExitStack() as stack:
        if works:
            stack.enter_context(engine_slot(settings.database_url))
        stack.enter_context(open_database(settings, writes=works))


def _serve(settings: Settings, listener: socket.socket, works: bool) -> None:  # noqa: FBT001 -- a process takes its arguments by place
    configure_logs(level=settings.log_level)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        serve_in_this_process(settings, listener, works=works)
    except (StartRefused, DatabaseRefused, DatabaseBusy, KeysRefused) as refusal:
        sys.stderr.write(f"{refusal}\n")
        sys.exit(1)


def _end_with_parent() -> None:
    """A parent that was killed takes its processes along: nobody else could stop them."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


def _stop(processes: Sequence[BaseProcess]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        process.join()
