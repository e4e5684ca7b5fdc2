// SPDX-License-Identifier: Apache-2.0
#include "tests/component/oss/oss_fixture.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <poll.h>

#include "lib/base/assert.h"
#include "oss/ost.h"

namespace sheen::oss {
namespace {

class WatchedFile final : public store::File {
 public:
  WatchedFile(WatchedDisk& disk, std::shared_ptr<store::File> file)
      : disk_(disk), file_(std::move(file)) {}
  Result<size_t> read(void* into, size_t size, uint64_t offset) override {
    return file_->read(into, size, offset);
  }
  Status write(const void* from, size_t size, uint64_t offset) override {
    SHEEN_TRY(disk_.before_change());
    return file_->write(from, size, offset);
  }
  Status truncate(uint64_t size) override {
    SHEEN_TRY(disk_.before_change());
    return file_->truncate(size);
  }
  Status allocate(int mode, uint64_t offset, uint64_t length) override {
    SHEEN_TRY(disk_.before_change());
    return file_->allocate(mode, offset, length);
  }
  Result<uint64_t> seek(uint64_t offset, bool data) override { return file_->seek(offset, data); }
  Result<store::FileStat> stat() override { return file_->stat(); }
  Status set_mtime(RealtimeNs mtime) override {
    SHEEN_TRY(disk_.before_change());
    return file_->set_mtime(mtime);
  }
  Status sync() override {
    ++disk_.file_syncs;
    if (disk_.sync_fails) return Errc::kIo;
    return file_->sync();
  }
  Result<std::string> get_xattr(const std::string& name) override { return file_->get_xattr(name); }
  Status set_xattr(const std::string& name, const std::string& value) override {
    SHEEN_TRY(disk_.before_change());
    return file_->set_xattr(name, value);
  }

 private:
  WatchedDisk& disk_;
  std::shared_ptr<store::File> file_;
};

}  // namespace

Status WatchedDisk::before_change() {
  if (changes_left.fetch_sub(1) <= 0) {
    changes_left = 0;
    return Error(Errc::kIo, "the test stops here");
  }
  return ok();
}

Result<std::shared_ptr<store::File>> WatchedDisk::open(const std::string& path, bool create) {
  if (create && !std::filesystem::exists(path)) SHEEN_TRY(before_change());
  SHEEN_ASSIGN(auto file, disk_.open(path, create));
  return std::shared_ptr<store::File>(std::make_shared<WatchedFile>(*this, std::move(file)));
}
Status WatchedDisk::remove(const std::string& path) {
  SHEEN_TRY(before_change());
  return disk_.remove(path);
}
Status WatchedDisk::make_directory(const std::string& path) {
  if (!std::filesystem::exists(path)) SHEEN_TRY(before_change());
  return disk_.make_directory(path);
}
Result<std::vector<std::string>> WatchedDisk::list(const std::string& path) {
  return disk_.list(path);
}
Result<store::DiskSpace> WatchedDisk::space(const std::string& path) {
  if (pretended_space) return *pretended_space;
  return disk_.space(path);
}
Status WatchedDisk::sync_filesystem(const std::string& path) {
  ++filesystem_syncs;
  if (sync_fails) return Errc::kIo;
  return disk_.sync_filesystem(path);
}
Status WatchedDisk::sync_directory(const std::string& path) {
  ++directory_syncs;
  if (sync_fails) return Errc::kIo;
  return disk_.sync_directory(path);
}

OssFixture::OssFixture(unsigned io_threads, const std::string& directory)
    : io_threads_(io_threads),
      directory_(directory.empty() ? temporary_.path() : directory),
      database_directory_(directory.empty() ? database_place_.path() : directory) {
  start();
}

OssFixture::~OssFixture() = default;

void OssFixture::start() {
  auto database = store::Database::open(disk_, {database_directory_ + "/store.db", true});
  REQUIRE_OK(database);
  database_ = std::move(*database);
  auto role = open_ost(*this);
  REQUIRE_OK(role);
  role_ = std::move(*role);
}

void OssFixture::restart() {
  role_.reset();
  database_.reset();
  start();
}

OssFixture::PendingPtr OssFixture::send(wire::Opcode opcode, Buffer body, Buffer bulk) {
  const auto table = role_->operations();
  const auto row = std::find_if(table.begin(), table.end(),
                                [&](const auto& operation) { return operation.opcode == opcode; });
  BOOST_REQUIRE(row != table.end());
  BOOST_REQUIRE(row->kind == target::OpKind::kDeferred);
  wire::Message message;
  message.header.opcode = opcode;
  message.body = std::move(body);
  message.bulk = std::move(bulk);
  auto pending = std::make_shared<Pending>();
  auto call = std::make_unique<target::Call>(std::move(message), "peer", true, RealtimeNs{0});
  call->on_answer = [pending](target::Call&, Result<target::ReplyBody> reply) {
    BOOST_REQUIRE_MESSAGE(!pending->reply, "answered twice");
    pending->reply.emplace(std::move(reply));
  };
  row->start(role_->self(), session_, std::move(call));
  return pending;
}

Status OssFixture::step() {
  if (role_->next_wakeup() == kNever) {
    pollfd wait{wake_.fd(), POLLIN, 0};
    ::poll(&wait, 1, 10);
  }
  wake_.drain();
  return role_->step(0);
}

Result<target::ReplyBody> OssFixture::wait(const PendingPtr& pending) {
  for (int i = 0; i < 6000 && !pending->reply; ++i) SHEEN_TRY(step());
  BOOST_REQUIRE_MESSAGE(pending->reply, "no answer");
  return *pending->reply;
}

Result<wire::ObjectAttrT> OssFixture::write(const ObjectId& id, uint64_t offset,
                                            std::string_view bytes, bool sync) {
  wire::WriteRequestT request;
  request.object = std::make_unique<wire::ObjectKey>(wire::to_key(id));
  request.offset = offset;
  request.sync = sync;
  SHEEN_ASSIGN(auto reply, run(request, Buffer::copy_of(bytes)));
  return *reply.attr;
}

Result<std::string> OssFixture::read(const ObjectId& id, uint64_t offset, uint32_t length) {
  wire::ReadRequestT request;
  request.object = std::make_unique<wire::ObjectKey>(wire::to_key(id));
  request.offset = offset;
  request.length = length;
  Buffer bulk;
  SHEEN_ASSIGN(auto reply, run(request, {}, &bulk));
  BOOST_TEST(reply.length == bulk.size());
  return std::string(bulk.view());
}

Result<wire::ObjectAttrT> OssFixture::truncate(const ObjectId& id, uint64_t size) {
  wire::TruncateRequestT request;
  request.object = std::make_unique<wire::ObjectKey>(wire::to_key(id));
  request.size = size;
  SHEEN_ASSIGN(auto reply, run(request));
  return *reply.attr;
}

Result<wire::ObjectAttrT> OssFixture::allocate(const ObjectId& id, uint32_t mode, uint64_t offset,
                                               uint64_t length) {
  wire::AllocateRequestT request;
  request.object = std::make_unique<wire::ObjectKey>(wire::to_key(id));
  request.mode = mode;
  request.offset = offset;
  request.length = length;
  SHEEN_ASSIGN(auto reply, run(request));
  return *reply.attr;
}

Result<wire::ObjectAttrT> OssFixture::glimpse(const ObjectId& id) {
  wire::GlimpseRequestT request;
  request.object = std::make_unique<wire::ObjectKey>(wire::to_key(id));
  SHEEN_ASSIGN(auto reply, run(request));
  return *reply.attr;
}

Result<wire::ObjectAttrT> OssFixture::set_times(const ObjectId& id, RealtimeNs mtime) {
  wire::SetTimesRequestT request;
  request.object = std::make_unique<wire::ObjectKey>(wire::to_key(id));
  request.mtime = mtime;
  SHEEN_ASSIGN(auto reply, run(request));
  return *reply.attr;
}

Result<std::optional<uint64_t>> OssFixture::seek(const ObjectId& id, uint64_t offset, bool data) {
  wire::SeekRequestT request;
  request.object = std::make_unique<wire::ObjectKey>(wire::to_key(id));
  request.offset = offset;
  request.data = data;
  SHEEN_ASSIGN(const auto reply, run(request));
  return reply.found ? std::optional(reply.offset) : std::nullopt;
}

Status OssFixture::sync(const ObjectId& id) {
  wire::ObjectSyncRequestT request;
  request.object = std::make_unique<wire::ObjectKey>(wire::to_key(id));
  SHEEN_TRY(run(request));
  return ok();
}

Status OssFixture::destroy(const std::vector<ObjectId>& ids) {
  wire::DestroyRequestT request;
  for (const ObjectId& id : ids) request.objects.push_back(wire::to_key(id));
  SHEEN_TRY(run(request));
  return ok();
}

uint64_t OssFixture::counter(const std::string& name) {
  for (const auto& [key, value] : role_->counters())
    if (key == name) return value;
  BOOST_FAIL("no counter " + name);
  return 0;
}

const Clock& OssFixture::clock() const { assertion_failed("not used", __FILE__, __LINE__); }
Random& OssFixture::random() { assertion_failed("not used", __FILE__, __LINE__); }
net::Transport& OssFixture::transport() { assertion_failed("not used", __FILE__, __LINE__); }
target::SessionTable& OssFixture::sessions() { assertion_failed("not used", __FILE__, __LINE__); }

}  // namespace sheen::oss
