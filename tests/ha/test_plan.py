# SPDX-License-Identifier: Apache-2.0
"""sheen ha plan: what a description makes of a configuration, and what Pacemaker makes of that."""
import json
import xml.etree.ElementTree as ET

import pytest

from scheduler import PREFERRED, TARGETS, empty_cib, places, plan_xml, run, set_attributes, sheen_ha, simulate


def test_the_configuration_is_one_that_pacemaker_accepts(started):
    run("crm_verify", "--xml-file", started)


def test_what_is_described_and_there_is_nothing_to_change(configured, pair_file):
    done = sheen_ha("plan", "--file", pair_file, "--cib", configured)
    assert done.stdout == "nothing to change\n"


def changes(description, cib):
    said = sheen_ha("plan", "--file", description, "--cib", cib).stdout
    return [line for line in said.splitlines() if line[:2] in ("+ ", "- ")]


def test_a_changed_parameter_is_all_that_changes(configured, pair_file, tmp_path):
    changed = tmp_path / "changed.toml"
    changed.write_text(pair_file.read_text().replace('loglevel = "debug"', 'loglevel = "info"'))
    assert changes(changed, configured) == ["- demo-OST0001: loglevel=debug", "+ demo-OST0001: loglevel=info"]


def test_what_is_not_described_is_left_alone(configured, pair_file, tmp_path):
    cib = tmp_path / "cib.xml"
    cib.write_text(configured.read_text())
    run("pcs", "-f", cib, "resource", "create", "address", "ocf:heartbeat:IPaddr2", "ip=10.0.0.99")
    run("pcs", "-f", cib, "constraint", "location", "address", "prefers", "oss1=10")
    assert changes(pair_file, cib) == []
    assert 'id="address"' in plan_xml(pair_file, cib)


def test_what_one_types_with_pcs_and_what_is_described_are_the_same(pair_file, tmp_path):
    """The commands of docs/operations.md."""
    cib = tmp_path / "typed.xml"
    cib.write_text(empty_cib("oss1", "oss2"))

    def pcs(text):
        run("pcs", "-f", cib, *text.split())
    pcs("property set stonith-enabled=true no-quorum-policy=freeze symmetric-cluster=false start-failure-is-fatal=false"
        " load-threshold=1000%")
    pcs("resource defaults update resource-stickiness=1000 migration-threshold=10 failure-timeout=10min")
    for victim, other, delay in ("oss1", "oss2", 5), ("oss2", "oss1", 0):
        pcs(f"stonith create fence-{victim} fence_power_switch pcmk_host_list={victim} pcmk_delay_base={delay}s"
            " op monitor interval=60s timeout=60s")
        pcs(f"constraint location fence-{victim} prefers {other}=100")
    for label, device, preferred, other, priority in (("MDT0000", "mdt0", "oss2", "oss1", 100), ("OST0000", "ost0", "oss1", "oss2", 10)):
        pcs(f"resource create demo-{label} ocf:sheen:target target=demo-{label} device=/dev/mapper/{device}"
            f" meta priority={priority} multiple-active=stop_unexpected")
        pcs(f"constraint location demo-{label} prefers {preferred}=100 {other}=50")
        pcs(f"constraint location demo-{label} rule score-attribute=sheen-network defined sheen-network")
        pcs(f"constraint location demo-{label} rule score=5000 not_defined sheen-network")
    pcs("constraint order start demo-MDT0000 then start demo-OST0000 kind=Optional")
    run("pcs", "-f", cib, "resource", "create", "sheen-network", "ocf:sheen:network", "peers=10.0.0.1:7988 10.0.0.2:7988", "clone")
    pcs("constraint location sheen-network-clone prefers oss1=0 oss2=0")
    pcs("alert create path=/usr/share/sheen/alerts/sheen-alert id=sheen-alert")
    pcs("alert recipient add sheen-alert value=oss1,oss2")

    described = tmp_path / "described.toml"
    head, *targets = pair_file.read_text().split("[[target]]")
    described.write_text("[[target]]".join([head, *targets[1:3]]))
    assert changes(described, cib) == []
    written = tmp_path / "written.xml"
    written.write_text(empty_cib("oss1", "oss2"))
    written.write_text(plan_xml(described, written))
    assert ids(written) == ids(cib), "pcs gives its elements other ids"


def ids(cib):
    """Of everything but what a value is about: pcs edits what it finds by these."""
    return sorted(element.get("id") for element in ET.parse(cib).getroot().find("configuration").iter()
                  if element.get("id") and element.tag not in ("node", "nvpair"))


def test_a_plan_says_what_pacemaker_would_do(pair_file, tmp_path, started):
    changed = tmp_path / "changed.toml"
    changed.write_text(pair_file.read_text().replace('"/dev/mapper/ost0"', '"/dev/mapper/ost9"'))
    said = sheen_ha("plan", "--file", changed, "--cib", started).stdout
    actions = said.split("Pacemaker then:")[1]
    assert "demo-OST0000" in actions and "demo-OST0001" not in actions, said


def test_what_would_happen_to_resources_of_others_is_said(pair_file, with_an_address):
    answer = json.loads(sheen_ha("plan", "--json", "--file", pair_file, "--cib", with_an_address).stdout)
    assert answer["touched_others"] == ["address"]
    assert "not Sheen's: address" in sheen_ha("plan", "--file", pair_file, "--cib", with_an_address).stdout


def test_a_target_that_is_not_described_any_more_is_named(fewer_file, started):
    answer = json.loads(sheen_ha("plan", "--json", "--file", fewer_file, "--cib", started).stdout)
    assert answer["removed_targets"] == ["demo-OST0001"]
    assert any("Stop" in action and "demo-OST0001" in action for action in answer["actions"]), answer


@pytest.mark.parametrize("gone,left", [("oss1", "oss2"), ("oss2", "oss1")])
def test_when_a_node_fails_it_is_fenced_and_the_other_serves_all(started, tmp_path, gone, left):
    after = tmp_path / "after.xml"
    said = simulate(started, after, "--node-fail", gone)
    assert f"Fencing {gone}" in said or f"Fence (reboot) {gone}" in said, said
    assert places(after) == {target: [left] for target in TARGETS}


def test_when_a_node_comes_back_nothing_moves(started, tmp_path):
    failed, back = tmp_path / "failed.xml", tmp_path / "back.xml"
    simulate(started, failed, "--node-fail", "oss1")
    simulate(failed, back, "--node-up", "oss1")
    assert places(back) == {target: ["oss2"] for target in TARGETS}


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_that_fails_is_restarted_in_its_place_and_no_other_is_touched(started, tmp_path, target):
    after = tmp_path / "after.xml"
    said = simulate(started, after, "--op-inject", f"{target}_monitor_10000@{PREFERRED[target]}=1")
    assert places(after) == {one: [node] for one, node in PREFERRED.items()}
    stopped = {words[3] for words in map(str.split, said.splitlines()) if words[:3] == ["*", "Resource", "action:"] and words[4] == "stop"}
    assert stopped == {target}, said


def test_a_stop_that_fails_costs_the_node_and_not_the_service(started, tmp_path):
    failed, after = tmp_path / "failed.xml", tmp_path / "after.xml"
    simulate(started, failed, "--op-inject", "demo-OST0000_monitor_10000@oss1=1", "--op-fail", "demo-OST0000_stop_0@oss1=1")
    assert "Fencing oss1" in simulate(failed, after)
    assert places(after) == {target: ["oss2"] for target in TARGETS}


def test_a_node_that_reaches_nobody_loses_its_targets_to_one_that_does(started, tmp_path):
    cut, after = tmp_path / "cut.xml", tmp_path / "after.xml"
    set_attributes(started, cut, {"oss1": 0, "oss2": 5000})
    simulate(cut, after)
    assert places(after) == {target: ["oss2"] for target in TARGETS}


@pytest.mark.parametrize("value", [0, 5000])
def test_nothing_moves_while_both_nodes_reach_as_many(started, tmp_path, value):
    same, after = tmp_path / "same.xml", tmp_path / "after.xml"
    set_attributes(started, same, {"oss1": value, "oss2": value})
    simulate(same, after)
    assert places(after) == {target: [node] for target, node in PREFERRED.items()}


@pytest.mark.parametrize("node", ["oss1", "oss2"])
def test_nothing_moves_when_a_node_is_not_known_to_reach_anybody(started, tmp_path, node):
    """Its controller was started again."""
    known, after = tmp_path / "known.xml", tmp_path / "after.xml"
    set_attributes(started, known, {node: 5000})
    simulate(known, after)
    assert places(after) == {target: [where] for target, where in PREFERRED.items()}


def test_a_target_starts_before_the_network_was_looked_at(configured, tmp_path):
    # `started` proves it: there are no attributes yet. Here only one node is up, and the other was fenced.
    after = tmp_path / "after.xml"
    simulate(configured, after, "--node-up", "oss2", "--node-fail", "oss1")
    assert places(after) == {target: ["oss2"] for target in TARGETS}


def test_a_mistake_in_the_description_is_one_line(pair_file, tmp_path):
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(pair_file.read_text().replace('nodes = ["oss1", "oss2"]', 'nodes = ["oss1", "oss3"]'))
    done = sheen_ha("plan", "--file", wrong, check=False)
    assert done.returncode == 2 and "oss3" in done.stderr and len(done.stderr.splitlines()) == 1, done
    assert sheen_ha("plan", "--file", tmp_path / "none.toml", check=False).returncode == 2


@pytest.mark.parametrize("wrong", ['parameters = { nonsense = "debug" }', 'parameters = { devise = "/dev/x" }'])
def test_a_parameter_that_the_agent_does_not_have_is_refused(pair_file, tmp_path, wrong):
    description = tmp_path / "wrong.toml"
    description.write_text(pair_file.read_text().replace('parameters = { loglevel = "debug" }', wrong))
    done = sheen_ha("plan", "--file", description, check=False)
    assert done.returncode == 2 and wrong.split()[3] in done.stderr and "demo-OST0001" in done.stderr, done
    assert len(done.stderr.splitlines()) == 1


def test_an_agent_that_is_not_installed_is_named(pair_file, tmp_path):
    description = tmp_path / "wrong.toml"
    description.write_text(pair_file.read_text().replace("fence_power_switch", "fence_nothing"))
    done = sheen_ha("plan", "--file", description, check=False)
    assert done.returncode == 1 and "fence_nothing" in done.stderr and len(done.stderr.splitlines()) == 1, done


def test_without_fencing_nothing_is_applied(pair_file, tmp_path):
    description = tmp_path / "unfenced.toml"
    description.write_text(pair_file.read_text().replace('fence = { agent = "fence_power_switch" }', "", 1))
    done = sheen_ha("apply", "--file", description, check=False)
    assert done.returncode == 2 and "oss1" in done.stderr and "fence" in done.stderr, done


def test_a_fence_device_that_does_not_answer_keeps_everything_from_being_applied(pair_file):
    """There is no power switch here."""
    done = sheen_ha("apply", "--file", pair_file, check=False)
    assert done.returncode == 1 and "does not answer" in done.stderr and "oss1" in done.stderr, done


def test_a_node_that_is_not_described_is_named(pair_file, tmp_path):
    """A target could be attracted to it without having its disk there."""
    cib = tmp_path / "three.xml"
    cib.write_text(empty_cib("oss1", "oss2", "oss3"))
    done = sheen_ha("plan", "--file", pair_file, "--cib", cib, check=False)
    assert done.returncode == 2 and "oss3" in done.stderr and len(done.stderr.splitlines()) == 1, done


def test_a_target_never_starts_where_its_disk_is_not_whatever_that_node_reaches(pair_file, tmp_path):
    three, after = tmp_path / "three.toml", tmp_path / "after.xml"
    three.write_text(pair_file.read_text() + '\n[[node]]\nname = "oss3"\nfence = { agent = "fence_power_switch" }\n')
    cib = tmp_path / "three.xml"
    cib.write_text(empty_cib("oss1", "oss2", "oss3"))
    cib.write_text(plan_xml(three, cib))
    simulate(cib, after, "--node-up", "oss3", "--node-fail", "oss1", "--node-fail", "oss2")
    known, last = tmp_path / "known.xml", tmp_path / "last.xml"
    set_attributes(after, known, {"oss3": 5000})
    simulate(known, last)
    assert not any(places(last).get(target) for target in TARGETS)


@pytest.mark.parametrize("words", [["plan"], ["apply", "--test-cluster"], ["status"], ["doctor"], ["drain", "oss1"], ["return", "oss1"],
                                   ["move", "demo-OST0000", "oss2"], ["rebalance"], ["drill", "demo-OST0000"]])
def test_where_no_cluster_runs_it_is_said_in_one_line(pair_file, words):
    if words[0] in ("plan", "apply", "status", "doctor", "drill"):
        words = [words[0], "--file", str(pair_file), *words[1:]]
    done = sheen_ha(*words, check=False)
    assert done.returncode == 3 and "no cluster answers" in done.stderr and len(done.stderr.splitlines()) == 1, done


def test_how_to_make_a_cluster_is_said_where_there_is_none(pair_file):
    done = sheen_ha("plan", "--file", pair_file, check=False)
    assert "pcs cluster setup oss oss1 addr=10.0.0.3 oss2 addr=10.0.0.4 totem token=3000" in done.stderr
