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
def test_a_fenced_node_is_told_to_every_mgs(alert, task):
    calls = alert(kind="fencing", task=task, node="oss1", rc="0", desc="Operation reboot of oss1 by oss2",
                  recipient="mds1,mds2 other:7000")
    assert told(calls) == ["sheen --mgs mds1,mds2 ha fenced oss1", "sheen --mgs other:7000 ha fenced oss1"]
    assert any("reboot of oss1" in call for call in calls if call.startswith("logger"))


@pytest.mark.parametrize("task", ["on", "st_notify_fence"])
def test_a_node_that_is_let_in_again_is_told_to_nobody(alert, task):
    """fence_scsi's "on" of a node that joins (unfencing)."""
    calls = alert(kind="fencing", task=task, node="oss1", rc="0", desc="Operation on of oss1 by oss1", recipient="mds1")
    assert told(calls) == [] and len(calls) == 1


def test_a_fencing_that_failed_is_written_down_only(alert):
    calls = alert(kind="fencing", task="reboot", node="oss1", rc="1", desc="Operation reboot of oss1: No data available",
                  recipient="mds1")
    assert told(calls) == [] and len(calls) == 1


@pytest.mark.parametrize("event", [{}, {"kind": "fencing"}, {"kind": "fencing", "task": "off", "rc": "0"},
                                   {"kind": "fencing", "task": "off", "node": "oss1", "rc": "0"},
                                   {"kind": "attribute", "node": "oss1"}, {"kind": "node", "node": "oss1", "desc": "lost"}])
def test_nobody_is_told_of_what_is_no_fencing_or_has_no_recipient(alert, event):
    assert told(alert(**event)) == []


def test_an_mgs_that_does_not_answer_is_written_down(alert):
    (alert.directory / "sheen").write_text("#!/bin/sh\nexit 3\n")
    calls = alert(kind="fencing", task="reboot", node="oss1", rc="0", recipient="mds1")
    assert any("mds1 was not reached" in call for call in calls)


def test_a_monitor_that_went_well_is_no_news(alert):
    assert alert(kind="resource", task="monitor", rsc="demo-OST0000", node="oss1", rc="0", target_rc="0") == []
    assert len(alert(kind="resource", task="monitor", rsc="demo-OST0000", node="oss1", rc="1", target_rc="0", desc="error")) == 1
    assert len(alert(kind="resource", task="start", rsc="demo-OST0000", node="oss1", rc="0", target_rc="0", desc="ok")) == 1
