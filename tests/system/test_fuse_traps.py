# SPDX-License-Identifier: Apache-2.0
"""The traps of FUSE that cost the most, each shown to be closed."""
import glob
import mmap
import os
import re
import signal
import subprocess
import time

import pytest

from minicluster import wait_until


def counters(cluster, mnt):
    """The client's own counters of kernel requests, asked for with SIGUSR1."""
    log = cluster.directory / "log" / f"{mnt.name}.log"
    before = len(log.read_text())
    cluster.clients[mnt].send_signal(signal.SIGUSR1)
    text = wait_until(lambda: "written_bytes=" in log.read_text()[before:] and log.read_text()[before:], 10, "counters")
    lines = " ".join(l for l in text.splitlines() if "counters:" in l)
    return {name.lower(): int(value) for name, value in re.findall(r"(\w+)=(\d+)", lines)}


def test_writes_cause_no_getxattr(cluster):
    mnt = cluster.mount()
    with open(mnt / "file", "wb", buffering=0) as file:
        file.write(b"x")
        before = counters(cluster, mnt)
        for _ in range(200):
            file.write(b"x" * 4096)
        after = counters(cluster, mnt)
    assert after.get("write", 0) - before.get("write", 0) >= 200
    assert after.get("getxattr", 0) == before.get("getxattr", 0)


def test_readahead_is_set_at_mount(cluster):
    mnt = cluster.mount()
    minor = os.minor(os.stat(mnt).st_dev)
    assert int(open(f"/sys/class/bdi/0:{minor}/read_ahead_kb").read()) >= 1024


def test_requests_are_up_to_a_mebibyte(cluster):
    mnt = cluster.mount()
    before = counters(cluster, mnt)
    with open(mnt / "file", "wb", buffering=0) as file:
        block = mmap.mmap(-1, 1 << 20)  # aligned: a request holds 256 pages
        for _ in range(16):
            file.write(block)
    after = counters(cluster, mnt)
    assert after["write"] - before.get("write", 0) <= 17


def test_shared_mmap_and_write_see_each_other(cluster):
    mnt = cluster.mount()
    with open(mnt / "file", "w+b", buffering=0) as file:
        file.truncate(3 << 20)
        with mmap.mmap(file.fileno(), 3 << 20) as memory:
            memory[100:105] = b"hello"
            assert os.pread(file.fileno(), 5, 100) == b"hello"
            os.pwrite(file.fileno(), b"world", 2 << 20)
            assert memory[2 << 20:(2 << 20) + 5] == b"world"
            memory[5000:5004] = b"sync"
            memory.flush()
    other = cluster.mount("other")
    with open(other / "file", "rb") as file:
        file.seek(5000)
        assert file.read(4) == b"sync"


def test_a_waiting_lock_can_be_interrupted(cluster):
    import fcntl
    mnt = cluster.mount()
    with open(mnt / "lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        waiter = subprocess.Popen(["flock", str(mnt / "lock"), "true"])
        time.sleep(0.5)
        assert waiter.poll() is None
        waiter.send_signal(signal.SIGINT)
        assert waiter.wait(10) != 0
        fcntl.flock(file, fcntl.LOCK_UN)
        assert subprocess.run(["flock", "-n", str(mnt / "lock"), "true"]).returncode == 0


def freeze(process):
    """One thread takes the signal and stops the others, which may answer a request until then."""
    process.send_signal(signal.SIGSTOP)
    states = lambda: {open(path).read().rpartition(")")[2].split()[0]
                      for path in glob.glob(f"/proc/{process.pid}/task/*/stat")}
    wait_until(lambda: states() == {"T"}, 10, "every thread stopped")


@pytest.mark.parametrize("absent, command", [("OST0000", "cat"), ("MDT0000", "cat"), ("MDT0000", "ls")])
def test_who_waits_for_an_absent_server_can_be_killed(cluster, absent, command):
    mnt = cluster.mount(options="noatime")
    (mnt / "dir").mkdir()
    # A stripe of it is on every OST.
    cluster.sheen("setstripe", "-c", "-1", mnt / "dir")
    (mnt / "dir" / "file").write_bytes(bytes(8 << 20))
    path = mnt / "dir" / "file" if command == "cat" else mnt / "dir"
    server = cluster.servers[absent]
    waiter = None
    try:
        freeze(server)
        waiter = subprocess.Popen([command, str(path)], stdout=subprocess.DEVNULL)
        time.sleep(1)
        assert waiter.poll() is None
        waiter.send_signal(signal.SIGSTOP)  # the first signal that it gets does not end it
        waiter.kill()
        assert waiter.wait(5) == -signal.SIGKILL
    finally:
        server.send_signal(signal.SIGCONT)
        if waiter is not None:
            waiter.wait(30)
    assert (mnt / "dir" / "file").read_bytes() == bytes(8 << 20)
    assert os.listdir(mnt / "dir") == ["file"]


def test_a_signal_with_a_handler_does_not_disturb_a_read(cluster):
    mnt = cluster.mount()
    (mnt / "file").write_bytes(b"content")
    server = cluster.servers["MDT0000"]
    reader = None
    try:
        freeze(server)
        reader = subprocess.Popen(
            ["/usr/bin/python3", "-c",
             "import os,signal,sys\nsignal.signal(signal.SIGUSR1, lambda *_: None)\n"
             "signal.siginterrupt(signal.SIGUSR1, True)\nprint('ready', flush=True)\n"
             "sys.exit(0 if os.stat(sys.argv[1]).st_size == 7 else 1)", str(mnt / "file")],
            stdout=subprocess.PIPE)
        assert reader.stdout.readline() == b"ready\n"
        time.sleep(0.5)
        reader.send_signal(signal.SIGUSR1)
        time.sleep(0.5)
        assert reader.poll() is None
    finally:
        server.send_signal(signal.SIGCONT)
        if reader is not None:
            code = reader.wait(30)
    assert code == 0


def test_setuid_is_cleared_by_a_strangers_write(cluster):
    cluster.directory.chmod(0o755)
    mnt = cluster.mount()
    file = mnt / "suid"
    file.write_bytes(b"x")
    file.chmod(0o6777)
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(12345)
        os.setuid(12345)
        fd = os.open(file, os.O_WRONLY)
        os.write(fd, b"y")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert file.stat().st_mode & 0o6000 == 0
