# SPDX-License-Identifier: Apache-2.0
"""Commands on this host."""
import subprocess


class Failure(Exception):
    """Something that the cluster should have done and did not."""


def run(*command, check=True, timeout=120, **kwargs):
    """Runs a command; what it said is in the exception if it fails."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, text=True, capture_output=True, timeout=timeout, **kwargs)
    except subprocess.TimeoutExpired as late:
        raise Failure(f"{' '.join(words)}: not within {timeout} s") from late
    if check and done.returncode != 0:
        raise Failure(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done
