# SPDX-License-Identifier: Apache-2.0
"""Full targets: ENOSPC to the application, no damage, and work again once space is freed."""
import errno
import os
import subprocess

import pytest

from minicluster import MiniCluster, run, wait_until


class SmallDisk:
    """A small file system on a loop device. XFS takes no less than 300 MiB."""

    def __init__(self, directory, name, mib, fstype="ext4"):
        self.image = directory / f"{name}.img"
        self.path = directory / f"{name}.mnt"
        self.mib = mib
        self.mkfs = ["mkfs.xfs", "-q"] if fstype == "xfs" else ["mkfs.ext4", "-q", "-m", "0"]

    def __enter__(self):
        with open(self.image, "wb") as file:
            file.truncate(self.mib << 20)
        run(*self.mkfs, self.image)
        self.path.mkdir()
        done = run("mount", "-o", "loop", self.image, self.path, check=False)
        if done.returncode != 0:
            pytest.skip("no loop mounts here: " + done.stderr)
        if (self.path / "lost+found").exists():
            (self.path / "lost+found").rmdir()
        return self.path

    def __exit__(self, *_):
        run("umount", self.path)


def fill(path, chunk=1 << 20):
    """Writes until the disk is full; returns the bytes that were accepted."""
    written = 0
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                written += file.write(b"\xa5" * chunk)
        except OSError as error:
            assert error.errno == errno.ENOSPC, error
    return written


@pytest.mark.parametrize("fstype, mib", [("ext4", 96), ("xfs", 320)])
def test_a_full_ost(scratch, fstype, mib):
    with SmallDisk(scratch, "ost", mib, fstype) as disk, \
            MiniCluster(scratch / "c", osts=1, target_dirs={"OST0000": disk}) as cluster:
        mnt = cluster.mount()
        (mnt / "before").write_bytes(b"precious" * 1000)
        written = fill(mnt / "big")
        assert written > 32 << 20
        assert (mnt / "before").read_bytes() == b"precious" * 1000
        with open(mnt / "big", "rb") as file:
            for _ in range(written >> 20):
                assert file.read(1 << 20) == b"\xa5" * (1 << 20)
        (mnt / "names").mkdir()  # need no OST
        os.unlink(mnt / "big")

        def has_room():
            try:
                (mnt / "after").write_bytes(os.urandom(8 << 20))
                return True
            except OSError as error:
                assert error.errno == errno.ENOSPC
                return False
        wait_until(has_room, 30, "space was freed")
        cluster.restart("OST0000")
        assert (mnt / "before").read_bytes() == b"precious" * 1000


def test_new_files_avoid_a_full_ost(scratch):
    with SmallDisk(scratch, "ost", 64) as disk, \
            MiniCluster(scratch / "c", osts=2, target_dirs={"OST0001": disk}) as cluster:
        mnt = cluster.mount()
        cluster.sheen("setstripe", "--count", "1", "--start-ost", "1", mnt / "big")
        fill(mnt / "big")

        def all_elsewhere():
            for number in range(4):
                (mnt / f"f{number}").write_bytes(b"x" * 100_000)
            return True
        wait_until(all_elsewhere, 20, "new files")


def test_a_full_mdt(scratch):
    with SmallDisk(scratch, "mdt", 64) as disk, \
            MiniCluster(scratch / "c", osts=1, target_dirs={"MDT0000": disk}) as cluster:
        mnt = cluster.mount()
        (mnt / "d").mkdir()
        (mnt / "precious").write_bytes(b"content")
        # Something else takes the rest of the disk, so that the floor is reached in reasonable time.
        free = os.statvfs(disk)
        ballast = disk / "ballast"
        with open(ballast, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(0, free.f_bavail * free.f_frsize - (14 << 20)))
        created = 0
        with pytest.raises(OSError) as caught:
            for number in range(200_000):
                os.mknod(mnt / "d" / f"{number:0200}")
                created += 1
        assert caught.value.errno == errno.ENOSPC
        assert created > 10
        assert (mnt / "precious").read_bytes() == b"content"
        for number in range(5):
            os.unlink(mnt / "d" / f"{number:0200}")  # freeing works on a full MDT
        assert len(os.listdir(mnt / "d")) == created - 5
        ballast.unlink()

        def works():
            try:
                (mnt / "again").mkdir()
                return True
            except OSError as error:
                assert error.errno == errno.ENOSPC
                return False
        wait_until(works, 20, "room again")
        cluster.restart("MDT0000")
        assert len(os.listdir(mnt / "d")) == created - 5
