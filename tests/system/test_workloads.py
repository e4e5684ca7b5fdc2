# SPDX-License-Identifier: Apache-2.0
"""Real work on the mount, compared with ext4, first in peace and then while every server process in turn
is killed and started again every few seconds. No program may see an error.

SHEEN_TREE_FILES sets the size of the tree (default 20,000 files; rsync and git work on half of it)."""
import os
import pathlib
import shutil

import pytest

from minicluster import Chaos, run
from tree import make_tree, snapshot
from workloads import apart
import workloads

FILES = int(os.environ.get("SHEEN_TREE_FILES", "20000"))


class Reference:
    """A tree on the host's own file system, as archive and as description."""

    def __init__(self, directory, files):
        self.tree = directory / f"tree{files}"
        self.count = make_tree(self.tree, files)
        self.archive = directory / f"tree{files}.tar"
        run("tar", "-c", "--xattrs", "-f", self.archive, "-C", self.tree, ".")
        self.snapshot = snapshot(self.tree)


@pytest.fixture(scope="module")
def references(tmp_path_factory):
    directory = tmp_path_factory.mktemp("reference")
    big = Reference(directory, FILES)
    small = Reference(directory, FILES // 2)
    git_source = directory / "repo"
    files = sorted(p for p in small.tree.rglob("*.h") if p.is_file() and not p.is_symlink())
    workloads.make_git_source(git_source, files, 600)
    yield {"big": big, "small": small, "git": git_source, "directory": directory}
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(params=["in_peace", "under_fire"])
def place(request, shared_cluster, mnt):
    """The mount, quiet or with servers dying."""
    if request.param == "in_peace":
        yield mnt, "in_peace"
        return
    with Chaos(shared_cluster, interval=2.0) as chaos:
        yield mnt, "under_fire"
    print(f"server processes killed meanwhile: {chaos.kills}")
    assert chaos.kills >= 1, "nothing was killed: the work was over too soon"


def test_an_unpacked_tree_is_the_same_as_on_ext4(place, references):
    mnt, _ = place
    reference = references["big"]
    assert reference.count >= FILES
    apart(workloads.unpack_and_compare, reference.archive, reference.snapshot, mnt / "tree")


def test_a_cxx_project_builds(place):
    mnt, how = place
    apart(workloads.build_project, mnt / "project", 12 if how == "in_peace" else 16)


def test_git_clone_gc_and_fsck(place, references):
    mnt, _ = place
    apart(workloads.git_work, mnt / "clone", references["git"])


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_sqlite_keeps_its_integrity(place, mode):
    mnt, how = place
    apart(workloads.sqlite_work, mnt / mode, mode, 2000 if how == "in_peace" else 4000)


def test_the_second_rsync_finds_nothing(place, references):
    mnt, _ = place
    apart(workloads.rsync_twice, references["small"].tree, mnt / "copy")
