# SPDX-License-Identifier: Apache-2.0
"""That harness/owners.py, which every workload asks at its end, would see two owners: on histories that are made up."""
import pytest

from harness.owners import Line, Sight, broken, parsed, unsettled

OLD, NEW, NEWER = ("boot1", "10"), ("boot2", "20"), ("boot2", "30")
RECORD = "sheen owner 1\ninstance=a\nnode=oss1\nboot=bo-ot1\npid=10\nepoch=7\nbeat=5\ninterval_ms=500\n"
CLAIM = "sheen claim 1\nclaimant=a\nclaimant_node=oss1\nclaimant_pid=10\n"


def serving(at, life, epoch):
    return Line(at, "OST0000", life, f"serving, epoch {epoch}")


def failover():
    """What one that goes well leaves: the node that served epoch 7 is switched off, another takes the target twice."""
    lines = [Line(1, "OST0000", OLD, "new session of client1:sheen[1]"), serving(5, NEW, 8),
             Line(6, "OST0000", NEW, "registered at the MGS with epoch 8"), serving(8, NEWER, 9),
             Line(9, "OST0000", OLD, "sheen-oss: the target has another owner now: oss2 (process 20, epoch 8)")]
    sights = [Sight("OST0000", OLD, "a", 7), Sight("OST0000", NEW, "b", 0), Sight("OST0000", NEW, "b", 8),
              Sight("OST0000", NEWER, "c", 9)]
    return lines, sights


def test_a_failover_as_it_should_be_is_in_order():
    assert broken(*failover()) == [] and unsettled(*failover()) == []


@pytest.mark.parametrize("line,said", [
    (serving(9, ("boot1", "11"), 9), "epoch 9 is of"),  # both nodes serve it
    (serving(9, NEWER, 9), "after epoch 9 was served"),  # one process twice
    (serving(9, ("boot1", "11"), 8), "after epoch 9 was served"),
    (Line(9, "OST0000", OLD, "new session of client2:sheen[1]"), "after epoch 9 was served"),  # who was seen before only
    (Line(9, "OST0000", OLD, "still the target's owner after a pause of 5000 ms"), "after epoch 9 was served"),
    (Line(9, "OST0000", NEW, "registered at the MGS with epoch 8"), "after epoch 9 was served")])
def test_who_speaks_as_a_server_after_its_successor_is_found(line, said):
    lines, sights = failover()
    found = broken(lines + [line], sights)
    assert len(found) >= 1 and said in "\n".join(found), found


@pytest.mark.parametrize("sight,said", [
    (Sight("OST0000", OLD, "a", 7), "after Sight"),  # it woke up and wrote
    (Sight("OST0000", NEW, "b", 10), "after Sight"),  # whatever it calls itself
    (Sight("OST0000", ("boot1", "11"), "d", 8), "after Sight"),
    (Sight("OST0000", ("boot1", "11"), "d", 9), "epoch 9 is of")])
def test_an_owner_record_that_goes_back_or_to_two_is_found(sight, said):
    lines, sights = failover()
    found = broken(lines, sights + [sight])
    assert len(found) >= 1 and said in "\n".join(found), found


def test_a_history_that_shows_nothing_is_no_proof():
    lines, sights = failover()
    assert unsettled(lines, []) and unsettled(lines[:1], sights)
    assert "has not said that it serves" in unsettled(lines, sights + [Sight("OST0000", ("boot1", "11"), "d", 10)])[0]
    assert "its last owner's record was not seen" in unsettled(lines + [serving(9, ("boot1", "11"), 10)], sights)[0]


def test_a_record_is_read_as_it_is_written_and_half_of_one_is_none():
    assert parsed("OST0000", RECORD + "sum=0\n\n\n" + CLAIM + "sum=0\n\n") == Sight("OST0000", ("boot1", "10"), "a", 7)
    assert parsed("OST0000", RECORD + "\n\n" + CLAIM + "sum=0\n") is None
    assert parsed("OST0000", RECORD + "sum=0\n\n" + CLAIM) is None


def test_the_late_beat_of_one_that_has_lost_its_target_is_no_owner():
    assert parsed("OST0000", RECORD + "sum=0\n" + CLAIM.replace("claimant=a", "claimant=b") + "sum=0\n") is None
