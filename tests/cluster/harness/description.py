# SPDX-License-Identifier: Apache-2.0
"""What `sheen ha` is told of each pair: /etc/sheen/ha.toml on its nodes."""
from . import node as nodes
from .layout import FSNAME, NODES, PAIRS, targets_of

FILE = "/etc/sheen/ha.toml"
TOKEN_MS = 1000


def peers(pair):
    return [f"{node.address('data')}:7988" for node in NODES.values() if node.pair != pair]


def text(pair):
    def quoted(words):
        return "[" + ", ".join(f'"{word}"' for word in words) + "]"
    lines = ["[cluster]", f'name = "sheen-{pair}"', f"token_ms = {TOKEN_MS}",
             "[network]", f"peers = {quoted(peers(pair))}",
             "[[filesystem]]", f'name = "{FSNAME}"', f"mgs = {quoted(node.name for node in PAIRS['mds'])}"]
    for node, delay in zip(PAIRS[pair], (1, 0)):  # the power switch acts at once
        lines += ["[[node]]", f'name = "{node.name}"', f'addresses = ["{node.address("cluster")}"]',
                  f'fence = {{ agent = "fence_power_switch", delay_s = {delay} }}']
    for target in targets_of(pair):
        lines += ["[[target]]", f'label = "{target.name}"', f'device = "{target.device}"', f"nodes = {quoted(target.nodes)}"]
    return "\n".join(lines) + "\n"


def write(pair):
    for node in PAIRS[pair]:
        nodes.execute(node, "sh", "-c", f"mkdir -p /etc/sheen && cat >{FILE}", input=text(pair))
