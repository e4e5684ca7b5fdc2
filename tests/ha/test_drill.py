# SPDX-License-Identifier: Apache-2.0
"""What a drill leaves behind that does not come to its end: a line in its history, and nothing else."""
import glob
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

from scheduler import BIN, simulate

# After this fencing nobody serves anything.
PCS = """#!/bin/sh
[ "$1 $2" = "stonith fence" ] || exit 1
crm_simulate --xml-file "$CIB_file" --node-down oss1 --node-down oss2 --save-output "$CIB_file" >/dev/null
touch "$CIB_file.fenced"
"""
MOUNT = """#!/bin/sh
exec mount -t tmpfs sheen-test "$2"
"""
# A file system that never answers. Its process ends when the mount is cut off, as FUSE's do.
SILENT_MOUNT = """#!/usr/bin/python3
import ctypes, os, sys
fuse = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={fuse},rootmode=40000,user_id=0,group_id=0".encode()
if ctypes.CDLL(None).mount(b"sheen-test", sys.argv[2].encode(), b"fuse", 0, options) != 0:
    sys.exit("no FUSE")
if os.fork() == 0:
    os.setsid()
    os.closerange(0, 3)
    with open(os.environ["CIB_file"] + ".server", "w") as file:
        file.write(str(os.getpid()))
    try:
        while True:
            os.read(fuse, 1 << 20)
    except OSError:
        pass
"""


class Drill:
    """Of demo-MDT0000, which oss2 serves, typed on oss1. The tools are found beside the program."""

    def __init__(self, directory, cib, mount):
        self.directory, self.cib, self.history = directory, cib, directory / "drills.jsonl"
        shutil.copy(BIN / "sheen", directory)
        for name, text in ("pcs", PCS), ("crm_node", "#!/bin/sh\necho oss1\n"), ("mount.sheen", mount):
            (directory / name).write_text(text)
            (directory / name).chmod(0o755)
        self.before = set(glob.glob("/tmp/sheen-drill-*"))

    def start(self, *options):
        command = [self.directory / "sheen", "ha", "drill", "demo-MDT0000", "--history-file", self.history,
                   "--file", pathlib.Path(__file__).with_name("pair.toml"), *(() if "--kind" in options else ("--kind", "fence")), *options]
        return subprocess.Popen([str(word) for word in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env={**os.environ, "CIB_file": str(self.cib)})

    def wait_for(self, path):
        end = time.monotonic() + 30
        while not path.exists():
            assert time.monotonic() < end, path
            time.sleep(0.05)

    def remembered(self):
        return [json.loads(line) for line in self.history.read_text().splitlines()] if self.history.exists() else []

    def assert_nothing_is_left(self):
        assert "sheen-drill" not in pathlib.Path("/proc/mounts").read_text()
        assert set(glob.glob("/tmp/sheen-drill-*")) <= self.before


@pytest.fixture
def living(configured, tmp_path):
    path = tmp_path / "living.xml"
    simulate(configured, path, "--node-up", "oss1", "--node-up", "oss2")
    return path


def test_a_drill_after_which_nobody_serves_is_in_the_history_with_its_error(living, tmp_path):
    drill = Drill(tmp_path, living, MOUNT)
    out, errors = (process := drill.start("--timeout", "5")).communicate(timeout=60)
    assert process.returncode == 1 and "after 5 s: Pacemaker does not start it" in errors, (out, errors)
    [record] = drill.remembered()
    assert record["error"] == "after 5 s: Pacemaker does not start it" and not record["passed"], record
    assert record["from"] == "oss2" and record["to"] == "" and record["longest_ms"] >= 5000, record
    drill.assert_nothing_is_left()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("own_mount", [True, False])
def test_a_drill_that_is_stopped_takes_away_what_it_made(living, tmp_path, number, own_mount):
    drill = Drill(tmp_path, living, MOUNT)
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    process = drill.start(*([] if own_mount else ["--mount", mounted]))
    drill.wait_for(living.with_name(living.name + ".fenced"))
    process.send_signal(number)
    out, errors = process.communicate(timeout=20)
    assert process.returncode == 1 and f"the drill was stopped by {number.name}" in errors, (out, errors)
    assert [record["error"] for record in drill.remembered()] == [f"the drill was stopped by {number.name}"]
    drill.assert_nothing_is_left()
    assert list(mounted.iterdir()) == []


@pytest.mark.parametrize("kind", ["fence", "move"])
@pytest.mark.parametrize("stopped", [False, True])
def test_a_drill_does_not_wait_for_a_cluster_that_does_not_settle(living, tmp_path, kind, stopped):
    drill = Drill(tmp_path, living, MOUNT)
    (tmp_path / "pcs").write_text(f"#!/bin/sh\ntouch {living}.asked\nexec sleep 600\n")
    process = drill.start("--kind", kind, "--timeout", "60" if stopped else "5")
    drill.wait_for(living.with_name(living.name + ".asked"))
    if stopped:
        process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=20)
    error = "the drill was stopped by SIGINT" if stopped else "pcs: not finished within 5 s"
    assert process.returncode == 1 and error in errors, (out, errors)
    assert [record["error"] for record in drill.remembered()] == [error]
    drill.assert_nothing_is_left()


@pytest.mark.parametrize("stopped", [False, True])
def test_a_drill_does_not_wait_for_a_mount_that_hangs(living, tmp_path, stopped):
    drill = Drill(tmp_path, living, f"#!/bin/sh\ntouch {living}.asked\nexec sleep 600\n")
    process = drill.start("--timeout", "60" if stopped else "5")
    drill.wait_for(living.with_name(living.name + ".asked"))
    if stopped:
        process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=20)
    assert process.returncode == 1, (out, errors)
    assert ("the drill was stopped by SIGTERM" if stopped else "cannot be mounted: not finished within 5 s") in errors, errors
    drill.assert_nothing_is_left()


@pytest.mark.parametrize("stopped", [False, True])
def test_a_drill_on_a_file_system_that_does_not_answer_ends(living, tmp_path, stopped):
    drill = Drill(tmp_path, living, SILENT_MOUNT)
    process = drill.start("--timeout", "60" if stopped else "5")
    server = living.with_name(living.name + ".server")
    drill.wait_for(server)
    if stopped:
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=30)
    assert process.returncode == 1, (out, errors)
    assert ("the drill was stopped by SIGTERM" if stopped else "after 5 s: the file system does not answer") in errors, errors
    assert drill.remembered() == [], "nothing was broken"
    drill.assert_nothing_is_left()
    end = time.monotonic() + 5
    while pathlib.Path("/proc", server.read_text()).exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not pathlib.Path("/proc", server.read_text()).exists()
