// SPDX-License-Identifier: Apache-2.0
#pragma once

// Database and Statement: the only face SQLite has in Sheen. A Database is one connection in WAL
// mode with exclusive locking, owned by one thread (the lane). Settings and their reasons stand in
// database.cc.
//
// Failures: kNoSpace (the disk is full), kCorrupt, kIo. A failure can have rolled the whole
// transaction back; poisoned() is then true and stays true: the owner must end the process and come
// back through recovery, because replies may rest on what was rolled back.
//
// A commit is in the page cache when commit() returns, not on disk: sync_wal() makes it durable and
// may be called from another thread (it touches only a file descriptor of its own).

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/ids.h"
#include "lib/base/result.h"
#include "lib/store/disk.h"

struct sqlite3;
struct sqlite3_stmt;

namespace sheen::store {

class Database;

// A prepared statement, kept for the life of the connection.
//
//   auto row = find_.bind(parent, hash).row();   // Result<bool>: is there a row?
//   if (*row) use(find_.int64(0));
//   find_.reset();                               // or let a Statement::Use do it
//
// Text and blobs returned are views into SQLite's memory, valid until the next row() or reset().
class Statement {
 public:
  Statement() = default;
  ~Statement();
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;

  // Resets, then binds the arguments in order: integers, std::string_view and Uuid (as BLOBs),
  // nullptr.
  template <class... Args>
  Statement& bind(const Args&... args) {
    reset();
    int index = 0;
    (bind_one(++index, args), ...);
    return *this;
  }
  // For a list whose length is only known at run time; index from 1.
  void bind_int(int index, int64_t value);
  void bind_blob(int index, std::string_view value);
  void bind_null(int index);

  // Resets the statement at the end of a scope, on every way out of it.
  class Use {
   public:
    explicit Use(Statement& statement) : statement_(statement) {}
    ~Use() { statement_.reset(); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    Statement& statement_;
  };

  Result<bool> row();  // steps; false: no further row
  Status run();        // steps to the end and resets; for statements without rows
  void reset();

  int64_t int64(int column) const;
  std::string_view blob(int column) const;
  bool is_null(int column) const;

 private:
  friend class Database;
  void bind_one(int index, std::nullptr_t) { bind_null(index); }
  void bind_one(int index, std::string_view value) { bind_blob(index, value); }
  void bind_one(int index, const Uuid& value) {
    bind_blob(index, {reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()});
  }
  template <class Int>
  requires(std::is_integral_v<Int> || std::is_enum_v<Int>) void bind_one(int index, Int value) {
    bind_int(index, static_cast<int64_t>(value));
  }
  Database* database_ = nullptr;
  sqlite3_stmt* handle_ = nullptr;
};

struct DatabaseOptions {
  std::string path;
  bool create = false;
  int64_t cache_kib = 65536;
};

class Database {
 public:
  static Result<std::unique_ptr<Database>> open(Disk& disk, const DatabaseOptions& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Runs SQL without rows, several statements allowed. For schemas and pragmas.
  Status execute(const std::string& sql);
  Result<Statement> prepare(std::string_view sql);

  Status begin();
  Status commit();
  Status rollback();
  bool in_transaction() const;

  // Savepoint of one request inside the batch's transaction. release() and rollback_to_savepoint()
  // both end it.
  Status savepoint();
  Status release();
  Status rollback_to_savepoint();

  // fdatasync of the WAL; never retried after a failure. Any thread.
  Status sync_wal();
  // Moves WAL content into the database if the WAL is larger than a bound. Call between batches.
  Status checkpoint_if_due();
  // That bound. A checkpoint can need as much again in the database file: whoever keeps a reserve
  // of disk space sizes it by this.
  int64_t wal_bound_bytes() const;
  // By how much the WAL's file, which never shrinks, may still grow until then. Any thread.
  int64_t wal_growth_bytes() const;

  bool poisoned() const;
  // Poisoned because something could not be made durable that may have been committed. Any thread.
  bool sync_failed() const;
  // For tests of the store: PRAGMA integrity_check.
  Status integrity_check();

 private:
  friend class Statement;
  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  Error fail(int sqlite_code, std::string_view what);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sheen::store
