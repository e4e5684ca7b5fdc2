# SPDX-License-Identifier: Apache-2.0
"""The alert agent: whom it tells what, with a `sheen` and a `logger` that only write down how they were called."""
import os
import pathlib
import subprocess

import pytest

AGENT = pathlib.Path(__file__).resolve().parents[2] / "ocf-agents/alert"


@pytest.fixture
def alert(tmp_path):
    for name, code in ("sheen", 0), ("logger", 0):
        tool = tmp_path / name
        tool.write_text(f'#!/bin/sh\necho "{name} $*" >>{tmp_path}/calls\nexit {code}\n')
        tool.chmod(0o755)

    def run(**event):
        (tmp_path / "calls").write_text("")
        environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SHEEN_BIN": str(tmp_path / "sheen"),
                       **{f"CRM_alert_{name}": value for name, value in event.items()}}
        done = subprocess.run([AGENT], env=environment, text=True, capture_output=True, timeout=20)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        return (tmp_path / "calls").read_text().splitlines()
    run.directory = tmp_path
    return run


def told(calls):
    return [call for call in calls if call.startswith("sheen ")]


@pytest.mark.parametrize("task", ["reboot", "off", "st_notify_fence"])
def test_a_fenced_node_is_told_to_every_mgs_as_dead(alert, task):
    calls = alert(kind="fencing", task=task, node="oss1", rc="0", desc="Operation reboot of oss1 by oss2",
                  timestamp_epoch="1763950000", timestamp_usec="051325", recipient="mds1,mds2 other:7000")
    said = "events report fencing oss1 --at 1763950000.051325 --text=Operation reboot of oss1 by oss2 --dead"
    assert sorted(told(calls)) == [f"sheen --mgs mds1,mds2 {said}", f"sheen --mgs other:7000 {said}"]
    assert any("reboot of oss1" in call for call in calls if call.startswith("logger"))


@pytest.mark.parametrize("task", ["on", "st_notify_fence"])
def test_a_node_that_is_let_in_again_is_not_called_dead(alert, task):
    """fence_scsi's "on" of a node that joins (unfencing)."""
    calls = alert(kind="fencing", task=task, node="oss1", rc="0", desc="Operation on of oss1 by oss1", recipient="mds1")
    assert told(calls) == ["sheen --mgs mds1 events report fencing oss1 --at 0.0 --text=Operation on of oss1 by oss1"]


@pytest.mark.parametrize("task", ["reboot", "on"])
def test_a_fencing_that_failed_is_told_as_that_and_nobody_is_called_dead(alert, task):
    calls = alert(kind="fencing", task=task, node="oss1", rc="1", desc=f"Operation {task} of oss1: No data available",
                  recipient="mds1")
    assert len(told(calls)) == 1 and told(calls)[0].endswith(f"{task} of oss1: No data available --failed")


@pytest.mark.parametrize("desc", ["lost", "member"])
def test_a_member_that_comes_or_goes_is_told_and_not_called_dead(alert, desc):
    """Of one that is lost nobody knows whether it still serves: the fencing that follows says it."""
    calls = alert(kind="node", node="oss1", desc=desc, timestamp_epoch="1763950000", timestamp_usec="051325", recipient="mds1")
    assert told(calls) == [f"sheen --mgs mds1 events report node oss1 --at 1763950000.051325 --text={desc}"]


def resource(alert, **event):
    return alert(kind="resource", rsc="demo-OST0000", node="oss1", recipient="mds1", **event)


@pytest.mark.parametrize("task,rc,target_rc,desc,failed", [
    ("start", "0", "0", "ok", False), ("stop", "0", "0", "ok", False), ("start", "1", "0", "error", True),
    ("monitor", "7", "0", "not running", True), ("monitor", "190", "0", "degraded", False),
    ("start", "7", "0", "not running", True)])
def test_what_becomes_of_a_resource_is_told(alert, task, rc, target_rc, desc, failed):
    calls = resource(alert, task=task, rc=rc, target_rc=target_rc, desc=desc)
    assert told(calls) == [f"sheen --mgs mds1 events report resource oss1 --at 0.0 --text={task} of demo-OST0000: {desc} "
                           "--resource demo-OST0000" + (" --failed" if failed else "")]


@pytest.mark.parametrize("rc,target_rc", [("0", "0"), ("7", "7"), ("0", "7")])
def test_a_monitor_that_found_all_well_and_a_probe_are_no_news(alert, rc, target_rc):
    assert resource(alert, task="monitor", rc=rc, target_rc=target_rc) == []


@pytest.mark.parametrize("event", [{}, {"kind": "fencing", "recipient": "mds1"}, {"kind": "fencing", "task": "off", "rc": "0"},
                                   {"kind": "fencing", "task": "off", "node": "oss1", "rc": "0"},
                                   {"kind": "attribute", "node": "oss1", "recipient": "mds1"}])
def test_nobody_is_told_of_what_is_none_of_these_or_of_nobody_or_has_no_recipient(alert, event):
    assert told(alert(**event)) == []


def test_an_mgs_that_is_waited_for_delays_no_other(alert):
    (alert.directory / "sheen").write_text(
        f'#!/bin/sh\n[ "$2" != away ] || sleep 2\necho "sheen $2" >>{alert.directory}/calls\n')
    calls = alert(kind="fencing", task="reboot", node="oss1", rc="0", recipient="away here")
    assert told(calls) == ["sheen here", "sheen away"]


def test_an_mgs_that_does_not_answer_is_written_down(alert):
    (alert.directory / "sheen").write_text("#!/bin/sh\nexit 3\n")
    calls = alert(kind="fencing", task="reboot", node="oss1", rc="0", recipient="mds1")
    assert any("mds1 was not reached" in call for call in calls)
