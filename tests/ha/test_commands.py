# SPDX-License-Identifier: Apache-2.0
"""sheen ha's commands on a configuration in a file, which Pacemaker's tools take for the living cluster."""
import os
import pathlib
import stat
import subprocess

import pytest

from scheduler import BIN, PREFERRED, places, run, set_attributes, simulate

# Moves as pcs does, but MGT and OST0000 do not arrive in time; puts oss1 in standby, but gives up waiting, and refuses to do it
# to oss2; all else is pcs itself.
PCS = """#!/bin/sh
case "$1 $2 $3" in
"node standby oss1")
	crm_attribute --node oss1 --name standby --update on
	echo "Error: Waiting timeout" >&2
	exit 1
	;;
"node standby oss2")
	echo "Error: unable to get cib" >&2
	exit 1
	;;
"resource move "*) ;;
*) exec /usr/sbin/pcs -f "$CIB_file" "$@" ;;
esac
crm_resource --move --resource "$3" --node "$4" || exit 1
case $3 in
demo-MGT | demo-OST0000)
	echo "Error: $3 did not arrive" >&2
	exit 1
	;;
esac
crm_simulate --xml-file "$CIB_file" --simulate --quorum true --save-output "$CIB_file" >/dev/null
crm_resource --clear --resource "$3"
"""


@pytest.fixture
def living(started, tmp_path):
    for tool, text in ("pcs", PCS), ("crm_node", "#!/bin/sh\necho oss1\n"):
        (tmp_path / tool).write_text(text)
        (tmp_path / tool).chmod(0o755)
    return started


def sheen_ha_on(cib, *arguments):
    environment = {**os.environ, "CIB_file": str(cib), "PATH": f"{cib.parent}:{os.environ['PATH']}"}
    return subprocess.run([str(word) for word in (BIN / "sheen", "ha", *arguments)], text=True, capture_output=True, timeout=60,
                          env=environment)


def move_all_to_oss2(cib):
    """As after maintenance of oss1."""
    run("env", f"CIB_file={cib}", "crm_attribute", "--node", "oss1", "--name", "standby", "--update", "on")
    simulate(cib, cib)
    run("env", f"CIB_file={cib}", "crm_attribute", "--node", "oss1", "--name", "standby", "--delete")
    assert places(cib) == {target: ["oss2"] for target in PREFERRED}


def test_a_move_that_fails_takes_away_its_own_constraint_and_no_other(living):
    """An administrator's ban of another target is his, and so is an older one of the same target."""
    for banned in "demo-OST0001", "demo-MGT":
        run("pcs", "-f", living, "resource", "ban", banned, "oss1" if PREFERRED[banned] == "oss2" else "oss2")
    before = living.read_text()
    assert before.count('id="cli-ban-') == 2
    done = sheen_ha_on(living, "move", "demo-OST0000", "oss2")
    assert done.returncode == 1 and "demo-OST0000 did not arrive" in done.stderr, done
    after = living.read_text()
    assert "cli-prefer-demo-OST0000" not in after
    assert after.count('id="cli-ban-') == 2


def test_a_drain_that_takes_too_long_says_that_the_node_is_in_standby(living):
    done = sheen_ha_on(living, "drain", "oss1")
    assert done.returncode == 1, done
    assert done.stderr == "sheen: pcs: Waiting timeout, oss1: oss1 is in standby; sheen ha return oss1 takes it back\n", done
    done = sheen_ha_on(living, "drain", "oss2", "--force")
    assert done.returncode == 1 and "standby" not in done.stderr and "see sheen ha status" in done.stderr, done


def test_a_drain_after_which_a_target_serves_nowhere_has_failed(living):
    """pcs waits until nothing is left to do, which is so then as well."""
    (living.parent / "pcs").write_text("""#!/bin/sh
crm_attribute --node "$3" --name standby --update on
for more in "--op-fail demo-OST0000_start_0@oss2=5" ""; do
	crm_simulate --xml-file "$CIB_file" --simulate --quorum true $more --save-output "$CIB_file" >/dev/null
done
""")
    done = sheen_ha_on(living, "drain", "oss1")
    assert done.returncode == 1 and "it does not run: oss1 is in standby; banned from oss2" in done.stderr, done
    assert "demo-OST0000: oss1 is in standby; sheen ha return oss1 takes it back" in done.stderr, done


def test_one_target_that_cannot_be_moved_keeps_no_other_from_going_back(living):
    move_all_to_oss2(living)
    run("pcs", "-f", living, "constraint", "location", "demo-OST0001", "prefers", "oss1=200", "oss2=50")
    done = sheen_ha_on(living, "rebalance")
    assert done.returncode == 1 and done.stdout == "demo-OST0001: oss2 -> oss1\n", done
    assert [line.split(",")[0] for line in done.stderr.splitlines()] == ["sheen: pcs: demo-MGT did not arrive",
                                                                         "sheen: pcs: demo-OST0000 did not arrive"], done
    assert places(living) == {target: ["oss1" if target == "demo-OST0001" else "oss2"] for target in PREFERRED}


def test_rebalance_leaves_alone_what_would_reach_nobody(living):
    """Pacemaker would not let it go there: pcs refuses such a move."""
    move_all_to_oss2(living)
    set_attributes(living, living, {"oss1": 0, "oss2": 5000})
    done = sheen_ha_on(living, "rebalance", "--dry-run")
    stay = "".join(f"{target} stays on oss2: oss1 reaches nobody on Sheen's network\n" for target in ("demo-MGT", "demo-OST0000"))
    assert (done.returncode, done.stdout) == (0, stay), done


def test_a_target_that_is_installed_nowhere_is_said_to_be_banned_from_both_nodes(configured, tmp_path):
    """crm_mon lists no failure of it: nothing runs without a location, and so it may be missing where it does not belong."""
    cib = tmp_path / "cib.xml"
    simulate(configured, cib, "--node-up", "oss1", "--node-up", "oss2", "--op-fail", "demo-OST0000_start_0@oss1=5")
    simulate(cib, cib, "--op-fail", "demo-OST0000_start_0@oss2=5")
    simulate(cib, cib)
    assert "demo-OST0000" not in places(cib)
    done = sheen_ha_on(cib, "status")
    assert done.returncode == 1 and "on its way" not in done.stdout, done
    for node in "oss1", "oss2":
        assert f"banned from {node} since its start failed: " in done.stdout, done
        assert f"pcs resource refresh demo-OST0000 node={node}" in done.stdout, done


@pytest.mark.parametrize("code", [2, 5])
def test_a_standby_that_a_probe_banned_is_found_before_it_is_needed(living, code):
    simulate(living, living, "--op-inject", f"demo-OST0000_monitor_0@oss2={code}")
    assert places(living) == {target: [node] for target, node in PREFERRED.items()}
    done = sheen_ha_on(living, "status")
    assert done.returncode == 0 and "banned from oss2 since its probe failed" in done.stdout, done
    done = sheen_ha_on(living, "doctor")
    assert done.returncode == 1 and "ERROR: demo-OST0000: oss2 could not take it: banned from oss2" in done.stdout, done


def test_two_targets_on_one_disk_are_found_whatever_it_is_called(living, tmp_path):
    for target in "demo-OST0000", "demo-OST0001":
        os.mknod(tmp_path / target, 0o600 | stat.S_IFBLK, os.makedev(7, 200))
        run("pcs", "-f", living, "resource", "update", target, f"device={tmp_path}/{target}")
    said = sheen_ha_on(living, "doctor").stdout
    assert f"ERROR: demo-OST0001: its device {tmp_path}/demo-OST0001 is the disk of demo-OST0000" in said, said


def test_apply_stops_no_resource_of_others_unasked(pair_file, with_an_address):
    before = with_an_address.read_text()
    done = sheen_ha_on(with_an_address, "apply", "--test-cluster", "--file", pair_file)
    assert done.returncode == 1 and "stop or move address" in done.stderr and "--touch-others" in done.stderr, done
    assert with_an_address.read_text() == before


@pytest.fixture
def disk(tmp_path):
    image = tmp_path / "disk.img"
    with image.open("wb") as file:
        file.truncate(16 << 20)
    device = run("losetup", "--find", "--show", image).stdout.strip()
    yield device
    run("losetup", "--detach", device)


@pytest.mark.parametrize("on_it,said", [("demo-OST0001", "holds demo-OST0001"), (None, "nothing is on"),
                                        ("missing", "is not a block device on this node")])
def test_no_target_is_stopped_for_a_device_that_is_not_its_own(living, pair_file, tmp_path, disk, on_it, said):
    device = f"{disk}-not-there" if on_it == "missing" else disk
    if on_it == "demo-OST0001":
        run("mkfs.ext4", "-q", "-L", on_it, device)
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(pair_file.read_text().replace("/dev/mapper/ost0", device))
    before = living.read_text()
    for words in ("apply", "--test-cluster"), ("plan",):
        done = sheen_ha_on(living, *words, "--file", wrong)
        assert done.returncode == 1 and said in done.stderr and "demo-OST0000" in done.stderr, done
    assert living.read_text() == before


def test_a_device_with_a_name_of_its_own_is_accepted(living, pair_file, tmp_path, disk):
    run("mkfs.ext4", "-q", "-L", "mine", disk)
    other = tmp_path / "other.toml"
    other.write_text(pair_file.read_text().replace("/dev/mapper/ost0", disk))
    assert sheen_ha_on(living, "plan", "--file", other).returncode == 0


# Well itself, it knows one node.
FENCE = """#!/bin/sh
[ "$1 $2" = "-o metadata" ] && set -- metadata
action=$1 plug=
[ $# -gt 0 ] || while IFS='=' read -r name value; do
	case $name in action) action=$value ;; plug) plug=$value ;; esac
done
case $action in
metadata)
	cat <<END
<?xml version="1.0" ?>
<resource-agent name="fence_stub" shortdesc="stub"><longdesc>stub</longdesc><vendor-url/>
<parameters>
<parameter name="action" unique="0" required="1"><getopt mixed="-o"/><content type="string" default="off"/></parameter>
<parameter name="plug" unique="0" required="0"><getopt mixed="-n"/><content type="string"/></parameter></parameters>
<actions><action name="off"/><action name="status"/><action name="monitor"/><action name="metadata"/></actions></resource-agent>
END
	;;
status) [ "$plug" = oss1 ] || [ "$plug" = oss2 ] || { echo "no plug $plug" >&2; exit 1; } ;;
esac
"""


@pytest.mark.parametrize("plug", [None, "oss9"])
def test_a_fence_device_that_does_not_know_its_node_is_refused(living, fewer_file, tmp_path, plug):
    path = pathlib.Path("/usr/sbin/fence_stub")
    path.write_text(FENCE)
    path.chmod(0o755)
    described = tmp_path / "described.toml"
    text = fewer_file.read_text().replace("fence_power_switch", "fence_stub")
    if plug:
        text = text.replace('agent = "fence_stub"', f'agent = "fence_stub", options = {{ plug = "{plug}" }}', 1)
    described.write_text(text)
    done = sheen_ha_on(living, "apply", "--file", described)
    if plug:
        assert done.returncode == 1 and "its fence device does not know it" in done.stderr and "no plug oss9" in done.stderr, done
    else:
        assert done.returncode == 2 and "--remove" in done.stderr, done  # which is looked at after that


def test_apply_removes_no_target_unasked(living, fewer_file):
    before = living.read_text()
    done = sheen_ha_on(living, "apply", "--test-cluster", "--file", fewer_file)
    assert done.returncode == 2 and "demo-OST0001" in done.stderr and "--remove" in done.stderr, done
    assert living.read_text() == before
