# SPDX-License-Identifier: Apache-2.0
import itertools
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from agent import Disk, Resource, mkfs_mgt

_numbers = itertools.count()


@pytest.fixture
def scratch():
    directory = pathlib.Path(tempfile.mkdtemp(prefix="sheen-ocf-", dir="/var/tmp"))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def fsname():
    """Another one for each test: admin sockets are named after targets."""
    return f"o{os.getpid() % 10000}{next(_numbers)}"


@pytest.fixture
def plain(scratch, fsname):
    """A target in a directory."""
    resource = Resource(scratch, f"{fsname}-MGT")
    mkfs_mgt(fsname, resource.directory)
    yield resource
    resource.close()


@pytest.fixture(params=["ext4", "xfs"])
def on_disk(scratch, fsname, request):
    """A target on a block device."""
    disk = Disk(scratch, 64 if request.param == "ext4" else 320)
    resource = Resource(scratch, f"{fsname}-MGT")
    resource.parameters["device"] = disk.device
    mkfs_mgt(fsname, "--device", disk.device, "--fstype", request.param)
    yield resource
    resource.close()
    disk.close()
