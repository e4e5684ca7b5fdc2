# SPDX-License-Identifier: Apache-2.0
"""One cluster for all tests of a run. Each test finds it whole and has to leave it so; what it broke is mended after it."""
import json
import os
import pathlib
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness import cluster as clusters  # noqa: E402
from harness import crm, filesystem, network, node as nodes, power  # noqa: E402
from harness.layout import CLIENTS, MOUNTPOINT, NODES, PAIRS, TARGETS  # noqa: E402
from harness.shell import Failure  # noqa: E402


class Workload:
    """A workload on every mount, running while the test does something."""

    def __init__(self, seconds):
        self.running = {client: subprocess.Popen(
            nodes.inside(client, "sheen-workload", f"{MOUNTPOINT}/{client.name}-{time.time():.0f}", seconds),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for client in CLIENTS}
        self.seconds = seconds
        time.sleep(2)  # it is at work

    def finish(self):
        """The longest pause in seconds. No application may have seen anything else."""
        longest = 0.0
        for client, process in self.running.items():
            out, err = process.communicate(timeout=self.seconds + 120)
            assert process.returncode == 0, f"{client.name}: {err}"
            result = json.loads(out)
            assert result["errors"] == [], f"{client.name}: {result['errors']}"
            assert result["operations"] > 50 * self.seconds / 10, f"{client.name}: it hardly did anything: {result}"
            for seconds, what, _ in result["longest"]:
                print(f"{client.name}: the longest pause was {seconds:.2f} s ({what}), {result['operations']} operations")
                longest = max(longest, seconds)
        return longest

    def end(self):
        for process in self.running.values():
            if process.poll() is None:
                process.kill()
                process.wait()


class Cluster:
    """What a test does to the cluster."""

    def __init__(self):
        self.workloads = []

    def workload(self, seconds):
        self.workloads.append(Workload(seconds))
        return self.workloads[-1]

    def execute(self, node, *command, **kwargs):
        return nodes.execute(NODES[node], *command, **kwargs)

    def where(self, label):
        pair = "mds" if label[0] == "M" else "oss"
        return crm.wait_started(pair, self.live(pair))[label]

    def move(self, label, node):
        """pcs refuses while the target would not stay there: a node that has just come back has not looked at its network."""
        end = time.monotonic() + 40
        while self.where(label) != node:
            done = self.execute(node, "pcs", "resource", "move", f"demo-{label}", node, check=False, timeout=60)
            if done.returncode != 0:
                assert time.monotonic() < end, done.stderr
                time.sleep(2)

    def live(self, pair):
        """A member of the pair whose Pacemaker answers."""
        states = power.states()
        for node in PAIRS[pair]:
            if states[node.name] == "on" and nodes.execute(node, "crm_mon", "--one-shot", check=False).returncode == 0:
                return node.name
        raise Failure(f"no node of {pair} answers")

    def pid(self, label):
        return int(self.execute(self.where(label), "cat", f"/run/sheen/demo-{label}.pid").stdout)

    def epochs(self):
        text = nodes.execute(CLIENTS[0], "sheen", "--json", "status", check=False, timeout=30).stdout
        return {row["label"].split("-")[1]: row["epoch"] for row in json.loads(text)["targets"]}

    def fencings(self, since):
        return [event["node"] for event in power.events() if event["at"] >= since and event.get("fence") and "do" in event]

    def mend(self):
        """Everything on, nothing cut, no failures remembered, every target where it is preferred."""
        for workload in self.workloads:
            workload.end()
        self.workloads = []
        for node in NODES.values():
            power.ask(do="mode", node=node.name, mode="honest")
            network.heal(node)
            nodes.boot(node)
        for node in NODES.values():
            nodes.wait_booted(node)
        for name, members in PAIRS.items():
            for node in members:
                nodes.execute(node, "pcs", "cluster", "start", "--wait=60", timeout=90)
            end = time.monotonic() + 60
            while sorted(crm.online(members[0])) != sorted(node.name for node in members):
                if time.monotonic() > end:
                    raise Failure(f"the pair {name} does not come together")
                time.sleep(0.3)
            nodes.execute(members[0], "crm_resource", "--cleanup", timeout=60)
            found = crm.wait_started(name)
            for label, node in found.items():
                if node != TARGETS[label].nodes[0]:
                    self.move(label, TARGETS[label].nodes[0])
        for client in CLIENTS:
            if nodes.execute(client, "mountpoint", "-q", MOUNTPOINT, check=False).returncode != 0:
                filesystem.mount(client)


@pytest.fixture(scope="session")
def running():
    keep = "SHEEN_KEEP_CLUSTER" in os.environ  # for the one who writes a test: it need not boot each time
    if not (keep and clusters.is_up()):
        clusters.up(lambda text: print(text, flush=True))
    yield Cluster()
    if not keep:
        clusters.down()


@pytest.fixture
def cluster(running):
    yield running
    running.mend()
