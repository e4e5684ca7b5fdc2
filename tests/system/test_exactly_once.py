# SPDX-License-Identifier: Apache-2.0
"""The reply cache, resend and epoch rules under injected faults: every namespace operation happens once
although its reply is lost, its server dies before or after the commit, or between commit and reply."""
import os
import threading
import time

import pytest

from conftest import make_directory, remove_directory
from minicluster import MiniCluster, wait_until


@pytest.fixture(scope="module")
def shared_cluster():
    """A cluster whose clients give a lost reply half a second, not twenty, before they ask again."""
    directory = make_directory()
    with MiniCluster(directory) as running:
        running.sheen("param", "set", "client.request_timeout_ms", "500")
        running.mount()
        yield running
    remove_directory(directory)

PLACES = {
    "dies_before_it_runs": "op.{}.before=crash*1",
    "dies_before_the_commit": "op.{}.after_run=crash*1",
    "dies_between_commit_and_reply": "op.{}.after_commit=crash*1",
    "reply_is_lost": "op.{}.reply=drop*1",
    "request_is_lost": "op.{}.before=drop*1",
    "reply_is_late": "op.{}.reply=delay:1500*1",
}


def prepared(d):
    (d / "file").write_text("content")
    (d / "empty").mkdir()
    (d / "link").symlink_to("file")
    return d


# Each would fail, or leave other traces, if it ran twice or not at all.
OPERATIONS = {
    "Mkdir": lambda d: os.mkdir(d / "new"),
    "Rmdir": lambda d: os.rmdir(d / "empty"),
    "Unlink": lambda d: os.unlink(d / "file"),
    "Create": lambda d: os.close(os.open(d / "new", os.O_CREAT | os.O_EXCL | os.O_WRONLY)),
    "Mknod": lambda d: os.mkfifo(d / "new"),
    "Symlink": lambda d: os.symlink("x", d / "new"),
    "Link": lambda d: os.link(d / "file", d / "new"),
    "Rename": lambda d: os.rename(d / "file", d / "new"),
    "SetXattr": lambda d: os.setxattr(d / "file", "user.a", b"1", os.XATTR_CREATE),
    "SetAttr": lambda d: os.chmod(d / "file", 0o600),
}


def names_and_links(d):
    return sorted((e.name, os.lstat(e).st_nlink, oct(os.lstat(e).st_mode)) for e in os.scandir(d))


def revive(cluster, stop):
    while not stop.wait(0.1):
        cluster.revive_dead()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_it_happens_exactly_once(shared_cluster, mnt, operation, place):
    expected_dir, actual_dir = mnt / "expected", mnt / "actual"
    for directory in (expected_dir, actual_dir):
        directory.mkdir()
        prepared(directory)
    OPERATIONS[operation](expected_dir)

    stop = threading.Event()
    reviver = threading.Thread(target=revive, args=(shared_cluster, stop))
    shared_cluster.fault("MDT0000", PLACES[place].format(operation))
    reviver.start()
    try:
        start = time.monotonic()
        OPERATIONS[operation](actual_dir)
        assert time.monotonic() - start < 60
        expected = names_and_links(expected_dir)
        assert names_and_links(actual_dir) == expected
    finally:
        stop.set()
        reviver.join()
        shared_cluster.revive_dead()
        shared_cluster.wait_up()
        shared_cluster.sheen("fault", "disarm", shared_cluster.full_label("MDT0000"))


@pytest.mark.parametrize("place", ["dies_before_it_runs", "dies_between_commit_and_reply", "reply_is_lost"])
def test_a_write_is_neither_lost_nor_torn(shared_cluster, mnt, place):
    data = os.urandom(4 << 20)
    osts = [label for label in shared_cluster.labels if label.startswith("OST")]
    stop = threading.Event()
    reviver = threading.Thread(target=revive, args=(shared_cluster, stop))
    for label in osts:
        shared_cluster.fault(label, PLACES[place].format("Write"))
    reviver.start()
    try:
        (mnt / "data").write_bytes(data)
        assert (mnt / "data").read_bytes() == data
    finally:
        stop.set()
        reviver.join()
        shared_cluster.revive_dead()
        shared_cluster.wait_up()
        for label in osts:
            shared_cluster.sheen("fault", "disarm", shared_cluster.full_label(label))


def test_hundreds_of_lost_replies_change_nothing(shared_cluster, mnt):
    """One reply in five is thrown away by every server while names are counted."""
    for label in shared_cluster.labels:
        shared_cluster.fault(label, "target.reply.drop=drop%5")
    try:
        for number in range(30):
            os.mkdir(mnt / f"d{number}")
            (mnt / f"d{number}" / "f").write_text(str(number))
        for number in range(0, 30, 2):
            os.rename(mnt / f"d{number}", mnt / f"moved{number}")
    finally:
        for label in shared_cluster.labels:
            shared_cluster.sheen("fault", "disarm", shared_cluster.full_label(label))
    expected = sorted([f"d{n}" for n in range(1, 30, 2)] + [f"moved{n}" for n in range(0, 30, 2)])
    assert sorted(os.listdir(mnt)) == expected
    assert os.stat(mnt).st_nlink == 2 + 30
    for name in expected:
        assert (mnt / name / "f").read_text() == name.strip("dmove")


def test_an_epoch_rises_with_every_start(shared_cluster):
    def epochs():
        return {t["label"]: t["epoch"] for t in shared_cluster.sheen_json("status")["targets"]}
    before = epochs()
    shared_cluster.restart("OST0000")
    shared_cluster.wait_up()
    label = shared_cluster.full_label("OST0000")
    wait_until(lambda: epochs()[label] == before[label] + 1, 10, "epoch")
