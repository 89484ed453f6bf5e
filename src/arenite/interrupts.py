"""Ctrl-C that cannot get lost."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PAUSE = 0.01
"""Seconds until a lost interrupt comes again: by then the destructor is over."""


@contextmanager
def interrupts_kept() -> Iterator[None]:
    """Within, Ctrl-C ends in a KeyboardInterrupt in the main thread, wherever it struck.

    Python ignores what is raised in a destructor, and wasmtime runs destructors behind each call of a solver; modules
    in C make an ImportError of what interrupts their import.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:  # the caller has plans of its own
        yield
        return
    came = hooked = False
    hook_before = sys.unraisablehook
    again: list[threading.Timer] = []

    def interrupt(_number: int, _frame: Any) -> None:
        nonlocal came
        came = True
        if hooked:  # the machine is so busy that the pause is over before the hook is
            call_again()
            return
        raise KeyboardInterrupt

    def hook(ignored: Any) -> None:
        nonlocal hooked
        if not isinstance(ignored.exc_value, KeyboardInterrupt):
            hook_before(ignored)
            return
        hooked = True
        # Not from here: it would be raised in this function, and ignored like the first one.
        call_again()
        hooked = False

    def call_again() -> None:
        timer = threading.Timer(PAUSE, _interrupt_main)
        timer.daemon = True
        again.append(timer)
        timer.start()

    sys.unraisablehook = hook
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
        if came:
            raise KeyboardInterrupt
    except Exception as error:
        if came:
            raise KeyboardInterrupt from error
        raise
    finally:
        for timer in again:
            timer.cancel()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.unraisablehook = hook_before


def _interrupt_main() -> None:
    if hasattr(signal, "pthread_kill"):  # ends a sleep, too
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()
