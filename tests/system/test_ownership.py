# SPDX-License-Identifier: Apache-2.0
"""A server process that stood still while its target was given to another node: what it had begun, it does not finish."""
import time

import pytest

LABEL = "OST0001"
CLAIM = 4096  # where OWNER says who has claimed the target (lib/target/owner_record.h)


@pytest.fixture
def target(shared_cluster):
    yield shared_cluster.target_dirs[LABEL]
    shared_cluster.start(LABEL)
    shared_cluster.wait_up()


def give_to_another(target):
    with (target / "OWNER").open("r+b") as file:
        file.seek(CLAIM)
        file.write(b"sheen claim 1\nof another node, half written\n")


def store(target):
    return {path.name: path.read_bytes() for path in target.glob("store.db*")}


def epoch(cluster):
    row, = [row for row in cluster.sheen_json("status")["targets"] if row["label"] == f"test-{LABEL}"]
    return row["epoch"]


def test_one_that_lost_its_target_while_it_ended_does_not_close_the_database(shared_cluster, target):
    process = shared_cluster.servers[LABEL]
    shared_cluster.fault(LABEL, "target.guard.beat=drop")  # as if its threads stood still
    shared_cluster.fault(LABEL, "target.lane.goodbye=delay:4000")
    process.terminate()
    time.sleep(2)
    give_to_another(target)
    before = store(target)
    assert process.wait(20) == 1
    assert store(target) == before
    assert "another owner" in shared_cluster.log_text(LABEL)
    assert b"released=1" not in (target / "OWNER").read_bytes()


def test_one_that_lost_its_target_while_it_started_does_not_begin_a_life(shared_cluster, target):
    before = epoch(shared_cluster)
    shared_cluster.stop(LABEL)
    process = shared_cluster.start(LABEL, faults=["target.guard.beat=drop", "store.database.write=delay:4000*1"])
    time.sleep(2)
    assert process.poll() is None
    give_to_another(target)
    assert process.wait(20) == 1
    shared_cluster.start(LABEL)
    shared_cluster.wait_up()
    assert epoch(shared_cluster) == before + 1
    shared_cluster.stop(LABEL)
