# SPDX-License-Identifier: Apache-2.0
"""The conformance suite (tests/posix) on ext4 and on a mount in the same run."""
import subprocess

from minicluster import BIN, ROOT


def test_what_ext4_answers_the_mount_answers(cluster):
    mnt = cluster.mount()
    reference = cluster.directory / "reference"
    for directory in (reference, mnt / "subject"):
        directory.mkdir()
        directory.chmod(0o755)
    cluster.directory.chmod(0o755)
    done = subprocess.run([str(BIN / "posix_suite"), "--reference", str(reference), "--subject", str(mnt / "subject"),
                           "--known", str(ROOT / "tests/posix/known_differences.txt")],
                          text=True, capture_output=True, timeout=900)
    print(done.stdout[-8000:], done.stderr[-2000:])
    assert done.returncode == 0
