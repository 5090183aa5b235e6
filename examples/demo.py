"""The demo: prints each command, runs it, and fails unless every one comes out as it must."""

import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "cartpole"
EQUIVCHECK = str(Path(sys.executable).parent / "equivcheck")

EQUIVALENT, DIVERGENT, FIXED, FAILED = 0, 3, 0, 3


def run(words, expected, why):
    """Print a command, run it, and stop the demo where its exit code is not the expected one."""
    print(f"\n# {why}\n$ equivcheck {' '.join(words)}", flush=True)
    code = subprocess.run([EQUIVCHECK, *words], cwd=FOLDER, check=False).returncode
    if code != expected:
        sys.exit(f"the demo failed: exit code {code} where {expected} was expected")


def newest(pair):
    """Return the counterexample that was last found for a pair, relative to the folder."""
    found = sorted((FOLDER / ".equivcheck" / "found" / pair).glob("*.json"), key=lambda file: file.stat().st_mtime)
    if not found:
        sys.exit(f"the demo failed: no counterexample was saved for {pair}")
    return str(found[-1].relative_to(FOLDER))


def main():
    shutil.rmtree(FOLDER / ".equivcheck", ignore_errors=True)
    run(["check", "jax"], EQUIVALENT, "gymnasium's CartPole against this project's JAX port of it")
    run(
        ["check", "phys2d"],
        DIVERGENT,
        "gymnasium's CartPole against the JAX CartPole that gymnasium ships: a constant is a sum where it should be a product",
    )
    run(["check", "sutton_barto"], DIVERGENT, "the same with Sutton and Barto's rewards: the last reward differs as well")
    found = newest("phys2d")
    run(["replay", found], FAILED, "the counterexample, played again")
    run(["replay", found, "--target", "python:ports:fixed"], FIXED, "the same counterexample against a port with the constant put right")
    print("\nAll five came out as they must.")


if __name__ == "__main__":
    main()
