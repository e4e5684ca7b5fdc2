# SPDX-License-Identifier: Apache-2.0
"""`sheen demo`: comes up, comes back, goes away, and keeps its hands off what is not its own."""
import json
import os
import pathlib
import signal

import pytest

from minicluster import BIN, ROOT, is_mounted, run, wait_until


def sheen_demo(command, directory, *arguments, check=True, timeout=120, **kwargs):
    return run(BIN / "sheen", "demo", command, "--dir", directory, *arguments, check=check, timeout=timeout, **kwargs)


class Demo:
    """Its ports and its name are its own, so that a user's demo may run beside it."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.mnt = self.directory / "mnt"
        self.fsname = f"d{os.getpid() % 10_000_000}"
        self.base_port = 21_000 + os.getpid() % 4_000

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.directory.exists():
            sheen_demo("clean", self.directory, "--force", check=False)

    def up(self, **kwargs):
        return sheen_demo("up", self.directory, "--fsname", self.fsname, "--base-port", self.base_port, "--osts", 1,
                          **kwargs)

    def mounted(self):
        return is_mounted(str(self.mnt).replace(" ", r"\040"))

    def pid(self, name):
        try:
            return int((self.directory / "run" / f"{name}.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def pid_of(self, target):
        return self.pid(f"{self.fsname}-{target}")


@pytest.fixture
def demo(scratch):
    with Demo(scratch / "a demo") as fresh:
        yield fresh


def make(target, directory):
    """As a user would, but with the programs under test, and without a build."""
    return run("make", "--no-print-directory", "-C", ROOT, target, f"BUILD={BIN.parent}", f"DEMO={directory}")


def test_a_demo_keeps_its_data_and_goes_without_a_trace(demo):
    demo.up()
    assert demo.mounted()
    (demo.mnt / "file").write_bytes(b"z" * 3_000_000)
    make("demo-down", demo.directory)
    assert not demo.mounted() and demo.pid("supervisor") is None and demo.pid_of("MDT0000") is None
    demo.up()
    assert (demo.mnt / "file").stat().st_size == 3_000_000
    assert f"removed {demo.directory}\n" in make("demo-clean", demo.directory).stdout
    assert not demo.directory.exists()
    assert "nothing is in" in make("demo-clean", demo.directory).stdout


def test_what_was_killed_comes_back(demo):
    demo.up()
    (demo.mnt / "file").write_text("here")
    before = demo.pid_of("MDT0000")
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: demo.pid_of("MDT0000") not in (None, before), 10, "the MDS is back")
    assert (demo.mnt / "file").read_text() == "here"
    # A client that died leaves a mount behind, which up replaces.
    os.kill(demo.pid("client"), signal.SIGKILL)
    wait_until(lambda: run("stat", demo.mnt / "file", check=False).returncode != 0, 10, "the client is gone")
    demo.up()
    assert (demo.mnt / "file").read_text() == "here"


def test_a_server_that_keeps_dying_comes_back_more_and_more_slowly(demo):
    demo.up()
    for _ in range(5):
        before = wait_until(lambda: demo.pid_of("OST0000"), 10, "the OSS serves")
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: demo.pid_of("OST0000") != before, 10, "its end was seen")
    log = (demo.directory / "log" / "supervisor.log").read_text().splitlines()
    assert [line.split()[-2] for line in log if "next start" in line] == ["100", "100", "100", "200", "400"]


def test_down_does_not_lose_what_servers_have_not_got(demo):
    demo.up()
    mds = demo.pid_of("MDT0000")
    (demo.mnt / "file").write_text("precious")
    os.kill(mds, signal.SIGSTOP)
    try:
        done = sheen_demo("down", demo.directory, check=False)
        assert done.returncode == 3 and "not durable" in done.stderr, done
        assert demo.mounted()
    finally:
        os.kill(mds, signal.SIGCONT)
    sheen_demo("down", demo.directory)
    demo.up()
    assert (demo.mnt / "file").read_text() == "precious"


def test_down_by_force_ends_without_the_servers(demo):
    demo.up()
    mds = demo.pid_of("MDT0000")
    (demo.mnt / "file").write_text("lost")
    os.kill(mds, signal.SIGSTOP)
    # The supervisor waits for it to stop, and kills it in the end.
    done = sheen_demo("down", demo.directory, "--force")
    assert "making durable what was written ... failed" in done.stdout
    assert not demo.mounted() and not os.path.exists(f"/proc/{mds}")


def test_a_foreign_mount_is_left_alone(demo):
    demo.mnt.mkdir(parents=True)
    (demo.directory / ".sheen-demo").touch()
    run("mount", "-t", "tmpfs", "nobodys", demo.mnt)
    try:
        (demo.mnt / "precious").write_text("data")
        done = demo.up(check=False)
        assert done.returncode == 1 and "nobodys (tmpfs) is mounted there" in done.stderr, done
        for command in "down", "clean":
            done = sheen_demo(command, demo.directory, "--force", check=False)
            assert done.returncode == 1 and "is mounted there" in done.stderr, done
        assert (demo.mnt / "precious").read_text() == "data"
    finally:
        run("umount", demo.mnt)


@pytest.mark.parametrize("name", ["targets", "run", "etc"])
def test_a_directory_that_is_no_demo_is_left_alone(scratch, name):
    (scratch / name).mkdir()
    (scratch / name / "precious").write_text("data")
    (scratch / "mnt").mkdir()
    with Demo(scratch) as demo:
        for done in [demo.up(check=False)] + [sheen_demo(c, scratch, check=False) for c in ("down", "clean")]:
            assert done.returncode == 1 and "not empty and no demo" in done.stderr, done
            # Who made this one a demo's by hand would lose it to the next `clean`.
            assert "touch" not in done.stderr and len(done.stderr.splitlines()) == 1, done
    assert (scratch / name / "precious").read_text() == "data"
    assert sorted(os.listdir(scratch)) == sorted([name, "mnt"])


def test_a_second_demo_is_refused_before_anything_is_made(demo, scratch):
    demo.up()
    with Demo(scratch / "another") as second:
        done = second.up(check=False)
        assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, done
        assert f"a demo runs on this host already, in {demo.directory}" in done.stderr
        assert not second.directory.exists()
        # By its ports, too.
        second.fsname = "e" + second.fsname[1:]
        assert str(demo.directory) in second.up(check=False).stderr
        assert not second.directory.exists()
    assert demo.pid("supervisor") is not None and demo.mounted()


def test_what_a_failed_up_started_is_stopped(demo):
    # It fails at the very end: the client cannot write its log.
    demo.directory.mkdir()
    (demo.directory / ".sheen-demo").touch()
    (demo.directory / "log" / "client.log").mkdir(parents=True)
    done = demo.up(check=False)
    assert done.returncode == 1 and "cannot be mounted" in done.stderr, done
    assert not list((demo.directory / "run").iterdir())
    supervisors = [p for p in pathlib.Path("/proc").glob("[0-9]*/cmdline") if str(demo.directory).encode() in p.read_bytes()]
    assert not supervisors
    (demo.directory / "log" / "client.log").rmdir()
    demo.up()


def test_others_than_root_are_told_so(demo):
    demo.up()
    for command in "status", "down", "clean", "up":
        done = sheen_demo(command, demo.directory, check=False, user=65534, group=65534, extra_groups=[])
        assert done.returncode == 1 and "root" in done.stderr and len(done.stderr.splitlines()) == 1, done
    assert demo.mounted()


def test_a_port_of_its_own_is_found_by_the_tools_and_other_mounts_are_named(demo, scratch):
    demo.up()
    (demo.mnt / "file").write_text("x")
    source = f"127.0.0.1:{demo.base_port}:/{demo.fsname}"
    other = scratch / "other"
    other.mkdir()
    run(BIN / "mount.sheen", f"127.0.0.1:/{demo.fsname}", other, "-o", f"mgsport={demo.base_port}")
    try:
        mounts = [line.split() for line in open("/proc/self/mounts") if "fuse.sheen" in line]
        assert [row[0] for row in mounts if row[1] == str(other)] == [source]
        run(BIN / "sheen", "explain", other / "file")
        if all(row[0] == source for row in mounts):  # nobody else's are here
            run(BIN / "sheen", "status")
        done = sheen_demo("down", demo.directory)
        assert f"{other} is a mount of this demo, too" in done.stdout
        assert str(demo.mnt) not in [l.split()[1] for l in done.stdout.splitlines() if "too:" in l]
    finally:
        run("umount", "-l", other)


def test_make_passes_force_on_and_builds_only_what_the_demo_needs():
    dry = lambda *arguments: run("make", "-n", "-C", ROOT, *arguments).stdout
    assert "--force" in dry("demo-down", "FORCE=1") and "--force" not in dry("demo-down")
    assert "--target sheen " in dry("demo") and "--target" not in dry("build")


def test_clean_leaves_what_is_not_the_demos_and_says_so(demo):
    demo.up()
    (demo.directory / "notes").write_text("mine")
    sheen_demo("down", demo.directory)
    (demo.mnt / "beneath").write_text("mine too")
    done = json.loads(sheen_demo("clean", demo.directory, "--json").stdout)
    assert str(demo.directory / "targets") in done["removed"]
    assert str(demo.mnt) not in done["removed"] and str(demo.directory) not in done["removed"]
    assert sorted(os.listdir(demo.directory)) == ["mnt", "notes"]


def test_an_interrupted_up_is_finished_by_the_next(demo):
    demo.directory.mkdir()
    (demo.directory / ".sheen-demo").touch()
    half = demo.directory / "targets" / f"{demo.fsname}-MGT"
    half.mkdir(parents=True)
    (half / "target.toml.new").write_text("label = ")
    sheen_demo("down", demo.directory)
    demo.up()
    (demo.mnt / "file").write_text("works")


def test_what_cannot_be_listed_can_be_cleaned(demo):
    broken = demo.directory / "targets" / f"{demo.fsname}-MGT"
    broken.mkdir(parents=True)
    (broken / "target.toml").write_text("no TOML at all")
    (demo.directory / ".sheen-demo").touch()
    assert demo.up(check=False).returncode == 1
    sheen_demo("clean", demo.directory)
    assert not demo.directory.exists()


def test_a_directory_that_mount_options_cannot_carry_is_refused_at_once(scratch):
    with Demo(scratch / "a,b") as demo:
        done = demo.up(check=False)
        assert done.returncode == 2 and "comma" in done.stderr and len(done.stderr.splitlines()) == 1, done
    assert not (scratch / "a,b").exists()


def test_commands_on_the_suggested_paths_are_quoted(demo):
    assert f"'{demo.mnt}'" in demo.up().stdout
