# SPDX-License-Identifier: Apache-2.0
"""What ocf:sheen:target says of itself."""
import pathlib
import re
import subprocess
import xml.etree.ElementTree as ET

from agent import AGENT, ROOT, SUCCESS, SYSTEM_PATH, UNIMPLEMENTED

OCF_1_1 = "/usr/share/pcs/data/ocf-1.1.rng"


def metadata(**kwargs):
    done = subprocess.run([str(AGENT), "meta-data"], text=True, capture_output=True,
                          env={"PATH": SYSTEM_PATH, "OCF_ROOT": "/usr/lib/ocf", "SHEEN_AGENT_LIB": str(ROOT / "ocf-agents/lib")}, **kwargs)
    assert done.returncode == SUCCESS, done
    return done.stdout


def test_it_keeps_the_schema_of_ocf_1_1(tmp_path):
    path = tmp_path / "target.xml"
    path.write_text(metadata())
    done = subprocess.run(["xmllint", "--noout", "--relaxng", OCF_1_1, str(path)], text=True, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_anybody_may_ask_for_it_without_sheen_being_installed():
    assert "<resource-agent" in metadata(user="nobody")


def test_every_parameter_that_is_not_required_has_a_default_and_a_description():
    for parameter in ET.fromstring(metadata()).iter("parameter"):
        assert parameter.find("longdesc").text.strip() and parameter.find("shortdesc").text.strip()
        assert parameter.get("required") == "1" or parameter.find("content").get("default") is not None, parameter.get("name")


def test_every_parameter_that_the_agent_reads_is_described():
    text = "".join(path.read_text() for path in [AGENT, *pathlib.Path(ROOT / "ocf-agents/lib").glob("*.sh")])
    read = {name for name in re.findall(r"OCF_RESKEY_([a-z_]+)", text) if not name.startswith("CRM_") and not name.endswith("_default")}
    described = {parameter.get("name") for parameter in ET.fromstring(metadata()).iter("parameter")}
    assert read == described


def test_monitors_of_different_depth_have_different_intervals():
    intervals = [action.get("interval") for action in ET.fromstring(metadata()).iter("action") if action.get("name") == "monitor"]
    assert len(intervals) == len(set(intervals)) == 3


def test_an_unknown_action_is_unimplemented(plain):
    assert plain.act("promote").code == UNIMPLEMENTED
    assert plain.act("").code == UNIMPLEMENTED


def test_shellcheck_finds_nothing():
    files = [AGENT, *sorted((ROOT / "ocf-agents/lib").iterdir())]
    done = subprocess.run(["shellcheck", "-s", "sh", "-e", "SC1090,SC1091,SC2034,SC2154", *map(str, files)], text=True, capture_output=True)
    assert done.returncode == 0, done.stdout
