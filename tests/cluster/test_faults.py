# SPDX-License-Identifier: Apache-2.0
"""Everything around the targets that can go wrong, one thing at a time, under a workload on two mounts."""
import time

import pytest

from harness import crm, network, power
from harness import node as nodes
from harness.layout import NODES, OSTS, PAIRS, TARGETS
from harness.marks import NODE_OFF


def test_a_suspended_process_is_replaced_without_fencing(cluster):
    place, before = cluster.where("OST0001"), cluster.epochs()["OST0001"]
    since = time.time()
    workload = cluster.workload()
    cluster.execute(place, "kill", "-STOP", str(cluster.pid("OST0001")))
    cluster.lives_again("OST0001", before)
    assert workload.finish() < 30  # a monitor's interval, its limit, a stop and a start
    assert cluster.where("OST0001") == place
    assert cluster.epochs()["OST0001"] == before + 1
    assert cluster.fencings(since) == []


def test_a_node_whose_corosync_dies_is_fenced(cluster):
    since = time.time()
    workload = cluster.workload()
    cluster.execute("oss1", "pkill", "-KILL", "-x", "corosync")
    cluster.was_fenced("oss1", since)
    cluster.served_by("oss2", OSTS)
    workload.finish()
    assert cluster.fencings(since) == ["oss1"]
    assert {cluster.where(label) for label in OSTS} == {"oss2"}


# A pacemakerd that was started again has found its daemons and not started them: it asks now and then whether they live, and
# finds out late that one has died; the other node may fence this one first. So its own end is tried on another node than theirs.
@pytest.mark.parametrize("daemon,node", [("pacemakerd", "oss2"), ("pacemaker-attrd", "oss1")])
def test_pacemaker_dying_does_not_touch_the_targets(cluster, daemon, node):
    before = cluster.epochs()
    since = time.time()
    workload = cluster.workload()
    kill_pacemakers(cluster, daemon, node)
    assert workload.finish() < 2
    assert cluster.epochs() == before
    assert cluster.fencings(since) == []


@pytest.mark.parametrize("daemon", ["pacemaker-execd", "pacemaker-controld"])
def test_a_controller_that_dies_touches_the_targets_only_if_its_node_is_fenced(cluster, daemon):
    """The executor's end is the controller's as well. It is back in a third of a second; when the other node's scheduler is asked
    just then, Pacemaker fences ("peer process is no longer available")."""
    before = cluster.epochs()
    since = time.time()
    workload = cluster.workload()
    kill_pacemakers(cluster, daemon, "oss1")
    pause = workload.finish()
    if cluster.fencings(since):
        NODE_OFF.allow(pause)
        assert cluster.fencings(since) == ["oss1"]
        cluster.served_by("oss2", OSTS)
    else:
        assert pause < 2
        assert cluster.epochs() == before


def kill_pacemakers(cluster, daemon, node):
    cluster.execute(node, "pkill", "-KILL", "-f", f"/{daemon}$")
    time.sleep(8)  # a monitor of each target, and what the network's agent puts off


def test_of_two_nodes_that_cannot_see_each_other_one_is_fenced_once(cluster):
    since = time.time()
    workload = cluster.workload()
    network.cut(NODES["oss1"], "cluster")
    cluster.until(lambda: cluster.fencings(since))
    time.sleep(3)  # in which the other could be shot
    cluster.until(lambda: len({cluster.where(label) for label in OSTS}) == 1)
    workload.finish()
    fenced = cluster.fencings(since)
    assert len(fenced) == 1, fenced
    survivor = "oss2" if fenced == ["oss1"] else "oss1"
    assert {cluster.where(label) for label in OSTS} == {survivor}


def test_a_node_that_is_cut_off_from_the_data_network_loses_its_targets_and_nobody_is_fenced(cluster):
    since = time.time()
    workload = cluster.workload()
    network.cut(NODES["oss1"], "data")
    cluster.served_by("oss2", OSTS)
    assert workload.finish() < 30
    assert {cluster.where(label) for label in OSTS} == {"oss2"}
    assert cluster.fencings(since) == []


def test_nothing_moves_when_both_nodes_are_cut_off_from_the_data_network(cluster):
    before = {label: cluster.where(label) for label in OSTS}
    since = time.time()
    workload = cluster.workload()
    for name in "oss1", "oss2":
        network.cut(NODES[name], "data")
    time.sleep(15)  # longer than a lonely node's targets would wait
    for name in "oss1", "oss2":
        network.heal(NODES[name])
    workload.finish()
    assert {label: cluster.where(label) for label in OSTS} == before
    assert cluster.fencings(since) == []


def test_a_stop_that_hangs_ends_in_fencing(cluster):
    since = time.time()
    cluster.execute("oss1", "pcs", "resource", "update", "demo-OST0000", "op", "stop", "timeout=15s")
    # A umount(8) that never returns, before the real one in the agents' path; it does not outlive the node.
    cluster.execute("oss1", "sh", "-c", "printf '#!/bin/sh\nexec sleep 600\n' >/run/umount && chmod +x /run/umount &&"
                    " mount --bind /run/umount /bin/umount")
    try:
        workload = cluster.workload()
        cluster.execute("oss1", "pcs", "resource", "move", "demo-OST0000", "--wait=1", check=False)
        cluster.was_fenced("oss1", since)
        cluster.served_by("oss2", OSTS)
        workload.finish()
        assert cluster.fencings(since) == ["oss1"]
        assert cluster.where("OST0000") == "oss2"
    finally:
        cluster.execute("oss2", "pcs", "resource", "clear", "demo-OST0000", check=False)
        cluster.execute("oss2", "pcs", "resource", "update", "demo-OST0000", "op", "stop", "timeout=120s")


def test_a_full_ost_is_told_to_the_application_and_to_the_administrator_and_moves_nowhere(cluster):
    before = cluster.epochs()
    since = time.time()
    client = "client1"
    cluster.execute(client, "sheen", "setstripe", "-i", "3", "-c", "1", "/mnt/demo/filler")
    try:
        done = cluster.execute(client, "dd", "if=/dev/zero", "of=/mnt/demo/filler", "bs=1M", "count=4096", check=False)
        assert done.returncode != 0 and "No space left" in done.stderr, done
        crm_mon = "crm_mon", "--one-shot", "--output-as=xml"
        cluster.until(lambda: "degraded" in cluster.execute("oss1", *crm_mon).stdout.lower(), timeout=30)
    finally:
        cluster.execute(client, "rm", "-f", "/mnt/demo/filler")
    # The MDT has the object destroyed once the removal is durable, and looks at the space every few seconds.
    cluster.until(lambda: cluster.execute(client, "sheen", "setstripe", "-i", "3", "-c", "1", "/mnt/demo/filler"), timeout=30)
    cluster.workload().finish()
    assert cluster.epochs() == before
    assert cluster.fencings(since) == []


def test_a_failover_that_fails_is_tried_again(cluster):
    before = cluster.epochs()
    since = time.time()
    workload = cluster.workload()
    power.ask(do="off", node="oss1")
    # As soon as it lives on the other node: before it serves, for it watches the record of the old one for a second.
    kill = "pkill", "-KILL", "-f", "sheen-oss.*demo-OST0000"
    cluster.until(lambda: cluster.execute("oss2", *kill, check=False).returncode == 0, timeout=20)
    cluster.served_by("oss2", OSTS)
    assert crm.failures("OST0000", "oss2") >= 1  # while a DC is elected Pacemaker counts one death more than once (ADR 8)
    workload.finish()
    assert cluster.where("OST0000") == "oss2"
    assert cluster.epochs()["OST0000"] > before["OST0000"]
    assert cluster.fencings(since) == ["oss1"]


def test_a_node_whose_fence_device_fails_is_waited_for(cluster):
    """It is dead, but nobody knows: only when the device works again may the other have its targets."""
    before = cluster.epochs()
    since = time.time()
    workload = cluster.workload()
    power.ask(do="mode", node="oss1", mode="fail")
    power.ask(do="off", node="oss1")
    cluster.until(lambda: len(cluster.fencings(since)) > 1)
    time.sleep(3)  # in which the other could take them
    told = cluster.execute("oss2", "sheen", "ha", "status", check=False)
    assert told.returncode == 1 and "oss1  UNCLEAN" in told.stdout and "oss1 waits to be fenced" in told.stdout, told
    said = cluster.execute("oss2", "sheen", "ha", "doctor", check=False).stdout
    assert "it is gone and could not be fenced: its targets wait" in said and "pcs stonith confirm oss1" in said, said
    assert {label: bool(cluster.owner("oss2", label)) for label in OSTS} == \
        {label: TARGETS[label].nodes[0] == "oss2" for label in OSTS}  # what is mounted there
    assert cluster.epochs() == before
    power.ask(do="mode", node="oss1", mode="honest")
    cluster.served_by("oss2", OSTS)
    workload.finish()
    assert set(cluster.fencings(since)) == {"oss1"}


def test_a_pair_that_was_off_and_comes_back_goes_on(cluster):
    """The first that is back knows nothing of the other, which may have never been off: it neither starts nor fences anything."""
    since = time.time()
    cluster.execute("oss1", "pcs", "property", "set", "dc-deadtime=2s")  # or it decides nothing at all for 20 s
    try:
        workload = cluster.workload()
        for name in "oss1", "oss2":
            power.ask(do="off", node=name)
        for name in "oss1", "oss2":
            power.ask(do="on", node=name)
        for node in PAIRS["oss"]:
            nodes.wait_booted(node)
        cluster.execute("oss1", "pcs", "cluster", "start")
        cluster.until(lambda: crm.decides(NODES["oss1"]))
        time.sleep(3)  # in which it could start or fence
        assert {label: crm.where(label, "oss1") for label in OSTS} == dict.fromkeys(OSTS, "")
        assert cluster.execute("oss1", "pgrep", "-x", "sheen-oss", check=False).returncode == 1
        cluster.execute("oss2", "pcs", "cluster", "start")
        cluster.until(lambda: all(crm.where(label, "oss2") for label in OSTS))
    finally:
        cluster.execute("oss2", "pcs", "property", "unset", "dc-deadtime", check=False)
    workload.finish()
    assert {cluster.where(label) for label in OSTS} <= {"oss1", "oss2"}
    assert cluster.fencings(since) == []


def test_an_ost_fails_over_while_the_mgs_is_away(cluster):
    since = time.time()
    cluster.execute("mds1", "pcs", "resource", "disable", "demo-MGT", "--wait=30", timeout=60)
    try:
        workload = cluster.workload()
        power.ask(do="off", node="oss1")
        cluster.served_by("oss2", OSTS)
        workload.finish()
    finally:
        cluster.execute("mds1", "pcs", "resource", "enable", "demo-MGT", "--wait=30", timeout=60)
    assert cluster.fencings(since) == ["oss1"]


def test_a_wrong_parameter_stops_its_target_only_and_fences_nobody(cluster):
    before = cluster.epochs()
    since = time.time()
    workload = cluster.workload()
    cluster.execute("oss1", "pcs", "resource", "update", "demo-OST0003", "directory=relative", "--force")
    time.sleep(6)
    cluster.execute("oss1", "pcs", "resource", "update", "demo-OST0003", "directory=", "--force")
    cluster.execute("oss1", "crm_resource", "--cleanup", "--resource", "demo-OST0003", timeout=60)
    workload.finish()
    after = cluster.epochs()
    assert {label for label in before if after[label] != before[label]} == {"OST0003"}
    assert cluster.fencings(since) == []
