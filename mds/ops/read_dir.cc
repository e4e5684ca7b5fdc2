// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "mds/attr.h"
#include "mds/directory.h"
#include "mds/ops/namespace.h"

namespace sheen::mds::ops {
namespace {

// What an entry takes in the caller's buffer: struct fuse_dirent, and fuse_entry_out before it.
constexpr size_t kDirentBytes = 24;
constexpr size_t kEntryOutBytes = 128;
// Bounds the reply's body well below kBodyMax.
constexpr uint32_t kBytesDefault = 64U << 10;
constexpr uint32_t kBytesMax = 128U << 10;

size_t bytes_of(std::string_view name, bool with_attr) {
  return ((kDirentBytes + name.size() + 7) & ~size_t{7}) + (with_attr ? kEntryOutBytes : 0);
}

class Filler {
 public:
  Filler(wire::ReadDirReplyT& reply, const wire::ReadDirRequest& req)
      : reply_(reply),
        with_attr_(req.with_attr()),
        room_(std::min(req.bytes_max() != 0 ? req.bytes_max() : kBytesDefault, kBytesMax)) {}

  bool fits(std::string_view name) const {
    return reply_.entries.empty() || bytes_of(name, with_attr_) <= room_;
  }
  void add(uint64_t cookie, std::string_view name, Fid fid, uint8_t type,
           std::unique_ptr<wire::AttrT> attr) {
    room_ -= std::min(room_, bytes_of(name, with_attr_));
    auto entry = std::make_unique<wire::DirEntryT>();
    entry->cookie = cookie;
    entry->name = wire::to_bytes(name);
    entry->fid = fid.value;
    entry->type = type;
    entry->attr = std::move(attr);
    reply_.entries.push_back(std::move(entry));
  }
  bool with_attr() const { return with_attr_; }

 private:
  wire::ReadDirReplyT& reply_;
  bool with_attr_;
  size_t room_;
};

// Whoever opened the directory may go on reading it, whatever became of its mode.
Status check_may_read(Mdt& mdt, const OpContext& ctx, const Asker& asker, const Inode& directory) {
  const Status allowed = check_access(mdt, asker, directory, kMayRead);
  if (allowed || !mdt.opens().has_open(ctx.session.client, directory.fid)) return allowed;
  return ok();
}

}  // namespace

Result<wire::ReadDirReplyT> read_dir(Mdt& mdt, const OpContext& ctx,
                                     const wire::ReadDirRequest& req) {
  SHEEN_ASSIGN(const Asker asker, Asker::from(req.cred()));
  SHEEN_ASSIGN(const Inode directory, get_directory(mdt, Fid{req.fid()}));
  SHEEN_TRY(check_may_read(mdt, ctx, asker, directory));

  wire::ReadDirReplyT reply;
  reply.parent = directory.parent.value;
  reply.end = true;
  Filler filler(reply, req);
  for (const uint64_t cookie : {kCookieDot, kCookieDotDot}) {
    if (req.cookie() >= cookie) continue;
    const bool dot = cookie == kCookieDot;
    const std::string_view name = dot ? "." : "..";
    if (!filler.fits(name)) {
      reply.end = false;
      return reply;
    }
    std::unique_ptr<wire::AttrT> attr;
    if (filler.with_attr()) {
      SHEEN_ASSIGN(const std::optional<Inode> inode,
                   mdt.store().inodes.find(dot ? directory.fid : directory.parent));
      if (inode) attr = attr_of(*inode);
    }
    filler.add(cookie, name, dot ? directory.fid : directory.parent, entry_type(directory.mode),
               std::move(attr));
  }
  const auto visit = [&](const Entry& entry, std::string_view name) -> Result<bool> {
    if (!filler.fits(name)) {
      reply.end = false;
      return false;
    }
    std::unique_ptr<wire::AttrT> attr;
    if (filler.with_attr()) {
      SHEEN_ASSIGN(const Inode inode, inode_of(mdt, entry));
      attr = attr_of(inode);
    }
    filler.add(entry.cookie, name, entry.fid, entry.type, std::move(attr));
    return true;
  };
  SHEEN_TRY(mdt.store().entries.scan(directory.fid, std::max(req.cookie(), kCookieDotDot), visit));

  const RealtimeNs now = time_of(req.now(), ctx);
  if (!req.no_atime() && relatime_due(directory, now))
    mdt.store().inodes.touch_atime(directory.fid, now);
  return reply;
}

}  // namespace sheen::mds::ops
