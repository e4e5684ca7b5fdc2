# SPDX-License-Identifier: Apache-2.0
"""ocf:sheen:target stop: it says 0 when nothing is left, whatever is in its way, and in its time."""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import time

from agent import BIN, GENERIC, NOT_RUNNING, SUCCESS, Resource, in_place_of, mkfs_mgt, without


def pids_of(program):
    out = []
    for proc in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.readlink(proc / "exe") == str(program):
                out.append(int(proc.name))
    return out


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


def test_a_target_is_not_stopped_while_what_unmounts_it_still_writes(on_disk, scratch):
    """The kernel forgets a mount first and writes back what it held after that."""
    assert on_disk.start().code == SUCCESS
    plain_path = on_disk.path
    # It returns with the mount gone and leaves a process of its name, which hangs as the kernel would, behind.
    folder = in_place_of(scratch, "umount", f"""
[ "$1" = --hang ] && exec tail --pid={os.getpid()} -f /dev/null
/bin/umount "$@" && ( trap '' TERM; "$0.d/umount" --hang "$@" & ) >/dev/null 2>&1
""")
    (folder / "umount.d").mkdir()
    hanging = folder / "umount.d/umount"
    hanging.write_text("#!/bin/sh\nwhile :; do sleep 0.1; done\n")
    hanging.chmod(0o755)
    on_disk.path = f"{folder}:{plain_path}"
    answer = on_disk.stop(timeout=20)
    assert answer.code == GENERIC and "not unmounted in time" in answer.reason, answer
    assert not on_disk.is_mounted() and on_disk.probe().code == SUCCESS  # not gone from this node yet
    on_disk.path = plain_path
    assert on_disk.stop().code == SUCCESS
    assert stopped(on_disk)


def test_a_mount_whose_device_has_another_number_by_now_is_unmounted(on_disk, scratch):
    assert on_disk.start().code == SUCCESS
    on_disk.parameters["device"] = "/dev/loop-control"
    assert on_disk.stop().code == SUCCESS
    assert not on_disk.is_mounted()


def test_an_administrators_check_of_the_device_is_not_ended(on_disk, scratch):
    """Somebody repairs by hand what could not be started."""
    folder = in_place_of(scratch, "e2fsck", "while :; do sleep 0.1; done")
    repair = subprocess.Popen([str(folder / "e2fsck"), "-y", on_disk.parameters["device"]])
    try:
        assert on_disk.probe().code == NOT_RUNNING
        answer = on_disk.start()
        assert answer.code == GENERIC and "did not start" in answer.reason, answer
        assert on_disk.stop().code == SUCCESS
        assert repair.poll() is None
    finally:
        repair.kill()
        repair.wait()
    assert on_disk.start().code == SUCCESS


def test_a_grace_that_is_no_number_does_not_keep_a_hung_process(plain):
    assert plain.start().code == SUCCESS
    pid = plain.pid()
    os.kill(pid, signal.SIGSTOP)
    plain.parameters["stop_grace"] = "08"
    begin = time.monotonic()
    assert plain.stop(timeout=30).code == SUCCESS
    assert time.monotonic() - begin < 30 and plain.pids() == []


def test_a_mount_somewhere_else_is_unmounted_too(on_disk, scratch):
    """Somebody looked into it: while that mount lives, so does the file system."""
    look, bound = scratch / "look into it", scratch / "bound"
    for path in look, bound:
        path.mkdir()
    assert on_disk.start().code == SUCCESS
    subprocess.run(["mount", on_disk.parameters["device"], str(look)], check=True)
    subprocess.run(["mount", "--bind", str(on_disk.directory), str(bound)], check=True)
    assert on_disk.stop().code == SUCCESS
    assert not any(os.path.ismount(path) for path in (look, bound)) and stopped(on_disk)


def test_a_mount_that_something_else_was_mounted_over_is_unmounted(on_disk):
    assert on_disk.start().code == SUCCESS
    subprocess.run(["mount", "-t", "tmpfs", "none", str(on_disk.directory)], check=True)
    answer = on_disk.monitor()
    assert answer.code == GENERIC and "no longer mounted" in answer.reason, answer
    assert on_disk.probe().code == SUCCESS
    assert on_disk.stop().code == SUCCESS
    assert stopped(on_disk)


def test_a_mount_that_was_hidden_and_is_still_used_is_not_stopped(on_disk):
    assert on_disk.start().code == SUCCESS
    squatter = subprocess.Popen(["sleep", "600"], cwd=on_disk.directory)
    try:
        subprocess.run(["umount", "--lazy", str(on_disk.directory)], check=True)
        answer = on_disk.stop(timeout=20)
        assert answer.code == GENERIC and "still in use" in answer.reason, answer
        assert on_disk.probe().code == SUCCESS
    finally:
        squatter.kill()
        squatter.wait()
    assert on_disk.stop().code == SUCCESS
    assert stopped(on_disk)


def test_a_file_system_that_the_kernel_has_not_given_up_is_not_stopped(on_disk):
    """Out of every list, with the last of its writes under way."""
    assert on_disk.start().code == SUCCESS
    os.kill(on_disk.pid(), signal.SIGKILL)
    subprocess.run(["umount", str(on_disk.directory)], check=True)
    kernels = os.open(on_disk.parameters["device"], os.O_RDONLY | os.O_EXCL)
    try:
        answer = on_disk.stop(timeout=20)
        assert answer.code == GENERIC and "still in use" in answer.reason, answer
        assert on_disk.probe().code == SUCCESS
    finally:
        os.close(kernels)
    assert on_disk.probe().code == NOT_RUNNING
    assert on_disk.stop().code == SUCCESS
    assert stopped(on_disk)


def test_a_check_that_its_agent_left_behind_is_known_when_it_has_lost_its_environment(on_disk, scratch):
    """As a process on its way out, which still writes back what it wrote."""
    folder = in_place_of(scratch, "blkid", f"exec env -i {scratch}/e2fsck 600")
    shutil.copy("/bin/sleep", scratch / "e2fsck")
    plain_path = on_disk.path
    on_disk.path = f"{folder}:{plain_path}"
    with on_disk.begun("start"):
        while not (left := pids_of(scratch / "e2fsck")):
            time.sleep(0.02)
    try:
        assert on_disk.probe().code == SUCCESS
        answer = on_disk.start()
        assert answer.code == GENERIC and f"in the hands of process {left[0]}, from an attempt before" in answer.text, answer
        assert not pids_of(scratch / "e2fsck")  # which the start ends as any stop does
    finally:
        for pid in pids_of(scratch / "e2fsck"):
            os.kill(pid, signal.SIGKILL)
    on_disk.path = plain_path
    assert on_disk.probe().code == NOT_RUNNING
    assert on_disk.start().code == SUCCESS


def test_a_systemd_that_does_not_answer_does_not_keep_a_stop(plain, scratch):
    plain.parameters["launcher"] = "systemd"
    plain.path = f"{in_place_of(scratch, 'systemctl', 'while :; do sleep 0.1; done')}:{plain.path}"
    answer = plain.stop(timeout=30)
    assert answer.code == SUCCESS and answer.seconds < 8, answer


def test_a_mount_that_cannot_be_unmounted_without_fuser_says_what_is_missing(on_disk, scratch):
    assert on_disk.start().code == SUCCESS
    in_place_of(scratch, "umount", "exit 32")
    on_disk.path = f"{in_place_of(scratch, 'fuser', 'exit 127')}:{on_disk.path}"
    answer = on_disk.stop(timeout=10)
    assert answer.code == GENERIC and "psmisc" in answer.reason, answer
