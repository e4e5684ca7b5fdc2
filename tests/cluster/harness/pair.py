# SPDX-License-Identifier: Apache-2.0
"""Corosync and Pacemaker on a pair of nodes, set up through pcs as an administrator would."""
import time

from . import node as nodes
from .description import TOKEN_MS
from .layout import PAIRS
from .shell import Failure

PASSWORD = "sheen-test"


def set_up(pair):
    members = PAIRS[pair]
    for member in members:
        nodes.execute(member, "chpasswd", input=f"hacluster:{PASSWORD}\n")
    first = members[0]
    hosts = [word for member in members for word in (member.name, f"addr={member.address('cluster')}")]
    _retry(first, "pcs", "host", "auth", *hosts, "-u", "hacluster", "-p", PASSWORD)
    nodes.execute(first, "pcs", "cluster", "setup", f"sheen-{pair}", *hosts, "totem", f"token={TOKEN_MS}", timeout=120)
    nodes.execute(first, "pcs", "cluster", "start", "--all", "--wait=90", timeout=120)


def _retry(node, *command, timeout=60):
    """pcsd is up a moment after its unit is."""
    end = time.monotonic() + timeout
    while True:
        done = nodes.execute(node, *command, check=False)
        if done.returncode == 0:
            return
        if time.monotonic() > end:
            raise Failure(f"{node.name}: {' '.join(command)}: {done.stdout}{done.stderr}")
        time.sleep(1)

