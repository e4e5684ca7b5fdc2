#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the libFuzzer targets with clang and gives each a run of a bounded time.

A crash, a leak, a time-out or an undefined behaviour ends a target with an error, and its input is
kept beside the binary so that the run can be repeated: build/fuzz/bin/fuzz_NAME INPUT.
"""
import argparse
import pathlib
import subprocess
import sys

TARGETS = ["message", "body", "layout", "acl"]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", required=True)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()

    subprocess.run(
        ["cmake", "--preset", "fuzz", "-S", options.source, "-B", options.build, "-DSHEEN_BENCH=OFF"],
        check=True, cwd=options.source, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", options.build] + [f"fuzz_{name}" for name in TARGETS], check=True)

    failed = []
    for name in TARGETS:
        corpus = options.build / "corpus" / name
        corpus.mkdir(parents=True, exist_ok=True)
        command = [options.build / "bin" / f"fuzz_{name}", f"-max_total_time={options.seconds}",
                   "-timeout=10", "-max_len=4096", "-print_final_stats=1", "-verbosity=0",
                   f"-artifact_prefix={options.build}/bin/{name}-", corpus]
        print(f"--- fuzz_{name}, {options.seconds} s", flush=True)
        if subprocess.run(command).returncode != 0:
            failed.append(name)
    print(f"fuzzers: {len(TARGETS) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
