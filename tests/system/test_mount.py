# SPDX-License-Identifier: Apache-2.0
"""mount.sheen as mount(8) and an administrator use it."""
import contextlib
import os
import signal
import subprocess
import threading
import time

import pytest

from minicluster import BIN, MiniCluster, is_mounted, run, wait_until


def mount_program(*arguments, timeout=60):
    return subprocess.run([str(BIN / "mount.sheen"), *map(str, arguments)], text=True, capture_output=True,
                          timeout=timeout)


def is_alive(pid):
    try:
        return "Z" not in open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def test_two_mounts_see_each_others_changes_at_once(cluster):
    one = cluster.mount("one")
    two = cluster.mount("two")
    (one / "dir").mkdir()
    for size in (0, 1, 4095, 1 << 20, (3 << 20) + 17):
        (one / "dir" / "file").write_bytes(os.urandom(size))
        assert (two / "dir" / "file").read_bytes() == (one / "dir" / "file").read_bytes()
        assert os.stat(two / "dir" / "file").st_size == size
    with open(one / "dir" / "file", "r+b") as writer, open(two / "dir" / "file", "rb", buffering=0) as reader:
        for text in (b"first", b"other"):
            os.pwrite(writer.fileno(), text, 0)
            assert os.pread(reader.fileno(), 5, 0) == text
            assert os.stat(two / "dir" / "file").st_mtime_ns == os.stat(one / "dir" / "file").st_mtime_ns
    os.rename(one / "dir" / "file", one / "dir" / "moved")
    assert os.listdir(two / "dir") == ["moved"]
    with pytest.raises(FileNotFoundError):
        os.stat(two / "dir" / "file")


def test_locks_hold_between_mounts(cluster):
    import fcntl
    one, two = cluster.mount("one"), cluster.mount("two")
    with open(one / "lock", "w") as first, open(two / "lock", "w") as second:
        fcntl.flock(first, fcntl.LOCK_EX)
        with pytest.raises(BlockingIOError):
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(first, fcntl.LOCK_UN)
        fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.lockf(first, fcntl.LOCK_EX, 10, 0)
        with pytest.raises(OSError):
            fcntl.lockf(second, fcntl.LOCK_EX | fcntl.LOCK_NB, 5, 5)
        fcntl.lockf(second, fcntl.LOCK_EX | fcntl.LOCK_NB, 5, 10)


def test_locks_survive_the_death_of_the_mds(cluster):
    import fcntl
    one, two = cluster.mount("one"), cluster.mount("two")
    with open(one / "lock", "w") as first, open(two / "lock", "w") as second:
        fcntl.flock(first, fcntl.LOCK_EX)
        cluster.restart("MDT0000")
        with pytest.raises(BlockingIOError):
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_an_open_directory_stays_readable_when_the_mds_dies(cluster):
    cluster.directory.chmod(0o755)
    mnt = cluster.mount()
    (mnt / "dir").mkdir()
    (mnt / "dir" / "file").touch()
    fd = os.open(mnt / "dir", os.O_RDONLY | os.O_DIRECTORY)
    try:
        (mnt / "dir").chmod(0o300)
        cluster.restart("MDT0000")
        child = os.fork()
        if child == 0:
            with contextlib.suppress(OSError):
                os.setgroups([])
                os.setgid(12345)
                os.setuid(12345)
                os._exit(0 if os.listdir(fd) == ["file"] else 1)
            os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
        os.unlink(mnt / "dir" / "file")
        os.rmdir(mnt / "dir")
        assert os.fstat(fd).st_nlink == 0
    finally:
        os.close(fd)


def test_an_open_unlinked_file_survives_the_death_of_every_server(cluster):
    mnt = cluster.mount()
    with open(mnt / "gone", "w+b") as file:
        file.write(b"before")
        file.flush()
        os.unlink(mnt / "gone")
        for label in cluster.labels:
            cluster.restart(label)
        file.write(b" and after")
        file.flush()
        assert os.pread(file.fileno(), 100, 0) == b"before and after"
        assert os.fstat(file.fileno()).st_nlink == 0
    # Its objects are destroyed once nobody holds it.
    objects = lambda: [f for label in cluster.labels if label.startswith("OST")
                       for f in (cluster.target_dirs[label] / "O").rglob("*") if f.is_file()]
    wait_until(lambda: not objects(), 20, "objects destroyed")


def test_it_mounts_in_the_background_and_unmounts_cleanly(cluster):
    path = cluster.directory / "background"
    path.mkdir()
    done = mount_program(f"{cluster.address}:/test", path, "-o", f"rw,nosuid,_netdev,pidfile={cluster.directory}/pid")
    assert done.returncode == 0, done.stderr
    try:
        assert is_mounted(path)
        (path / "x").write_text("y")
        line = next(l for l in open("/proc/self/mounts") if f" {path} " in l)
        assert line.startswith(f"{cluster.address}:/test ") and "fuse.sheen" in line and "nosuid" in line
        pid = int((cluster.directory / "pid").read_text())
        run("umount", path)
        wait_until(lambda: not os.path.exists(f"/proc/{pid}"), 20, "mount.sheen ended")
    finally:
        if is_mounted(path):
            run("umount", "-l", path)


def test_mount_8_and_fstab_find_it(cluster, tmp_path):
    """mount -t sheen runs /sbin/mount.sheen, and a remount mount.fuse.sheen; links stand in for the package."""
    helpers = ["/sbin/mount.sheen", "/sbin/mount.fuse.sheen"]
    if any(map(os.path.lexists, helpers)):
        pytest.skip("mount.sheen is installed here")
    path = cluster.directory / "by-mount"
    path.mkdir()
    options = lambda: next(l for l in open("/proc/self/mounts") if f" {path} " in l).split()[3].split(",")
    try:
        for helper in helpers:
            os.symlink(BIN / os.path.basename(helper), helper)
        run("mount", "-t", "sheen", "-o", "ro,noatime", f"{cluster.address}:/test", path)
        assert is_mounted(path)
        with pytest.raises(OSError):
            (path / "x").write_text("y")
        run("mount", "-o", "remount,rw", path)
        assert "rw" in options() and "noatime" in options()
        (path / "x").write_text("y")
        run("umount", path)
        fstab = tmp_path / "fstab"
        fstab.write_text(f"{cluster.address}:/test {path} sheen defaults,_netdev,nofail,retry=5,x-systemd.automount 0 0\n")
        run("mount", "-T", fstab, path)
        (path / "x").write_text("y")
        run("mount", "-T", fstab, "-o", "remount,ro", path)
        assert "ro" in options()
        run("umount", path)
    finally:
        for helper in helpers:
            if os.path.lexists(helper):
                os.unlink(helper)
        if is_mounted(path):
            run("umount", "-l", path)


def test_an_installation_has_what_mount_8_and_mkfs_8_look_for(scratch):
    run("cmake", "--install", BIN.parent, "--prefix", "/usr", env=dict(os.environ, DESTDIR=str(scratch)))
    for name in "mount.sheen", "mount.fuse.sheen", "mkfs.sheen", "sheen-mgs", "sheen-mds", "sheen-oss", "../bin/sheen":
        program = scratch / "usr" / "sbin" / name
        assert run(program, "--help").stdout, name
    assert os.readlink(scratch / "usr/sbin/mount.fuse.sheen") == "mount.sheen"


def test_a_remount_changes_the_mount_and_nothing_else(cluster):
    mnt = cluster.mount(options="retry=20")
    source = f"{cluster.address}:/test"
    assert mount_program(source, mnt, "-o", "remount,ro,nosuid").returncode == 0
    line = next(l for l in open("/proc/self/mounts") if f" {mnt} " in l)
    assert {"ro", "nosuid"} <= set(line.split()[3].split(",")), line
    with pytest.raises(OSError):
        (mnt / "x").mkdir()
    assert mount_program(source, mnt, "-o", "remount,rw,retry=20").returncode == 0
    (mnt / "x").mkdir()
    for options in "remount,retry=21", "remount,noatime":
        done = mount_program(source, mnt, "-o", options)
        assert done.returncode == 1 and "cannot be changed by a remount" in done.stderr, done
        assert len(done.stderr.splitlines()) == 1
    done = mount_program(source, cluster.directory, "-o", "remount,ro")
    assert done.returncode == 1 and "no Sheen file system is mounted" in done.stderr, done
    assert sum(f" {mnt} " in l for l in open("/proc/self/mounts")) == 1


def test_a_dead_mount_is_called_one(cluster):
    mnt = cluster.mount()
    cluster.clients[mnt].kill()
    cluster.clients[mnt].wait(10)
    done = mount_program(f"{cluster.address}:/test", mnt)
    assert done.returncode == 32 and f"unmount it first (umount {mnt})" in done.stderr, done
    assert len(done.stderr.splitlines()) == 1
    run("umount", mnt)
    assert mount_program(f"{cluster.address}:/test", mnt).returncode == 0
    run("umount", mnt)
    cluster.mounts.remove(mnt)
    del cluster.clients[mnt]


def test_a_host_name_without_an_address_is_named(scratch):
    done = mount_program("nonexistinghost.invalid:/demo", scratch, "-o", "retry=1")
    assert done.returncode == 32 and "'nonexistinghost.invalid' cannot be resolved" in done.stderr, done


def test_a_read_only_mount_refuses_changes(cluster):
    mnt = cluster.mount(options="ro")
    with pytest.raises(OSError):
        (mnt / "x").mkdir()


@pytest.mark.parametrize("arguments, code", [
    ([], 1),
    (["only-one"], 1),
    (["nocolon", "/tmp"], 1),
    (["127.0.0.1:/toolongname", "/tmp"], 1),
    (["17988:/demo", "/tmp"], 1),
    (["127.0.0.1:70000:/demo", "/tmp"], 1),
    (["127.0.0.1:/demo", "/nonexistent/dir"], 32),
    (["127.0.0.1:/demo", "/etc/passwd"], 32),
    (["127.0.0.1:/demo", "/tmp", "-o", "nonsense=1"], 1),
    (["127.0.0.1:/demo", "/tmp", "-o", "mgsport=banana"], 1),
    (["127.99.99.99:/demo", "/tmp", "-o", "retry=1"], 32),
])
def test_wrong_arguments_get_one_clear_line(arguments, code):
    done = mount_program(*arguments)
    assert done.returncode == code, done
    assert done.stderr.startswith("mount.sheen: ")
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_an_unknown_file_system_is_named(cluster):
    done = mount_program(f"{cluster.address}:/other", cluster.directory, "-o", "retry=2")
    assert done.returncode == 32
    assert "other" in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_the_mount_is_given_up_when_its_starter_dies(scratch):
    """Ctrl-C or a time limit end mount(8); a mount that appears minutes later would surprise everybody."""
    starter = subprocess.Popen([str(BIN / "mount.sheen"), "127.99.99.99:/demo", str(scratch), "-o", "retry=20"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    daemon = None
    try:
        time.sleep(1)
        assert starter.poll() is None
        daemon = int(open(f"/proc/{starter.pid}/task/{starter.pid}/children").read().split()[0])
        starter.kill()
        starter.wait(10)
        wait_until(lambda: not is_alive(daemon), 5, "the daemon ended")
    finally:
        if starter.poll() is None:
            starter.kill()
            starter.wait(10)
        if daemon is not None and is_alive(daemon):
            os.kill(daemon, signal.SIGKILL)


def test_a_failed_mount_leaves_no_session(cluster):
    path = cluster.directory / "refused"
    path.mkdir()
    done = mount_program(f"{cluster.address}:/test", path, "-o", "pidfile=/nonexistent/pid")
    assert done.returncode == 32, done.stderr
    assert not is_mounted(path)
    assert str(path) not in cluster.sheen("status", "--json").stdout


def test_it_mounts_while_the_mdt_is_still_to_register(scratch):
    cluster = MiniCluster(scratch, osts=1)
    late = threading.Timer(1.5, cluster.start, ["MDT0000"])
    try:
        cluster.format()
        for label in ("MGT", "OST0000"):
            cluster.start(label)
        wait_until(lambda: "OST0000" in cluster.sheen("status", check=False).stdout, 10, "OST0000 registered")
        late.start()
        (cluster.mount() / "file").write_text("early")
    finally:
        late.join()
        cluster.close()


def test_it_says_which_target_it_waited_for_in_vain(scratch):
    cluster = MiniCluster(scratch, osts=1)
    try:
        cluster.format()
        for label in ("MGT", "OST0000"):
            cluster.start(label)
        wait_until(lambda: "OST0000" in cluster.sheen("status", check=False).stdout, 10, "OST0000 registered")
        (scratch / "mnt").mkdir()
        done = mount_program(f"{cluster.address}:/test", scratch / "mnt", "-o", "retry=1")
        assert done.returncode == 32
        assert "test-MDT0000 did not register within 1 s" in done.stderr
    finally:
        cluster.close()


def test_a_terminated_client_leaves_no_mount(cluster):
    mnt = cluster.mount()
    process = cluster.clients[mnt]
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    wait_until(lambda: not is_mounted(mnt), 10, "unmounted")
    cluster.mounts.remove(mnt)
    del cluster.clients[mnt]


def test_a_killed_clients_open_unlinked_file_goes_with_its_session(scratch):
    with MiniCluster(scratch, osts=1) as cluster:
        cluster.sheen("param", "set", "session.ping_interval_ms", "1000")
        cluster.sheen("param", "set", "session.timeout_ms", "5000")
        time.sleep(1)
        mnt = cluster.mount()
        holder = subprocess.Popen(["/usr/bin/python3", "-c",
                                   "import os,sys,time\nf=open(sys.argv[1],'wb')\nf.write(b'x'*9999);f.flush()\n"
                                   "os.unlink(sys.argv[1])\nprint('ok',flush=True)\ntime.sleep(60)",
                                   str(mnt / "held")], stdout=subprocess.PIPE)
        try:
            assert holder.stdout.readline() == b"ok\n"
            cluster.clients[mnt].kill()
            cluster.clients[mnt].wait(10)
            run("umount", "-l", mnt)
            objects = lambda: [f for f in (cluster.target_dirs["OST0000"] / "O").rglob("*") if f.is_file()]
            assert objects()
            wait_until(lambda: not objects(), 40, "orphan destroyed after eviction")
        finally:
            holder.kill()
            holder.wait(10)
            cluster.mounts.remove(mnt)
            del cluster.clients[mnt]
