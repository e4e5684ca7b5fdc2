# SPDX-License-Identifier: Apache-2.0
"""The sheen command against a running file system."""
import json
import os
import signal
import subprocess
import time

import pytest

from minicluster import BIN, run, wait_until


def test_status_names_every_target_and_client(shared_cluster):
    status = shared_cluster.sheen_json("status")
    labels = {target["label"]: target for target in status["targets"]}
    assert set(labels) == {shared_cluster.full_label(label) for label in shared_cluster.labels}
    assert all(target["state"] == "up" and target["epoch"] >= 1 for target in labels.values())
    counters = [value for target in status["targets"] for value in target["counters"].values()]
    assert counters and all(isinstance(value, int) for value in counters)
    text = shared_cluster.sheen("status").stdout
    assert all(label in text for label in labels)


def test_status_says_which_target_is_down(shared_cluster):
    shared_cluster.kill("OST0001")
    try:
        done = shared_cluster.sheen("status", check=False)
        assert done.returncode == 1
        line = next(l for l in done.stdout.splitlines() if shared_cluster.full_label("OST0001") in l)
        assert "down" in line or "unreachable" in line, line
    finally:
        shared_cluster.start("OST0001")
        shared_cluster.wait_up()


def test_df_adds_up(shared_cluster):
    rows = shared_cluster.sheen_json("df")
    osts = [t for t in rows["targets"] if "OST" in t["label"]]
    assert len(osts) == 4
    assert rows["total"]["bytes_total"] == sum(t["bytes_total"] for t in osts)


def test_parameters_are_kept_and_checked(shared_cluster):
    names = [row["name"] for row in shared_cluster.sheen_json("param", "list")["params"]]
    assert "stripe.default_count" in names
    shared_cluster.sheen("param", "set", "stripe.default_count", "2")
    try:
        assert "2" in shared_cluster.sheen("param", "get", "stripe.default_count").stdout
        shared_cluster.restart("MGT")
        shared_cluster.wait_up()
        assert "2" in shared_cluster.sheen("param", "get", "stripe.default_count").stdout
        path = shared_cluster.directory / "mnt" / "two"
        wait_until(lambda: path.write_text("x") and
                   len(json.loads(run(BIN / "sheen", "getstripe", "--json", path).stdout)["components"][0]["osts"]) == 2
                   or path.unlink(), 10, "default count in use")
        path.unlink()
    finally:
        shared_cluster.sheen("param", "unset", "stripe.default_count")
    assert shared_cluster.sheen("param", "set", "stripe.default_count", "banana", check=False).returncode == 2
    assert shared_cluster.sheen("param", "set", "no.such", "1", check=False).returncode == 2


def test_what_clusters_report_is_listed_also_by_the_next_mgs(shared_cluster):
    assert shared_cluster.sheen("events", "list").stdout == "nothing was told yet\n"
    host = shared_cluster.sheen_json("status")["targets"][0]["host"]
    told = shared_cluster.sheen("events", "report", "fencing", host, "--dead", "--at", "1763950000.25", "--text",
                                "Operation reboot: OK")
    assert "sessions were told" in told.stdout
    shared_cluster.sheen("events", "report", "resource", "oss2", "--resource", "demo-OST0000", "--failed", "--text", "start\nof it")
    shared_cluster.sheen("events", "report", "node", "oss1", "--text", "lost" * 1000)
    shared_cluster.restart("MGT")
    shared_cluster.wait_up()
    first, second, third = shared_cluster.sheen_json("events", "list")["events"]  # by time, and these were told one after the other
    assert (first["kind"], first["node"], first["at_ns"], first["failed"]) == ("fencing", host, 1763950000250000000, False)
    assert (second["resource"], second["text"], second["failed"]) == ("demo-OST0000", "start of it", True)
    assert second["reporter"] and third["text"] == "lost" * 256
    assert [row["node"] for row in shared_cluster.sheen_json("events", "list", "--last", "2")["events"]] == ["oss2", "oss1"]
    lines = shared_cluster.sheen("events", "list").stdout.splitlines()
    assert len(lines) == 4 and "Operation reboot: OK" in lines[1] and "FAILED: start of it" in lines[2]


@pytest.mark.parametrize("words", [("flood", "oss1"), ("node", "oss1", "--dead"), ("fencing", "oss1", "--dead", "--failed"),
                                   ("node", "oss1", "--at", "-1")])
def test_a_report_of_nothing_known_is_refused(shared_cluster, words):
    assert shared_cluster.sheen("events", "report", *words, check=False).returncode == 2


def test_a_report_waits_for_an_mgs_that_starts(shared_cluster):
    shared_cluster.kill("MGT")
    environment = dict(os.environ, SHEEN_MGS=shared_cluster.address)
    with subprocess.Popen([BIN / "sheen", "events", "report", "node", "oss9", "--text", "member"], env=environment) as report:
        time.sleep(2)
        assert report.poll() is None
        shared_cluster.start("MGT")
        assert report.wait(timeout=20) == 0
    shared_cluster.wait_up()
    assert shared_cluster.sheen_json("events", "list", "--last", "1")["events"][0]["node"] == "oss9"


def test_striping_over_all_osts(shared_cluster, mnt):
    run(BIN / "sheen", "setstripe", "--count", "4", "--size", "64k", mnt / "wide")
    data = os.urandom((1 << 20) + 12345)
    (mnt / "wide").write_bytes(data)
    assert (mnt / "wide").read_bytes() == data
    layout = json.loads(run(BIN / "sheen", "getstripe", "--json", mnt / "wide").stdout)["components"][0]
    assert layout["stripe_size"] == 65536 and len(set(layout["osts"])) == 4
    explained = json.loads(run(BIN / "sheen", "explain", "--json", mnt / "wide").stdout)
    assert sum(o["size"] for o in explained["objects"]) == len(data)
    assert explained["mdt"].endswith("MDT0000")
    # What it names really is there.
    for row in explained["objects"]:
        label = row["ost"].split("-")[1]
        assert (shared_cluster.target_dirs[label] / row["path"]).stat().st_size == row["size"]


def test_a_directorys_default_is_inherited(shared_cluster, mnt):
    (mnt / "d").mkdir()
    run(BIN / "sheen", "setstripe", "--count", "3", "--size", "128k", mnt / "d")
    (mnt / "d" / "sub").mkdir()
    (mnt / "d" / "sub" / "f").write_text("x")
    layout = json.loads(run(BIN / "sheen", "getstripe", "--json", mnt / "d" / "sub" / "f").stdout)["components"][0]
    assert layout["stripe_size"] == 131072 and len(layout["osts"]) == 3


def test_a_chosen_first_ost(shared_cluster, mnt):
    run(BIN / "sheen", "setstripe", "--count", "2", "--start-ost", "3", mnt / "f")
    layout = json.loads(run(BIN / "sheen", "getstripe", "--json", mnt / "f").stdout)["components"][0]
    assert layout["osts"] == [3, 0]


def test_a_file_with_data_keeps_its_layout(shared_cluster, mnt):
    (mnt / "f").write_text("data")
    done = run(BIN / "sheen", "setstripe", "--count", "4", mnt / "f", check=False)
    assert done.returncode == 1
    assert (mnt / "f").read_text() == "data"


@pytest.mark.parametrize("command", [["explain"], ["getstripe", "--json"], ["setstripe", "--count", "2"]])
def test_a_command_on_a_mount_ends_when_the_mds_does_not_answer(shared_cluster, mnt, command):
    (mnt / "f").touch()
    mds = shared_cluster.servers["MDT0000"]
    mds.send_signal(signal.SIGSTOP)
    try:
        start = time.monotonic()
        # Also whoever reads the command's output is not kept waiting.
        done = run(BIN / "sheen", *command, mnt / "f", check=False, timeout=60)
        assert done.returncode == 3, done
        assert time.monotonic() - start < 25
        assert done.stderr.startswith("sheen: ") and len(done.stderr.splitlines()) == 1, done.stderr
        assert done.stdout == "" and "test-MDT0000 is down" in done.stderr
    finally:
        mds.send_signal(signal.SIGCONT)
    assert run(BIN / "sheen", "getstripe", mnt / "f").returncode == 0


def test_explain_says_which_ost_it_waited_for(shared_cluster, mnt):
    run(BIN / "sheen", "setstripe", "--count", "4", mnt / "f")
    with open(mnt / "f", "wb", buffering=0) as file:  # its size is the OSTs' to tell
        file.write(b"x" * 4_000_000)
        shared_cluster.kill("OST0001")
        try:
            done = run(BIN / "sheen", "explain", mnt / "f", check=False, timeout=25)
            assert done.returncode in (1, 3) and "test-OST0001" in done.stdout + done.stderr, done
            assert len(done.stderr.splitlines()) <= 1, done
        finally:
            shared_cluster.start("OST0001")
            shared_cluster.wait_up()


@pytest.mark.parametrize("arguments", [["--start-ost", "99"], ["--size", "1000"], ["--count", "-7"]])
def test_setstripe_tells_wrong_values_from_failures(mnt, arguments):
    done = run(BIN / "sheen", "setstripe", *arguments, mnt / "new", check=False)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done
    assert not (mnt / "new").exists()


def test_a_target_starts_while_the_mgs_is_away(shared_cluster, mnt):
    shared_cluster.kill("MGT")
    try:
        shared_cluster.restart("OST0002")
        shared_cluster.restart("MDT0000")
        (mnt / "file").write_bytes(b"z" * 5_000_000)
        assert (mnt / "file").stat().st_size == 5_000_000
    finally:
        shared_cluster.start("MGT")
        shared_cluster.wait_up()
