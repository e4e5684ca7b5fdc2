#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the libFuzzer targets with clang and gives each a run of a bounded time.

A crash, a leak, a time-out or undefined behaviour ends a target with an error, and its input is
kept beside the binary so that the run can be repeated: build/fuzz/bin/fuzz_NAME INPUT.

"requests" is RequestStorm under libFuzzer's guidance. It needs all servers built with clang, so it
runs only when it is asked for; its seeded runs are in every build's tests.
"""
import argparse
import pathlib
import re
import subprocess
import sys

QUICK = ["message", "body", "layout", "acl"]
ALL = QUICK + ["requests"]
# What a run may be made of: a few requests of the storm need more than one message of the others.
MAX_LEN = {"requests": 16384}


def fuzz(build, name, seconds):
    corpus = build / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [build / "bin" / f"fuzz_{name}", f"-max_total_time={seconds}", "-timeout=30",
         f"-max_len={MAX_LEN.get(name, 4096)}", "-print_final_stats=1", "-verbosity=0", "-print_funcs=0",
         f"-artifact_prefix={build}/bin/{name}-", corpus],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    runs = re.search(r"number_of_executed_units: (\d+)", done.stdout)
    if done.returncode == 0 and runs:
        print(f"fuzz_{name}: {runs[1]} inputs in {seconds} s", flush=True)
        return True
    print(f"fuzz_{name}: exit {done.returncode}\n{done.stdout[-8000:]}", flush=True)
    return False


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", required=True)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("targets", nargs="*", help=f"of {', '.join(ALL)}")
    options = parser.parse_args()
    targets = options.targets or QUICK
    if not set(targets) <= set(ALL):
        parser.error(f"the targets are {', '.join(ALL)}")

    subprocess.run(
        ["cmake", "--preset", "fuzz", "-S", options.source, "-B", options.build, "-DSHEEN_BENCH=OFF"],
        check=True, cwd=options.source, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "--quiet", "-C", options.build] + [f"fuzz_{name}" for name in targets], check=True)
    failed = [name for name in targets if not fuzz(options.build, name, options.seconds)]
    print(f"fuzzers: {len(targets) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
