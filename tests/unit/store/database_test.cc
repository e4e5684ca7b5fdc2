// SPDX-License-Identifier: Apache-2.0
// The Database keeps what it committed, undoes what it was told to undo, survives every failing
// write of a request, and is poisoned, for good, when SQLite had to undo more than that.

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "lib/base/fault.h"
#include "lib/store/database.h"
#include "tests/support/temporary_directory.h"

namespace sheen::store {
namespace {

struct Fixture {
  Fixture() {
    fault::unlock();
    reopen();
    BOOST_REQUIRE(db->execute("CREATE TABLE t(k INTEGER PRIMARY KEY, v BLOB)").has_value());
  }
  ~Fixture() { fault::disarm(""); }
  std::string path() const { return directory + "/store.db"; }
  void reopen() {
    db.reset();
    auto opened = Database::open(disk, {path(), true});
    if (!opened) BOOST_FAIL(opened.error().message());
    db = std::move(*opened);
  }
  Status put(int64_t key, std::string_view value) {
    SHEEN_ASSIGN(Statement insert, db->prepare("INSERT OR REPLACE INTO t(k, v) VALUES(?,?)"));
    return insert.bind(key, value).run();
  }
  int64_t count() {
    auto select = db->prepare("SELECT count(*) FROM t");
    BOOST_REQUIRE(select.has_value() && select->row().value());
    return select->int64(0);
  }
  std::string text(const std::string& sql) {
    auto select = db->prepare(sql);
    BOOST_REQUIRE(select.has_value() && select->row().value());
    return std::string(select->blob(0));
  }

  PosixDisk disk;
  const TemporaryDirectory scratch;
  const std::string& directory = scratch.path();
  std::unique_ptr<Database> db;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(database, Fixture)

BOOST_AUTO_TEST_CASE(the_settings_are_the_ones_that_were_chosen) {
  BOOST_TEST(text("PRAGMA journal_mode") == "wal");
  BOOST_TEST(text("PRAGMA locking_mode") == "exclusive");
  BOOST_TEST(text("PRAGMA synchronous") == "1");
  BOOST_TEST(text("PRAGMA secure_delete") == "0");
  BOOST_TEST(text("PRAGMA wal_autocheckpoint") == "0");
  BOOST_TEST(text("PRAGMA mmap_size") == "0");
  BOOST_TEST(text("PRAGMA temp_store") == "2");
  BOOST_TEST(!std::filesystem::exists(path() + "-shm"));
}

BOOST_AUTO_TEST_CASE(a_second_opener_is_refused) {
  BOOST_TEST((Database::open(disk, {path(), true}).code() == Errc::kLocked));
}

BOOST_AUTO_TEST_CASE(a_missing_database_is_not_made_unasked) {
  BOOST_TEST((Database::open(disk, {directory + "/other.db", false}).code() == Errc::kNotFound));
}

BOOST_AUTO_TEST_CASE(what_is_no_database_is_refused) {
  const std::string junk = directory + "/junk.db";
  auto file = disk.open(junk, true);
  BOOST_REQUIRE(file.has_value());
  const std::string bytes(8192, 'x');
  BOOST_REQUIRE((*file)->write(bytes.data(), bytes.size(), 0).has_value());
  BOOST_TEST((Database::open(disk, {junk, true}).code() == Errc::kCorrupt));
}

BOOST_AUTO_TEST_CASE(blobs_of_any_bytes_and_numbers_of_any_size_come_back) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  BOOST_REQUIRE(db->begin().has_value());
  BOOST_REQUIRE(put(INT64_MIN, all).has_value());
  BOOST_REQUIRE(put(INT64_MAX, "").has_value());
  BOOST_REQUIRE(db->commit().has_value());
  reopen();
  auto select = db->prepare("SELECT k, v FROM t ORDER BY k");
  BOOST_REQUIRE(select->row().value());
  BOOST_TEST(select->int64(0) == INT64_MIN);
  BOOST_TEST((select->blob(1) == all));
  BOOST_REQUIRE(select->row().value());
  BOOST_TEST(select->int64(0) == INT64_MAX);
  BOOST_TEST(select->blob(1).empty());
  BOOST_TEST(!select->is_null(1));
  BOOST_TEST(!select->row().value());
}

BOOST_AUTO_TEST_CASE(a_commit_survives_and_a_rollback_leaves_nothing) {
  BOOST_REQUIRE(db->begin().has_value());
  BOOST_TEST(db->in_transaction());
  BOOST_REQUIRE(put(1, "one").has_value());
  BOOST_REQUIRE(db->commit().has_value());
  BOOST_TEST(!db->in_transaction());
  BOOST_REQUIRE(db->begin().has_value());
  BOOST_REQUIRE(put(2, "two").has_value());
  BOOST_REQUIRE(db->rollback().has_value());
  reopen();
  BOOST_TEST(count() == 1);
  BOOST_TEST(db->integrity_check().has_value());
}

BOOST_AUTO_TEST_CASE(a_savepoint_undoes_one_request_of_a_batch) {
  BOOST_REQUIRE(db->begin().has_value());
  for (int request = 0; request < 10; ++request) {
    BOOST_REQUIRE(db->savepoint().has_value());
    BOOST_REQUIRE(put(2 * request, "a").has_value());
    BOOST_REQUIRE(put(2 * request + 1, "b").has_value());
    const bool fails = request % 3 == 0;
    BOOST_REQUIRE((fails ? db->rollback_to_savepoint() : db->release()).has_value());
  }
  BOOST_REQUIRE(db->commit().has_value());
  BOOST_TEST(count() == 12);
}

BOOST_AUTO_TEST_CASE(a_request_whose_nth_write_fails_leaves_nothing_for_every_n) {
  constexpr int kWrites = 8;
  for (int fail_at = 0; fail_at < kWrites; ++fail_at) {
    BOOST_REQUIRE(db->begin().has_value());
    BOOST_REQUIRE(put(1000 + fail_at, "the request before").has_value());
    BOOST_REQUIRE(db->savepoint().has_value());
    Status status = ok();
    for (int i = 0; i < kWrites && status; ++i) {
      if (i == fail_at) BOOST_REQUIRE(fault::arm("store.database.write=error:28*1").has_value());
      status = put(i, std::string(5000, 'x'));
    }
    BOOST_TEST((status.code() == Errc::kNoSpace));
    BOOST_TEST(!db->poisoned());
    BOOST_REQUIRE(db->rollback_to_savepoint().has_value());
    BOOST_REQUIRE(db->commit().has_value());
    BOOST_TEST(count() == fail_at + 1);
  }
  BOOST_TEST(db->integrity_check().has_value());
}

BOOST_AUTO_TEST_CASE(a_full_database_is_an_error_and_not_the_end_while_the_request_can_be_undone) {
  BOOST_REQUIRE(db->execute("PRAGMA max_page_count=40").has_value());
  BOOST_REQUIRE(db->begin().has_value());
  BOOST_REQUIRE(put(1, "kept").has_value());
  BOOST_REQUIRE(db->savepoint().has_value());
  Status status = ok();
  for (int i = 2; i < 1000 && status; ++i) status = put(i, std::string(3000, 'x'));
  BOOST_TEST((status.code() == Errc::kNoSpace));
  if (db->poisoned()) {
    // SQLite chose to undo the whole batch: then nothing may go on.
    BOOST_TEST(!db->in_transaction());
    BOOST_TEST((db->begin().code() == Errc::kIo));
    reopen();
    BOOST_TEST(count() == 0);
  } else {
    BOOST_REQUIRE(db->rollback_to_savepoint().has_value());
    BOOST_REQUIRE(db->commit().has_value());
    BOOST_TEST(count() == 1);
  }
  BOOST_TEST(db->integrity_check().has_value());
}

BOOST_AUTO_TEST_CASE(a_transaction_that_sqlite_rolled_back_poisons_for_good) {
  BOOST_REQUIRE(db->begin().has_value());
  BOOST_REQUIRE(put(1, "answered already").has_value());
  // A conflict clause that undoes the transaction, as a full disk or an I/O error can.
  {
    auto insert = db->prepare("INSERT OR ROLLBACK INTO t(k, v) VALUES(1, 'again')");
    BOOST_TEST(!insert->run().has_value());
  }
  BOOST_TEST(db->poisoned());
  BOOST_TEST(!db->in_transaction());
  BOOST_TEST((db->commit().code() == Errc::kIo));
  BOOST_TEST((db->begin().code() == Errc::kIo));
  BOOST_TEST((db->sync_wal().code() == Errc::kIo));
  reopen();
  BOOST_TEST(!db->poisoned());
  BOOST_TEST(count() == 0);
}

BOOST_AUTO_TEST_CASE(a_failed_commit_poisons) {
  BOOST_REQUIRE(fault::arm("store.database.commit=error*1").has_value());
  BOOST_REQUIRE(db->begin().has_value());
  BOOST_REQUIRE(put(1, "x").has_value());
  BOOST_TEST(!db->commit().has_value());
  BOOST_TEST(db->poisoned());
  reopen();
  BOOST_TEST(count() == 0);
}

BOOST_AUTO_TEST_CASE(a_failed_sync_poisons_and_is_never_tried_again) {
  BOOST_REQUIRE(fault::arm("store.database.sync_wal=error*1").has_value());
  BOOST_TEST(!db->sync_wal().has_value());
  BOOST_TEST(db->poisoned());
  BOOST_TEST(!db->sync_wal().has_value());
}

BOOST_AUTO_TEST_CASE(the_wal_is_bounded_and_keeps_its_file) {
  const int64_t bound = db->wal_bound_bytes();
  BOOST_TEST(bound >= 1 << 20);
  BOOST_TEST(bound <= 64 << 20);
  const std::string value(1 << 20, 'v');
  for (int64_t written = 0, key = 0; written < 3 * bound; written += 4 << 20) {
    BOOST_REQUIRE(db->begin().has_value());
    for (int i = 0; i < 4; ++i) BOOST_REQUIRE(put(++key % 8, value).has_value());
    BOOST_REQUIRE(db->commit().has_value());
    BOOST_REQUIRE(db->checkpoint_if_due().has_value());
  }
  BOOST_REQUIRE(db->sync_wal().has_value());
  const auto wal_bytes = static_cast<int64_t>(std::filesystem::file_size(path() + "-wal"));
  BOOST_TEST(wal_bytes < bound + (8 << 20));
  BOOST_TEST(db->integrity_check().has_value());
  reopen();
  BOOST_TEST(static_cast<int64_t>(std::filesystem::file_size(path() + "-wal")) >= wal_bytes);
  BOOST_TEST(count() == 8);
}

BOOST_AUTO_TEST_CASE(what_a_killed_process_committed_is_there_for_the_next) {
  BOOST_REQUIRE(db->begin().has_value());
  BOOST_REQUIRE(put(1, "committed").has_value());
  BOOST_REQUIRE(db->commit().has_value());
  BOOST_REQUIRE(db->begin().has_value());
  BOOST_REQUIRE(put(2, "not committed").has_value());
  // What a kill leaves: the files as they are now.
  const std::string copy = directory + "/copy.db";
  std::filesystem::copy_file(path(), copy);
  std::filesystem::copy_file(path() + "-wal", copy + "-wal");
  auto other = Database::open(disk, {copy, false});
  BOOST_REQUIRE(other.has_value());
  auto select = (*other)->prepare("SELECT v FROM t");
  BOOST_REQUIRE(select->row().value());
  BOOST_TEST(select->blob(0) == "committed");
  BOOST_TEST(!select->row().value());
  BOOST_REQUIRE(db->rollback().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::store
