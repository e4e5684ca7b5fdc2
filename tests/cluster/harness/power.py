# SPDX-License-Identifier: Apache-2.0
"""What a test asks of the power switch."""
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time

from . import power_switch
from .layout import ROOT, STATE
from .shell import Failure


def start_switch():
    log = (STATE / "switch.err").open("ab")
    process = subprocess.Popen([sys.executable, "-m", "harness.power_switch"], cwd=ROOT / "tests/cluster",
                               stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    log.close()
    end = time.monotonic() + 10
    while not power_switch.PID_FILE.exists():
        if process.poll() is not None or time.monotonic() > end:
            raise Failure(f"the power switch does not start: see {STATE}/switch.err")
        time.sleep(0.05)


def stop_switch():
    """Ends the switch, which switches all nodes off first."""
    try:
        pid = int(power_switch.PID_FILE.read_text())
    except FileNotFoundError:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + 60
        while _is_running(pid):
            if time.monotonic() > end:
                raise Failure(f"the power switch (process {pid}) does not end")
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            time.sleep(0.05)
    power_switch.PID_FILE.unlink(missing_ok=True)


def _is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def ask(timeout=60, **request):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout)
        try:
            connection.connect(str(power_switch.SOCKET))
            connection.sendall(json.dumps(request).encode() + b"\n")
            answer = json.loads(connection.makefile().readline() or "{}")
        except OSError as error:
            raise Failure(f"the power switch does not answer: {error}") from error
    if not answer.get("ok"):
        raise Failure(f"power {request.get('do')} {request.get('node', '')}: {answer.get('error', 'no answer')}")
    return answer


def states():
    return ask(do="list")["nodes"]


def events():
    """What the switch did, oldest first."""
    with contextlib.suppress(FileNotFoundError):
        return [json.loads(line) for line in power_switch.LOG.read_text().splitlines()]
    return []
