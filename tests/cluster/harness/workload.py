# SPDX-License-Identifier: Apache-2.0
"""A verifying workload on every mount, while something happens to the servers."""
import json
import subprocess
import time

from . import node as nodes
from .layout import CLIENTS, MOUNTPOINT
from .shell import Failure

LIMIT = 150  # seconds
LEAST_PER_SECOND = 5  # operations; fewer would show nothing


class Workload:
    def __init__(self):
        self.began = time.monotonic()
        self.directories = {client: f"{MOUNTPOINT}/{client.name}-{time.time():.0f}" for client in CLIENTS}
        self.running = {client: subprocess.Popen(nodes.inside(client, "sheen-workload", "run", self.directories[client],
                                                              self.directories[other], LIMIT),
                                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                        for client, other in zip(CLIENTS, reversed(CLIENTS))}
        time.sleep(2)  # it is at work

    def finish(self):
        """Client -> what it says of its run. No application may have seen more than a pause, and what it wrote is what
        the other mount reads."""
        for client in self.running:
            nodes.execute(client, "pkill", "-TERM", "-f", "/sheen-workload")
        results = {client: self._result(client, process) for client, process in self.running.items()}
        for client, other in zip(CLIENTS, reversed(CLIENTS)):
            seen = json.loads(nodes.execute(other, "sheen-workload", "digest", self.directories[client]).stdout)
            for what, wrote in results[client]["digest"].items():
                if seen[what] != wrote:
                    raise Failure(f"{other.name} does not read what {client.name} wrote, of {what}: {seen[what]}, not {wrote}")
        return results

    def _result(self, client, process):
        out, err = process.communicate(timeout=LIMIT)
        if process.returncode != 0:
            raise Failure(f"{client.name}: {err}")
        result = json.loads(out)
        if result["errors"]:
            raise Failure(f"{client.name}: {result['errors']}")
        if result["operations"] < LEAST_PER_SECOND * (time.monotonic() - self.began):
            raise Failure(f"{client.name}: it hardly did anything: {result}")
        if not result["refused"]:
            raise Failure(f"{client.name}: it never tried to get the other's locks: {result}")
        return result

    def end(self):
        """Of a test that has failed. The one who has started it on the node is not it."""
        for client, process in self.running.items():
            if process.poll() is None:
                nodes.execute(client, "pkill", "-KILL", "-f", "/sheen-workload", check=False)
                process.kill()
                process.wait()


def longest_pause(results):
    """In seconds."""
    return max((seconds for result in results.values() for seconds in result["pauses"].values()), default=0.0)


def summary(client, result):
    pauses = ", ".join(f"{seconds:.2f} s ({what})" for what, seconds in result["pauses"].items()) or "none over 0.3 s"
    return f"{client.name}: {result['operations']} operations, no error; longest pauses: {pauses}"
