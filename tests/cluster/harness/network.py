# SPDX-License-Identifier: Apache-2.0
"""The networks: a namespace for each node and one with a bridge for each network, none of them connected to the host.

A node's namespace outlives its boots, as a cable does: what is cut stays cut until it is healed. Cuts are nftables
rules and never `ip link set down`, which corosync takes for an order and not for a failure.
"""
import pathlib

from .layout import NETWORKS, NODES
from .shell import run

SWITCH = "sheen-switch"


def _ip(netns, *words):
    run("ip", "-n", netns, *words)


def exists(netns):
    return pathlib.Path("/run/netns", netns).exists()


def up():
    run("ip", "netns", "add", SWITCH)
    for network in NETWORKS:
        _ip(SWITCH, "link", "add", network, "type", "bridge")
        _ip(SWITCH, "link", "set", network, "up")
    for node in NODES.values():
        run("ip", "netns", "add", node.netns)
        _ip(node.netns, "link", "set", "lo", "up")
        for network in node.networks:
            port = f"{node.name}-{network}"
            _ip(SWITCH, "link", "add", port, "type", "veth", "peer", "name", f"{network}0", "netns", node.netns)
            _ip(SWITCH, "link", "set", port, "master", network, "up")
            _ip(node.netns, "address", "add", f"{node.address(network)}/24", "dev", f"{network}0")
            _ip(node.netns, "link", "set", f"{network}0", "up")


def down():
    for netns in [node.netns for node in NODES.values()] + [SWITCH]:
        if exists(netns):
            run("ip", "netns", "delete", netns)


def _table(network):
    return f"sheen_cut_{network}"


def _nft(node, rules, check=True):
    return run("nsenter", f"--net=/run/netns/{node.netns}", "nft", "-f", "-", input=rules, check=check)


def cut(node, network, direction="both"):
    """Drops what the node sends ("out") or receives ("in") on that network."""
    heal(node, network)
    hooks = {"in": [("input", "iifname")], "out": [("output", "oifname")]}
    hooks["both"] = hooks["in"] + hooks["out"]
    chains = "".join(f"chain {hook} {{ type filter hook {hook} priority -300; {name} {network}0 drop; }}\n"
                     for hook, name in hooks[direction])
    _nft(node, f"table inet {_table(network)} {{\n{chains}}}\n")


def silence(node):
    """Not a byte leaves or enters: what the network sees of a node whose power is gone. Without this the kernel, which goes
    on living, would say goodbye on every connection of the processes that are killed."""
    chains = "".join(f"chain {hook} {{ type filter hook {hook} priority -300; {name} != lo drop; }}\n"
                     for hook, name in (("input", "iifname"), ("output", "oifname")))
    _nft(node, f"table inet sheen_no_power {{\n{chains}}}\n")


def let_speak(node):
    _nft(node, "delete table inet sheen_no_power\n", check=False)


def lose(node, network, percent):
    """Drops that part of what the node receives on that network."""
    heal(node, network)
    _nft(node, f"table inet {_table(network)} {{\nchain input {{ type filter hook input priority -300;"
               f" iifname {network}0 numgen random mod 100 < {percent} drop; }}\n}}\n")


def heal(node, network=None):
    for name in [network] if network else node.networks:
        _nft(node, f"delete table inet {_table(name)}\n", check=False)


def cuts(node):
    if not exists(node.netns):
        return []
    tables = run("nsenter", f"--net=/run/netns/{node.netns}", "nft", "list", "tables").stdout
    return [network for network in node.networks if _table(network) in tables]
