"""A process that was told to stop ends, even if one of its threads hangs."""

import subprocess
import sys
import time

HANGING = """
import threading, time
from store.waiting import exit_after
threading.Thread(target=time.sleep, args=(60,)).start()
exit_after({seconds}, 3)
"""


def test_a_process_that_hangs_is_ended_with_its_code() -> None:
    started = time.monotonic()
    ended = subprocess.run([sys.executable, "-c", HANGING.format(seconds=0.2)], check=False)
    assert ended.returncode == 3
    assert time.monotonic() - started < 30
