# SPDX-License-Identifier: Apache-2.0
"""Commands on a node."""
import contextlib
import os
import pathlib
import signal
import time

from . import power, power_switch
from .shell import Failure, run

ENVIRONMENT = ("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8", "TERM=dumb")


def leader(node):
    """The process id of the node's init on this host."""
    try:
        return int(power_switch.leader_file(node).read_text())
    except FileNotFoundError:
        raise Failure(f"{node.name} is off") from None


def inside(node, *command):
    """The words that run a command on the node from here."""
    return ["nsenter", "--target", str(leader(node)), "--all", *ENVIRONMENT, *map(str, command)]


def execute(node, *command, **kwargs):
    return run(*inside(node, *command), **kwargs)


def processes(node):
    """Every process of the node, by its id on this host."""
    inside_of = os.readlink(f"/proc/{leader(node)}/ns/pid")
    out = []
    for proc in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.readlink(proc / "ns/pid") == inside_of:
                out.append(int(proc.name))
    return out


def freeze(node):
    """The whole node stands still, as a virtual machine that is paused."""
    for pid in processes(node):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)


def thaw(node):
    for pid in processes(node):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def boot(node):
    power.ask(do="on", node=node.name)


def wait_booted(node, timeout=60):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        state = execute(node, "systemctl", "is-system-running", check=False).stdout.strip()
        if state in ("running", "degraded"):
            execute(node, "journalctl", "--flush")  # or what it says would end with it
            return
        time.sleep(0.2)
    raise Failure(f"{node.name} has not booted within {timeout} s: {state}")
