# SPDX-License-Identifier: Apache-2.0
"""Pacemaker's scheduler on a configuration in a file: what it would do, and where everything would be then."""
import os
import pathlib
import subprocess
import xml.etree.ElementTree as ET

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("SHEEN_BIN", ROOT / "build/release/bin"))
TARGETS = ["demo-MGT", "demo-MDT0000", "demo-OST0000", "demo-OST0001"]
PREFERRED = {"demo-MGT": "oss1", "demo-MDT0000": "oss2", "demo-OST0000": "oss1", "demo-OST0001": "oss2"}


def run(*command, check=True):
    done = subprocess.run([str(word) for word in command], text=True, capture_output=True, timeout=120)
    assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done


def empty_cib(*nodes):
    cib = ET.fromstring(run("cibadmin", "--empty").stdout)
    for number, name in enumerate(nodes, 1):
        ET.SubElement(cib.find("configuration/nodes"), "node", id=str(number), uname=name)
    return ET.tostring(cib, encoding="unicode")


def sheen_ha(*arguments, check=True):
    return run(BIN / "sheen", "ha", *arguments, check=check)


def plan_xml(description, cib):
    return sheen_ha("plan", "--file", description, "--cib", cib, "--xml").stdout


def simulate(cib, out, *changes):
    """The configuration after the scheduler has had its way, and what it did."""
    return run("crm_simulate", "--xml-file", cib, "--simulate", "--quorum", "true", "--save-output", out, *changes).stdout


def places(cib):
    """Target -> the nodes where it runs."""
    root = ET.fromstring(run("env", f"CIB_file={cib}", "crm_mon", "--one-shot", "--output-as=xml").stdout)
    return {resource.get("id"): sorted(node.get("name") for node in resource.iter("node"))
            for resource in root.iter("resource")
            if resource.get("id") in TARGETS and resource.get("role") == "Started"}


def set_attributes(cib, out, values):
    """Node attributes as the network agent publishes them."""
    root = ET.parse(cib)
    for state in root.getroot().iter("node_state"):
        if state.get("uname") not in values:
            continue
        transient = state.find("transient_attributes")
        if transient is None:
            transient = ET.SubElement(state, "transient_attributes", id=state.get("id"))
        group = transient.find("instance_attributes")
        if group is None:
            group = ET.SubElement(transient, "instance_attributes", id=f"status-{state.get('id')}")
        ET.SubElement(group, "nvpair", id=f"status-{state.get('id')}-net", name="sheen-network", value=str(values[state.get("uname")]))
    root.write(out)
