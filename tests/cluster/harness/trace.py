# SPDX-License-Identifier: Apache-2.0
"""What a process of a node does to its target's files and says over the network, call by call.

strace(1) runs on this host and only in the node's network (to name the connections), so that neither the node's standstill
nor its end touches it. Log lines, wake-ups between threads and the like are neither files of the target nor connections.
"""
import pathlib
import re
import subprocess
import tempfile
import time

from . import node as nodes
from .shell import Failure, run

CALL = re.compile(r"\d+ +[\d.]+ (?P<name>\w+)\((?:\d+<(?P<fd>TCP\w*:\[[^\]]*\]|[^>]*)>)?")
LOOKS = {"read", "pread64", "preadv", "fstat", "newfstatat", "statfs", "fstatfs", "lseek", "close"}
SENDS = {"sendto", "sendmsg", "sendmmsg", "write", "writev", "sendfile", "splice"}
# Every message of Sheen's begins with a header of that size. What ZeroMQ's own threads say (heartbeats, greetings) is shorter.
HEADER = 128
SHORT = re.compile(r'"(?:\\.|[^"\\])*", (?P<length>\d+)')  # the length of what strace shows to its end
UNSEEN = {"io_submit", "io_uring_enter"}  # these would have to be looked into


class Trace:
    """Of one process from the moment this exists."""

    def __init__(self, node, pid):
        self.file = pathlib.Path(tempfile.mkstemp(prefix="sheen-trace-")[1])
        self.process = subprocess.Popen(["nsenter", f"--net=/run/netns/{node.netns}", "strace", "-f", "-qq", "-yy", "-ttt",
                                         "-s", str(HEADER), "-p", str(pid), "-o", self.file])
        status = pathlib.Path(f"/proc/{pid}/status")
        end = time.monotonic() + 10
        while "TracerPid:\t0\n" in status.read_text():
            if time.monotonic() > end or self.process.poll() is not None:
                raise Failure(f"strace does not get hold of process {pid}")
            time.sleep(0.02)

    def end(self):
        """Every call, as strace writes it. Lets go of the process, which may have ended."""
        self.process.terminate()
        self.process.wait()
        lines = self.file.read_text(errors="replace").splitlines()
        self.file.unlink()
        return lines


def _calls(lines):
    return [(call, line) for call, line in ((CALL.match(line), line) for line in lines) if call]


def changes(lines, directory):
    """The calls that change something below the directory, or may."""
    return [line for call, line in _calls(lines) if call["name"] in UNSEEN or directory in line and call["name"] not in LOOKS]


def messages(lines):
    """The calls that send a message over a connection, or a part of one."""
    return [line for call, line in _calls(lines)
            if call["name"] in SENDS and (call["fd"] or "").startswith("TCP") and not _is_below_messages(line)]


def _is_below_messages(line):
    short = SHORT.search(line)
    return short is not None and int(short["length"]) < HEADER


def waiting_bytes(node, pid):
    """What has arrived for the process and was not read."""
    rows = run("nsenter", f"--net=/run/netns/{node.netns}", "ss", "-Htanp").stdout.splitlines()
    return sum(int(row.split()[1]) for row in rows if f"pid={pid}," in row and not row.startswith("LISTEN"))


def shared_mappings(pid, directory):
    """Files that it could change without any call."""
    return [line for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines()
            if directory in line and line.split()[1].endswith("s")]


def on_host(node, pid):
    """The id on this host of a process that the node knows by another."""
    for one in nodes.processes(node):
        if f"\t{one}\t{pid}\n" in pathlib.Path(f"/proc/{one}/status").read_text():
            return one
    raise Failure(f"{node.name} has no process {pid}")
