// SPDX-License-Identifier: Apache-2.0
#include "client-fuse/session.h"

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>
#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

#include "client-fuse/init_negotiation.h"
#include "lib/base/assert.h"
#include "lib/base/ids.h"
#include "lib/base/log.h"

namespace sheen::fuse {
namespace {

// A WRITE shorter than this is copied: cheaper than pinning a buffer of 1 MiB for it.
constexpr size_t kCopyBelow = 32U << 10;
constexpr size_t kBuffersKept = 32;

// HANDLE_KILLPRIV_V2: the servers clear setuid, setgid and capabilities when a request says so;
// without it the kernel asks GETXATTR(security.capability) before every buffered write.
// SETXATTR_EXT: a change of an ACL says whether setgid must go.
// DIRECT_IO_ALLOW_MMAP: files are opened for direct I/O, and a shared mapping must work still.
// PARALLEL_DIROPS: libfuse 3.14 knows it, but never puts it into its answer.
constexpr uint64_t kRaised =
    uapi::kHandleKillprivV2 | uapi::kSetxattrExt | uapi::kDirectIoAllowMmap | uapi::kParallelDirops;

// The kernel's own readahead and writes of mappings in flight. libfuse's 12 starves them as soon as
// an answer takes a network round trip.
constexpr unsigned kMaxBackground = 64;
constexpr unsigned kCongestionThreshold = 48;

void log_from_libfuse(enum fuse_log_level level, const char* format, va_list arguments) {
  char line[512];
  std::vsnprintf(line, sizeof line, format, arguments);
  line[std::strcspn(line, "\n")] = 0;
  if (level <= FUSE_LOG_WARNING) {
    SHEEN_WARN("libfuse: {}", line);
  } else {
    SHEEN_DEBUG("libfuse: {}", line);
  }
}

}  // namespace

Session::Session(void* context, Counters& counters)
    : context_(context), counters_(counters), pool_(kBuffersKept) {}

Result<std::unique_ptr<Session>> Session::create(const fuse_lowlevel_ops& operations, void* context,
                                                 Counters& counters) {
  fuse_set_log_func(log_from_libfuse);
  std::unique_ptr<Session> session(new Session(context, counters));
  fuse_lowlevel_ops with_init = operations;
  with_init.init = on_init;
  char name[] = "mount.sheen";
  char* arguments[] = {name, nullptr};
  fuse_args args = FUSE_ARGS_INIT(1, arguments);
  session->session_ = fuse_session_new(&args, &with_init, sizeof with_init, session.get());
  fuse_opt_free_args(&args);  // parsing has replaced them by copies
  if (session->session_ == nullptr) return Error(Errc::kNoMemory, "libfuse made no session");
  return session;
}

Session::~Session() {
  if (session_ != nullptr) fuse_session_destroy(session_);  // closes the descriptor
}

Session& Session::of(fuse_req_t request) {
  return *static_cast<Session*>(fuse_req_userdata(request));
}

Status Session::attach(int fd) {
  const fuse_custom_io io = {.writev = writev_hook, .read = read_hook};
  if (const int error = fuse_session_custom_io(session_, &io, fd); error != 0)
    return errno_error(-error, "libfuse refused the descriptor of /dev/fuse");
  return ok();
}

int Session::fd() const { return fuse_session_fd(session_); }

Status Session::negotiate(int timeout_ms) {
  while (!negotiated_) {
    pollfd ready{.fd = fd(), .events = POLLIN, .revents = 0};
    const int count = poll(&ready, 1, timeout_ms);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Error(Errc::kTimedOut, "the kernel sent no FUSE INIT request");
    if (serve_one() == Served::kEnded)
      return Error(Errc::kIo, "the kernel ended the FUSE connection during INIT");
  }
  if ((raised_ & uapi::kDirectIoAllowMmap) == 0)
    SHEEN_WARN("this kernel cannot map files shared on this file system (it is older than 6.6)");
  return ok();
}

void Session::on_init(void* session, fuse_conn_info* connection) {
  (void)session;
  const auto want = [&](unsigned capability, bool wanted) {
    if (!wanted) connection->want &= ~capability;
    if (wanted) connection->want |= connection->capable & capability;
  };
  want(FUSE_CAP_ASYNC_READ, true);
  want(FUSE_CAP_ASYNC_DIO, true);
  want(FUSE_CAP_ATOMIC_O_TRUNC, true);
  want(FUSE_CAP_READDIRPLUS, true);
  want(FUSE_CAP_READDIRPLUS_AUTO, true);
  want(FUSE_CAP_POSIX_LOCKS, true);
  want(FUSE_CAP_FLOCK_LOCKS, true);
  want(FUSE_CAP_POSIX_ACL, true);
  want(FUSE_CAP_DONT_MASK, true);  // a default ACL replaces the umask, which only the MDT can know
  // Zero-copy for /dev/fuse only: ZeroMQ takes memory, and page references are passed for
  // page-cache pages alone.
  want(FUSE_CAP_SPLICE_READ, false);
  want(FUSE_CAP_SPLICE_WRITE, false);
  want(FUSE_CAP_SPLICE_MOVE, false);
  // The kernel would own size and times of files, and ignore what other mounts do to them.
  want(FUSE_CAP_WRITEBACK_CACHE, false);
  // Another mount may replace the link.
  want(FUSE_CAP_CACHE_SYMLINKS, false);
  // Would drop a mapping's pages after each of our own writes, as they change mtime. Without either
  // of the two, the kernel drops pages when the size has changed, and whenever the file is opened.
  want(FUSE_CAP_AUTO_INVAL_DATA, false);
  want(FUSE_CAP_EXPLICIT_INVAL_DATA, false);
  want(FUSE_CAP_HANDLE_KILLPRIV, false);  // its second version is raised instead
  connection->max_write = kMaxWriteBytes;
  connection->max_background = kMaxBackground;
  connection->congestion_threshold = kCongestionThreshold;
  connection->time_gran = 1;
}

ssize_t Session::read_hook(int fd, void* buffer, size_t size, void*) {
  return ::read(fd, buffer, size);
}

ssize_t Session::writev_hook(int fd, struct iovec* parts, int count, void* session) {
  // Notifications come from another thread and are none of the reactor's replies.
  const auto* header = static_cast<const uapi::OutHeader*>(parts[0].iov_base);
  if (header->unique != 0 && header->error == 0)
    static_cast<Session*>(session)->amend_reply(parts, count);
  return ::writev(fd, parts, count);
}

void Session::amend_reply(struct iovec* parts, int count) {
  if (!negotiated_) {
    const uint64_t offered = offered_capabilities(raw_);
    if (offered != 0 && count >= 2 && parts[1].iov_len >= sizeof(uapi::InitOut))
      raised_ =
          raise_capabilities(offered, kRaised, *static_cast<uapi::InitOut*>(parts[1].iov_base));
    negotiated_ = true;
  } else if (open_flags_to_add_ != 0 && count >= 2 && parts[1].iov_len >= sizeof(uapi::OpenOut)) {
    // The last part of the reply, in OPEN's as in CREATE's.
    auto* end = static_cast<uint8_t*>(parts[1].iov_base) + parts[1].iov_len;
    auto* open = reinterpret_cast<uapi::OpenOut*>(end - sizeof(uapi::OpenOut));
    open->open_flags |= open_flags_to_add_;
  }
}

Session::Served Session::serve_one() {
  if (!buffer_) buffer_ = pool_.take();
  fuse_buf received{};
  received.mem = buffer_.get();
  received.size = kRequestBytesMax;
  const int got = fuse_session_receive_buf(session_, &received);
  if (got == -EAGAIN || got == -EINTR) return Served::kNothing;
  if (got < static_cast<int>(sizeof(uapi::InHeader))) return Served::kEnded;

  raw_ = {buffer_.get(), static_cast<size_t>(got)};
  counters_.count(reinterpret_cast<const uapi::InHeader*>(raw_.data())->opcode);
  fuse_session_process_buf(session_, &received);
  raw_ = {};
  if (buffer_.use_count() > 1) buffer_.reset();  // its payload is on the way to a server
  return fuse_session_exited(session_) != 0 ? Served::kEnded : Served::kRequest;
}

Buffer Session::take_payload(const void* payload, size_t size) {
  const auto* start = static_cast<const uint8_t*>(payload);
  const bool inside = !raw_.empty() && start >= raw_.data() &&
                      size <= static_cast<size_t>(raw_.data() + raw_.size() - start);
  SHEEN_ASSERT(inside);
  if (size < kCopyBelow) return Buffer::copy_of(payload, size);
  return {buffer_, payload, size};
}

int Session::reply_open(fuse_req_t request, const fuse_file_info& info) {
  open_flags_to_add_ = uapi::kFopenParallelDirectWrites;
  const int result = fuse_reply_open(request, &info);
  open_flags_to_add_ = 0;
  return result;
}

int Session::reply_create(fuse_req_t request, const fuse_entry_param& entry,
                          const fuse_file_info& info) {
  open_flags_to_add_ = uapi::kFopenParallelDirectWrites;
  const int result = fuse_reply_create(request, &entry, &info);
  open_flags_to_add_ = 0;
  return result;
}

Status Session::invalidate_inode(uint64_t node) {
  const int error = fuse_lowlevel_notify_inval_inode(session_, node, 0, 0);
  if (error != 0 && error != -ENOENT)  // ENOENT: the kernel does not know it, so has nothing cached
    return errno_error(-error, fmt::format("cannot invalidate {}", Fid{node}.to_string()));
  return ok();
}

}  // namespace sheen::fuse
