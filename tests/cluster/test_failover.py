# SPDX-License-Identifier: Apache-2.0
"""Processes and nodes that end, under a workload on two mounts: no application sees more than a pause."""
import time

import pytest

from harness import power
from harness.layout import NODES, TARGETS, targets_of
from harness.marks import NODE_OFF, PLANNED_MOVE, PROCESS_KILLED


@pytest.mark.parametrize("label", ["MGT", "MDT0000", "OST0000", "OST0002"])
def test_a_killed_process_is_started_again_in_its_place(cluster, label):
    place, before = cluster.where(label), cluster.epochs()[label]
    since = time.time()
    workload = cluster.workload()
    cluster.execute(place, "kill", "-9", str(cluster.pid(label)))
    cluster.lives_again(label, before)
    PROCESS_KILLED.allow(workload.finish())
    assert cluster.where(label) == place
    assert cluster.epochs()[label] == before + 1
    assert cluster.fencings(since) == []


def test_every_target_that_is_moved_is_missed_for_a_moment(cluster):
    since = time.time()
    workload = cluster.workload()
    for label in TARGETS:
        place = cluster.where(label)
        cluster.execute(place, "pcs", "resource", "move", f"demo-{label}", timeout=60)
        assert cluster.where(label) != place
    PLANNED_MOVE.allow(workload.finish())
    assert cluster.fencings(since) == []


@pytest.mark.parametrize("node,other", [("oss1", "oss2"), ("mds2", "mds1"), ("mds1", "mds2")])
def test_a_node_that_is_switched_off_is_fenced_and_its_targets_served_by_the_other(cluster, node, other):
    since = time.time()
    workload = cluster.workload()
    power.ask(do="off", node=node)
    cluster.was_fenced(node, since)
    cluster.served_by(other, [target.label for target in targets_of(NODES[node].pair)])
    NODE_OFF.allow(workload.finish())
    assert cluster.fencings(since) == [node]
    # Also of the node that the MGS was on, which must live again to be told.
    cluster.until(lambda: {("fencing", node, ""), ("node", node, "")} <= cluster.told(since))


def test_an_mgs_and_an_mdt_that_die_together_are_found_without_anybody_who_could_tell(cluster):
    """As after an earlier failover. The clients' last word from the MGS is where both were."""
    cluster.move("MGT", "mds2")
    since = time.time()
    workload = cluster.workload()
    power.ask(do="off", node="mds2")
    cluster.was_fenced("mds2", since)
    cluster.served_by("mds1", ["MGT", "MDT0000"])
    NODE_OFF.allow(workload.finish())
    assert cluster.fencings(since) == ["mds2"]
