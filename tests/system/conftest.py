# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the system tests: a cluster for one test, or one for a whole file."""
import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from minicluster import MiniCluster, is_mounted  # noqa: E402


def make_directory():
    return pathlib.Path(tempfile.mkdtemp(prefix="sheen-system-", dir="/var/tmp"))


def remove_directory(path):
    if not any(str(path) in line for line in open("/proc/self/mounts")):
        shutil.rmtree(path, ignore_errors=True)


def print_logs(directory):
    for log in sorted((directory / "log").glob("*")):
        lines = log.read_text(errors="replace").splitlines()
        print(f"--- {log.name}: last lines of {len(lines)}")
        print("\n".join(lines[-25:]))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    cluster = next((item.funcargs[name] for name in ("cluster", "shared_cluster") if name in item.funcargs), None)
    if report.failed and cluster is not None:
        print_logs(cluster.directory)


@pytest.fixture
def scratch():
    directory = make_directory()
    yield directory
    remove_directory(directory)


@pytest.fixture
def cluster(scratch):
    with MiniCluster(scratch) as running:
        yield running


@pytest.fixture(scope="module")
def shared_cluster():
    directory = make_directory()
    with MiniCluster(directory) as running:
        running.mount()
        yield running
    remove_directory(directory)


@pytest.fixture
def mnt(shared_cluster, request):
    """A fresh directory on the shared cluster's mount."""
    path = shared_cluster.directory / "mnt" / request.node.name.replace("/", "_")[:100]
    path.mkdir()
    yield path
    shutil.rmtree(path, ignore_errors=True)
