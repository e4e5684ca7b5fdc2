// SPDX-License-Identifier: Apache-2.0
//
// Fault points: store.database.write, .commit, .checkpoint (error), .sync_wal (error).
#include "lib/store/database.h"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>

#include <fmt/format.h>

#include "lib/base/assert.h"
#include "lib/base/fault.h"
#include "lib/base/log.h"

namespace sheen::store {
namespace {

// How far the WAL grows before its pages are moved. Large, because a checkpoint stops the lane for
// its two fsyncs; bounded by the disk's size, because a full disk must still have room to move
// them.
constexpr int64_t kWalBoundMax = 64 << 20;
constexpr int64_t kWalBoundMin = 1 << 20;
constexpr int64_t kDiskPerWal = 32;

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, std::max<size_t>(slash, 1));
}

Errc code_of(int sqlite_code) {
  switch (sqlite_code & 0xff) {
    case SQLITE_FULL: return Errc::kNoSpace;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return Errc::kCorrupt;
    case SQLITE_NOMEM: return Errc::kNoMemory;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Errc::kLocked;
    case SQLITE_CANTOPEN: return Errc::kNotFound;
    case SQLITE_READONLY: return Errc::kReadOnly;
    case SQLITE_CONSTRAINT: return Errc::kExists;
    case SQLITE_TOOBIG: return Errc::kTooBig;
    default: return Errc::kIo;
  }
}

}  // namespace

struct Database::Impl {
  std::string path;
  sqlite3* connection = nullptr;
  // The WAL once more, for sync_wal(). Closed only with the Database: closing any descriptor of a
  // file drops all POSIX locks that the process has on it.
  std::shared_ptr<File> wal;
  std::atomic<bool> poisoned{false};
  std::atomic<bool> sync_failed{false};  // set before poisoned
  bool expects_transaction = false;
  int64_t wal_bound_bytes = kWalBoundMax;
  int64_t wal_bytes = 0;  // not moved into the database yet, as of the last commit
  std::atomic<int64_t> wal_file_bytes{0};
  int64_t checkpoint_at_bytes = kWalBoundMax;
  int64_t page_bytes = 4096;
  Statement begin;
  Statement commit;
  Statement rollback;
  Statement savepoint;
  Statement release;
  Statement rollback_to;

  static int on_commit(void* self, sqlite3*, const char*, int wal_pages) {
    auto* impl = static_cast<Impl*>(self);
    impl->wal_bytes = wal_pages * impl->page_bytes;
    impl->wal_file_bytes = std::max(impl->wal_file_bytes.load(), impl->wal_bytes);
    return SQLITE_OK;
  }
};

// ---------------------------------------------------------------------------------------------
// Statement

Statement::~Statement() { sqlite3_finalize(handle_); }

Statement::Statement(Statement&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)),
      handle_(std::exchange(other.handle_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(database_, other.database_);
  std::swap(handle_, other.handle_);
  return *this;
}

void Statement::bind_int(int index, int64_t value) {
  SHEEN_ASSERT(sqlite3_bind_int64(handle_, index, value) == SQLITE_OK);
}

// SQLITE_STATIC would save a copy, but the caller's bytes need not live until the last row().
void Statement::bind_blob(int index, std::string_view value) {
  const char* data = value.data() != nullptr ? value.data() : "";
  const int code = sqlite3_bind_blob64(handle_, index, data, value.size(), SQLITE_TRANSIENT);
  SHEEN_ASSERT(code == SQLITE_OK);
}

void Statement::bind_null(int index) {
  SHEEN_ASSERT(sqlite3_bind_null(handle_, index) == SQLITE_OK);
}

Result<bool> Statement::row() {
  SHEEN_ASSERT(handle_ != nullptr);
  if (!sqlite3_stmt_readonly(handle_)) {
    if (auto fault = SHEEN_FAULT("store.database.write")) return fault->error();
  }
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Error error = database_->fail(code, sqlite3_sql(handle_));
  reset();
  return error;
}

Status Statement::run() {
  for (;;) {
    SHEEN_ASSIGN(const bool more, row());
    if (!more) break;
  }
  reset();
  return ok();
}

void Statement::reset() {
  if (handle_ != nullptr) sqlite3_reset(handle_);
}

int64_t Statement::int64(int column) const { return sqlite3_column_int64(handle_, column); }

std::string_view Statement::blob(int column) const {
  const void* data = sqlite3_column_blob(handle_, column);
  const int size = sqlite3_column_bytes(handle_, column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<size_t>(size)};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

// ---------------------------------------------------------------------------------------------
// Database

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Database::~Database() {
  Impl& impl = *impl_;
  for (Statement* statement : {&impl.begin, &impl.commit, &impl.rollback, &impl.savepoint,
                               &impl.release, &impl.rollback_to})
    *statement = Statement();
  // Statements of others may still be there: close_v2 waits for the last of them.
  sqlite3_close_v2(impl.connection);
}

Result<std::unique_ptr<Database>> Database::open(Disk& disk, const DatabaseOptions& options) {
  auto owned = std::make_unique<Impl>();
  Impl& impl = *owned;
  impl.path = options.path;
  std::unique_ptr<Database> database(new Database(std::move(owned)));

  // NOMUTEX: one thread owns the connection, so SQLite's own locking is pure cost.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (options.create ? SQLITE_OPEN_CREATE : 0);
  const int code =
      sqlite3_open_v2(options.path.c_str(), &impl.connection, flags, disk.sqlite_vfs());
  if (code != SQLITE_OK) return Error(code_of(code), "cannot open " + options.path);

  // Exclusive before the first access to the WAL: no -shm file, whose mmap'd pages would be a
  // hazard on a disk that moves between servers, and no file locks per transaction.
  SHEEN_TRY(database->execute("PRAGMA locking_mode=EXCLUSIVE"));
  SHEEN_TRY(database->execute("PRAGMA page_size=4096; PRAGMA auto_vacuum=NONE"));
  {
    SHEEN_ASSIGN(Statement mode, database->prepare("PRAGMA journal_mode=WAL"));
    SHEEN_ASSIGN(const bool any, mode.row());
    if (!any || mode.blob(0) != "wal")
      return Error(Errc::kNotSupported, options.path + ": the disk does not allow WAL mode");
  }
  // NORMAL: a commit is not fsynced on the lane (the sync thread does that through sync_wal()),
  // but a checkpoint syncs the WAL before it writes pages and the database before the WAL is used
  // again, so a power cut never damages the database.
  SHEEN_TRY(database->execute("PRAGMA synchronous=NORMAL"));
  // Debian builds with secure_delete on, which writes zeros into every freed byte and page.
  SHEEN_TRY(database->execute("PRAGMA secure_delete=OFF"));
  // Otherwise a checkpoint would run inside some request's COMMIT: see checkpoint_if_due(). Our
  // hook takes the place of the one that would do it.
  SHEEN_TRY(database->execute("PRAGMA wal_autocheckpoint=0"));
  sqlite3_wal_hook(impl.connection, &Impl::on_commit, &impl);
  // Temporary B-trees must not touch the target's disk.
  SHEEN_TRY(database->execute("PRAGMA temp_store=MEMORY"));
  // An I/O error under mmap is SIGBUS instead of an error.
  SHEEN_TRY(database->execute("PRAGMA mmap_size=0"));
  // Negative: KiB. The default of 2 MB would read inner pages of a large tree again and again.
  SHEEN_TRY(database->execute(fmt::format("PRAGMA cache_size=-{}", options.cache_kib)));
  // The WAL keeps its blocks at a reset and at the end: a commit then overwrites allocated blocks
  // and fdatasync needs no journal commit of the file system below.
  SHEEN_TRY(database->execute("PRAGMA journal_size_limit=-1"));
  int persist = 1;
  sqlite3_file_control(impl.connection, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);

  SHEEN_ASSIGN(const DiskSpace space, disk.space(parent_of(options.path)));
  impl.wal_bound_bytes =
      std::clamp(static_cast<int64_t>(space.bytes_total / kDiskPerWal), kWalBoundMin, kWalBoundMax);
  impl.checkpoint_at_bytes = impl.wal_bound_bytes;
  {
    SHEEN_ASSIGN(Statement size, database->prepare("PRAGMA page_size"));
    SHEEN_ASSIGN(const bool any, size.row());
    if (any) impl.page_bytes = size.int64(0);
  }

  SHEEN_ASSIGN(impl.begin, database->prepare("BEGIN IMMEDIATE"));
  SHEEN_ASSIGN(impl.commit, database->prepare("COMMIT"));
  SHEEN_ASSIGN(impl.rollback, database->prepare("ROLLBACK"));
  SHEEN_ASSIGN(impl.savepoint, database->prepare("SAVEPOINT request"));
  SHEEN_ASSIGN(impl.release, database->prepare("RELEASE request"));
  SHEEN_ASSIGN(impl.rollback_to, database->prepare("ROLLBACK TO request"));

  // BEGIN IMMEDIATE reads the WAL left by an earlier life and makes the file if there is none.
  SHEEN_TRY(database->begin());
  SHEEN_TRY(database->commit());
  SHEEN_ASSIGN(impl.wal, disk.open(options.path + "-wal", true));
  SHEEN_ASSIGN(const FileStat wal_stat, impl.wal->stat());
  impl.wal_bytes = static_cast<int64_t>(wal_stat.size);
  impl.wal_file_bytes = impl.wal_bytes;
  if (wal_stat.size == 0) {
    // A new WAL: its name must be durable before sync_wal(), which syncs only its bytes. SQLite
    // syncs the directory with the first sync of a WAL it made; a checkpoint is one.
    SHEEN_TRY(database->begin());
    SHEEN_TRY(database->execute("PRAGMA user_version=1"));
    SHEEN_TRY(database->commit());
    impl.wal_bytes = impl.checkpoint_at_bytes;
    SHEEN_TRY(database->checkpoint_if_due());
  }
  return database;
}

Error Database::fail(int sqlite_code, std::string_view what) {
  Error error(code_of(sqlite_code),
              fmt::format("{}: {} ({})", impl_->path, sqlite3_errmsg(impl_->connection), what));
  // Full disks, I/O errors and lack of memory can make SQLite roll the whole transaction back; what
  // earlier requests of the batch did is then gone as well.
  const bool rolled_back =
      impl_->expects_transaction && sqlite3_get_autocommit(impl_->connection) != 0;
  if (rolled_back) {
    impl_->expects_transaction = false;
    if (!impl_->poisoned.exchange(true))
      SHEEN_ERROR("{}: the transaction was rolled back", error.message());
  }
  return error;
}

Status Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(impl_->connection, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(code, sql);
  return ok();
}

Result<Statement> Database::prepare(std::string_view sql) {
  Statement statement;
  statement.database_ = this;
  const int code = sqlite3_prepare_v3(impl_->connection, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement.handle_, nullptr);
  if (code != SQLITE_OK) return fail(code, sql);
  return statement;
}

Status Database::begin() {
  SHEEN_ASSERT(!impl_->expects_transaction);
  if (poisoned()) return Error(Errc::kIo, impl_->path + ": failed earlier");
  SHEEN_TRY(impl_->begin.run());
  impl_->expects_transaction = true;
  return ok();
}

// A commit that failed leaves open which of its requests are there: nobody may go on from here.
Status Database::commit() {
  SHEEN_ASSERT(impl_->expects_transaction || poisoned());
  if (poisoned()) return Error(Errc::kIo, impl_->path + ": failed earlier");
  Status status = ok();
  if (auto fault = SHEEN_FAULT("store.database.commit")) {
    status = fault->error();
  } else {
    status = impl_->commit.run();
  }
  impl_->expects_transaction = false;
  if (!status) {
    // The first commit after the WAL was started over syncs its header.
    const int code = sqlite3_extended_errcode(impl_->connection);
    impl_->sync_failed = code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
    impl_->poisoned = true;
    SHEEN_ERROR("commit: {}", status.error().message());
    return status;
  }
  return ok();
}

Status Database::rollback() {
  SHEEN_ASSERT(impl_->expects_transaction || poisoned());
  impl_->expects_transaction = false;
  if (sqlite3_get_autocommit(impl_->connection) != 0) return ok();
  return impl_->rollback.run();
}

bool Database::in_transaction() const { return impl_->expects_transaction; }

Status Database::savepoint() {
  SHEEN_ASSERT(impl_->expects_transaction);
  return impl_->savepoint.run();
}

Status Database::release() { return impl_->release.run(); }

Status Database::rollback_to_savepoint() {
  if (poisoned()) return Error(Errc::kIo, impl_->path + ": failed earlier");
  Status status = impl_->rollback_to.run();
  if (status) status = impl_->release.run();
  // Half of a request would stay in the batch.
  if (!status) impl_->poisoned = true;
  return status;
}

Status Database::sync_wal() {
  if (poisoned()) return Error(Errc::kIo, impl_->path + ": failed earlier");
  Status status = ok();
  if (auto fault = SHEEN_FAULT("store.database.sync_wal")) {
    status = fault->error();
  } else {
    status = impl_->wal->sync();
  }
  // The kernel has dropped the pages that it could not write; a second fsync would succeed and lie.
  if (!status) {
    impl_->sync_failed = true;
    impl_->poisoned = true;
    SHEEN_ERROR("{}-wal: {}", impl_->path, status.error().message());
  }
  return status;
}

Status Database::checkpoint_if_due() {
  Impl& impl = *impl_;
  if (impl.wal_bytes < impl.checkpoint_at_bytes) return ok();
  if (poisoned()) return Error(Errc::kIo, impl.path + ": failed earlier");
  SHEEN_ASSERT(!impl.expects_transaction);
  if (auto fault = SHEEN_FAULT("store.database.checkpoint")) {
    impl.sync_failed = true;
    impl.poisoned = true;
    return fault->error();
  }
  // PASSIVE is enough: nobody else has the database open, and a WAL that has been moved as a whole
  // is started over by the next commit.
  int wal_pages = 0;
  int moved_pages = 0;
  const int code = sqlite3_wal_checkpoint_v2(impl.connection, nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                             &wal_pages, &moved_pages);
  if (code_of(code) == Errc::kNoSpace) {
    // Nothing is lost, the pages are in the WAL. Again when there is more; whoever keeps a reserve
    // of wal_bound_bytes() does not get here.
    impl.checkpoint_at_bytes = impl.wal_bytes + impl.wal_bound_bytes / 8;
    SHEEN_WARN("{}: no space to move the WAL into the database", impl.path);
    return ok();
  }
  if (code != SQLITE_OK) {
    impl.sync_failed = code_of(code) == Errc::kIo;
    impl.poisoned = true;
    return fail(code, "checkpoint");
  }
  impl.wal_bytes = int64_t{wal_pages - moved_pages} * impl.page_bytes;
  impl.checkpoint_at_bytes = impl.wal_bound_bytes;
  return ok();
}

int64_t Database::wal_bound_bytes() const { return impl_->wal_bound_bytes; }

int64_t Database::wal_growth_bytes() const {
  return std::max<int64_t>(impl_->wal_bound_bytes - impl_->wal_file_bytes, 0);
}

bool Database::poisoned() const { return impl_->poisoned; }

bool Database::sync_failed() const { return impl_->sync_failed; }

Status Database::integrity_check() {
  SHEEN_ASSIGN(Statement check, prepare("PRAGMA integrity_check(1)"));
  SHEEN_ASSIGN(const bool any, check.row());
  if (!any) return Error(Errc::kCorrupt, impl_->path + ": integrity_check says nothing");
  if (check.blob(0) != "ok")
    return Error(Errc::kCorrupt, fmt::format("{}: {}", impl_->path, check.blob(0)));
  return ok();
}

}  // namespace sheen::store
