"""Run a Python module whose clock can be moved: `python -m … MODULE ARGUMENTS`.

Each line of the standard input is a number of seconds by which its clock jumps, as when somebody
sets the clock of a machine: timers, which run by another clock, go on. The end of the input means
that whoever started the module is gone, and stops it.
"""

import os
import runpy
import signal
import sys
import threading
import time

import time_machine

AHEAD = "SANDBOX_CLOCK_AHEAD"  # the variable that says by how many seconds it is ahead at the start


def main() -> None:
    """Run the module as `python -m` does."""
    module, *arguments = sys.argv[1:]
    start = time.time() + float(os.environ.get(AHEAD, "0"))
    clock = time_machine.travel(start, tick=True).start()
    threading.Thread(target=_follow, args=(clock,), daemon=True).start()
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _follow(clock: time_machine.Traveller) -> None:
    with open(0, "rb", buffering=0, closefd=False) as jumps:
        for jump in jumps:
            clock.shift(float(jump))
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
