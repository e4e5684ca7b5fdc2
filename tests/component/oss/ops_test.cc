// SPDX-License-Identifier: Apache-2.0
// Proves what each operation of an OST does to an ordinary object and what it answers, with the
// file work inline and in threads.
#include <filesystem>

#include <linux/falloc.h>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "lib/base/fault.h"
#include "lib/base/limits.h"
#include "tests/component/oss/oss_fixture.h"

namespace sheen::oss {
namespace {

namespace data = boost::unit_test::data;
const auto kThreads = data::make({0U, 2U});
const ObjectId kObject = object(0x2f, 0, 0x1f);

struct ArmedFault {
  explicit ArmedFault(std::string_view spec) {
    fault::unlock();
    const auto armed = fault::arm(spec);
    BOOST_REQUIRE(armed.has_value());
  }
  ~ArmedFault() { fault::disarm(""); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(operations)

BOOST_DATA_TEST_CASE(an_absent_object_is_empty_and_stays_absent, kThreads, io_threads) {
  OssFixture oss(io_threads);
  const auto seen = oss.glimpse(kObject);
  REQUIRE_OK(seen);
  BOOST_TEST(!seen->exists);
  BOOST_TEST(seen->size == 0U);
  BOOST_TEST(oss.read(kObject, 0, 100).value() == "");
  BOOST_TEST(!oss.seek(kObject, 0, true).value());
  BOOST_TEST(!oss.seek(kObject, 0, false).value());
  BOOST_TEST(!oss.truncate(kObject, 0).value().exists);
  BOOST_TEST(!oss.set_times(kObject, 5).value().exists);
  BOOST_TEST(
      !oss.allocate(kObject, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096).value().exists);
  BOOST_TEST(!oss.write(kObject, 10, "").value().exists);
  BOOST_TEST(oss.sync(kObject).has_value());
  BOOST_TEST(oss.temporary().files().empty());
}

BOOST_DATA_TEST_CASE(the_first_write_makes_the_object_and_tells_its_state, kThreads, io_threads) {
  OssFixture oss(io_threads);
  const auto wrote = oss.write(kObject, 5, "hello");
  REQUIRE_OK(wrote);
  BOOST_TEST(wrote->exists);
  BOOST_TEST(wrote->size == 10U);
  BOOST_TEST(wrote->blocks > 0U);
  BOOST_TEST(wrote->mtime > 0);
  BOOST_TEST(wrote->ctime >= wrote->mtime);
  BOOST_TEST(oss.read(kObject, 0, 100).value() == std::string(5, '\0') + "hello");
  const auto seen = oss.glimpse(kObject);
  REQUIRE_OK(seen);
  BOOST_TEST(seen->size == 10U);
  BOOST_TEST(seen->mtime == wrote->mtime);
  const std::vector<std::string> expected{"O/1a/d15/2f.0.1f"};
  BOOST_TEST(oss.temporary().files() == expected, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(a_read_is_short_at_the_end, kThreads, io_threads) {
  OssFixture oss(io_threads);
  const std::string megabyte(kBulkMax, 'x');
  REQUIRE_OK(oss.write(kObject, 0, megabyte));
  REQUIRE_OK(oss.write(kObject, kBulkMax, "tail"));
  BOOST_TEST((oss.read(kObject, 0, kBulkMax).value() == megabyte));
  BOOST_TEST(oss.read(kObject, kBulkMax - 1, 100).value() == "xtail");
  BOOST_TEST(oss.read(kObject, kBulkMax, kBulkMax).value() == "tail");
  BOOST_TEST(oss.read(kObject, kBulkMax + 4, 1).value() == "");
  BOOST_TEST(oss.read(kObject, UINT64_MAX, 1).value() == "");
  BOOST_TEST(oss.read(kObject, 0, 0).value() == "");
  BOOST_TEST((oss.read(kObject, 0, kBulkMax + 1).code() == Errc::kBadRequest));
}

BOOST_DATA_TEST_CASE(truncation_sets_the_size_and_to_zero_removes, kThreads, io_threads) {
  OssFixture oss(io_threads);
  BOOST_TEST(oss.truncate(kObject, 100).value().size == 100U);
  REQUIRE_OK(oss.write(kObject, 0, "hello"));
  BOOST_TEST(oss.truncate(kObject, 3).value().size == 3U);
  BOOST_TEST(oss.truncate(kObject, 6).value().size == 6U);
  BOOST_TEST(oss.read(kObject, 0, 100).value() == std::string("hel\0\0\0", 6));
  const auto gone = oss.truncate(kObject, 0);
  REQUIRE_OK(gone);
  BOOST_TEST(!gone->exists);
  BOOST_TEST(gone->size == 0U);
  BOOST_TEST(oss.temporary().files().empty());
  BOOST_TEST(oss.write(kObject, 0, "new").value().size == 3U);
  BOOST_TEST(oss.read(kObject, 0, 100).value() == "new");
}

BOOST_DATA_TEST_CASE(allocation_knows_the_modes_that_keep_offsets, kThreads, io_threads) {
  OssFixture oss(io_threads);
  const auto reserved = oss.allocate(kObject, FALLOC_FL_KEEP_SIZE, 0, 65536);
  REQUIRE_OK(reserved);
  BOOST_TEST(reserved->exists);
  BOOST_TEST(reserved->size == 0U);
  BOOST_TEST(reserved->blocks >= 128U);
  BOOST_TEST(oss.allocate(kObject, 0, 0, 131072).value().size == 131072U);
  REQUIRE_OK(oss.write(kObject, 0, std::string(131072, 'x')));

  const uint32_t punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  const auto punched = oss.allocate(kObject, punch, 65536, 65536);
  REQUIRE_OK(punched);
  BOOST_TEST(punched->size == 131072U);
  BOOST_TEST((oss.read(kObject, 65536, 65536).value() == std::string(65536, '\0')));
  BOOST_TEST(oss.seek(kObject, 0, false).value().value() == 65536U);

  BOOST_TEST(
      oss.allocate(kObject, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 0, 4096).value().size ==
      131072U);
  BOOST_TEST((oss.read(kObject, 0, 4097).value() == std::string(4096, '\0') + "x"));
  BOOST_TEST(oss.allocate(kObject, FALLOC_FL_ZERO_RANGE, 131072, 4096).value().size == 135168U);

  BOOST_TEST(
      (oss.allocate(kObject, FALLOC_FL_COLLAPSE_RANGE, 0, 4096).code() == Errc::kNotSupported));
  BOOST_TEST(
      (oss.allocate(kObject, FALLOC_FL_INSERT_RANGE, 0, 4096).code() == Errc::kNotSupported));
  BOOST_TEST((oss.allocate(kObject, FALLOC_FL_PUNCH_HOLE, 0, 4096).code() == Errc::kNotSupported));
  BOOST_TEST((oss.allocate(kObject, 0, 0, 0).code() == Errc::kInvalid));
  BOOST_TEST((oss.allocate(kObject, 0, kFileSizeMax, 1).code() == Errc::kFileTooBig));
  BOOST_TEST((oss.allocate(kObject, punch, UINT64_MAX, UINT64_MAX).code() == Errc::kFileTooBig));
}

BOOST_DATA_TEST_CASE(seek_follows_lseek, kThreads, io_threads) {
  OssFixture oss(io_threads);
  REQUIRE_OK(oss.write(kObject, 1 << 20, std::string(65536, 'x')));
  REQUIRE_OK(oss.truncate(kObject, 4 << 20));
  BOOST_TEST(oss.seek(kObject, 0, true).value().value() == 1048576U);
  BOOST_TEST(oss.seek(kObject, 1048577, true).value().value() == 1048577U);
  BOOST_TEST(oss.seek(kObject, 1048577, false).value().value() == 1048576U + 65536U);
  BOOST_TEST(oss.seek(kObject, 0, false).value().value() == 0U);
  BOOST_TEST(!oss.seek(kObject, 2 << 20, true).value());
  BOOST_TEST(!oss.seek(kObject, 4 << 20, false).value());
  BOOST_TEST(!oss.seek(kObject, UINT64_MAX, true).value());
}

BOOST_DATA_TEST_CASE(times_are_set_until_the_next_write, kThreads, io_threads) {
  OssFixture oss(io_threads);
  REQUIRE_OK(oss.write(kObject, 0, "x"));
  for (const RealtimeNs time : {RealtimeNs{1'000'000'001}, RealtimeNs{-1}}) {
    const auto set = oss.set_times(kObject, time);
    REQUIRE_OK(set);
    BOOST_TEST(set->mtime == time);
    BOOST_TEST(oss.glimpse(kObject).value().mtime == time);
  }
  BOOST_TEST(oss.write(kObject, 1, "y").value().mtime > 1'000'000'001);
}

BOOST_DATA_TEST_CASE(a_synchronous_write_is_synced_before_its_answer, kThreads, io_threads) {
  OssFixture oss(io_threads);
  REQUIRE_OK(oss.write(kObject, 0, "x"));
  BOOST_TEST(oss.watched().file_syncs == 0);
  REQUIRE_OK(oss.write(kObject, 0, "x", true));
  BOOST_TEST(oss.watched().file_syncs == 1);
  BOOST_TEST(oss.sync(kObject).has_value());
  BOOST_TEST(oss.watched().file_syncs == 2);
}

BOOST_DATA_TEST_CASE(syncing_a_removed_object_makes_the_removal_durable, kThreads, io_threads) {
  OssFixture oss(io_threads);
  REQUIRE_OK(oss.write(kObject, 0, "x"));
  REQUIRE_OK(oss.truncate(kObject, 0));
  BOOST_TEST(oss.sync(kObject).has_value());
  BOOST_TEST(oss.watched().directory_syncs == 1);
}

BOOST_DATA_TEST_CASE(a_failed_sync_is_told_and_final, kThreads, io_threads) {
  OssFixture oss(io_threads);
  REQUIRE_OK(oss.write(kObject, 0, "x"));
  oss.watched().sync_fails = true;
  BOOST_TEST((oss.sync(kObject).code() == Errc::kIo));
  oss.watched().sync_fails = false;
  BOOST_TEST(oss.role().sync_failed());
  BOOST_TEST(!oss.role().sync_data());  // which the kernel would call a success by now
}

BOOST_AUTO_TEST_CASE(a_failed_syncfs_is_final_too) {
  OssFixture oss;
  BOOST_TEST(oss.role().sync_data().has_value());
  BOOST_TEST(oss.watched().filesystem_syncs == 1);
  oss.watched().sync_fails = true;
  BOOST_TEST(!oss.role().sync_data());
  oss.watched().sync_fails = false;
  BOOST_TEST(oss.role().sync_failed());
}

BOOST_DATA_TEST_CASE(malformed_requests_are_refused, kThreads, io_threads) {
  OssFixture oss(io_threads);
  for (const target::Operation& row : oss.role().operations()) {
    for (const std::string_view bytes : {"", "\xff\xff\xff\xff", "0123456789abcdef0123456789"}) {
      const auto reply = oss.wait(oss.send(row.opcode, Buffer::copy_of(bytes)));
      BOOST_TEST((reply.code() == Errc::kBadRequest));
    }
  }
  BOOST_TEST((oss.run(wire::WriteRequestT{}, Buffer::copy_of("x")).code() == Errc::kBadRequest));
  BOOST_TEST((oss.run(wire::ReadRequestT{}).code() == Errc::kBadRequest));
  BOOST_TEST((oss.write(ObjectId{}, 0, "x").code() == Errc::kBadRequest));
  BOOST_TEST((oss.destroy({object(1), ObjectId{}}).code() == Errc::kBadRequest));
  BOOST_TEST(oss.temporary().files().empty());
}

BOOST_DATA_TEST_CASE(objects_survive_a_restart, kThreads, io_threads) {
  OssFixture oss(io_threads);
  REQUIRE_OK(oss.write(kObject, 0, "hello"));
  REQUIRE_OK(oss.write(object(7), 4096, "world"));
  oss.restart();
  BOOST_TEST(oss.read(kObject, 0, 100).value() == "hello");
  BOOST_TEST(oss.glimpse(object(7)).value().size == 4101U);
  BOOST_TEST(!oss.glimpse(object(8)).value().exists);
}

BOOST_AUTO_TEST_CASE(objects_with_similar_names_are_different_objects) {
  OssFixture oss;
  const std::vector<ObjectId> ids{object(1),
                                  object(0x11),
                                  object(1, 1),
                                  object(1, 0, 1),
                                  object(1, 1, 1),
                                  {Fid::make(0x1b, 1), 0, 0},
                                  {Fid{UINT64_MAX}, UINT16_MAX, UINT16_MAX}};
  for (size_t i = 0; i < ids.size(); ++i) REQUIRE_OK(oss.write(ids[i], 0, std::to_string(i)));
  oss.restart();
  for (size_t i = 0; i < ids.size(); ++i)
    BOOST_TEST(oss.read(ids[i], 0, 9).value() == std::to_string(i));
}

BOOST_AUTO_TEST_CASE(only_so_many_objects_are_kept_open) {
  OssFixture oss;
  for (uint32_t i = 1; i <= 1500; ++i) REQUIRE_OK(oss.write(object(i), 0, std::to_string(i)));
  BOOST_TEST(oss.counter("open_objects") <= 1024U);
  for (uint32_t i = 1; i <= 1500; ++i)
    BOOST_TEST(oss.read(object(i), 0, 10).value() == std::to_string(i));
  const auto open_files = std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  BOOST_TEST(open_files < 1100);
}

BOOST_AUTO_TEST_CASE(work_is_counted) {
  OssFixture oss;
  REQUIRE_OK(oss.write(kObject, 0, "hello"));
  REQUIRE_OK(oss.read(kObject, 1, 100));
  BOOST_TEST(oss.counter("writes") == 1U);
  BOOST_TEST(oss.counter("write_bytes") == 5U);
  BOOST_TEST(oss.counter("reads") == 1U);
  BOOST_TEST(oss.counter("read_bytes") == 4U);
  BOOST_TEST(oss.counter("requests_in_io") == 0U);
}

BOOST_DATA_TEST_CASE(an_armed_fault_point_fails_the_request, kThreads, io_threads) {
  OssFixture oss(io_threads);
  {
    const ArmedFault armed("oss.write.before=error:5*1");
    BOOST_TEST((oss.write(kObject, 0, "x").code() == Errc::kIo));
    BOOST_TEST(oss.temporary().files().empty());
    BOOST_TEST(oss.write(kObject, 0, "x").has_value());
  }
  const ArmedFault armed("oss.read.before=error*1");
  BOOST_TEST((oss.read(kObject, 0, 1).code() == Errc::kFaultInjected));
  BOOST_TEST(oss.read(kObject, 0, 1).value() == "x");
}

BOOST_AUTO_TEST_CASE(an_answer_waits_for_the_next_step) {
  OssFixture oss;
  wire::GlimpseRequestT request;
  request.object = std::make_unique<wire::ObjectKey>(wire::to_key(kObject));
  BOOST_TEST(oss.role().next_wakeup() == kNever);
  const auto pending = oss.send(request);
  BOOST_TEST(!pending->reply);
  BOOST_TEST(oss.role().next_wakeup() == 0);
  BOOST_TEST(oss.step().has_value());
  BOOST_TEST(pending->reply.has_value());
  BOOST_TEST(oss.role().next_wakeup() == kNever);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace sheen::oss
