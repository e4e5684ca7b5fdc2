# SPDX-License-Identifier: Apache-2.0
"""Foreign bytes on a server's ports and nonsense on the command line: a definite error or a counted drop,
never a crash, and servers go on serving."""
import os
import random
import socket
import subprocess

import pytest

from minicluster import BIN, run

GREETING = (b"\xff" + b"\0" * 8 + b"\x7f\x03\x00" + b"NULL" + b"\0" * 16 + b"\0" + b"\0" * 31)  # ZMTP 3.0
READY = b"\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER"


def ports(cluster):
    return [(cluster.address, port) for port in (7988, 8000, 9000, 9001)]


def frame(body, more=False):
    if len(body) < 256:
        return bytes([1 if more else 0, len(body)]) + body
    return bytes([3 if more else 2]) + len(body).to_bytes(8, "big") + body


def send_raw(address, data):
    with socket.create_connection(address, timeout=5) as connection:
        connection.settimeout(0.3)
        try:
            connection.sendall(data)
            connection.recv(4096)
        except OSError:
            pass  # it was closed on us: that is an answer


def still_serving(cluster, mnt):
    for label, process in cluster.servers.items():
        assert process.poll() is None, f"{label} ended with {process.returncode}"
    (mnt / "alive").write_text("yes")
    assert (mnt / "alive").read_text() == "yes"


def test_garbage_does_not_disturb_a_server(shared_cluster, mnt):
    random.seed(1)
    for address in ports(shared_cluster):
        for size in (1, 64, 1000, 100_000):
            send_raw(address, random.randbytes(size))
        send_raw(address, GREETING)
        send_raw(address, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    still_serving(shared_cluster, mnt)


def test_malformed_messages_are_dropped_or_answered(shared_cluster, mnt):
    random.seed(2)
    messages = [
        frame(b""),
        frame(b"SHN1" + b"\0" * 124) + b"",
        frame(b"SHN1" + random.randbytes(124), more=True) + frame(random.randbytes(50)),
        frame(b"XXXX" + random.randbytes(124), more=True) + frame(b""),
        b"".join(frame(b"x", more=True) for _ in range(200)) + frame(b"end"),
        frame(random.randbytes(3 << 20)),
        bytes([2]) + (1 << 62).to_bytes(8, "big") + b"never comes",
    ]
    for address in ports(shared_cluster):
        for message in messages:
            send_raw(address, GREETING + READY + message)
    still_serving(shared_cluster, mnt)


def test_many_connections_that_say_nothing_do_not_stop_a_server(shared_cluster, mnt):
    address = (shared_cluster.address, 8000)
    connections = [socket.create_connection(address, timeout=5) for _ in range(200)]
    try:
        still_serving(shared_cluster, mnt)
    finally:
        for connection in connections:
            connection.close()


def sheen(*arguments, env=None):
    environment = dict(os.environ, **(env or {}))
    environment.pop("SHEEN_MGS", None)
    return subprocess.run([str(BIN / "sheen"), *map(str, arguments)], text=True, capture_output=True, timeout=60,
                          env=environment)


@pytest.mark.parametrize("arguments, code", [
    (["nonsense"], 2),
    (["status", "--nonsense"], 2),
    (["status", "--mgs", "127.99.99.99"], 3),
    (["df", "--mgs", "127.99.99.99", "--fsname", "demo"], 3),
    (["param", "list", "--mgs", "127.99.99.99", "--fsname", "demo"], 3),
    (["param", "get"], 2),
    (["explain"], 2),
    (["explain", "/etc/passwd"], 1),
    (["getstripe", "/etc/passwd"], 1),
    (["getstripe", "/nonexistent"], 1),
    (["setstripe", "--count", "2", "/etc/passwd"], 1),
    (["setstripe", "--count", "many", "/tmp"], 2),
    (["fault", "list", "none-MDT0000"], 3),
    (["status", "--mgs", "localhost:abc"], 2),
    (["status", "--mgs", "localhost:70000"], 2),
    (["param", "get", "no.such"], 2),
    (["mkfs"], 2),
    (["mkfs", "--ost", "--fsname", "demo", "--index", "0", "--mgs", "localhost:abc", "/tmp/x"], 2),
    (["mkfs", "--ost", "--fsname", "demo", "--index", "0", "--mgs", "localhost:70000", "/tmp/x"], 2),
    (["mkfs", "--mgt", "--fsname", "demo", "--device", "/dev/null", "/tmp/x"], 2),
    (["mkfs", "--mdt", "--fsname", "demo", "--index", "0", "/tmp/x"], 2),
    (["mkfs", "--mgt", "--fsname", "way-too-long", "--service-node", "127.0.0.1", "/tmp/x"], 2),
    (["mkfs", "--mgt", "--fsname", "demo", "--service-node", "127.0.0.1", "/proc/nowhere"], 1),
    (["mkfs", "--mgt", "--fsname", "demo", "--service-node", "127.0.0.1", "--device", "/dev/null"], 1),
])
def test_wrong_use_gets_one_clear_line(arguments, code):
    done = sheen(*arguments)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    assert done.stderr.startswith("sheen: "), done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


@pytest.mark.parametrize("arguments, line", [
    (["bogus"], "sheen: unknown subcommand 'bogus': see sheen --help"),
    (["demo", "bogus"], "sheen: unknown subcommand 'bogus': see sheen demo --help"),
    (["param"], "sheen: a subcommand is missing: see sheen param --help"),
    (["explain"], "sheen: PATH is required: see sheen explain --help"),
    (["param", "get"], "sheen: NAME is required: see sheen param get --help"),
    (["status", "--mgs", "127.99.99.99"],
     "sheen: connection refused or broken, MGS at 127.99.99.99: start it, or name another one with --mgs"),
])
def test_a_line_says_what_is_wrong_once(arguments, line):
    assert sheen(*arguments).stderr == line + "\n"


def test_a_target_is_closed_to_others(scratch):
    (scratch / "there").mkdir(mode=0o755)
    for name in "there", "new":
        assert mkfs_ost(scratch / name).returncode == 0
        assert (scratch / name).stat().st_mode & 0o7777 == 0o700


def test_mkfs_warns_of_a_file_system_it_is_not_made_for(scratch):
    assert mkfs_ost(scratch / "ext4").stderr == ""
    where = scratch / "tmpfs"
    where.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "memory", where], check=True)
    try:
        done = mkfs_ost(where / "ost")
        assert done.returncode == 0 and "warning" in done.stderr and len(done.stderr.splitlines()) == 1, done
    finally:
        subprocess.run(["umount", where], check=True)


def test_mkfs_refuses_what_holds_data(scratch):
    target = scratch / "used"
    target.mkdir()
    (target / "precious").write_text("data")
    arguments = ["mkfs", "--mgt", "--fsname", "demo", "--service-node", "127.0.0.1", target]
    done = sheen(*arguments)
    assert done.returncode == 1 and "used" in done.stderr
    assert (target / "precious").read_text() == "data"
    fresh = scratch / "fresh"
    assert sheen(*arguments[:-1], fresh).returncode == 0
    assert sheen(*arguments[:-1], fresh).returncode == 1, "formatting twice needs --reformat"


def mkfs_ost(directory, *options):
    return sheen("mkfs", "--ost", "--fsname", "demo", "--index", "0", "--mgs", "127.0.0.1", "--service-node",
                 "127.0.0.1", *options, directory)


def make_used_ost(directory):
    assert mkfs_ost(directory).returncode == 0
    for name in "LOCK", "store.db", "store.db-wal", "store.db-shm":
        (directory / name).write_text("old")
    (directory / "O" / "1" / "d0").mkdir(parents=True)
    (directory / "O" / "1" / "d0" / "0.0.0").write_text("old")


def test_mkfs_makes_missing_parents(scratch):
    assert mkfs_ost(scratch / "srv" / "demo" / "OST0000").returncode == 0
    assert (scratch / "srv" / "demo" / "OST0000" / "target.toml").exists()


def test_reformat_destroys_a_target_and_nothing_else(scratch):
    target = scratch / "ost"
    make_used_ost(target)
    old = (target / "target.toml").read_text()
    (target / "precious").write_text("data")
    before = sorted(os.listdir(target))
    done = mkfs_ost(target, "--reformat")
    assert done.returncode == 1 and "precious" in done.stderr, done
    assert sorted(os.listdir(target)) == before and (target / "target.toml").read_text() == old
    (target / "precious").unlink()
    assert mkfs_ost(target, "--reformat").returncode == 0
    assert sorted(os.listdir(target)) == ["LOCK", "target.toml"]
    assert (target / "target.toml").read_text() != old


def test_an_interrupted_reformat_is_finished_by_the_next(scratch):
    target = scratch / "ost"
    make_used_ost(target)
    (target / "target.toml").rename(target / "target.toml.destroyed")
    (target / "store.db").unlink()
    assert mkfs_ost(target).returncode == 1, "what is left needs --reformat"
    assert mkfs_ost(target, "--reformat").returncode == 0
    assert sorted(os.listdir(target)) == ["LOCK", "target.toml"]


def test_reformat_refuses_a_mount_in_the_target(scratch):
    target = scratch / "ost"
    make_used_ost(target)
    subprocess.run(["mount", "-t", "tmpfs", "nobodys", target / "O"], check=True)
    try:
        done = mkfs_ost(target, "--reformat")
        assert done.returncode == 1 and "is mounted in it" in done.stderr, done
        assert (target / "store.db").exists()
    finally:
        subprocess.run(["umount", target / "O"], check=True)


@pytest.mark.parametrize("fstype, mib", [("ext4", 64), ("xfs", 320)])
def test_mkfs_formats_a_device(scratch, fstype, mib):
    image = scratch / "disk.img"
    with open(image, "wb") as file:
        file.truncate(mib << 20)
    loop = subprocess.run(["losetup", "--find", "--show", str(image)], text=True, capture_output=True)
    if loop.returncode != 0:
        pytest.skip("no loop devices here: " + loop.stderr)
    device = loop.stdout.strip()
    try:
        arguments = ["mkfs", "--ost", "--fsname", "demo", "--index", "0", "--mgs", "127.0.0.1",
                     "--service-node", "127.0.0.1", "--device", device, "--fstype", fstype]
        done = sheen(*arguments)
        assert done.returncode == 0, done.stderr
        assert sheen(*arguments).returncode == 1, "a device with a file system needs --reformat"
        where = scratch / "mnt"
        where.mkdir()
        subprocess.run(["mount", device, where], check=True)
        try:
            assert "demo-OST0000" in (where / "target.toml").read_text()
            assert where.stat().st_mode & 0o7777 == 0o700
            assert run("stat", "-f", "-c", "%T", where).stdout.strip() in (fstype, "ext2/ext3")
        finally:
            subprocess.run(["umount", where], check=True)
    finally:
        subprocess.run(["losetup", "-d", device], check=True)


@pytest.mark.parametrize("program", ["sheen-mgs", "sheen-mds", "sheen-oss"])
def test_a_daemon_says_why_it_does_not_start(program, scratch):
    for arguments, code in ([], 2), (["--target", "/nonexistent"], 1), (["--target", str(scratch)], 1), \
            (["--target", str(scratch), "--log-level", "loud"], 2):
        done = subprocess.run([str(BIN / program), *arguments], text=True, capture_output=True, timeout=30)
        assert done.returncode == code, done
        assert done.stderr.startswith(program + ": ") and len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_a_second_process_on_one_target_is_refused(shared_cluster):
    done = subprocess.run([str(BIN / "sheen-oss"), "--target", str(shared_cluster.target_dirs["OST0000"]),
                           "--foreground"], text=True, capture_output=True, timeout=30)
    assert done.returncode == 1
    assert "served by another process" in done.stderr


def test_a_second_target_of_one_name_on_a_host_is_refused(shared_cluster, scratch):
    run(BIN / "sheen", "mkfs", "--ost", "--fsname", shared_cluster.fsname, "--index", "0", "--mgs", "127.0.0.1",
        "--service-node", "127.0.0.1", scratch / "namesake")
    done = subprocess.run([str(BIN / "sheen-oss"), "--target", str(scratch / "namesake"), "--foreground"], text=True,
                          capture_output=True, timeout=30)
    assert done.returncode == 1
    assert "a target called test-OST0000 is served on this host already" in done.stderr
