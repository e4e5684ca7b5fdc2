# SPDX-License-Identifier: Apache-2.0
"""A server process that hangs or crashes, seen by the tools that ask after it."""
import os
import signal
import subprocess
import time

from minicluster import BIN, run


def timed(function):
    start = time.monotonic()
    result = function()
    return result, time.monotonic() - start


def test_ping_answers_for_a_process_that_is_well(shared_cluster):
    answer = shared_cluster.sheen_json("ping", "test-OST0001")
    assert answer["state"] == "up" and answer["pid"] == shared_cluster.servers["OST0001"].pid
    assert answer["lane_age_ms"] < 60_000


def test_tools_do_not_hang_on_a_process_that_does(shared_cluster):
    process = shared_cluster.servers["OST0001"]
    process.send_signal(signal.SIGSTOP)
    try:
        for command in ["ping", "test-OST0001"], ["log-level", "test-OST0001", "debug"], ["status"], ["df"]:
            done, seconds = timed(lambda command=command: shared_cluster.sheen(*command, check=False))
            assert done.returncode in (1, 3), (command, done.stdout)  # not as it should be; nobody answered
            assert seconds < 10, f"{command} took {seconds:.1f} s"
            assert "OST0001" in done.stdout + done.stderr, done
    finally:
        process.send_signal(signal.SIGCONT)
    shared_cluster.wait_up()


def test_a_target_that_nobody_serves_is_named(shared_cluster):
    done = shared_cluster.sheen("ping", "test-OST0042", check=False)
    assert done.returncode == 3
    assert "test-OST0042" in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr


def test_the_log_level_changes_while_it_runs(shared_cluster):
    def logs_a_new_session():
        before = len(shared_cluster.log_text("MDT0000"))
        shared_cluster.sheen("status")
        return "new session" in shared_cluster.log_text("MDT0000")[before:]
    assert logs_a_new_session()
    shared_cluster.sheen("log-level", "test-MDT0000", "error")
    assert not logs_a_new_session()
    shared_cluster.sheen("log-level", "test-MDT0000", "info")
    assert logs_a_new_session()
    assert shared_cluster.sheen("log-level", "test-MDT0000", "loud", check=False).returncode != 0


def start_with_blackbox(cluster, label, boxes):
    process = subprocess.Popen(
        [str(BIN / "sheen-oss"), "--target", str(cluster.target_dirs[label]), "--foreground", "--log-level", "error",
         "--blackbox-dir", str(boxes)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    cluster.servers[label] = process
    cluster.wait_up()
    return process


def test_a_crash_leaves_a_blackbox_of_what_was_not_logged(shared_cluster, scratch):
    boxes = scratch / "boxes"
    boxes.mkdir()
    shared_cluster.kill("OST0001")
    process = start_with_blackbox(shared_cluster, "OST0001", boxes)
    process.send_signal(signal.SIGSEGV)
    assert process.wait(10) == -signal.SIGSEGV
    box, = boxes.iterdir()
    text = run("qb-blackbox", box, check=False).stdout
    assert "registered at the MGS" in text, text[-2000:]
    shared_cluster.start("OST0001")
    shared_cluster.wait_up()


def test_the_memory_of_a_killed_processs_blackbox_goes_with_the_next_start(shared_cluster, scratch):
    def left_by(process):
        return [name for name in os.listdir("/dev/shm") if name.startswith(f"qb-sheen-oss test-OST0001-{process.pid}-")]
    shared_cluster.kill("OST0001")
    first = start_with_blackbox(shared_cluster, "OST0001", scratch)
    shared_cluster.kill("OST0001")
    assert len(left_by(first)) == 2
    second = start_with_blackbox(shared_cluster, "OST0001", scratch)
    assert not left_by(first)
    shared_cluster.stop("OST0001")
    assert not left_by(second)
    shared_cluster.start("OST0001")
    shared_cluster.wait_up()


def test_a_pid_file_is_there_while_the_target_is_served(shared_cluster, scratch):
    shared_cluster.stop("OST0002")
    pid_file = scratch / "OST0002.pid"
    done = subprocess.run([str(BIN / "sheen-oss"), "--target", str(shared_cluster.target_dirs["OST0002"]),
                           "--pid-file", str(pid_file), "--log-file", str(scratch / "background.log")],
                          text=True, capture_output=True, timeout=30)
    assert done.returncode == 0, done.stderr
    # It is in the background, and serves by the time that its starter has ended.
    pid = int(pid_file.read_text())
    shared_cluster.wait_up()
    os.kill(pid, signal.SIGTERM)
    for _ in range(100):
        if not pid_file.exists():
            break
        time.sleep(0.1)
    assert not pid_file.exists()
    shared_cluster.start("OST0002")
    shared_cluster.wait_up()
