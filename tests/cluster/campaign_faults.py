# SPDX-License-Identifier: Apache-2.0
"""What takes too long for every check: rarer faults, and many in a row, chosen by SHEEN_CAMPAIGN_SEED."""
import os
import random
import time

import pytest

from harness import network, power
from harness.layout import NODES, OSTS, TARGETS, targets_of

SEED = int(os.environ.get("SHEEN_CAMPAIGN_SEED", "1"))


def lose_a_third_for_a_while(cluster, which):
    workload = cluster.workload()
    network.lose(NODES["oss1"], which, percent=30)
    time.sleep(20)
    network.heal(NODES["oss1"])
    workload.finish()


def test_a_cluster_network_that_loses_a_third_of_everything_costs_one_node_once_at_most(cluster):
    """A token of a second does not survive that for long."""
    since = time.time()
    lose_a_third_for_a_while(cluster, "cluster")
    assert len(cluster.fencings(since)) <= 1


def test_a_data_network_that_loses_a_third_of_everything_moves_nothing_and_fences_nobody(cluster):
    before = {label: cluster.where(label) for label in OSTS}
    since = time.time()
    lose_a_third_for_a_while(cluster, "data")
    assert {label: cluster.where(label) for label in OSTS} == before
    assert cluster.fencings(since) == []


@pytest.mark.parametrize("direction", ["in", "out"])
def test_a_network_that_works_in_one_direction_only_costs_one_node(cluster, direction):
    since = time.time()
    workload = cluster.workload()
    network.cut(NODES["oss1"], "cluster", direction)
    cluster.until(lambda: cluster.fencings(since))
    time.sleep(3)
    cluster.until(lambda: len({cluster.where(label) for label in OSTS}) == 1)
    workload.finish()
    assert len(cluster.fencings(since)) == 1


def test_somebody_who_sits_in_a_targets_directory_does_not_keep_it_from_moving(cluster):
    since = time.time()
    place = cluster.where("OST0000")
    cluster.execute(place, "sh", "-c", "cd /srv/sheen/demo-OST0000 && exec setsid sleep 600 >/dev/null 2>&1 &")
    workload = cluster.workload()
    cluster.execute(place, "pcs", "resource", "move", "demo-OST0000", timeout=90)
    workload.finish()
    assert cluster.where("OST0000") != place
    assert cluster.fencings(since) == []


def test_pacemaker_can_be_restarted_under_running_targets_in_maintenance_mode(cluster):
    before = cluster.epochs()
    since = time.time()
    workload = cluster.workload()
    cluster.execute("oss1", "pcs", "property", "set", "maintenance-mode=true")
    try:
        for node in "oss1", "oss2":
            cluster.execute(node, "systemctl", "restart", "pacemaker", timeout=90)
        cluster.until(lambda: sorted(cluster.online("oss")) == ["oss1", "oss2"])
    finally:
        cluster.execute("oss1", "pcs", "property", "set", "maintenance-mode=false")
    time.sleep(5)
    assert workload.finish() < 2
    assert cluster.epochs() == before
    assert cluster.fencings(since) == []


def test_a_target_that_moves_while_its_clients_come_back_is_found_in_the_end(cluster):
    since = time.time()
    before = cluster.epochs()["MDT0000"]
    workload = cluster.workload()
    place = cluster.where("MDT0000")
    cluster.execute(place, "kill", "-9", str(cluster.pid("MDT0000")))
    # The plain move is refused for what does not run at the moment.
    cluster.execute(place, "pcs", "resource", "move-with-constraint", "demo-MDT0000")
    try:
        cluster.until(lambda: cluster.where("MDT0000") != place)
        cluster.lives_again("MDT0000", before)
    finally:
        cluster.execute(place, "pcs", "resource", "clear", "demo-MDT0000")
    workload.finish()
    assert cluster.where("MDT0000") != place
    assert cluster.fencings(since) == []


def kill(cluster, chance):
    label = chance.choice(list(TARGETS))
    place, before = cluster.where(label), cluster.epochs()[label]
    cluster.execute(place, "kill", "-9", str(cluster.pid(label)))
    cluster.lives_again(label, before)
    return f"killed {label}"


def move(cluster, chance):
    label = chance.choice(list(TARGETS))
    cluster.execute(cluster.where(label), "pcs", "resource", "move", f"demo-{label}", timeout=60)
    return f"moved {label}"


def kill_at_once(cluster, chance):
    """Everything of one pair at the same moment."""
    labels = chance.choice([["MGT", "MDT0000"], OSTS])
    before = cluster.epochs()
    for label in labels:
        cluster.execute(cluster.where(label), "kill", "-9", str(cluster.pid(label)))
    for label in labels:
        cluster.lives_again(label, before[label])
    return f"killed {' '.join(labels)}"


def switch_off(cluster, chance):
    node = chance.choice(["mds1", "mds2", "oss1", "oss2"])
    since = time.time()
    power.ask(do="off", node=node)
    cluster.was_fenced(node, since)
    pair = NODES[node].pair
    cluster.until(lambda: all(cluster.where(target.label) != node for target in targets_of(pair)))
    cluster.mend_pair(pair)
    return f"switched off {node}"


def test_whatever_happens_one_after_the_other_no_application_sees_an_error(cluster):
    chance = random.Random(SEED)
    for _ in range(3):
        workload = cluster.workload()
        for _ in range(4):
            print(chance.choice([kill, kill, move, kill_at_once, switch_off])(cluster, chance), flush=True)
        workload.finish()
