// SPDX-License-Identifier: Apache-2.0
// Proves the MGS's rules on a real SQLite file: who may register, that versions rise with every
// change and survive a restart, that sequences are never given twice, who is told of changes, and
// what becomes of the events that clusters report.
#include <algorithm>

#include <fmt/format.h>
#include <boost/test/unit_test.hpp>

#include "tests/component/mgs/mgs_fixture.h"

namespace sheen::mgs {
namespace {

using wire::AllocSequencesRequest;
using wire::GetConfigRequest;
using wire::ListEventsRequest;
using wire::ListFilesystemsRequest;
using wire::ParamSetRequest;
using wire::RegisterRequest;
using wire::ReportEventRequest;

wire::RegisterRequestT registration(std::string label, uint64_t uuid, Epoch epoch = 1,
                                    uint32_t pid = 100, std::string host = "node1") {
  wire::RegisterRequestT request;
  request.label = std::move(label);
  request.uuid = numbered_uuid(uuid).to_string();
  request.epoch = epoch;
  request.pid = pid;
  request.host_name = std::move(host);
  request.service_nodes = {"node1", "node2"};
  request.addresses = std::make_unique<wire::AddressesT>();
  request.addresses->host = "boot-id";
  request.addresses->control = {"tcp://127.0.0.1:9000"};
  request.addresses->bulk = {"tcp://127.0.0.1:9001"};
  return request;
}

wire::GetConfigRequestT config_of(std::string fsname, uint64_t known_version = 0) {
  wire::GetConfigRequestT request;
  request.fsname = std::move(fsname);
  request.known_version = known_version;
  return request;
}

wire::ParamSetRequestT param(std::string name, std::string value, bool unset = false) {
  wire::ParamSetRequestT request;
  request.fsname = "demo";
  request.name = std::move(name);
  request.value = std::move(value);
  request.unset = unset;
  return request;
}

wire::AllocSequencesRequestT sequences(std::string label, uint32_t count) {
  wire::AllocSequencesRequestT request;
  request.label = std::move(label);
  request.count = count;
  return request;
}

wire::ReportEventRequestT report(wire::ClusterEventKind kind, std::string node, std::string text,
                                 int64_t at = 0) {
  wire::ReportEventRequestT request;
  request.event = std::make_unique<wire::ClusterEventT>();
  request.event->kind = static_cast<uint8_t>(kind);
  request.event->node = std::move(node);
  request.event->text = std::move(text);
  request.event->at = at;
  request.event->reporter = "oss2";
  return request;
}

wire::ReportEventRequestT dead(std::string node) {
  auto request = report(wire::ClusterEventKind::kFencing, std::move(node), "Operation reboot");
  request.node_is_dead = true;
  return request;
}

struct Demo : MgsFixture {
  // An MGS that knows demo-OST0000 (uuid 10) and demo-MDT0000 (uuid 11).
  Demo() {
    BOOST_REQUIRE(enroll(registration("demo-OST0000", 10)));
    BOOST_REQUIRE(enroll(registration("demo-MDT0000", 11)));
    take_notices();
  }
  Result<wire::RegisterReplyT> enroll(const wire::RegisterRequestT& request) {
    return run<RegisterRequest>(session(99, wire::PeerRole::kOst), request);
  }
  wire::FsConfigT config(const std::string& fsname = "demo") {
    auto reply = run<GetConfigRequest>(session(98, wire::PeerRole::kAdmin), config_of(fsname));
    BOOST_REQUIRE(reply);
    BOOST_REQUIRE(reply->config != nullptr);
    return std::move(*reply->config);
  }
  Result<wire::ReportEventReplyT> tell(const wire::ReportEventRequestT& request) {
    return run<ReportEventRequest>(session(3, wire::PeerRole::kAdmin), request);
  }
  std::vector<std::unique_ptr<wire::ClusterEventT>> events(uint64_t before = 0,
                                                           uint32_t limit = 100) {
    wire::ListEventsRequestT request;
    request.before = before;
    request.limit = limit;
    auto reply = run<ListEventsRequest>(session(3, wire::PeerRole::kAdmin), request);
    BOOST_REQUIRE(reply);
    return std::move(reply->events);
  }
};

bool mentions(const Error& error, std::string_view part) {
  return error.message().find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mgs)

BOOST_AUTO_TEST_CASE(the_first_registration_adds_the_file_system_and_the_target) {
  MgsFixture mgs;
  target::Session& asker = mgs.session(1);
  const auto before = mgs.run<GetConfigRequest>(asker, config_of("demo"));
  BOOST_TEST((before.code() == Errc::kNotConfigured));
  BOOST_TEST(mentions(before.error(), "none yet"));

  const auto reply = mgs.run<RegisterRequest>(asker, registration("demo-OST0003", 10));
  BOOST_REQUIRE(reply);
  BOOST_TEST(reply->config->version == 1);
  BOOST_REQUIRE(reply->config->targets.size() == 1);
  const wire::TargetEntryT& entry = *reply->config->targets[0];
  BOOST_TEST(entry.label == "demo-OST0003");
  BOOST_TEST(entry.uuid == numbered_uuid(10).to_string());
  BOOST_TEST(entry.epoch == 1);
  BOOST_TEST(entry.host_name == "node1");
  BOOST_TEST(entry.service_nodes.size() == 2);
  BOOST_TEST(entry.addresses->control[0] == "tcp://127.0.0.1:9000");
  BOOST_TEST(entry.addresses->bulk[0] == "tcp://127.0.0.1:9001");
  BOOST_TEST(entry.registered_at == mgs.clock().realtime());
}

BOOST_FIXTURE_TEST_CASE(targets_are_listed_by_kind_and_index, Demo) {
  BOOST_REQUIRE(enroll(registration("demo-OST000a", 12)));
  BOOST_REQUIRE(enroll(registration("demo-OST0009", 13)));
  const auto all = config();
  std::vector<std::string> labels;
  for (const auto& target : all.targets) labels.push_back(target->label);
  const std::vector<std::string> expected = {"demo-MDT0000", "demo-OST0000", "demo-OST0009",
                                             "demo-OST000a"};
  BOOST_TEST(labels == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_label_with_another_uuid_is_refused_in_a_plain_sentence, Demo) {
  const auto reply = enroll(registration("demo-OST0000", 77, 5));
  BOOST_TEST((reply.code() == Errc::kDuplicate));
  BOOST_TEST(mentions(reply.error(), numbered_uuid(10).to_string()));
  BOOST_TEST(mentions(reply.error(), "--index"));
  BOOST_TEST(config().version == 2);
}

BOOST_FIXTURE_TEST_CASE(a_uuid_under_a_second_label_is_refused, Demo) {
  const auto reply = enroll(registration("demo-OST0001", 10, 5));
  BOOST_TEST((reply.code() == Errc::kDuplicate));
  BOOST_TEST(mentions(reply.error(), "demo-OST0000"));
}

BOOST_FIXTURE_TEST_CASE(a_higher_epoch_replaces_the_place_and_keeps_the_day_of_registration, Demo) {
  const auto first = config();
  auto request = registration("demo-OST0000", 10, 2, 555, "node2");
  request.addresses->control = {"tcp://127.0.0.2:9000"};
  BOOST_REQUIRE(enroll(request));
  const auto now = config();
  BOOST_TEST(now.version == first.version + 1);
  const wire::TargetEntryT& ost = *now.targets[1];
  BOOST_TEST(ost.epoch == 2);
  BOOST_TEST(ost.pid == 555);
  BOOST_TEST(ost.host_name == "node2");
  BOOST_TEST(ost.addresses->control[0] == "tcp://127.0.0.2:9000");
  BOOST_TEST(ost.registered_at == first.targets[1]->registered_at);
}

BOOST_FIXTURE_TEST_CASE(an_older_life_and_a_twin_in_the_same_epoch_are_refused, Demo) {
  BOOST_REQUIRE(enroll(registration("demo-OST0000", 10, 7, 200)));
  BOOST_TEST((enroll(registration("demo-OST0000", 10, 6, 201)).code() == Errc::kDuplicate));
  BOOST_TEST((enroll(registration("demo-OST0000", 10, 7, 201)).code() == Errc::kDuplicate));
  BOOST_TEST(
      (enroll(registration("demo-OST0000", 10, 7, 200, "node2")).code() == Errc::kDuplicate));
  BOOST_TEST(config().targets[1]->pid == 200);
}

BOOST_FIXTURE_TEST_CASE(registering_the_same_again_changes_nothing, Demo) {
  const uint64_t version = config().version;
  BOOST_REQUIRE(enroll(registration("demo-OST0000", 10)));
  BOOST_TEST(config().version == version);
}

BOOST_FIXTURE_TEST_CASE(nonsense_is_refused_and_leaves_no_trace, Demo) {
  auto no_epoch = registration("demo-OST0001", 12, 0);
  auto high_epoch = registration("demo-OST0001", 12, kEpochMax + 1);
  auto bad_uuid = registration("demo-OST0001", 12);
  bad_uuid.uuid = "x";
  auto nil_uuid = registration("demo-OST0001", 12);
  nil_uuid.uuid = Uuid{}.to_string();
  auto long_host = registration("demo-OST0001", 12);
  long_host.host_name.assign(256, 'h');
  auto many_nodes = registration("demo-OST0001", 12);
  many_nodes.service_nodes.assign(65, "node");
  auto long_address = registration("demo-OST0001", 12);
  long_address.addresses->control[0].assign(300, 'a');
  for (const auto* request :
       {&no_epoch, &high_epoch, &bad_uuid, &nil_uuid, &long_host, &many_nodes, &long_address})
    BOOST_TEST((enroll(*request).code() == Errc::kInvalid));
  for (const char* label : {"demo-MGT", "demo", "", "demo-OSTffff", "toolongname-OST0001"})
    BOOST_TEST((enroll(registration(label, 12)).code() == Errc::kInvalid), label);
  const auto garbage =
      run_encoded(session(1), wire::Opcode::kRegister, Buffer::copy_of("no FlatBuffer at all"));
  BOOST_TEST((garbage.code() == Errc::kBadRequest));
  BOOST_TEST(config().version == 2);
  BOOST_TEST(take_notices().empty());
}

BOOST_FIXTURE_TEST_CASE(an_empty_registration_is_refused, Demo) {
  BOOST_TEST((enroll(wire::RegisterRequestT()).code() == Errc::kInvalid));
}

BOOST_FIXTURE_TEST_CASE(one_mgs_serves_several_file_systems_with_their_own_versions, Demo) {
  BOOST_REQUIRE(enroll(registration("scratch-OST0000", 20)));
  BOOST_TEST(config("scratch").version == 1);
  BOOST_TEST(config("demo").version == 2);
  BOOST_TEST(config("scratch").targets.size() == 1);
  const auto list = run<ListFilesystemsRequest>(session(1), {});
  const std::vector<std::string> expected = {"demo", "scratch"};
  BOOST_TEST(list->fsnames == expected, boost::test_tools::per_element());
  const auto unknown = run<GetConfigRequest>(session(1), config_of("other"));
  BOOST_TEST(mentions(unknown.error(), "demo, scratch"));
}

BOOST_FIXTURE_TEST_CASE(the_configuration_is_not_sent_to_who_has_it, Demo) {
  BOOST_TEST(run<GetConfigRequest>(session(1), config_of("demo", 2))->config == nullptr);
  BOOST_TEST(run<GetConfigRequest>(session(1), config_of("demo", 1))->config != nullptr);
  // A higher version than ours is from before the MGS lost something: what we have counts.
  BOOST_TEST(run<GetConfigRequest>(session(1), config_of("demo", 3))->config != nullptr);
}

BOOST_FIXTURE_TEST_CASE(changes_are_pushed_to_who_asked_for_that_file_system, Demo) {
  BOOST_REQUIRE(enroll(registration("scratch-OST0000", 20)));
  BOOST_REQUIRE(run<GetConfigRequest>(session(1), config_of("demo")));
  BOOST_REQUIRE(run<GetConfigRequest>(session(2), config_of("scratch")));
  BOOST_REQUIRE(run<GetConfigRequest>(session(3, wire::PeerRole::kOst), config_of("demo")));
  session(4);  // connected, but never asked
  BOOST_TEST(take_notices().empty());

  BOOST_REQUIRE(run<ParamSetRequest>(session(97), param("stripe.default_count", "2")));
  const auto notices = take_notices();
  BOOST_REQUIRE(notices.size() == 2);
  for (const Notice& notice : notices) {
    BOOST_TEST((notice.client == numbered_uuid(1) || notice.client == numbered_uuid(3)));
    BOOST_TEST(notice.config.version == 3);
    BOOST_TEST(notice.config.params[0]->value == "2");
  }
}

BOOST_FIXTURE_TEST_CASE(nobody_is_told_after_the_session_ended_or_as_a_tool, Demo) {
  BOOST_REQUIRE(run<GetConfigRequest>(session(1), config_of("demo")));
  BOOST_REQUIRE(run<GetConfigRequest>(session(2, wire::PeerRole::kAdmin), config_of("demo")));
  close_session(1);
  session(1);
  BOOST_REQUIRE(run<ParamSetRequest>(session(97), param("stripe.default_count", "2")));
  BOOST_TEST(take_notices().empty());
}

BOOST_FIXTURE_TEST_CASE(a_refused_change_is_not_pushed, Demo) {
  BOOST_REQUIRE(run<GetConfigRequest>(session(1), config_of("demo")));
  BOOST_TEST(!run<ParamSetRequest>(session(97), param("stripe.default_count", "many")));
  BOOST_TEST(!enroll(registration("demo-OST0000", 77)));
  BOOST_TEST(take_notices().empty());
}

BOOST_FIXTURE_TEST_CASE(parameters_are_checked_set_and_unset, Demo) {
  BOOST_TEST(
      (run<ParamSetRequest>(session(1), param("no.such", "1")).code() == Errc::kUnknownParam));
  BOOST_TEST(
      (run<ParamSetRequest>(session(1), param("no.such", "", true)).code() == Errc::kUnknownParam));
  const auto bad = run<ParamSetRequest>(session(1), param("mdt.statfs_interval_ms", "1"));
  BOOST_TEST((bad.code() == Errc::kInvalid));
  BOOST_TEST(mentions(bad.error(), "50 to 60000"));
  auto elsewhere = param("stripe.default_count", "1");
  elsewhere.fsname = "other";
  BOOST_TEST((run<ParamSetRequest>(session(1), elsewhere).code() == Errc::kNotConfigured));

  BOOST_TEST(run<ParamSetRequest>(session(1), param("stripe.default_size", "1048576"))->version ==
             3);
  BOOST_TEST(config().params[0]->value == "1m");
  BOOST_TEST(run<ParamSetRequest>(session(1), param("stripe.default_size", "1M"))->version == 3);
  BOOST_TEST(run<ParamSetRequest>(session(1), param("stripe.default_size", "", true))->version ==
             4);
  BOOST_TEST(config().params.empty());
  BOOST_TEST(run<ParamSetRequest>(session(1), param("stripe.default_size", "", true))->version ==
             4);
}

BOOST_FIXTURE_TEST_CASE(sequences_are_fresh_and_their_owner_is_part_of_the_configuration, Demo) {
  BOOST_REQUIRE(enroll(registration("demo-MDT0001", 12)));
  const uint64_t version = config().version;
  const auto first = run<AllocSequencesRequest>(session(1), sequences("demo-MDT0000", 2));
  const auto second = run<AllocSequencesRequest>(session(1), sequences("demo-MDT0000", 1));
  const auto third = run<AllocSequencesRequest>(session(1), sequences("demo-MDT0001", 1));
  BOOST_TEST(first->first == kFirstSequence);
  BOOST_TEST(second->first == kFirstSequence + 2);
  BOOST_TEST(third->first == kFirstSequence + 3);
  const auto all = config();
  BOOST_TEST(all.version == version + 3);
  BOOST_REQUIRE(all.sequences.size() == 2);
  BOOST_TEST(all.sequences[0]->first == kFirstSequence);
  BOOST_TEST(all.sequences[0]->count == 3);
  BOOST_TEST(all.sequences[0]->mdt == 0);
  BOOST_TEST(all.sequences[1]->mdt == 1);
}

BOOST_FIXTURE_TEST_CASE(sequences_go_to_registered_mdts_in_sane_numbers_only, Demo) {
  const auto ask = [&](const char* label, uint32_t count) {
    return run<AllocSequencesRequest>(session(1), sequences(label, count)).code();
  };
  BOOST_TEST((ask("demo-OST0000", 1) == Errc::kInvalid));
  BOOST_TEST((ask("demo-MDT0005", 1) == Errc::kNotConfigured));
  BOOST_TEST((ask("demo-MDT0000", 0) == Errc::kInvalid));
  BOOST_TEST((ask("demo-MDT0000", 65537) == Errc::kInvalid));
  BOOST_TEST((ask("", 1) == Errc::kInvalid));
  BOOST_TEST(config().sequences.empty());
}

BOOST_FIXTURE_TEST_CASE(used_up_sequences_are_an_error_and_not_a_wrap_around, Demo) {
  BOOST_REQUIRE(database().execute("UPDATE filesystem SET next_sequence = 4294967290"));
  BOOST_TEST((run<AllocSequencesRequest>(session(1), sequences("demo-MDT0000", 6)).code() ==
              Errc::kNoSpace));
  const auto last = run<AllocSequencesRequest>(session(1), sequences("demo-MDT0000", 5));
  BOOST_REQUIRE(last);
  BOOST_TEST(last->first == 4294967290U);
}

BOOST_FIXTURE_TEST_CASE(everything_but_the_subscriptions_survives_a_restart, Demo) {
  BOOST_REQUIRE(run<GetConfigRequest>(session(1), config_of("demo")));
  BOOST_REQUIRE(run<ParamSetRequest>(session(97), param("stripe.default_count", "-1")));
  BOOST_REQUIRE(run<AllocSequencesRequest>(session(97), sequences("demo-MDT0000", 4)));
  const Buffer before = wire::encode(config());
  restart();
  BOOST_TEST((wire::encode(config()).view() == before.view()));
  BOOST_TEST((enroll(registration("demo-OST0000", 77)).code() == Errc::kDuplicate));
  const auto next = run<AllocSequencesRequest>(session(97), sequences("demo-MDT0000", 1));
  BOOST_TEST(next->first == kFirstSequence + 4);
  BOOST_TEST(take_notices().empty());
  BOOST_REQUIRE(run<GetConfigRequest>(session(1), config_of("demo")));
  BOOST_REQUIRE(run<ParamSetRequest>(session(97), param("stripe.default_count", "1")));
  BOOST_TEST(take_notices().size() == 1);
  BOOST_TEST(database().integrity_check().has_value());
}

BOOST_FIXTURE_TEST_CASE(the_end_of_a_node_is_told_to_those_who_use_its_targets, Demo) {
  BOOST_REQUIRE(enroll(registration("demo-OST0001", 12, 1, 100, "oss1.example.org")));
  BOOST_REQUIRE(enroll(registration("scratch-OST0000", 20, 1, 100, "oss2")));
  BOOST_REQUIRE(run<GetConfigRequest>(session(1), config_of("demo")));
  BOOST_REQUIRE(run<GetConfigRequest>(session(2), config_of("scratch")));
  take_notices();
  BOOST_TEST(tell(dead("oss1"))->told == 1u);  // as its cluster calls it
  const auto notices = take_notices();
  BOOST_REQUIRE(notices.size() == 1);
  BOOST_TEST((notices[0].client == numbered_uuid(1)));
  BOOST_TEST(notices[0].node_down == "oss1.example.org");
  for (const char* nobody : {"oss3", "", "oss"}) {
    const auto reply = tell(dead(nobody));
    BOOST_TEST(reply.has_value() == (*nobody != 0));
    BOOST_TEST(take_notices().empty());
  }
}

BOOST_FIXTURE_TEST_CASE(the_end_of_a_node_is_passed_on_whoever_tells_it_again, Demo) {
  BOOST_REQUIRE(run<GetConfigRequest>(session(1), config_of("demo")));
  BOOST_TEST(tell(dead("node1"))->told == 1u);
  auto again = dead("node1");
  again.event->reporter = "oss3";
  BOOST_TEST(tell(again)->told == 1u);
  BOOST_TEST(take_notices().size() == 2);
  BOOST_TEST(events().size() == 1);
}

BOOST_FIXTURE_TEST_CASE(what_is_no_fencing_is_kept_and_told_to_nobody, Demo) {
  BOOST_REQUIRE(run<GetConfigRequest>(session(1), config_of("demo")));
  BOOST_TEST(tell(report(wire::ClusterEventKind::kNode, "node1", "lost"))->told == 0u);
  BOOST_TEST(tell(report(wire::ClusterEventKind::kResource, "node1", "start"))->told == 0u);
  BOOST_TEST(tell(report(wire::ClusterEventKind::kFencing, "node1", "on"))->told == 0u);
  BOOST_TEST(take_notices().empty());
  BOOST_TEST(events().size() == 3);
}

BOOST_FIXTURE_TEST_CASE(events_are_listed_as_they_were_told_the_newest_first_after_a_restart_too,
                        Demo) {
  auto told = report(wire::ClusterEventKind::kResource, "oss1", "start of demo-OST0000: error", 77);
  told.event->resource = "demo-OST0000";
  told.event->failed = true;
  BOOST_REQUIRE(tell(told));
  BOOST_REQUIRE(tell(report(wire::ClusterEventKind::kNode, "oss2", "lost")));
  restart();
  const auto all = events();
  BOOST_REQUIRE(all.size() == 2);
  BOOST_TEST(all[0]->node == "oss2");
  BOOST_TEST(all[0]->at == clock().realtime());
  const wire::ClusterEventT& first = *all[1];
  BOOST_TEST(first.id < all[0]->id);
  BOOST_TEST(first.kind == static_cast<uint8_t>(wire::ClusterEventKind::kResource));
  BOOST_TEST(first.node == "oss1");
  BOOST_TEST(first.resource == "demo-OST0000");
  BOOST_TEST(first.text == "start of demo-OST0000: error");
  BOOST_TEST(first.failed);
  BOOST_TEST(first.at == 77);
  BOOST_TEST(first.reporter == "oss2");
}

BOOST_FIXTURE_TEST_CASE(the_same_of_two_reporters_is_kept_once_and_of_one_as_often_as_it_is_told,
                        Demo) {
  auto event = report(wire::ClusterEventKind::kFencing, "oss1", "reboot: failed", 100 * kSecond);
  BOOST_REQUIRE(tell(event));
  event.event->reporter = "oss3";
  event.event->at += 9 * kSecond;  // clocks differ
  BOOST_REQUIRE(tell(event));
  BOOST_TEST(events().size() == 1);
  event.event->at += 2 * kSecond;
  BOOST_REQUIRE(tell(event));
  BOOST_TEST(events().size() == 2);
  BOOST_REQUIRE(tell(event));
  BOOST_TEST(events().size() == 3);
}

BOOST_FIXTURE_TEST_CASE(the_oldest_events_are_forgotten_and_the_rest_is_read_page_by_page, Demo) {
  const int64_t count = EventTable::kKept + 5;
  for (int64_t i = 1; i <= count; ++i)
    BOOST_REQUIRE(tell(report(wire::ClusterEventKind::kNode, "oss1", fmt::to_string(i), i)));
  std::vector<int64_t> seen;
  for (uint64_t before = 0;;) {
    const auto page = events(before, UINT32_MAX);
    if (page.empty()) break;
    for (const auto& event : page) seen.push_back(event->at);
    before = page.back()->id;
  }
  BOOST_TEST(seen.size() == static_cast<size_t>(EventTable::kKept));
  BOOST_TEST(seen.front() == count);
  BOOST_TEST(seen.back() == 6);
  BOOST_TEST(std::is_sorted(seen.rbegin(), seen.rend()));
  BOOST_TEST(events(0, 1).size() == 1);
  BOOST_TEST(events(UINT64_MAX, 3).size() == 3);
  BOOST_TEST(events(0, 0).empty());
}

BOOST_FIXTURE_TEST_CASE(a_page_of_the_longest_events_fits_into_a_body, Demo) {
  for (int i = 0; i < 300; ++i) {
    auto event =
        report(wire::ClusterEventKind::kNode, std::string(255, 'n'), std::string(1024, 't'));
    event.event->resource = std::string(255, 'r');
    event.event->reporter = std::string(255, 'p');
    BOOST_REQUIRE(tell(event));
  }
  wire::ListEventsReplyT page;
  page.events = events(0, 1000);
  BOOST_TEST(page.events.size() > 100);
  BOOST_TEST(wire::encode(page).size() < kBodyMax);
}

BOOST_FIXTURE_TEST_CASE(an_event_that_is_none_is_refused, Demo) {
  const auto refused = [&](auto spoil) {
    auto request = report(wire::ClusterEventKind::kResource, "oss1", "start");
    spoil(request);
    return tell(request).code() == Errc::kInvalid;
  };
  BOOST_TEST(refused([](auto& r) { r.event = nullptr; }));
  BOOST_TEST(refused([](auto& r) { r.event->kind = 0; }));
  BOOST_TEST(refused([](auto& r) { r.event->kind = 4; }));
  BOOST_TEST(refused([](auto& r) { r.event->node = ""; }));
  BOOST_TEST(refused([](auto& r) { r.event->node = std::string(256, 'n'); }));
  BOOST_TEST(refused([](auto& r) { r.event->resource = std::string(256, 'r'); }));
  BOOST_TEST(refused([](auto& r) { r.event->reporter = "two\nlines"; }));
  BOOST_TEST(refused([](auto& r) { r.event->text = std::string(1025, 't'); }));
  BOOST_TEST(refused([](auto& r) { r.event->text = "a\x1b[2Jterminal"; }));
  BOOST_TEST(events().empty());
}

BOOST_FIXTURE_TEST_CASE(a_damaged_row_is_an_error_and_not_a_crash, Demo) {
  BOOST_REQUIRE(database().execute("UPDATE target SET entry = x'00112233' WHERE idx = 0"));
  BOOST_TEST((run<GetConfigRequest>(session(1), config_of("demo")).code() == Errc::kCorrupt));
}

BOOST_FIXTURE_TEST_CASE(it_sleeps_unless_there_is_something_to_push, Demo) {
  BOOST_TEST(role().next_wakeup() == kNever);
  static_cast<Mgs&>(role()).mark_changed("demo");
  BOOST_TEST(role().next_wakeup() == 0);
  BOOST_REQUIRE(role().step(0));
  BOOST_TEST(role().next_wakeup() == kNever);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::mgs
