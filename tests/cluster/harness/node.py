# SPDX-License-Identifier: Apache-2.0
"""Commands on a node."""
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


def boot(node):
    power.ask(do="on", node=node.name)


def wait_booted(node, timeout=60):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        state = execute(node, "systemctl", "is-system-running", check=False).stdout.strip()
        if state in ("running", "degraded"):
            return
        time.sleep(0.2)
    raise Failure(f"{node.name} has not booted within {timeout} s: {state}")
