# SPDX-License-Identifier: Apache-2.0
"""ocf:sheen:target monitor: a probe only says whether anything is here; a recurring monitor says how it is."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest

from agent import AGENT, BIN, DEGRADED, GENERIC, NOT_RUNNING, SUCCESS, in_place_of, is_alive, without


def test_a_probe_where_nothing_is_says_not_running_and_nothing_else(plain, scratch):
    for name, value in [("target", "demo-OST0007"), ("target", "nonsense"), ("target", ""), ("device", "/dev/sheen-not-there"),
                        ("directory", str(scratch / "not-there")), ("launcher", "upstart"), ("ping_timeout", "soon")]:
        before = dict(plain.parameters)
        plain.parameters[name] = value
        answer = plain.probe()
        assert answer.code == NOT_RUNNING and answer.text == "", (name, answer)
        plain.parameters = before


def test_a_probe_on_a_node_without_sheen_says_not_running(plain, scratch):
    plain.path = without(scratch, "sheen", "sheen-mgs", "sheen-mds", "sheen-oss")
    assert plain.probe().code == NOT_RUNNING


def test_a_probe_finds_what_runs_however_sick(plain):
    assert plain.start().code == SUCCESS
    assert plain.probe().code == SUCCESS
    os.kill(plain.pid(), signal.SIGSTOP)
    assert plain.probe().code == SUCCESS


def test_a_probe_finds_a_mount_that_was_left(on_disk):
    assert on_disk.start().code == SUCCESS
    os.kill(on_disk.pid(), signal.SIGKILL)
    while on_disk.pids():
        time.sleep(0.01)
    assert on_disk.probe().code == SUCCESS


def test_a_target_that_serves_is_well_at_every_level(on_disk):
    assert on_disk.start().code == SUCCESS
    for level in None, 0, 10, 20, 15, 99:
        assert on_disk.monitor(level=level).code == SUCCESS, level
    assert (on_disk.directory / "PROBE").exists()


def test_a_target_that_was_stopped_is_not_running(on_disk):
    assert on_disk.monitor().code == NOT_RUNNING
    assert on_disk.start().code == SUCCESS
    assert on_disk.stop().code == SUCCESS
    answer = on_disk.monitor()
    assert answer.code == NOT_RUNNING and answer.reason == "", answer


def test_a_target_whose_process_died_has_failed(plain):
    assert plain.start().code == SUCCESS
    os.kill(plain.pid(), signal.SIGKILL)
    while plain.pids():
        time.sleep(0.01)
    answer = plain.monitor()
    assert answer.code == GENERIC and "gone" in answer.reason, answer


def test_a_suspended_process_has_failed_within_the_limit(plain):
    plain.parameters["ping_timeout"] = 2
    assert plain.start().code == SUCCESS
    os.kill(plain.pid(), signal.SIGSTOP)
    answer = plain.monitor()
    assert answer.code == GENERIC and "does not answer" in answer.reason and answer.seconds < 6, answer


def test_a_lane_that_stands_still_has_failed(plain):
    plain.parameters |= {"arguments": "--unlock-unsafe", "lane_timeout": 2}
    assert plain.start().code == SUCCESS
    plain.sheen("fault", "arm", plain.label, "target.lane.before_commit=delay:300000")
    asking = subprocess.Popen([str(BIN / "sheen"), "--mgs", "127.77.0.1", "--fsname", plain.label[:-4], "param",
                               "set", "session.timeout_ms", "50000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(3.5)
        answer = plain.monitor()
        assert answer.code == GENERIC and "has not handled anything" in answer.reason, answer
    finally:
        asking.kill()
        asking.wait()


def test_a_mount_that_was_taken_away_has_failed(on_disk):
    assert on_disk.start().code == SUCCESS
    subprocess.run(["umount", "--lazy", str(on_disk.directory)], check=True)
    answer = on_disk.monitor()
    assert answer.code == GENERIC and "no longer mounted" in answer.reason, answer


def test_storage_that_is_not_reached_fails_the_second_level_and_not_the_first(plain):
    plain.parameters |= {"arguments": "--unlock-unsafe --fault target.guard.beat=drop", "lane_timeout": 2}
    assert plain.start().code == SUCCESS
    time.sleep(3)
    assert plain.monitor().code == SUCCESS
    answer = plain.monitor(level=10)
    assert answer.code == GENERIC and "storage" in answer.reason, answer


def test_storage_that_cannot_be_written_fails_the_third_level_and_not_the_second(plain):
    plain.parameters["arguments"] = "--unlock-unsafe --fault target.check.probe=error:5"
    assert plain.start().code == SUCCESS
    assert plain.monitor(level=10).code == SUCCESS
    answer = plain.monitor(level=20)
    assert answer.code == GENERIC and "cannot write" in answer.reason, answer


def test_storage_that_hangs_fails_the_third_level_in_time(plain):
    plain.parameters |= {"arguments": "--unlock-unsafe --fault target.check.probe=delay:60000", "stop_grace": 2}
    assert plain.start().code == SUCCESS
    answer = plain.monitor(level=20, timeout=15)
    assert answer.code == GENERIC and "in time" in answer.reason, answer
    assert plain.stop(timeout=30).code == SUCCESS


def test_a_nearly_full_target_is_degraded(on_disk):
    assert on_disk.start().code == SUCCESS
    with open(on_disk.directory / "filler", "wb") as file:
        space = os.statvfs(on_disk.directory)
        os.posix_fallocate(file.fileno(), 0, int(space.f_bavail * space.f_frsize * 0.97))
    time.sleep(3)  # it looks every two seconds
    answer = on_disk.monitor()
    assert answer.code == SUCCESS and answer.reason == "", answer
    answer = on_disk.monitor()
    assert answer.code == DEGRADED and "full" in answer.reason, answer
    (on_disk.directory / "filler").unlink()
    time.sleep(3)
    assert on_disk.monitor().code == SUCCESS


def test_the_first_monitor_of_each_interval_does_not_say_that_a_target_is_degraded(plain, scratch):
    """Pacemaker would take that monitor for pending, and pcs would wait for it, until it says something else."""
    assert plain.start().code == SUCCESS
    well, sick = plain.path, f"{in_place_of(scratch, 'sheen', 'exit 127')}:{plain.path}"
    plain.path = sick
    assert [plain.act("monitor", interval=61000, level=10).code for _ in range(2)] == [SUCCESS, DEGRADED]
    assert [plain.monitor().code for _ in range(2)] == [SUCCESS, DEGRADED]
    assert plain.probe().code == SUCCESS  # after which Pacemaker begins anew
    assert [plain.monitor().code for _ in range(2)] == [SUCCESS, DEGRADED]
    plain.path = well
    assert plain.stop().code == SUCCESS and plain.start().code == SUCCESS
    plain.path = sick
    assert plain.monitor().code == SUCCESS


DYING = """
import ctypes, pathlib, sys, threading, time
libc = ctypes.CDLL(None)
libc.prctl(15, sys.argv[1].encode(), 0, 0, 0)
threading.Thread(target=time.sleep, args=(600,)).start()
print("ready", flush=True)
libc.pthread_exit(None)
"""


def test_a_process_whose_first_thread_has_ended_is_the_targets_until_its_last_one_has(plain):
    """As one that was killed while another of its threads is still in a write."""
    with subprocess.Popen(["/usr/bin/python3", "-c", DYING, "sheen-mgs"], stdout=subprocess.PIPE) as dying:
        try:
            assert dying.stdout.readline() == b"ready\n"
            while pathlib.Path(f"/proc/{dying.pid}/cmdline").read_bytes():
                time.sleep(0.01)
            assert plain.probe().code == NOT_RUNNING  # another target's
            (plain.run_dir / f"{plain.label}.pid").write_text(f"{dying.pid}\n")
            assert plain.probe().code == SUCCESS
            assert plain.stop().code == SUCCESS
            assert not is_alive(dying.pid)
        finally:
            dying.kill()


def test_a_reload_changes_the_log_level_of_what_runs(plain):
    assert plain.start().code == SUCCESS
    before = plain.pid()
    plain.parameters["loglevel"] = "debug"
    assert plain.act("reload-agent").code == SUCCESS
    assert plain.pid() == before


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_a_monitor_never_touches_the_storage(on_disk):
    assert on_disk.start().code == SUCCESS
    log = on_disk.run_dir / "trace"
    done = subprocess.run(["strace", "-f", "-e", "trace=%file,%desc", "-o", str(log), str(AGENT), "monitor"],
                          env=on_disk.environment(timeout=20000, interval=10000), capture_output=True)
    assert done.returncode == SUCCESS, done
    takes_a_path = re.compile(r"\b(?!execve)\w+\((?:AT_FDCWD, )?\"" + re.escape(str(on_disk.directory)))
    touched = [line for line in log.read_text().splitlines() if takes_a_path.search(line)]
    assert touched == []


def test_a_server_is_not_stopped_because_the_program_that_asks_it_does_not_run(plain, scratch):
    assert plain.start().code == SUCCESS
    plain.path = f"{in_place_of(scratch, 'sheen', 'exit 127')}:{plain.path}"
    assert plain.monitor().code == SUCCESS
    answer = plain.monitor()
    assert answer.code == DEGRADED and "does not run" in answer.reason, answer
