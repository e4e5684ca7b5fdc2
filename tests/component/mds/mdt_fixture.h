// SPDX-License-Identifier: Apache-2.0
#pragma once

// MdtFixture: an Mdt on a real SQLite file, with two OSTs and an MGS that answer at once, and no
// network and no lane around it. run() does with an operation what the lane does: decodes it from
// bytes, runs it in a savepoint, rolls back what failed. One thread.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mds/mdt.h"
#include "tests/component/mds/lone_environment.h"

namespace sheen::mds {

// The test's own idea of free space over the real disk.
class SpaceDisk final : public store::Disk {
 public:
  std::optional<store::DiskSpace> pretended;

  Result<std::shared_ptr<store::File>> open(const std::string& path, bool create) override {
    return real_.open(path, create);
  }
  Status remove(const std::string& path) override { return real_.remove(path); }
  Status make_directory(const std::string& path) override { return real_.make_directory(path); }
  Result<std::vector<std::string>> list(const std::string& path) override {
    return real_.list(path);
  }
  Result<store::DiskSpace> space(const std::string& path) override {
    return pretended ? Result<store::DiskSpace>(*pretended) : real_.space(path);
  }
  Status sync_filesystem(const std::string& path) override { return real_.sync_filesystem(path); }
  const char* sqlite_vfs() const override { return nullptr; }

 private:
  store::PosixDisk real_;
};

class MdtEnvironment final : public LoneEnvironment {
 public:
  MdtEnvironment();
  ~MdtEnvironment() override;
  store::Disk& disk() override { return space_disk; }
  rpc::Import* mgs() override { return mgs_.get(); }
  Epoch epoch() const override { return life; }
  Result<std::unique_ptr<net::Link>> connect(const net::Address& address) override;

  SpaceDisk space_disk;
  Epoch life = 1;
  bool mgs_answers = true;
  bool mgs_syncs = true;
  Epoch mgs_life = 1;
  uint32_t next_sequence = 0x400;

 private:
  std::unique_ptr<rpc::Import> mgs_;
};

// Who asks.
struct User {
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::vector<uint32_t> groups;
  bool privileged = false;
  uint32_t umask = 022;
};
inline const User kRoot{0, 0, {}, true, 022};
inline const User kAlice{1000, 1000, {}, false, 022};
inline const User kBob{1001, 1001, {}, false, 022};

class MdtFixture {
 public:
  MdtFixture() : MdtFixture(StoreOptions{}) {}
  explicit MdtFixture(StoreOptions options);
  ~MdtFixture();

  Mdt& mdt() { return *mdt_; }
  Store& store() { return mdt_->store(); }

  // The end of the process and another life on the same files. Sessions go into recovery.
  void restart();
  void finish_recovery();
  // Everything in the background that needs no time.
  void settle();
  void pass(int64_t ns);

  // The session of that client, made if there is none.
  target::Session& session(uint8_t client);
  void end_session(uint8_t client);

  template <class Request>
  Result<typename wire::RequestTraits<Request>::ReplyNative> run(
      const typename wire::RequestTraits<Request>::Native& request, uint8_t client = 1) {
    using Traits = wire::RequestTraits<Request>;
    SHEEN_ASSIGN(const Buffer body, run_encoded(Traits::kOpcode, wire::encode(request), client));
    SHEEN_ASSIGN(const auto* table, wire::decode<typename Traits::Reply>(body));
    typename Traits::ReplyNative reply;
    table->UnPackTo(&reply);
    return reply;
  }
  Result<Buffer> run_encoded(wire::Opcode opcode, const Buffer& body, uint8_t client = 1);
  // What the lane does with a resent request of an earlier life.
  template <class Request>
  void reconstruct(const typename wire::RequestTraits<Request>::Native& request,
                   const typename wire::RequestTraits<Request>::ReplyNative& stored,
                   uint8_t client = 1) {
    reconstruct_encoded(wire::RequestTraits<Request>::kOpcode, wire::encode(request),
                        wire::encode(stored), client);
  }
  void reconstruct_encoded(wire::Opcode opcode, const Buffer& body, const Buffer& stored,
                           uint8_t client);

  // Calls in one line. Those without a Result must succeed.
  Result<wire::AttrT> lookup(Fid parent, std::string_view name, const User& user = kRoot);
  Result<wire::AttrT> get_attr(Fid fid);
  wire::AttrT attr(Fid fid);
  Result<wire::AttrT> mkdir(Fid parent, std::string_view name, uint32_t mode = 0755,
                            const User& user = kRoot);
  Result<wire::AttrT> mknod(Fid parent, std::string_view name, uint32_t mode,
                            const User& user = kRoot, uint32_t rdev = 0);
  Result<wire::AttrT> symlink(Fid parent, std::string_view name, std::string_view target,
                              const User& user = kRoot);
  Result<wire::AttrT> link(Fid fid, Fid parent, std::string_view name, const User& user = kRoot);
  Result<wire::UnlinkReplyT> unlink(Fid parent, std::string_view name, const User& user = kRoot);
  Result<wire::UnlinkReplyT> rmdir(Fid parent, std::string_view name, const User& user = kRoot);
  Result<wire::RenameReplyT> rename(Fid old_parent, std::string_view old_name, Fid new_parent,
                                    std::string_view new_name, uint32_t flags = 0,
                                    const User& user = kRoot);
  Result<wire::CreateReplyT> create(Fid parent, std::string_view name, uint32_t flags,
                                    uint64_t handle, const User& user = kRoot, uint32_t mode = 0644,
                                    uint8_t client = 1);
  Result<wire::OpenReplyT> open(Fid fid, uint32_t flags, uint64_t handle, const User& user = kRoot,
                                uint8_t client = 1);
  Result<wire::CloseReplyT> close(Fid fid, uint64_t handle, uint8_t client = 1);
  Result<wire::CloseReplyT> close_with(Fid fid, uint64_t handle, wire::SizeReportT report,
                                       uint8_t client = 1);
  Result<wire::AttrT> report(Fid fid, wire::SizeReportT report, uint8_t client = 1);
  Result<wire::SetAttrReplyT> set_attr(wire::SetAttrRequestT request, const User& user = kRoot);
  Result<wire::SetAttrReplyT> chmod(Fid fid, uint32_t mode, const User& user = kRoot);
  Result<wire::SetAttrReplyT> chown(Fid fid, int64_t uid, int64_t gid, const User& user = kRoot);
  Result<wire::SetAttrReplyT> truncate(Fid fid, uint64_t size, const User& user = kRoot,
                                       uint64_t handle = 0);
  Result<wire::AttrT> set_xattr(Fid fid, std::string_view name, std::string_view value,
                                const User& user = kRoot, uint32_t flags = 0);
  Result<std::string> get_xattr(Fid fid, std::string_view name, const User& user = kRoot);
  Result<wire::AttrT> remove_xattr(Fid fid, std::string_view name, const User& user = kRoot);
  Result<std::string> list_xattr(Fid fid, const User& user = kRoot);
  Result<wire::ReadDirReplyT> read_dir(Fid fid, uint64_t cookie = 0, uint32_t bytes = 4096,
                                       bool with_attr = false, const User& user = kRoot);
  // Names of a whole directory without "." and "..", in order of cookies.
  std::vector<std::string> names(Fid fid);

  // A new directory, or an empty regular file without handles; must succeed.
  Fid make_dir(Fid parent, std::string_view name, uint32_t mode = 0755, const User& user = kRoot);
  Fid make_file(Fid parent, std::string_view name, uint32_t mode = 0644, const User& user = kRoot);

  int64_t& now() { return env.manual_clock.now; }

  MdtEnvironment env;

 private:
  void start();

  StoreOptions options_;
  std::unique_ptr<Mdt> mdt_;
  std::map<uint8_t, std::unique_ptr<target::Session>> sessions_;
  uint64_t next_xid_ = 1;
  uint64_t next_transno_ = 1;
};

std::unique_ptr<wire::CredentialsT> cred(const User& user);
wire::SizeReportT size_report(uint64_t version, uint64_t size, uint64_t blocks, int64_t mtime,
                              int64_t ctime = 0);

}  // namespace sheen::mds

// The code of a Result, readable in a failed test.
#define CHECK_ERRC(expression, errc)                                                         \
  do {                                                                                       \
    const auto sheen_result_code = (expression).code();                                      \
    BOOST_TEST_CONTEXT(#expression)                                                          \
    BOOST_TEST(::sheen::errc_info(sheen_result_code).name == ::sheen::errc_info(errc).name); \
  } while (0)
#define REQUIRE_OK(result)                    \
  BOOST_REQUIRE_MESSAGE((result).has_value(), \
                        ((result).has_value() ? std::string() : (result).error().message()))
#define CHECK_OK(expression) CHECK_ERRC(expression, ::sheen::Errc::kOk)
