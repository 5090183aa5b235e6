"""What all tests share."""

import signal

from hypothesis import settings

# a shared machine may stall in the middle of an example: time is no evidence here
settings.register_profile("equivcheck", deadline=None)
settings.load_profile("equivcheck")

# a shell ignores interrupts for what it starts in the background, and so would every program that the tests start and interrupt
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
