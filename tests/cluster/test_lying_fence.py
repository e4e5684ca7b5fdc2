# SPDX-License-Identifier: Apache-2.0
"""A fence device that says it has switched a node off, and has not: what fencing cannot see, the targets must."""
import re
import time

from harness import node as nodes
from harness import network, power, trace
from harness.layout import NODES, TARGETS

# All nodes have this host's kernel, and with it one lock on a target's directory, one on its database and one view of who has it
# mounted. Two hosts do not: so the locks are made to be unseen, and the target is one on XFS, which nobody checks before it is
# mounted.
LABEL = "OST0002"
DIRECTORY = TARGETS[LABEL].directory
OSS1 = NODES["oss1"]
UNSEEN_LOCK = "arguments=--unlock-unsafe --fault target.directory.lock=drop"


def assert_that_a_trace_shows_writes_and_answers(process):
    """While it serves: or nobody would know what it means that there are none later."""
    alive = trace.Trace(OSS1, process)
    time.sleep(0.7)
    did = alive.end()
    assert trace.changes(did, DIRECTORY) and trace.messages(did), did[-20:]


def freeze_before_it_reads_what_it_is_asked():
    """In the middle of a request it could stand between its last look at the record and its write, which is fencing's to
    prevent. So it finishes what it has; what the clients send then arrives at a process that stands still."""
    network.cut(OSS1, "data")
    time.sleep(0.3)
    nodes.freeze(OSS1)
    network.heal(OSS1)


def take_away_the_lock_on_its_database(cluster):
    """A copy takes the place of what it has locked. It has the old one, but everything else is the same for both."""
    cluster.execute("oss1", "sh", "-ec", f"cd {DIRECTORY}; for file in store.db*; do cp $file copy; mv copy $file; done")


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
        process = trace.on_host(OSS1, old)
        assert_that_a_trace_shows_writes_and_answers(process)
        freeze_before_it_reads_what_it_is_asked()
        take_away_the_lock_on_its_database(cluster)
        cluster.was_fenced("oss1", since)
        cluster.until(lambda: cluster.epochs().get(LABEL, 0) > before, timeout=20)
        assert cluster.owner("oss2", LABEL)["node"] == "oss2"
        assert trace.waiting_bytes(OSS1, process) > 0  # it wakes up with something to do
        assert trace.shared_mappings(process, DIRECTORY) == []
        woken = trace.Trace(OSS1, process)
        nodes.thaw(OSS1)
        cluster.until(lambda: cluster.execute("oss1", "test", "-d", f"/proc/{old}", check=False).returncode != 0, timeout=10)
        did = woken.end()
        assert any("exit_group(" in line for line in did), did[-20:]
        # One beat may have found its claim before the node stood still; it makes nobody the owner (lib/target/owner_record.h).
        changes = trace.changes(did, DIRECTORY)
        assert len(changes) <= 1 and all(re.search(rf"pwrite64\(\d+<{DIRECTORY}/OWNER>.*, 4096, 0\)", line) for line in changes), changes
        assert trace.messages(did) == []
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
