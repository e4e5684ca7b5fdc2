# SPDX-License-Identifier: Apache-2.0
"""What the agents say of themselves."""
import re
import subprocess
import xml.etree.ElementTree as ET

import pytest

from agent import AGENTS, ROOT, SUCCESS, SYSTEM_PATH, UNIMPLEMENTED

OCF_1_1 = "/usr/share/pcs/data/ocf-1.1.rng"


@pytest.fixture(params=["target", "network"])
def agent(request):
    return AGENTS / request.param


def metadata(agent, **kwargs):
    done = subprocess.run([str(agent), "meta-data"], text=True, capture_output=True,
                          env={"PATH": SYSTEM_PATH, "OCF_ROOT": "/usr/lib/ocf", "SHEEN_AGENT_LIB": str(ROOT / "ocf-agents/lib")}, **kwargs)
    assert done.returncode == SUCCESS, done
    return done.stdout


def test_it_keeps_the_schema_of_ocf_1_1(agent, tmp_path):
    path = tmp_path / "agent.xml"
    path.write_text(metadata(agent))
    done = subprocess.run(["xmllint", "--noout", "--relaxng", OCF_1_1, str(path)], text=True, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_anybody_may_ask_for_it_without_sheen_being_installed(agent):
    assert "<resource-agent" in metadata(agent, user="nobody")


def test_every_parameter_that_is_not_required_has_a_default_and_a_description(agent):
    for parameter in ET.fromstring(metadata(agent)).iter("parameter"):
        assert parameter.find("longdesc").text.strip() and parameter.find("shortdesc").text.strip()
        assert parameter.get("required") == "1" or parameter.find("content").get("default") is not None, parameter.get("name")


def test_every_parameter_that_the_agent_reads_is_described(agent):
    parts = sorted((ROOT / "ocf-agents/lib").glob("*.sh")) if agent.name == "target" else []
    text = "".join(path.read_text() for path in [agent, *parts])
    read = {name for name in re.findall(r"OCF_RESKEY_([a-z_]+)", text) if not name.startswith("CRM_") and not name.endswith("_default")}
    described = {parameter.get("name") for parameter in ET.fromstring(metadata(agent)).iter("parameter")}
    assert read == described


def test_monitors_of_different_depth_have_different_intervals(agent):
    intervals = [action.get("interval") for action in ET.fromstring(metadata(agent)).iter("action") if action.get("name") == "monitor"]
    assert len(intervals) == len(set(intervals)) > 0


def test_an_unknown_action_is_unimplemented(agent, plain):
    for action in "promote", "":
        done = subprocess.run([str(agent), action], env=plain.environment(), capture_output=True)
        assert done.returncode == UNIMPLEMENTED


def test_shellcheck_finds_nothing():
    files = [AGENTS / "target", AGENTS / "network", ROOT / "ocf-agents/alert", *sorted((ROOT / "ocf-agents/lib").iterdir())]
    done = subprocess.run(["shellcheck", "-s", "sh", "-e", "SC1090,SC1091,SC2034,SC2154", *map(str, files)], text=True, capture_output=True)
    assert done.returncode == 0, done.stdout
