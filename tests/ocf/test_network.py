# SPDX-License-Identifier: Apache-2.0
"""ocf:sheen:network: what it publishes, for which peers. attrd_updater(8) is replaced by one that only notes."""
import os
import socket
import subprocess

import pytest

from agent import AGENTS, BIN, CONFIGURED, GENERIC, INSTALLED, NOT_RUNNING, ROOT, SUCCESS, SYSTEM_PATH

class Network:
    def __init__(self, directory, peers):
        self.notes = directory / "notes"
        self.run_dir = directory / "run"
        self.peers = peers
        self.parameters = {"peers": " ".join(peers), "timeout": "1", "attempts": "1"}
        programs = directory / "bin"
        programs.mkdir()
        updater = programs / "attrd_updater"
        updater.write_text(f'#!/bin/sh\necho "$*" >>{self.notes}\n')
        updater.chmod(0o755)
        (programs / "sheen").symlink_to(BIN / "sheen")
        self.programs = programs

    def act(self, action, **meta):
        environment = {"PATH": f"{self.programs}:{SYSTEM_PATH}", "OCF_ROOT": "/usr/lib/ocf", "OCF_RESOURCE_INSTANCE": "net:0",
                       "SHEEN_AGENT_LIB": str(ROOT / "ocf-agents/lib"), "SHEEN_RUN_DIR": str(self.run_dir), "HA_LOGFACILITY": "none"}
        environment |= {f"OCF_RESKEY_{name}": value for name, value in self.parameters.items()}
        environment |= {f"OCF_RESKEY_CRM_meta_{name}": str(value) for name, value in meta.items()}
        return subprocess.run([str(AGENTS / "network"), action], env=environment, text=True, capture_output=True, timeout=30)

    def monitor(self):
        return self.act("monitor", interval=5000)

    def published(self):
        words = self.notes.read_text().splitlines()[-1].split()
        return int(words[words.index("--update-both") + 1]) if "--update-both" in words else None


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def refuser():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


def test_peers_that_are_reached_are_counted_whether_they_serve_or_not(scratch, listener, refuser):
    network = Network(scratch, [listener, refuser, "nonexistinghost.invalid:7988"])
    network.parameters["enough"] = "3"
    assert network.act("start").returncode == SUCCESS
    assert network.published() == 10000
    network.parameters["multiplier"] = "7"
    assert network.monitor().returncode == SUCCESS
    assert network.published() == 14


def test_the_delay_is_said_each_time(scratch, listener):
    network = Network(scratch, [listener])
    network.act("start")
    network.parameters["dampen"] = "11"
    network.monitor()
    first, second = network.notes.read_text().splitlines()
    assert "--delay 8" in first and "--delay 11" in second


def test_one_peer_is_enough_unless_more_are_asked_for(scratch, listener, refuser):
    network = Network(scratch, [listener, refuser])
    assert network.act("start").returncode == SUCCESS
    assert network.published() == 5000


def test_nobody_being_reached_is_published_and_no_failure_of_the_agent(scratch):
    network = Network(scratch, ["nonexistinghost.invalid:7988"])
    assert network.act("start").returncode == SUCCESS
    assert network.published() == 0


def test_a_stop_takes_the_attribute_away(scratch, listener):
    network = Network(scratch, [listener])
    assert network.act("monitor", interval=0).returncode == NOT_RUNNING
    assert network.act("stop").returncode == SUCCESS
    assert not network.notes.exists()
    network.act("start")
    assert network.act("monitor", interval=0).returncode == SUCCESS
    assert network.act("stop").returncode == SUCCESS
    assert "--delete" in network.notes.read_text()
    assert network.monitor().returncode == NOT_RUNNING


@pytest.mark.parametrize("name,value", [("peers", ""), ("peers", "nonsense"), ("peers", "host:port"), ("multiplier", "0"),
                                        ("timeout", "soon"), ("attempts", "0"), ("dampen", "-1")])
def test_wrong_parameters_are_not_configured(scratch, listener, name, value):
    network = Network(scratch, [listener])
    network.parameters[name] = value
    done = network.act("start")
    assert done.returncode == CONFIGURED and "ocf-exit-reason" in done.stderr, done


def test_a_cluster_that_does_not_take_the_attribute_is_told(scratch, listener):
    network = Network(scratch, [listener])
    (network.programs / "attrd_updater").write_text("#!/bin/sh\nexit 1\n")
    assert network.act("start").returncode == GENERIC


def test_sheen_not_being_installed_is_told_when_the_host_is_looked_at(scratch, listener):
    network = Network(scratch, [listener])
    (network.programs / "sheen").unlink()
    assert network.act("validate-all").returncode == SUCCESS
    environment = dict(os.environ, OCF_CHECK_LEVEL="10", OCF_ROOT="/usr/lib/ocf", OCF_RESOURCE_INSTANCE="net:0", PATH=SYSTEM_PATH,
                       OCF_RESKEY_peers=listener)
    done = subprocess.run([str(AGENTS / "network"), "validate-all"], env=environment, capture_output=True)
    assert done.returncode == INSTALLED


def test_a_program_that_does_not_run_says_nothing_of_the_network(scratch, listener):
    network = Network(scratch, [listener])
    (network.programs / "sheen").unlink()
    (network.programs / "sheen").write_text("#!/bin/sh\nexit 127\n")
    (network.programs / "sheen").chmod(0o755)
    done = network.act("start")
    assert done.returncode == GENERIC and "does not run" in done.stderr, done
    assert not network.notes.exists()
