# SPDX-License-Identifier: Apache-2.0
"""The file system on the cluster: formatted, its targets made resources with pcs as one would by hand, mounted."""
from . import node as nodes
from . import description
from .layout import CLIENTS, FSNAME, MOUNTPOINT, NODES, PAIRS, TARGETS, targets_of

PRIORITIES = {"MGT": 50, "MDT": 100, "OST": 10}


def format_targets():
    for target in TARGETS.values():
        kind, index = target.label[:3].lower(), target.label[3:]
        words = ["sheen", "mkfs", f"--{kind}", "--fsname", FSNAME, "--device", target.device, "--fstype", target.fstype]
        if index:
            words += ["--index", str(int(index, 16))]
        if kind != "mgt":
            words += [word for node in PAIRS["mds"] for word in ("--mgs", node.name)]
        words += [word for name in target.nodes for word in ("--service-node", name)]
        nodes.execute(NODES[target.nodes[0]], *words)


def configure(pair):
    """The two ways that docs/operations.md tells of. They lead to the same (test_ha.py)."""
    description.write(pair)
    if pair == "oss":
        nodes.execute(PAIRS[pair][0], "sheen", "ha", "apply", timeout=200)
    else:
        type_commands(pair)


def type_commands(pair):
    first, second = PAIRS[pair]

    def pcs(*words):
        nodes.execute(first, "pcs", *words)
    for victim, other, delay in ((first, second, 1), (second, first, 0)):
        pcs("stonith", "create", f"fence-{victim.name}", "fence_power_switch", f"pcmk_host_list={victim.name}",
            f"pcmk_delay_base={delay}s", "op", "monitor", "interval=60s", "timeout=60s")
        pcs("constraint", "location", f"fence-{victim.name}", "prefers", f"{other.name}=100")
    pcs("property", "set", "stonith-enabled=true", "no-quorum-policy=freeze", "symmetric-cluster=false",
        "start-failure-is-fatal=false", "load-threshold=1000%")
    pcs("resource", "defaults", "update", "resource-stickiness=1000", "migration-threshold=10", "failure-timeout=10min")
    for target in targets_of(pair):
        pcs("resource", "create", target.name, "ocf:sheen:target", f"target={target.name}", f"device={target.device}",
            "meta", f"priority={PRIORITIES[target.label[:3]]}", "multiple-active=stop_unexpected")
        preferred, other = target.nodes
        pcs("constraint", "location", target.name, "prefers", f"{preferred}=100", f"{other}=50")
        pcs("constraint", "location", target.name, "rule", "score-attribute=sheen-network", "defined", "sheen-network")
        pcs("constraint", "location", target.name, "rule", "score=5000", "not_defined", "sheen-network")
    pcs("resource", "create", "sheen-network", "ocf:sheen:network", "peers=" + " ".join(description.peers(pair)), "clone")
    pcs("constraint", "location", "sheen-network-clone", "prefers", *(f"{node.name}=0" for node in PAIRS[pair]))
    pcs("constraint", "order", "start", f"{FSNAME}-MGT", "then", "start", f"{FSNAME}-MDT0000", "kind=Optional")
    pcs("alert", "create", "path=/usr/share/sheen/alerts/sheen-alert", "id=sheen-alert")
    pcs("alert", "recipient", "add", "sheen-alert", "value=" + ",".join(node.name for node in PAIRS["mds"]))


def mount(client):
    nodes.execute(client, "mkdir", "-p", MOUNTPOINT)
    mgs = ":".join(node.name for node in PAIRS["mds"])
    nodes.execute(client, "mount", "-t", "sheen", f"{mgs}:/{FSNAME}", MOUNTPOINT, timeout=60)


def mount_everywhere():
    for client in CLIENTS:
        mount(client)
