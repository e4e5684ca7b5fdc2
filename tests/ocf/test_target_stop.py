# SPDX-License-Identifier: Apache-2.0
"""ocf:sheen:target stop: it says 0 when nothing is left, whatever is in its way, and in its time."""
import os
import signal
import subprocess

from agent import BIN, SUCCESS, Resource, mkfs_mgt, without


def stopped(resource):
    return not resource.pids() and not resource.is_mounted() and list(resource.run_dir.iterdir()) == []


def test_a_stop_ends_the_process_in_order_and_unmounts(on_disk):
    assert on_disk.start().code == SUCCESS
    assert on_disk.stop().code == SUCCESS
    assert stopped(on_disk)
    assert on_disk.start().code == SUCCESS


def test_what_is_not_running_is_stopped(on_disk):
    answer = on_disk.stop()
    assert answer.code == SUCCESS and answer.reason == "", answer


def test_what_is_not_running_is_stopped_whatever_its_parameters(plain):
    for name, value in [("target", ""), ("target", "nonsense"), ("directory", "relative"), ("device", "/dev/sheen-not-there"),
                        ("launcher", "upstart"), ("stop_grace", "never"), ("uuid", "x")]:
        before = dict(plain.parameters)
        plain.parameters[name] = value
        assert plain.stop().code == SUCCESS, name
        plain.parameters = before


def test_what_is_not_running_is_stopped_without_sheen_being_installed(plain, scratch):
    plain.path = without(scratch, "sheen", "sheen-mgs", "sheen-mds", "sheen-oss")
    assert plain.stop().code == SUCCESS


def test_a_stop_does_not_need_what_it_does_not_use(on_disk, scratch):
    assert on_disk.start().code == SUCCESS
    on_disk.path = without(scratch, "sheen", "sheen-mgs", "sheen-mds", "sheen-oss")
    on_disk.parameters["loglevel"] = "loud"
    assert on_disk.stop().code == SUCCESS
    assert stopped(on_disk)


def test_a_suspended_process_is_stopped(plain):
    assert plain.start().code == SUCCESS
    os.kill(plain.pid(), signal.SIGSTOP)
    assert plain.stop().code == SUCCESS
    assert stopped(plain)


def test_a_process_that_hangs_is_killed_after_its_grace(on_disk):
    on_disk.parameters["arguments"] = "--unlock-unsafe"
    on_disk.parameters["stop_grace"] = 2
    assert on_disk.start().code == SUCCESS
    on_disk.sheen("fault", "arm", on_disk.label, "target.lane.before_commit=delay:300000")
    # Anything that the lane has to write; nobody waits for the answer.
    asking = subprocess.Popen([str(BIN / "sheen"), "--mgs", "127.77.0.1", "--fsname", on_disk.label[:-4],
                               "param", "set", "session.timeout_ms", "50000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        subprocess.run(["sleep", "1"], check=True)
        answer = on_disk.stop(timeout=60)
        assert answer.code == SUCCESS, answer
        assert 2 <= answer.seconds < 20, answer
        assert stopped(on_disk)
    finally:
        asking.kill()
        asking.wait()


def test_a_shell_that_was_left_in_the_mount_does_not_keep_it(on_disk):
    assert on_disk.start().code == SUCCESS
    squatter = subprocess.Popen(["sleep", "600"], cwd=on_disk.directory)
    deaf = subprocess.Popen(["sh", "-c", "trap '' TERM; while :; do sleep 0.2; done"], cwd=on_disk.directory)
    try:
        answer = on_disk.stop()
        assert answer.code == SUCCESS, answer
        assert stopped(on_disk)
    finally:
        for process in squatter, deaf:
            process.kill()
            process.wait()


def test_a_mount_without_its_process_is_unmounted(on_disk):
    assert on_disk.start().code == SUCCESS
    os.kill(on_disk.pid(), signal.SIGKILL)
    assert on_disk.stop().code == SUCCESS
    assert stopped(on_disk)


def test_another_targets_process_is_left_alone(plain, scratch, fsname):
    (scratch / "other").mkdir()
    other = Resource(scratch / "other", f"{fsname}x-MGT")
    mkfs_mgt(f"{fsname}x", "--port", "7990", other.directory)
    try:
        assert plain.start().code == SUCCESS
        assert other.start().code == SUCCESS
        # An old pid file that names somebody else.
        (plain.run_dir / f"{plain.label}.pid").write_text(f"{other.pid()}\n")
        assert plain.stop().code == SUCCESS
        assert other.pids() and not plain.pids()
    finally:
        other.close()
