"""The command `equivcheck`, also as `python -m equivcheck`."""

from __future__ import annotations

import io
import sys


def main() -> None:
    """Run the command line; Ctrl-C while it is still being loaded ends it as at any other moment."""
    try:
        from equivcheck.cli import main as run  # noqa: PLC0415  # takes a moment

        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # one that is closed is None
                stream.reconfigure(errors="backslashreplace")  # text from a side may have letters that the terminal has not
        run(prog_name="equivcheck")
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
