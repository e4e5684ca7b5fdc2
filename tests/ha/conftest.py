# SPDX-License-Identifier: Apache-2.0
import pathlib
import shutil
import subprocess

import pytest

from scheduler import PREFERRED, ROOT, empty_cib, places, plan_xml, run, simulate


@pytest.fixture(scope="session", autouse=True)
def installed_agents(tmp_path_factory):
    """pcs and Pacemaker look for agents where packages put them: there lies an overlay, seen by this process only."""
    memory = tmp_path_factory.mktemp("installed")
    subprocess.run(["mount", "-t", "tmpfs", "sheen-ha", str(memory)], check=True)
    for number, folder in enumerate(("/usr/lib/ocf", "/usr/sbin")):
        upper, work = memory / f"upper{number}", memory / f"work{number}"
        upper.mkdir()
        work.mkdir()
        subprocess.run(["mount", "-t", "overlay", "sheen-ha", "-o", f"lowerdir={folder},upperdir={upper},workdir={work}", folder],
                       check=True)
    agents = pathlib.Path("/usr/lib/ocf/resource.d/sheen")
    agents.mkdir(exist_ok=True)
    for name in "target", "network":
        shutil.copy(ROOT / "ocf-agents" / name, agents)
    shutil.copytree(ROOT / "ocf-agents/lib", "/usr/lib/ocf/lib/sheen", dirs_exist_ok=True)
    shutil.copy(ROOT / "tests/cluster/fence/fence_power_switch", "/usr/sbin")
    yield
    for folder in "/usr/sbin", "/usr/lib/ocf", str(memory):
        subprocess.run(["umount", folder], check=True)


@pytest.fixture(scope="session")
def pair_file():
    return pathlib.Path(__file__).with_name("pair.toml")


@pytest.fixture(scope="session")
def configured(pair_file, tmp_path_factory):
    """The pair's configuration, made from nothing."""
    directory = tmp_path_factory.mktemp("configured")
    empty = directory / "empty.xml"
    empty.write_text(empty_cib("oss1", "oss2"))
    path = directory / "configured.xml"
    path.write_text(plan_xml(pair_file, empty))
    return path


@pytest.fixture
def started(configured, tmp_path):
    """Both nodes up, everything where it is preferred."""
    path = tmp_path / "started.xml"
    simulate(configured, path, "--node-up", "oss1", "--node-up", "oss2")
    assert places(path) == {target: [node] for target, node in PREFERRED.items()}
    return path


@pytest.fixture
def with_an_address(tmp_path):
    """A pair without Sheen. Its address has no location: it runs anywhere, until nothing runs without one."""
    cib, path = tmp_path / "cib.xml", tmp_path / "with-an-address.xml"
    cib.write_text(empty_cib("oss1", "oss2"))
    run("pcs", "-f", cib, "property", "set", "stonith-enabled=false")
    run("pcs", "-f", cib, "resource", "create", "address", "ocf:heartbeat:IPaddr2", "ip=10.0.0.99")
    simulate(cib, path, "--node-up", "oss1", "--node-up", "oss2")
    return path


@pytest.fixture
def fewer_file(pair_file, tmp_path):
    """The pair's description without its last target, demo-OST0001."""
    path = tmp_path / "fewer.toml"
    path.write_text("[[target]]".join(pair_file.read_text().split("[[target]]")[:-1]))
    return path
