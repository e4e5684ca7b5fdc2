# SPDX-License-Identifier: Apache-2.0
"""Corosync and Pacemaker on a pair of nodes, set up through pcs as an administrator would."""
import time

from . import node as nodes
from .layout import PAIRS
from .shell import Failure

PASSWORD = "sheen-test"
TOKEN_MS = 1000


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


def fence_devices(pair):
    """One for each node, preferably run by the other. When each takes the other for dead, the second node is shot at
    once and the first has won before its own turn comes."""
    first, second = PAIRS[pair]
    for victim, other, delay in ((first, second, 1), (second, first, 0)):
        name = f"fence-{victim.name}"
        nodes.execute(first, "pcs", "stonith", "create", name, "fence_power_switch", f"pcmk_host_list={victim.name}",
                      f"pcmk_delay_base={delay}s",
                      "op", "monitor", "interval=60s", "timeout=20s")
        nodes.execute(first, "pcs", "constraint", "location", name, "prefers", f"{other.name}=100")
