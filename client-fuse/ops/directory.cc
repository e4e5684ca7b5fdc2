// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/ops/operations.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>

#include "client-fuse/caller.h"
#include "client-fuse/dirent_packer.h"
#include "client-fuse/killable_request.h"
#include "client-fuse/open_reply.h"

namespace sheen::fuse::ops {
namespace {

// Offset behind "..".
constexpr uint64_t kBehindDotDot = 2;

// Asked for at once even if the kernel's buffer is smaller, which it often is with attributes.
constexpr size_t kPageBytes = 32U << 10;

// Answers with what is loaded in the stream.
void pack(Request request, DirectoryStream& stream, Fid directory, size_t size, bool plus) {
  DirentPacker packer(size, plus);
  // An empty answer would mean the end.
  if (!stream.fill(packer, directory)) return request.error(EINVAL);
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
  const auto answer = [directory, size, id, plus](Request request, Result<client::DirPage> page) {
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
  };
  request.client().readdir(caller_of(req), directory, cookie, bytes_max, plus,
                           unless_killed<client::DirPage>(std::move(request), answer));
}

void close_stream(Filesystem& fs, uint64_t id) {
  if (const DirectoryStream* stream = fs.directories.find(id); stream != nullptr)
    discard(fs.client, stream->handle);
  fs.directories.close(id);
}

}  // namespace

// Open at the MDT too: whoever opened a directory may read it whatever becomes of its mode, of the
// caller or of its name.
void opendir(fuse_req_t req, fuse_ino_t ino, fuse_file_info*) {
  Request request(req);
  Filesystem& fs = request.fs();
  fs.client.open(
      caller_of(req), Fid{ino}, O_RDONLY | O_DIRECTORY,
      [&fs, pending = KillableRequest::watch(std::move(request))](Result<client::Opened> opened) {
        std::optional<Request> request = pending->take();
        if (!request) {
          if (opened) discard(fs.client, opened->handle);
          return;
        }
        if (!opened) return request->error(opened.error());
        fuse_file_info info{};
        info.fh = fs.directories.open(opened->handle);
        if (fuse_reply_open(request->take(), &info) != 0) close_stream(fs, info.fh);
      });
}

void readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, fuse_file_info* info) {
  read_directory(req, ino, size, offset, info->fh, false);
}

void readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, fuse_file_info* info) {
  read_directory(req, ino, size, offset, info->fh, true);
}

void releasedir(fuse_req_t req, fuse_ino_t, fuse_file_info* info) {
  Request request(req);
  close_stream(request.fs(), info->fh);
  request.done();
}

}  // namespace sheen::fuse::ops
