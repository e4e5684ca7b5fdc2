# SPDX-License-Identifier: Apache-2.0
"""What Pacemaker says of a pair."""
import time
import xml.etree.ElementTree as ET

from . import node as nodes
from .layout import NODES, PAIRS, TARGETS, targets_of
from .shell import Failure


def monitor(node):
    """The answer of crm_mon(8) on a node."""
    return ET.fromstring(nodes.execute(node, "crm_mon", "--one-shot", "--output-as=xml", timeout=30).stdout)


def locations(node):
    """Resource -> nodes where it is started."""
    out = {}
    for resource in monitor(node).iter("resource"):
        out[resource.get("id")] = [where.get("name") for where in resource.iter("node")
                                   if resource.get("role") == "Started" and resource.get("failed") == "false"]
    return out


def where(label, ask):
    """The node that serves a target, "" if none does."""
    found = locations(NODES[ask]).get(TARGETS[label].name, [])
    return found[0] if len(found) == 1 else ""


def wait_started(pair, asked=None, timeout=60):
    """All targets of the pair are started somewhere."""
    ask = NODES[asked] if asked else PAIRS[pair][0]
    end = time.monotonic() + timeout
    while True:
        found = locations(ask)
        missing = [target.name for target in targets_of(pair) if len(found.get(target.name, [])) != 1]
        if not missing:
            return {target.label: found[target.name][0] for target in targets_of(pair)}
        if time.monotonic() > end:
            raise Failure(f"not started after {timeout} s: {' '.join(missing)}\n" +
                          nodes.execute(ask, "pcs", "status", "--full", check=False).stdout)
        time.sleep(0.3)


def online(node):
    """The pair's members as this node sees them."""
    return [one.get("name") for one in monitor(node).find("nodes") if one.get("online") == "true"]


def decides(node):
    """It knows who decides for it, which may be itself."""
    return monitor(node).find("summary/current_dc").get("present") == "true"


def failures(label, name):
    """How often the target has failed on that node, as that node knows it."""
    said = nodes.execute(NODES[name], "crm_failcount", "--query", "--resource", TARGETS[label].name, "--node", name).stdout
    return int(said.rsplit("value=", 1)[1])


def all_reach_the_same(node):
    """Pacemaker knows of no member of the pair that it reaches less of the data network than the other. The network's agent says so
    some seconds after it is so; before, a target that is moved back goes away again. One that has not said counts as one that
    reaches all (ha/configuration.h, kNetworkScore)."""
    found = monitor(node)
    values = {attributes.get("name"): attribute.get("value") for attributes in found.iterfind("node_attributes/node")
              for attribute in attributes if attribute.get("name") == "sheen-network"}
    return len({values.get(one.get("name"), "5000") for one in found.iterfind("nodes/node")}) == 1


def has_failures(node):
    found = monitor(node)
    return found.find("failures/failure") is not None or any(
        history.get("fail-count", "0") != "0" for history in found.iter("resource_history"))


def move_all(node, places, timeout=60):
    """Label -> node: all at once, as no administrator would."""
    for label, place in places.items():
        nodes.execute(node, "crm_resource", "--move", "--resource", TARGETS[label].name, "--node", place)
    end = time.monotonic() + timeout
    while any(where(label, node.name) != place for label, place in places.items()) and time.monotonic() < end:
        time.sleep(0.2)
    for label in places:
        nodes.execute(node, "crm_resource", "--clear", "--resource", TARGETS[label].name)
