# SPDX-License-Identifier: Apache-2.0
"""One cluster for all tests of a run. Each test finds it whole and has to leave it so; what it broke is mended after it."""
import concurrent.futures
import json
import os
import pathlib
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness import cluster as clusters  # noqa: E402
from harness import crm, filesystem, marks, network, node as nodes, owners, power  # noqa: E402
from harness.layout import CLIENTS, MOUNTPOINT, NODES, PAIRS, TARGETS  # noqa: E402
from harness.shell import Failure  # noqa: E402
from harness.workload import Workload, longest_pause, summary  # noqa: E402


SEEN = []  # what every workload of this run says at its end


class NotedWorkload(Workload):
    """A workload whose pauses are told at the end of the run, and during which every target has one owner."""

    def __init__(self, test):
        super().__init__()
        self.test = test
        self.owners = owners.Watch()

    def finish(self):
        """The longest pause in seconds. No application may have seen anything else."""
        results = super().finish()
        for client, result in results.items():
            SEEN.append(f"{self.test}: {summary(client, result)}")
            print(SEEN[-1])
        self.owners.check()
        return longest_pause(results)

    def end(self):
        self.owners.end()
        super().end()


def pytest_terminal_summary(terminalreporter):
    terminalreporter.section("what the clients saw")
    for line in SEEN + [mark.verdict() for mark in marks.ALL]:
        terminalreporter.write_line(line)


class Cluster:
    """What a test does to the cluster."""

    def __init__(self):
        self.workloads = []
        self.test = ""

    def workload(self):
        self.workloads.append(NotedWorkload(self.test))
        return self.workloads[-1]

    def until(self, holds, timeout=60):
        """Waits for what the test is about; then nothing is left to wait for."""
        end = time.monotonic() + timeout
        while True:
            try:
                if holds():
                    return
            except Failure:  # of a node that is on its way out
                pass
            assert time.monotonic() < end, f"not within {timeout} s"
            time.sleep(0.2)

    def lives_again(self, label, epoch):
        """It serves, in a life after that epoch."""
        self.until(lambda: self.epochs().get(label, 0) > epoch and self.where(label))

    def served_by(self, node, labels):
        self.until(lambda: {self.where(label) for label in labels} == {node})

    def was_fenced(self, node, since):
        self.until(lambda: self.fencings(since) == [node])

    def execute(self, node, *command, **kwargs):
        return nodes.execute(NODES[node], *command, **kwargs)

    def where(self, label):
        pair = "mds" if label[0] == "M" else "oss"
        return crm.wait_started(pair, self.live(pair))[label]

    def move(self, label, node):
        """pcs refuses while the target would not stay there."""
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

    def told(self, since):
        """What the clusters told the MGS, as a client hears of it: (kind, node, resource)."""
        text = nodes.execute(CLIENTS[0], "sheen", "--json", "events", "list", "--last", "500").stdout
        return {(row["kind"], row["node"], row["resource"]) for row in json.loads(text)["events"] if row["at_ns"] >= since * 1e9}

    def online(self, pair):
        return crm.online(PAIRS[pair][0])

    def mend_pair(self, pair):
        mend_pair(pair)

    def mend(self):
        """Everything on, nothing cut, no failures remembered, every target where it is preferred."""
        for workload in self.workloads:
            workload.end()
        self.workloads = []
        for node in NODES.values():
            power.ask(do="mode", node=node.name, mode="honest")
            network.heal(node)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(mend_pair, PAIRS))
        for client in CLIENTS:
            nodes.boot(client)
            nodes.wait_booted(client)
            if nodes.execute(client, "mountpoint", "-q", MOUNTPOINT, check=False).returncode != 0:
                filesystem.mount(client)
        self.check_owners()

    def check_owners(self):
        """One process of every target, and it is the one that the owner record and the MGS know."""
        epochs = self.epochs()
        for label, target in TARGETS.items():
            place = self.where(label)
            owner = self.owner(place, label)
            assert (owner["node"], int(owner["epoch"])) == (place, epochs[label]), f"{label} on {place}: {owner}, epochs {epochs}"
            for node in PAIRS[target.pair]:
                found = nodes.execute(node, "pgrep", "-f", "--", f"--target [^ ]*/{target.name}( |$)", check=False).stdout.split()
                assert len(found) == (1 if node.name == place else 0), f"{label} on {node.name}: processes {found}"

    def owner(self, node, label):
        """What the target's owner record says, seen from that node; nothing if it is not mounted there."""
        text = self.execute(node, "cat", f"{TARGETS[label].directory}/OWNER", check=False).stdout
        return owners.record_of(text)


def mend_pair(pair):
    come_together(pair)
    first = PAIRS[pair][0]
    if crm.has_failures(first):
        nodes.execute(first, "crm_resource", "--cleanup", timeout=60)
    end = time.monotonic() + 90
    while True:
        places = [(label, node, TARGETS[label].nodes[0]) for label, node in crm.wait_started(pair).items()]
        away = {label: preferred for label, node, preferred in places if node != preferred}
        if not away:
            return
        if time.monotonic() > end:
            raise Failure(f"not back where they are preferred: {' '.join(away)}")
        crm.move_all(first, away)


def come_together(pair, timeout=120):
    """A node may be fenced once more on the way: the other had not got round to it."""
    members = PAIRS[pair]
    end = time.monotonic() + timeout
    while True:
        try:
            for node in members:
                nodes.boot(node)
            for node in members:
                nodes.wait_booted(node)
                if nodes.execute(node, "crm_mon", "--one-shot", check=False).returncode != 0:
                    nodes.execute(node, "pcs", "cluster", "start", "--wait=60", timeout=90)
            if not all(sorted(crm.online(node)) == sorted(one.name for one in members) for node in members):
                raise Failure(f"the pair {pair} does not come together")
            if not crm.all_reach_the_same(members[0]):
                raise Failure(f"the nodes of {pair} do not reach the same")
            return
        except Failure:
            if time.monotonic() > end:
                raise
            time.sleep(0.3)


@pytest.fixture(scope="session")
def running():
    keep = "SHEEN_KEEP_CLUSTER" in os.environ  # for the one who writes a test: it need not boot each time
    if not (keep and clusters.is_up()):
        clusters.up(lambda text: print(text, flush=True))
    yield Cluster()
    if not keep:
        clusters.down()


@pytest.fixture
def cluster(running, request):
    running.test = request.node.name
    yield running
    running.mend()
