# SPDX-License-Identifier: Apache-2.0
"""Processes and nodes that end, under a workload on two mounts: no application sees more than a pause."""
import time

import pytest

# What a client may wait, in seconds: the marks of the design, doubled for a machine that others use as well.
PROCESS_KILLED = 4
PLANNED_MOVE = 4
NODE_OFF = 16


@pytest.mark.parametrize("label", ["MGT", "MDT0000", "OST0000", "OST0002"])
def test_a_killed_process_is_started_again_in_its_place(cluster, label):
    place, before = cluster.where(label), cluster.epochs()[label]
    since = time.time()
    workload = cluster.workload(8)
    cluster.execute(place, "kill", "-9", str(cluster.pid(label)))
    assert workload.finish() < PROCESS_KILLED
    assert cluster.where(label) == place
    assert cluster.epochs()[label] == before + 1
    assert cluster.fencings(since) == []


@pytest.mark.parametrize("label", ["MGT", "MDT0000", "OST0001", "OST0002"])
def test_a_target_that_is_moved_is_missed_for_a_moment(cluster, label):
    place = cluster.where(label)
    since = time.time()
    workload = cluster.workload(12)
    cluster.execute(place, "pcs", "resource", "move", f"demo-{label}", timeout=60)
    assert workload.finish() < PLANNED_MOVE
    assert cluster.where(label) != place
    assert cluster.fencings(since) == []


@pytest.mark.parametrize("node,other", [("oss1", "oss2"), ("mds2", "mds1"), ("mds1", "mds2")])
def test_a_node_that_is_switched_off_is_fenced_and_its_targets_served_by_the_other(cluster, node, other):
    from harness import power
    since = time.time()
    workload = cluster.workload(20)
    power.ask(do="off", node=node)
    assert workload.finish() < NODE_OFF
    assert cluster.fencings(since) == [node]
    labels = ["MGT", "MDT0000"] if node.startswith("mds") else ["OST0000", "OST0001", "OST0002", "OST0003"]
    assert {cluster.where(label) for label in labels} == {other}
