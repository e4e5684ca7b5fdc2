// SPDX-License-Identifier: Apache-2.0
#pragma once

// What an Ost needs to live outside of a lane: a directory, a disk that can be watched and made to
// fail, and somebody who hands requests in and steps until they are answered. The test's thread is
// the lane's.

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "lib/base/event_queue.h"
#include "lib/store/disk.h"
#include "lib/target/environment.h"
#include "lib/target/role.h"
#include "lib/wire/codec.h"
#include "tests/support/temporary_directory.h"

namespace sheen::oss {

// BOOST_REQUIRE_MESSAGE evaluates its message in any case.
template <class T>
std::string message_of(const Result<T>& result) {
  return result ? std::string() : result.error().message();
}
#define REQUIRE_OK(expression)                                                 \
  do {                                                                         \
    const auto& require_ok_ = (expression);                                    \
    BOOST_REQUIRE_MESSAGE(require_ok_, ::sheen::oss::message_of(require_ok_)); \
  } while (0)

// PosixDisk, but it writes down the syncs, and can be made to stop before the Nth change, as if the
// process had died there: from then on nothing reaches the files.
class WatchedDisk final : public store::Disk {
 public:
  Result<std::shared_ptr<store::File>> open(const std::string& path, bool create) override;
  Status remove(const std::string& path) override;
  Status make_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<store::DiskSpace> space(const std::string& path) override;
  Status sync_filesystem(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  const char* sqlite_vfs() const override { return nullptr; }

  Status before_change();  // kIo when it is time to stop

  std::atomic<int64_t> changes_left{INT64_MAX};
  std::atomic<bool> sync_fails{false};
  std::atomic<int> file_syncs{0};
  std::atomic<int> directory_syncs{0};
  std::atomic<int> filesystem_syncs{0};
  std::optional<store::DiskSpace> pretended_space;

 private:
  store::PosixDisk disk_;
};

class OssFixture final : private target::Environment {
 public:
  // In a directory of its own, unless one is given.
  explicit OssFixture(unsigned io_threads = 0, const std::string& directory = {});
  ~OssFixture() override;

  // A request on its way; `reply` is there when it was answered.
  struct Pending {
    std::optional<Result<target::ReplyBody>> reply;
  };
  using PendingPtr = std::shared_ptr<Pending>;
  PendingPtr send(wire::Opcode opcode, Buffer body, Buffer bulk = {});
  template <class Native>
  PendingPtr send(const Native& request, Buffer bulk = {}) {
    using Request = typename Native::TableType;
    return send(wire::RequestTraits<Request>::kOpcode, wire::encode(request), std::move(bulk));
  }
  // Steps until it is answered.
  Result<target::ReplyBody> wait(const PendingPtr& pending);
  Status step();  // once; waits a little for the pool

  // Sends, waits and decodes. `bulk` gets the reply's payload.
  template <class Native>
  auto run(const Native& request, Buffer bulk_in = {}, Buffer* bulk_out = nullptr)
      -> Result<typename wire::RequestTraits<typename Native::TableType>::ReplyNative> {
    using Reply = typename wire::RequestTraits<typename Native::TableType>::Reply;
    SHEEN_ASSIGN(auto body, wait(send(request, std::move(bulk_in))));
    if (bulk_out != nullptr) *bulk_out = body.bulk;
    SHEEN_ASSIGN(const auto table, wire::decode<Reply>(body.body));
    typename wire::RequestTraits<typename Native::TableType>::ReplyNative native;
    table->UnPackTo(&native);
    return native;
  }

  // Requests in the words of the tests.
  Result<wire::ObjectAttrT> write(const ObjectId& id, uint64_t offset, std::string_view bytes,
                                  bool sync = false);
  Result<std::string> read(const ObjectId& id, uint64_t offset, uint32_t length);
  Result<wire::ObjectAttrT> truncate(const ObjectId& id, uint64_t size);
  Result<wire::ObjectAttrT> allocate(const ObjectId& id, uint32_t mode, uint64_t offset,
                                     uint64_t length);
  Result<wire::ObjectAttrT> glimpse(const ObjectId& id);
  Result<wire::ObjectAttrT> set_times(const ObjectId& id, RealtimeNs mtime);
  Result<std::optional<uint64_t>> seek(const ObjectId& id, uint64_t offset, bool data);
  Status sync(const ObjectId& id);
  Status destroy(const std::vector<ObjectId>& ids);
  uint64_t counter(const std::string& name);

  // The process ends and another one starts on the same files.
  void restart();

  target::Role& role() { return *role_; }
  WatchedDisk& watched() { return disk_; }
  const std::string& path() const { return directory_; }
  const TemporaryDirectory& temporary() const { return temporary_; }
  store::Database& database() override { return *database_; }

 private:
  const target::TargetConfig& config() const override { return config_; }
  const std::string& directory() const override { return directory_; }
  Epoch epoch() const override { return 1; }
  store::Disk& disk() override { return disk_; }
  // An OST has no business with the rest of its environment.
  const Clock& clock() const override;
  Random& random() override;
  net::Transport& transport() override;
  rpc::ImportOptions import_options() const override { return {}; }
  rpc::Import* mgs() override { return nullptr; }
  target::SessionTable& sessions() override;
  void send_notice(target::Session&, wire::Opcode, Buffer) override {}
  bool recovering() const override { return false; }
  unsigned io_threads() const override { return io_threads_; }
  void wake() override { wake_.signal(); }

  void start();

  const unsigned io_threads_;
  const TemporaryDirectory temporary_ = TemporaryDirectory::on_disk();
  const TemporaryDirectory database_place_ = TemporaryDirectory::in_memory();
  const std::string directory_;
  const std::string database_directory_;
  target::TargetConfig config_;
  WatchedDisk disk_;
  EventFd wake_;
  target::Session session_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<target::Role> role_;
};

// [sequence 0x1a, number]
inline ObjectId object(uint32_t number, uint16_t component = 0, uint16_t stripe = 0) {
  return {Fid::make(0x1a, number), component, stripe};
}

}  // namespace sheen::oss
