# SPDX-License-Identifier: Apache-2.0
"""What the test cluster consists of: two pairs of servers, two nodes that only mount, their networks and disks.

Every node has an address on two networks: corosync and pcsd talk over `cluster`, Sheen over `data`. Clients have
only the second.
"""
import dataclasses
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]
BIN = pathlib.Path(os.environ.get("SHEEN_BIN", ROOT / "build/release/bin"))
STATE = pathlib.Path(os.environ.get("SHEEN_CLUSTER", ROOT / "build/cluster"))

FSNAME = "demo"
MOUNTPOINT = "/mnt/demo"
NETWORKS = ("cluster", "data")


@dataclasses.dataclass(frozen=True)
class Node:
    name: str
    number: int
    pair: str = ""  # "": a client

    @property
    def netns(self):
        return f"sheen-{self.name}"

    @property
    def networks(self):
        return NETWORKS if self.pair else ("data",)

    def address(self, network):
        return f"10.77.{1 + NETWORKS.index(network)}.{self.number}"


@dataclasses.dataclass(frozen=True)
class Target:
    label: str        # without the file system's name
    pair: str
    nodes: tuple      # the preferred one first
    size_mib: int
    fstype: str = "ext4"

    @property
    def name(self):
        return f"{FSNAME}-{self.label}"

    @property
    def device(self):
        return f"/dev/sheen/{self.name}"

    @property
    def directory(self):
        return f"/srv/sheen/{self.name}"


NODES = {node.name: node for node in (
    Node("mds1", 1, "mds"), Node("mds2", 2, "mds"),
    Node("oss1", 3, "oss"), Node("oss2", 4, "oss"),
    Node("client1", 5), Node("client2", 6))}

# One node's end must not take the configuration and the names at once.
TARGETS = {target.label: target for target in (
    Target("MGT", "mds", ("mds1", "mds2"), 128),
    Target("MDT0000", "mds", ("mds2", "mds1"), 512),
    Target("OST0000", "oss", ("oss1", "oss2"), 1024),
    Target("OST0001", "oss", ("oss2", "oss1"), 1024),
    Target("OST0002", "oss", ("oss1", "oss2"), 1024, "xfs"),
    Target("OST0003", "oss", ("oss2", "oss1"), 1024))}

PAIRS = {"mds": (NODES["mds1"], NODES["mds2"]), "oss": (NODES["oss1"], NODES["oss2"])}
CLIENTS = (NODES["client1"], NODES["client2"])
OSTS = [target.label for target in TARGETS.values() if target.pair == "oss"]


def targets_of(pair):
    return [target for target in TARGETS.values() if target.pair == pair]
