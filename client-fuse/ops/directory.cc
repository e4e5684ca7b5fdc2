// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include <algorithm>
#include <cerrno>

#include "client-fuse/caller.h"
#include "client-fuse/dirent_packer.h"
#include "client-fuse/request.h"

namespace sheen::fuse::ops {
namespace {

// Offsets, from the glossary of cookies: behind "." and behind "..".
constexpr uint64_t kBehindDot = 1;
constexpr uint64_t kBehindDotDot = 2;

// Asked for at once even if the kernel's buffer is smaller, which it often is with attributes.
constexpr size_t kPageBytes = 32U << 10;

// Answers with what is loaded in the stream.
void pack(Request request, DirectoryStream& stream, Fid directory, size_t size, bool plus) {
  DirentPacker packer(size, plus);
  bool full = false;
  const auto add_dot = [&](const char* name, Fid fid, uint64_t next) {
    full = full || !packer.add_dot(name, fid, next);
    if (!full) stream.position = next;
  };
  if (stream.position < kBehindDot) add_dot(".", directory, kBehindDot);
  if (stream.position < kBehindDotDot)
    add_dot("..", stream.parent.valid() ? stream.parent : directory, kBehindDotDot);
  while (!full && !stream.entries.empty()) {
    const client::DirEntry& entry = stream.entries.front();
    full = !packer.add(entry, entry.cookie);
    if (full) break;
    stream.position = entry.cookie;
    stream.entries.pop_front();
  }
  // An empty answer would mean the end.
  if (full && packer.size() == 0) return request.error(EINVAL);
  request.bytes({packer.data(), packer.size()});
}

void read_directory(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, uint64_t id,
                    bool plus) {
  Request request(req);
  DirectoryStream* stream = request.fs().directories.find(id);
  if (stream == nullptr) return request.error(EBADF);
  const Fid directory{ino};
  stream->seek(static_cast<uint64_t>(offset), plus);
  if (stream->loaded && (!stream->entries.empty() || stream->at_end))
    return pack(std::move(request), *stream, directory, size, plus);

  const uint64_t cookie = stream->position <= kBehindDotDot ? 0 : stream->position;
  const auto bytes_max = static_cast<uint32_t>(std::max(size, kPageBytes));
  request.client().readdir(caller_of(req), directory, cookie, bytes_max, plus,
                           [request = std::move(request), directory, size, id,
                            plus](Result<client::DirPage> page) mutable {
                             if (!page) return request.error(page.error());
                             DirectoryStream* stream = request.fs().directories.find(id);
                             if (stream == nullptr) return request.error(EBADF);
                             stream->entries.assign(std::make_move_iterator(page->entries.begin()),
                                                    std::make_move_iterator(page->entries.end()));
                             stream->at_end = page->end;
                             stream->parent = page->parent;
                             stream->with_attr = plus;
                             stream->loaded = true;
                             pack(std::move(request), *stream, directory, size, plus);
                           });
}

}  // namespace

// Without a request to the MDT: each READDIR is checked there.
void opendir(fuse_req_t req, fuse_ino_t, fuse_file_info*) {
  Request request(req);
  DirectoryStreams& directories = request.fs().directories;
  fuse_file_info info{};
  info.fh = directories.open();
  if (fuse_reply_open(request.take(), &info) != 0) directories.close(info.fh);
}

void readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, fuse_file_info* info) {
  read_directory(req, ino, size, offset, info->fh, false);
}

void readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, fuse_file_info* info) {
  read_directory(req, ino, size, offset, info->fh, true);
}

void releasedir(fuse_req_t req, fuse_ino_t, fuse_file_info* info) {
  Request request(req);
  request.fs().directories.close(info->fh);
  request.done();
}

}  // namespace sheen::fuse::ops
