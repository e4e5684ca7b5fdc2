# SPDX-License-Identifier: Apache-2.0
"""ClusterLabs' own tester of agents (resource-agents' ocf-tester) has one complaint about ocf:sheen:target: it knows the document
type of OCF 1.0 only, and the metadata are OCF 1.1's (test_metadata.py holds them against that schema)."""
import subprocess

from agent import AGENT, AGENTS

KNOWN = "meta-data which does not conform to ra-api-1.dtd"


def test_ocf_tester_has_its_one_known_complaint(plain):
    words = [word for name, value in plain.parameters.items() for word in ("-o", f"{name}={value}")]
    # Of which it does some as nobody, who must be able to read everything.
    environment = plain.environment(timeout=60000) | {"SHEEN_AGENT_LIB": str(AGENTS / "lib")}
    environment = {name: value for name, value in environment.items() if not name.startswith("OCF_RES")}
    done = subprocess.run(["ocf-tester", "-v", "-n", plain.label, *words, str(AGENT)], env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    complaints = [line for line in done.stdout.splitlines() if line.startswith("* rc=")]
    assert len(complaints) == 1 and KNOWN in complaints[0], done.stdout
    assert "failed 1 tests" in done.stdout, done.stdout
