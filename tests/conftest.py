"""What all tests share."""

import os
import shutil
import signal
import tempfile

import pytest
from hypothesis import settings

# a shared machine may stall in the middle of an example: time is no evidence here
settings.register_profile("equivcheck", deadline=None)
settings.load_profile("equivcheck")

# a shell ignores interrupts for what it starts in the background, and so would every program that the tests start and interrupt
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_COMPILED = "JAX_COMPILATION_CACHE_DIR"


def pytest_configure(config: pytest.Config) -> None:
    """What JAX compiles in one worker, or in an adapter program, is compiled once for a run, and for no other."""
    if _COMPILED not in os.environ:
        folder = os.environ[_COMPILED] = tempfile.mkdtemp(prefix="equivcheck-compiled-")
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")  # many small programs, again and again
        config.add_cleanup(lambda: (shutil.rmtree(folder, ignore_errors=True), os.environ.pop(_COMPILED)))
