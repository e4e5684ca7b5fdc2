# SPDX-License-Identifier: Apache-2.0
"""ocf:sheen:target start and validate-all: what they verify, and that a start that fails leaves nothing behind."""
import pathlib
import subprocess

import pytest

from agent import CONFIGURED, GENERIC, INSTALLED, NOT_RUNNING, SUCCESS, Resource, in_place_of, mkfs_mgt, without


def nothing_is_left(resource):
    return not resource.pids() and not resource.is_mounted() and list(resource.run_dir.glob("*.pid")) == []


def uuid_in(directory):
    return (directory / "target.toml").read_text().split("uuid = ")[1].splitlines()[0].strip("'\"")


def assert_refused(resource, *words):
    """It does not start, says so with these words, and nothing of it is left."""
    answer = resource.start()
    assert answer.code == GENERIC and all(word in answer.reason for word in words), answer
    assert nothing_is_left(resource)


def test_a_start_mounts_the_device_and_returns_when_the_target_serves(on_disk):
    answer = on_disk.start()
    assert answer.code == SUCCESS, answer
    assert on_disk.is_mounted()
    assert '"up"' in on_disk.sheen("--json", "ping", on_disk.label).stdout
    assert on_disk.start().code == SUCCESS  # again
    assert len(on_disk.pids()) == 1


def test_without_a_device_nothing_is_mounted(plain):
    assert plain.start().code == SUCCESS
    assert plain.pids() and not plain.is_mounted()
    assert plain.stop().code == SUCCESS
    assert nothing_is_left(plain)


def test_a_device_that_is_not_there_is_a_passing_trouble(on_disk):
    on_disk.parameters["device"] = "/dev/sheen-not-there"
    assert_refused(on_disk, "/dev/sheen-not-there")


def test_a_device_with_nothing_on_it_is_not_mounted(on_disk):
    subprocess.run(["wipefs", "--all", on_disk.parameters["device"]], check=True, capture_output=True)
    assert_refused(on_disk, "mkfs.sheen")


def test_another_target_in_the_directory_is_not_served(on_disk):
    on_disk.parameters["target"] = "other-MGT"
    answer = on_disk.start()
    assert answer.code == GENERIC and on_disk.label in answer.reason and "other-MGT" in answer.reason, answer
    assert not on_disk.is_mounted()


def test_a_target_that_was_formatted_anew_is_not_served_if_its_uuid_was_given(plain):
    plain.parameters["uuid"] = "11111111-2222-4333-8444-555555555555"
    assert_refused(plain, "formatted anew")


def test_a_target_with_the_uuid_that_was_given_is_served(plain):
    plain.parameters["uuid"] = uuid_in(plain.directory)
    assert plain.start().code == SUCCESS


def test_an_empty_directory_under_a_missing_mount_is_no_target(plain, scratch):
    plain.parameters["directory"] = str(scratch / "empty")
    plain.directory.mkdir()
    answer = plain.start()
    assert answer.code == GENERIC and "mounted?" in answer.reason, answer
    assert list(plain.directory.iterdir()) == []


def refuses_to_touch(resource, scratch):
    """Neither checks nor mounts its device."""
    mark = scratch / "touched"
    plain_path = resource.path
    for program in "e2fsck", "mount":
        folder = in_place_of(scratch, program, f"touch {mark}; exit 1")
    resource.path = f"{folder}:{plain_path}"
    answer = resource.start()
    resource.path = plain_path
    assert answer.code == GENERIC and not mark.exists(), answer
    return answer.reason


@pytest.mark.parametrize("other", ["MDT0000", "OST0001"])
def test_a_device_that_another_node_may_serve_as_another_target_is_not_touched(on_disk, scratch, fsname, other):
    on_disk.parameters["target"] = f"{fsname}-{other}"
    assert refuses_to_touch(on_disk, scratch) == f"{on_disk.parameters['device']} holds {fsname}-MGT, not {fsname}-{other}"


def test_a_device_with_a_name_of_the_administrators_own_is_served(on_disk):
    device = on_disk.parameters["device"]
    is_xfs = "xfs" in subprocess.run(["blkid", "-p", device], text=True, capture_output=True).stdout
    subprocess.run(["xfs_admin", "-L", "mine", device] if is_xfs else ["e2label", device, "mine"], check=True, capture_output=True)
    assert on_disk.start().code == SUCCESS


def test_a_device_that_another_target_has_mounted_is_left_to_it(on_disk, scratch, fsname):
    """`device` is wrong, or another name of the same disk."""
    (scratch / "wrong").mkdir()
    alias = scratch / "alias"
    alias.symlink_to(on_disk.parameters["device"])
    wrong = Resource(scratch / "wrong", f"{fsname}-OST0000")
    wrong.run_dir = on_disk.run_dir
    wrong.parameters["device"] = str(alias)
    assert on_disk.start().code == SUCCESS
    assert wrong.probe().code == NOT_RUNNING
    assert f"mounted here as the device of {on_disk.label}" in refuses_to_touch(wrong, scratch)
    assert wrong.stop().code == SUCCESS
    assert on_disk.monitor().code == SUCCESS and on_disk.is_mounted()


def test_something_else_mounted_there_is_neither_used_nor_unmounted(on_disk):
    on_disk.directory.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "none", str(on_disk.directory)], check=True)
    answer = on_disk.start()
    assert answer.code == GENERIC and "something else" in answer.reason, answer
    assert on_disk.is_mounted()


def test_a_file_system_that_was_not_unmounted_is_mended_and_mounted(on_disk):
    assert on_disk.start().code == SUCCESS
    on_disk.close()
    device = on_disk.parameters["device"]
    if "ext4" in subprocess.run(["blkid", "-p", device], text=True, capture_output=True).stdout:
        subprocess.run(["debugfs", "-w", "-R", "ssv state 2", device], check=True, capture_output=True)  # "has errors"
    assert on_disk.start().code == SUCCESS


def test_a_target_that_does_not_start_says_why_and_is_unmounted(on_disk):
    on_disk.parameters["arguments"] = "--io-threads 99"
    assert_refused(on_disk, "--io-threads")


def test_a_target_that_another_process_holds_is_not_started_twice(plain):
    assert plain.start().code == SUCCESS
    holder = plain.pid()
    assert plain.start().code == SUCCESS
    assert plain.pid() == holder


def note_lost_writes(resource, uuid):
    """As a process that failed to make something durable."""
    boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text()
    (resource.run_dir / f"{uuid}.lost-writes").write_text(f"{boot}fsync: made up\n")


def test_a_target_that_lost_writes_starts_again_after_its_file_system_was_checked_and_mounted_anew(on_disk):
    assert on_disk.start().code == SUCCESS
    uuid = uuid_in(on_disk.directory)
    note_lost_writes(on_disk, uuid)
    assert on_disk.stop().code == SUCCESS
    assert on_disk.start().code == SUCCESS
    assert not (on_disk.run_dir / f"{uuid}.lost-writes").exists()


def test_a_target_that_lost_writes_does_not_start_in_a_file_system_that_stayed_mounted(plain):
    note_lost_writes(plain, uuid_in(plain.directory))
    assert_refused(plain, "failed to write")


@pytest.mark.parametrize("name,value", [
    ("target", ""), ("target", "demo"), ("target", "demo-OST1"), ("target", "demo-XYZ0000"), ("directory", "srv/relative"),
    ("device", "sda1"), ("launcher", "upstart"), ("ping_timeout", "soon"), ("lane_timeout", "0"), ("stop_grace", "-1"), ("stop_grace", "08"),
    ("loglevel", "loud")])
def test_a_parameter_that_is_wrong_everywhere_is_not_configured(plain, name, value):
    plain.parameters[name] = value
    for action in "start", "validate-all":
        answer = plain.act(action)
        assert answer.code == CONFIGURED and answer.reason, answer


def test_a_clone_of_a_target_is_not_configured(plain):
    assert plain.start(clone_max=2).code == CONFIGURED


def test_sheen_not_being_installed_is_told(plain, scratch):
    for missing in "sheen-mgs", "sheen":
        (scratch / missing).mkdir()
        plain.path = without(scratch / missing, missing)
        answer = plain.start()
        assert answer.code == INSTALLED and missing in answer.reason, answer


def test_validation_looks_at_the_host_only_when_asked_to(plain, scratch):
    plain.path = without(scratch, "sheen-mgs")
    plain.parameters["device"] = "/dev/sheen-not-there"
    assert plain.act("validate-all").code == SUCCESS
    assert plain.act("validate-all", level=10).code == INSTALLED


def test_a_label_of_another_kind_is_refused_by_its_directory(scratch, plain):
    mkfs_mgt("else", scratch / "elsewhere")
    plain.parameters["directory"] = str(scratch / "elsewhere")
    assert plain.start().code == GENERIC


def test_a_directory_behind_a_symbolic_link_is_mounted_and_unmounted(on_disk, scratch):
    (scratch / "elsewhere").mkdir()
    (scratch / "link").symlink_to(scratch / "elsewhere")
    on_disk.parameters["directory"] = str(scratch / "link/mnt")
    assert on_disk.start().code == SUCCESS
    assert (scratch / "elsewhere/mnt/target.toml").exists()
    assert on_disk.stop().code == SUCCESS
    assert not (scratch / "elsewhere/mnt/target.toml").exists()


@pytest.mark.parametrize("program", ["mount", "blkid", "e2fsck"])
def test_storage_that_does_not_answer_fails_the_start_in_its_time(on_disk, scratch, program):
    if program == "e2fsck" and "ext4" not in subprocess.run(["blkid", "-p", on_disk.parameters["device"]], text=True,
                                                            capture_output=True).stdout:
        pytest.skip("XFS has no check")
    on_disk.path = f"{in_place_of(scratch, program, 'while :; do sleep 0.1; done')}:{on_disk.path}"
    answer = on_disk.start(timeout=15)
    assert answer.code == GENERIC and "answer" in answer.reason and answer.seconds < 14, answer
    assert not on_disk.is_mounted()
    on_disk.path = on_disk.path.split(":", 1)[1]
    assert on_disk.start().code == SUCCESS
