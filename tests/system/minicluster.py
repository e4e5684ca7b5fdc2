# SPDX-License-Identifier: Apache-2.0
"""A file system of real processes on one host, for tests.

    with MiniCluster(tmp_path, osts=4) as cluster:
        mnt = cluster.mount()
        cluster.kill("MDT0000"); cluster.start("MDT0000")

Every cluster has a loopback address of its own, so that several can run beside one another with the
default ports. Only processes started here are ever ended, by their Popen; everything is unmounted at
the end, whatever happened.
"""
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("SHEEN_BIN", ROOT / "build/release/bin"))


class Failure(Exception):
    """Something that the test did not expect of the system."""


def run(*command, check=True, timeout=600, **kwargs):
    """Runs a command; its output is in the exception if it fails."""
    done = subprocess.run([str(c) for c in command], text=True, capture_output=True, timeout=timeout, **kwargs)
    if check and done.returncode != 0:
        raise Failure(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done


def wait_until(condition, timeout=30.0, what="condition"):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise Failure(f"{what}: not within {timeout} s")


def is_mounted(path):
    return any(line.split()[1] == str(path) for line in open("/proc/self/mounts"))


class MiniCluster:
    _next_address = 1

    def __init__(self, directory, osts=4, fsname="test", unsafe=True, target_dirs=None):
        self.directory = pathlib.Path(directory)
        self.fsname = fsname
        self.unsafe = unsafe
        number = MiniCluster._next_address + os.getpid() % 200 * 256
        MiniCluster._next_address += 1
        self.address = f"127.{16 + number // 65536 % 200}.{number // 256 % 256}.{number % 256}"
        self.labels = ["MGT", "MDT0000"] + [f"OST{i:04x}" for i in range(osts)]
        self.target_dirs = {label: pathlib.Path((target_dirs or {}).get(label, self.directory / label))
                            for label in self.labels}
        self.servers = {}
        self.mounts = []
        self.clients = {}
        self._lock = threading.Lock()

    # --- life cycle

    def __enter__(self):
        try:
            self.format()
            for label in self.labels:
                self.start(label)
            self.wait_up()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def format(self):
        for label in self.labels:
            directory = self.target_dirs[label]
            directory.mkdir(parents=True, exist_ok=True)
            if (directory / "target.toml").exists():
                continue
            kind = {"MGT": "--mgt", "MDT": "--mdt", "OST": "--ost"}[label[:3]]
            command = [BIN / "sheen", "mkfs", kind, "--fsname", self.fsname, "--service-node", self.address]
            if label != "MGT":
                command += ["--index", str(int(label[3:], 16)), "--mgs", self.address]
            run(*command, directory)

    def close(self):
        for mount in list(self.mounts):
            with contextlib.suppress(Exception):
                self.umount(mount)
            if is_mounted(mount):
                run("umount", "-l", mount, check=False)
        for process in self.clients.values():
            if process.poll() is None:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(10)
                if process.poll() is None:
                    process.kill()
        for label in reversed(self.labels):
            with contextlib.suppress(Exception):
                self.stop(label)

    # --- servers

    def full_label(self, label):
        return f"{self.fsname}-{label}"

    def start(self, label, faults=()):
        program = {"MGT": "sheen-mgs", "MDT": "sheen-mds", "OST": "sheen-oss"}[label[:3]]
        log = self.directory / "log" / f"{label}.log"
        log.parent.mkdir(exist_ok=True)
        command = [BIN / program, "--target", self.target_dirs[label], "--foreground", "--log-file", log,
                   "--log-level", os.environ.get("SHEEN_LOG", "info")]
        if self.unsafe:
            command.append("--unlock-unsafe")
        for fault in faults:
            command += ["--fault", fault]
        out = open(self.directory / "log" / f"{label}.out", "ab")
        process = subprocess.Popen([str(c) for c in command], stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        out.close()
        with self._lock:
            self.servers[label] = process
        return process

    def kill(self, label):
        """SIGKILL, and only when it is gone does this return."""
        process = self.servers[label]
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    def stop(self, label, timeout=20):
        process = self.servers.get(label)
        if process is None or process.poll() is not None:
            return None
        process.terminate()
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            process.kill()
            process.wait(10)
            raise Failure(f"{label} did not stop within {timeout} s") from error

    def restart(self, label, faults=()):
        self.kill(label)
        self.start(label, faults)

    def revive_dead(self):
        """Starts again what ended by itself (a fault point that crashes)."""
        for label, process in list(self.servers.items()):
            if process.poll() is not None:
                self.start(label)

    def wait_up(self, timeout=30):
        def up():
            done = self.sheen("status", "--json", check=False)
            # A target that never registered is not in the status.
            return done.returncode == 0 and len(json.loads(done.stdout)["targets"]) == len(self.labels)
        wait_until(up, timeout, "all targets up")

    def fault(self, label, spec):
        self.sheen("fault", "arm", self.full_label(label), spec)

    def log_text(self, label):
        return (self.directory / "log" / f"{label}.log").read_text(errors="replace")

    # --- tools and mounts

    def sheen(self, *arguments, check=True, timeout=60):
        environment = dict(os.environ, SHEEN_MGS=self.address, SHEEN_FSNAME=self.fsname)
        return run(BIN / "sheen", *arguments, check=check, timeout=timeout, env=environment)

    def sheen_json(self, *arguments):
        return json.loads(self.sheen(*arguments, "--json").stdout)

    def mount(self, name="mnt", options=""):
        """A mount of its own, in the foreground so that its log and exit code are ours."""
        path = self.directory / name
        path.mkdir(exist_ok=True)
        log = self.directory / "log" / f"{name}.log"
        out = open(self.directory / "log" / f"{name}.out", "ab")
        process = subprocess.Popen(
            [str(BIN / "mount.sheen"), f"{self.address}:/{self.fsname}", str(path), "--foreground",
             "-o", f"logfile={log},loglevel={os.environ.get('SHEEN_LOG', 'info')}" + ("," + options if options else "")],
            stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        out.close()
        self.mounts.append(path)
        self.clients[path] = process

        def ready():
            if process.poll() is not None:
                raise Failure(f"mount.sheen ended with {process.returncode}: "
                              + (self.directory / "log" / f"{name}.out").read_text())
            return is_mounted(path)
        wait_until(ready, 30, f"mount of {path}")
        os.stat(path)
        return path

    def umount(self, path):
        path = pathlib.Path(path)
        run("umount", path, timeout=60)
        self.mounts.remove(path)
        process = self.clients.pop(path)
        code = process.wait(30)
        if code != 0:
            raise Failure(f"mount.sheen of {path} ended with {code}")


class Chaos:
    """Kills each server in turn and starts it again, until the block ends."""

    def __init__(self, cluster, labels=None, interval=3.0, away=0.3):
        self.cluster = cluster
        self.labels = labels or cluster.labels
        self.interval = interval
        self.away = away
        self.kills = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._error = None

    def _run(self):
        try:
            while not self._stop.wait(self.interval):
                label = self.labels[self.kills % len(self.labels)]
                self.cluster.kill(label)
                time.sleep(self.away)
                self.cluster.start(label)
                self.kills += 1
        except BaseException as error:  # noqa: B902 - handed to the test's thread
            self._error = error

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        if self._error:
            raise self._error
