# SPDX-License-Identifier: Apache-2.0
"""Runs the resource agent as Pacemaker's executor does: one action, parameters in the environment, an exit code."""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("SHEEN_BIN", ROOT / "build/release/bin"))
AGENTS = ROOT / "ocf-agents"
AGENT = AGENTS / "target"

# OCF Resource Agent API 1.1, return codes.
SUCCESS, GENERIC, ARGS, UNIMPLEMENTED, PERM, INSTALLED, CONFIGURED, NOT_RUNNING = range(8)
DEGRADED = 190

SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def installed_library(directory):
    """The agents' library as it is installed, with what is built."""
    library = directory / "library"
    library.mkdir()
    for file in [*(AGENTS / "lib").iterdir(), BIN / "is-claimed"]:
        (library / file.name).symlink_to(file)
    return library


def is_alive(pid):
    """Until its last thread has ended: the first can be a zombie before."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return False
    return fields[0] not in "ZX" or int(fields[17]) > 1


class Answer:
    def __init__(self, code, text, seconds):
        self.code, self.text, self.seconds = code, text, seconds
        reasons = [line.split("ocf-exit-reason:", 1)[1] for line in text.splitlines() if "ocf-exit-reason:" in line]
        self.reason = reasons[-1] if reasons else ""

    def __repr__(self):
        return f"exit {self.code} after {self.seconds:.1f} s: {self.text}"


class Resource:
    """A target on this host and its resource."""

    def __init__(self, directory, label):
        self.label = label
        self.run_dir = directory / "run"
        self.run_dir.mkdir()
        self.library = installed_library(directory)
        self.parameters = {"target": label, "directory": str(directory / "mnt"), "launcher": "direct"}
        self.path = f"{BIN}:{SYSTEM_PATH}"

    @property
    def directory(self):
        return pathlib.Path(self.parameters["directory"])

    def environment(self, **meta):
        out = {"PATH": self.path, "LANG": "C", "HOME": "/root", "OCF_ROOT": "/usr/lib/ocf", "OCF_RA_VERSION_MAJOR": "1",
               "OCF_RA_VERSION_MINOR": "1", "OCF_RESOURCE_INSTANCE": self.label, "OCF_RESOURCE_TYPE": "target",
               "OCF_RESOURCE_PROVIDER": "sheen", "SHEEN_AGENT_LIB": str(self.library),
               "SHEEN_RUN_DIR": str(self.run_dir), "HA_LOGFACILITY": "none"}
        out |= {f"OCF_RESKEY_{name}": str(value) for name, value in self.parameters.items()}
        out |= {f"OCF_RESKEY_CRM_meta_{name}": str(value) for name, value in meta.items()}
        return out

    def act(self, action, timeout=60, level=None, **meta):
        """`timeout` is the action's, in seconds; that it is kept is asserted as Pacemaker would."""
        environment = self.environment(timeout=timeout * 1000, **meta)
        if level is not None:
            environment["OCF_CHECK_LEVEL"] = str(level)
        start = time.monotonic()
        done = subprocess.run([str(AGENT), action], env=environment, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout)
        return Answer(done.returncode, done.stdout, time.monotonic() - start)

    @contextlib.contextmanager
    def begun(self, action, timeout=60):
        """The action's process, under way; killed at the end, as Pacemaker does at its time-out, without what it started."""
        with subprocess.Popen([str(AGENT), action], env=self.environment(timeout=timeout * 1000), stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                yield
            finally:
                process.kill()

    def start(self, **kwargs):
        return self.act("start", **kwargs)

    def stop(self, **kwargs):
        return self.act("stop", **kwargs)

    def monitor(self, **kwargs):
        return self.act("monitor", interval=10000, **kwargs)

    def probe(self):
        return self.act("monitor", interval=0)

    def sheen(self, *words):
        return subprocess.run([str(BIN / "sheen"), *map(str, words)], text=True, capture_output=True, timeout=30)

    def pids(self):
        out = []
        for proc in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (proc / "cmdline").read_bytes().split(b"\0")
                if words[0].startswith(b"sheen-") and str(self.directory).encode() in words:
                    out.append(int(proc.name))
        return out

    def pid(self):
        pid, = self.pids()
        return pid

    def is_mounted(self):
        return any(line.split()[4] == str(self.directory) for line in open("/proc/self/mountinfo"))

    def close(self):
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
                os.kill(pid, signal.SIGKILL)
            # One that is ending has lost its command line before its files and ports.
            while is_alive(pid):
                time.sleep(0.02)
        if self.is_mounted():
            subprocess.run(["umount", str(self.directory)], check=True)


class Disk:
    """A block device: a loop device over a file."""

    def __init__(self, directory, size_mib=64):
        self.image = directory / "disk.img"
        with self.image.open("wb") as file:
            file.truncate(size_mib << 20)
        self.device = subprocess.run(["losetup", "--find", "--show", str(self.image)], check=True, text=True,
                                     capture_output=True).stdout.strip()

    def close(self):
        subprocess.run(["losetup", "--detach", self.device], check=True)


def mkfs_mgt(fsname, *where):
    subprocess.run([str(BIN / "sheen"), "mkfs", "--mgt", "--fsname", fsname, "--service-node", "127.77.0.1", *map(str, where)],
                   check=True, text=True, capture_output=True)


def without(path, *programs):
    """A PATH with everything but these."""
    folder = path / "bin"
    folder.mkdir()
    for program in ("sheen", "sheen-mgs", "sheen-mds", "sheen-oss"):
        if program not in programs:
            (folder / program).symlink_to(BIN / program)
    assert not any(shutil.which(program, path=SYSTEM_PATH) for program in programs)
    return f"{folder}:{SYSTEM_PATH}"


def in_place_of(path, program, script):
    """A PATH on which that program is this shell script; returns the folder that goes in front."""
    folder = path / "instead"
    folder.mkdir(exist_ok=True)
    (folder / program).write_text(f"#!/bin/sh\n{script}\n")
    (folder / program).chmod(0o755)
    return folder
