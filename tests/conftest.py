"""What all tests share."""

from hypothesis import settings

# a shared machine may stall in the middle of an example: time is no evidence here
settings.register_profile("equivcheck", deadline=None)
settings.load_profile("equivcheck")
