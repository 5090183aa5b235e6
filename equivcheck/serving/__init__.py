"""Makes an adapter program of any Backend."""

from equivcheck.backends.local import Refused
from equivcheck.serving.program import serve_program

__all__ = ["Refused", "serve_program"]
