# SPDX-License-Identifier: Apache-2.0
"""A server process that hangs or crashes, seen by the tools that ask after it."""
import os
import signal
import subprocess
import time

from minicluster import BIN, run, wait_until


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


def test_a_target_whose_place_is_taken_says_so_before_its_starter_goes_on(shared_cluster, scratch):
    twin = scratch / "twin"
    run(BIN / "sheen", "mkfs", "--ost", "--fsname", "test", "--index", "1", "--mgs", shared_cluster.address,
        "--service-node", shared_cluster.address, "--port", "19000", twin)
    shared_cluster.stop("OST0001")  # its admin socket has the same name
    try:
        done = subprocess.run([str(BIN / "sheen-oss"), "--target", str(twin), "--log-file", str(scratch / "twin.log")],
                              text=True, capture_output=True, timeout=30)
        assert done.returncode == 1
        assert "belongs to the target with uuid" in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr
    finally:
        shared_cluster.start("OST0001")
        shared_cluster.wait_up()


def test_a_target_without_its_mgs_serves_and_says_that_it_is_not_registered(shared_cluster, scratch):
    lonely = scratch / "lonely"
    run(BIN / "sheen", "mkfs", "--ost", "--fsname", "lonely", "--index", "0", "--mgs", "127.99.99.98",
        "--service-node", shared_cluster.address, "--port", "19000", lonely)
    pid_file = scratch / "lonely.pid"
    run(BIN / "sheen-oss", "--target", lonely, "--pid-file", pid_file, "--log-file", scratch / "lonely.log", timeout=30)
    pid = int(pid_file.read_text())
    try:
        text = run(BIN / "sheen", "ping", "lonely-OST0000").stdout
        assert "up" in text and "not registered at the MGS" in text, text
    finally:
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not pid_file.exists(), what="the end of lonely-OST0000")


def test_a_registration_that_the_mgs_could_not_write_down_is_tried_again(shared_cluster):
    shared_cluster.kill("OST0001")
    before = len(shared_cluster.log_text("OST0001"))
    shared_cluster.fault("MGT", "mgs.register.before_touch=error*2")
    shared_cluster.start("OST0001")
    wait_until(lambda: "refused to register" in shared_cluster.log_text("OST0001")[before:], what="a refusal")
    wait_until(lambda: "registered at the MGS with epoch" in shared_cluster.log_text("OST0001")[before:], what="the next attempt")
    shared_cluster.wait_up()


def test_what_a_target_holds_is_not_for_the_users_of_its_host(shared_cluster):
    for label in "MGT", "MDT0000", "OST0000":
        for path in shared_cluster.target_dirs[label].rglob("*"):
            if path.name != "target.toml":
                assert path.stat().st_mode & 0o077 == 0, f"{path}: {path.stat().st_mode:o}"


def test_a_probe_is_made_beside_the_work_and_counted(shared_cluster):
    before = shared_cluster.sheen_json("ping", "test-OST0000")["probes"]
    shared_cluster.sheen("ping", "--probe", "test-OST0000")
    after = wait_until(lambda: (answer := shared_cluster.sheen_json("ping", "test-OST0000"))["probes"] > before and answer,
                       what="a probe")
    assert after["probe_error"] == "" and after["store_age_ms"] < 5000, after
    lines = dict(line.split("=", 1) for line in shared_cluster.sheen("ping", "--plain", "test-OST0000").stdout.splitlines())
    assert lines["state"] == "up" and int(lines["probes"]) > before


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
