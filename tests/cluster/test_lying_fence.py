# SPDX-License-Identifier: Apache-2.0
"""A fence device that says it has switched a node off, and has not: what fencing cannot see, the targets must."""
import time

from harness import node as nodes
from harness import power
from harness.layout import NODES

# All nodes have this host's kernel, and with it one lock on a target's directory and one view of who has it mounted.
# Two hosts do not: so the lock is made to be unseen, and the target is one on XFS, which nobody checks before it is mounted.
LABEL = "OST0002"
UNSEEN_LOCK = "arguments=--unlock-unsafe --fault target.directory.lock=drop"


def test_a_node_that_was_paused_and_called_dead_neither_writes_nor_answers_when_it_wakes_up(cluster):
    cluster.move("OST0000", "oss2")
    cluster.move(LABEL, "oss1")
    cluster.execute("oss1", "pcs", "resource", "update", f"demo-{LABEL}", UNSEEN_LOCK)
    try:
        assert cluster.where(LABEL) == "oss1"
        before = cluster.epochs()[LABEL]
        workload = cluster.workload()
        power.ask(do="mode", node="oss1", mode="lie")
        since = time.time()
        old = cluster.pid(LABEL)
        nodes.freeze(NODES["oss1"])
        cluster.was_fenced("oss1", since)
        cluster.until(lambda: cluster.owner("oss2", LABEL).get("node") == "oss2", timeout=20)
        nodes.thaw(NODES["oss1"])
        cluster.until(lambda: cluster.execute("oss1", "test", "-d", f"/proc/{old}", check=False).returncode != 0, timeout=10)
        said = cluster.execute("oss1", "journalctl", "-b", "--no-pager", f"_PID={old}").stdout
        assert "has another owner now: oss2" in said, said[-2000:]
        workload.finish()
        place = cluster.where(LABEL)
        assert cluster.owner(place, LABEL)["node"] == place
        assert cluster.epochs()[LABEL] > before
    finally:
        power.ask(do="mode", node="oss1", mode="honest")
        power.ask(do="reset", node="oss1")
        cluster.execute("oss2", "pcs", "resource", "update", f"demo-{LABEL}", "arguments=")
