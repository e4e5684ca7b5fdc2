# SPDX-License-Identifier: Apache-2.0
"""sheen ha on a living cluster: what it says is so, and what it does is missed by nobody for longer than a moment."""
import json
import re
import time

import pytest

from harness.layout import OSTS
from harness.marks import NODE_OFF, PLANNED_MOVE


def ha(cluster, node, *words, check=True, timeout=120):
    return cluster.execute(node, "sheen", "ha", *words, check=check, timeout=timeout)


def answer(cluster, node, *words, **kwargs):
    return json.loads(ha(cluster, node, "--json", *words, **kwargs).stdout)


@pytest.mark.parametrize("node", ["mds1", "oss2"])
def test_commands_and_a_description_lead_to_the_same_configuration(cluster, node):
    """The one pair was typed with pcs, the other applied."""
    assert ha(cluster, node, "plan").stdout == "nothing to change\n"
    assert ha(cluster, node, "apply").stdout == "nothing to change\n"


def test_an_apply_that_would_stop_what_is_not_ours_changes_nothing(cluster):
    """Made by somebody who has never heard of clusters in which nothing runs without a location."""
    cluster.execute("oss1", "pcs", "property", "set", "symmetric-cluster=true")
    cluster.execute("oss1", "pcs", "resource", "create", "stranger", "ocf:pacemaker:Dummy", "--wait=30")
    try:
        before = cluster.execute("oss1", "pcs", "cluster", "cib", "scope=configuration").stdout
        done = ha(cluster, "oss1", "apply", check=False)
        assert done.returncode == 1 and "stop or move stranger" in done.stderr, done
        assert cluster.execute("oss1", "pcs", "cluster", "cib", "scope=configuration").stdout == before
    finally:
        cluster.execute("oss1", "pcs", "resource", "delete", "stranger")
        cluster.execute("oss1", "pcs", "property", "set", "symmetric-cluster=false")
    assert ha(cluster, "oss1", "plan").stdout == "nothing to change\n"


def test_the_status_says_where_everything_is_and_why(cluster):
    status = answer(cluster, "oss1", "status")
    assert status["quorate"] and status["fencing"]
    assert [node["state"] for node in status["nodes"]] == ["online", "online"]
    rows = {row["label"].split("-")[1]: row for row in status["targets"]}
    assert sorted(rows) == OSTS
    for label, row in rows.items():
        assert row["nodes"] == [cluster.where(label)] and row["why"] == "preferred", row
        assert row["service"].startswith("up, "), row
    people = ha(cluster, "oss1", "status").stdout
    assert "demo-OST0000" in people and "preferred" in people


def test_a_move_is_missed_for_a_moment_and_leaves_no_constraint(cluster):
    workload = cluster.workload()
    said = ha(cluster, "oss1", "move", "demo-OST0000", "oss2").stdout
    PLANNED_MOVE.allow(workload.finish())
    assert cluster.where("OST0000") == "oss2" and "demo-OST0000 is on oss2" in said
    assert "cli-" not in cluster.execute("oss1", "cibadmin", "--query").stdout
    assert "sheen ha rebalance demo-OST0000" in ha(cluster, "oss1", "status").stdout
    assert "oss1" in ha(cluster, "oss1", "rebalance", "--dry-run").stdout
    assert cluster.where("OST0000") == "oss2"
    ha(cluster, "oss1", "rebalance")
    assert cluster.where("OST0000") == "oss1"
    assert ha(cluster, "oss1", "rebalance").stdout == "nothing to move\n"


def test_what_cannot_be_is_refused_in_one_line(cluster):
    for words, said in ((("move", "demo-OST0000", "oss3"), "may not run"), (("move", "demo-OST0009", "oss1"), "no such target"),
                        (("drain", "oss3"), "no such node")):
        done = ha(cluster, "oss1", *words, check=False)
        assert done.returncode == 2 and said in done.stderr and len(done.stderr.splitlines()) == 1, done


def test_a_node_is_drained_and_comes_back_under_load(cluster):
    workload = cluster.workload()
    moved = answer(cluster, "mds1", "drain", "mds2")
    assert [row["target"] for row in moved["moved"]] == ["demo-MDT0000"]
    assert cluster.where("MDT0000") == "mds1"
    assert ha(cluster, "mds1", "drain", "mds1", check=False).returncode == 1  # nobody would be left
    assert "mds2 is in standby" in ha(cluster, "mds1", "status").stdout
    ha(cluster, "mds1", "return", "mds2")
    assert cluster.where("MDT0000") == "mds1"
    ha(cluster, "mds1", "rebalance")
    PLANNED_MOVE.allow(workload.finish())
    assert cluster.where("MDT0000") == "mds2"


@pytest.mark.parametrize("kind,node,label,limit", [
    ("move", "oss1", "OST0001", 4), ("kill", "oss1", "OST0002", 4), ("move", "mds1", "MDT0000", 4), ("kill", "mds1", "MGT", 8),
    ("fence", "oss2", "OST0000", 16)])
def test_a_drill_takes_the_time_of_a_failover_and_writes_it_down(cluster, kind, node, label, limit):
    since = time.time()
    before = cluster.epochs()[label]
    done = answer(cluster, node, "drill", f"demo-{label}", "--kind", kind, "--limit", limit)
    assert done["passed"] and done["error"] == "" and done["uses"] > 20, done
    print(f"drill {kind} {label}: {done['longest_ms'] / 1000:.2f} s")
    assert cluster.epochs()[label] > before
    assert cluster.fencings(since) == (["oss1"] if kind == "fence" else [])
    assert answer(cluster, node, "drill", "--history")[-1] == done
    assert "sheen-drill" not in cluster.execute(node, "cat", "/proc/mounts").stdout


def test_a_drill_that_takes_too_long_fails(cluster):
    done = ha(cluster, "oss1", "drill", "demo-OST0001", "--limit", "0.01", check=False)
    assert done.returncode == 1 and "TOO LONG" in done.stdout, done


def test_the_doctor_finds_what_will_hurt_and_says_how_to_mend_it(cluster):
    assert "ERROR" not in ha(cluster, "oss1", "doctor").stdout
    cluster.execute("oss1", "pcs", "resource", "ban", "demo-OST0000", "oss2")
    cluster.execute("oss1", "systemctl", "enable", "corosync")
    found = ha(cluster, "oss1", "doctor", check=False)
    try:
        assert found.returncode == 1
        assert "pcs resource clear demo-OST0000" in ha(cluster, "oss1", "status").stdout
        assert "left over from a move" in found.stdout and "pcs resource clear demo-OST0000" in found.stdout
        assert "oss2 could not take it" in found.stdout
        assert "corosync.service" in found.stdout and "systemctl disable corosync.service" in found.stdout
    finally:
        cluster.execute("oss1", "pcs", "resource", "clear", "demo-OST0000")
        cluster.execute("oss1", "systemctl", "disable", "corosync")
    assert ha(cluster, "oss1", "doctor").returncode == 0


def test_a_ban_is_cleared_by_the_command_that_the_status_names(cluster):
    """After a start that found nothing installed: Pacemaker counts that for no failure, and keeps the target from there."""
    cluster.execute("oss2", "mv", "/usr/sbin/sheen-oss", "/usr/sbin/sheen-oss.away")
    try:
        assert ha(cluster, "oss1", "move", "demo-OST0000", "oss2", check=False).returncode == 1
    finally:
        cluster.execute("oss2", "mv", "/usr/sbin/sheen-oss.away", "/usr/sbin/sheen-oss")
    told = ha(cluster, "oss1", "status", check=False).stdout
    assert "banned from oss2 since its start failed" in told, told
    command, = set(re.findall(r"pcs resource \w+ demo-OST0000 node=oss2", told))
    cluster.execute("oss1", *command.split())
    cluster.until(lambda: "banned" not in ha(cluster, "oss1", "status", check=False).stdout)
    cluster.move("OST0000", "oss2")


def test_what_pacemaker_is_told_by_hand_works_as_well(cluster):
    since = time.time()
    workload = cluster.workload()
    cluster.execute("oss1", "pcs", "node", "standby", "oss1", "--wait=60", timeout=90)
    assert {cluster.where(label) for label in OSTS} == {"oss2"}
    cluster.execute("oss1", "pcs", "node", "unstandby", "oss1", "--wait=60", timeout=90)
    PLANNED_MOVE.allow(workload.finish())
    assert cluster.fencings(since) == []


def test_a_node_that_is_fenced_by_hand_is_given_up_by_the_clients_at_once(cluster):
    since = time.time()
    taken_over = {("resource", "oss2", f"demo-{label}") for label in OSTS if cluster.where(label) == "oss1"}
    workload = cluster.workload()
    # One that comes on again at once refuses the old connections by itself.
    cluster.execute("oss2", "pcs", "stonith", "fence", "oss1", "--off", timeout=60)
    cluster.served_by("oss2", OSTS)
    NODE_OFF.allow(workload.finish())
    assert cluster.fencings(since) == ["oss1"]
    said = cluster.execute(cluster.where("MGT"), "journalctl", "-b", "--no-pager").stdout
    assert "oss1 is said to be fenced" in said, said[-3000:]
    heard = cluster.execute("client1", "journalctl", "-b", "--no-pager").stdout
    assert "oss1 was fenced" in heard, heard[-3000:]
    cluster.until(lambda: {("fencing", "oss1", ""), ("node", "oss1", "")} | taken_over <= cluster.told(since))
    shown = cluster.execute("client1", "sheen", "events", "list").stdout
    assert re.search(r"fencing +oss1 .*OK", shown) and re.search(r"node +oss1 .*lost", shown), shown
