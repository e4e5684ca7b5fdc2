// SPDX-License-Identifier: Apache-2.0
#pragma once

// Session: libfuse's low-level session with what libfuse 3.14 lacks, added by its custom I/O hook:
// capabilities it does not know (init_negotiation.h), FOPEN_PARALLEL_DIRECT_WRITES in the replies
// to OPEN and CREATE, and the raw bytes of the request in work, for the fields that it drops.
//
// main() owns it; the reactor is the only thread that calls it, but for invalidate_inode(), which
// the notify thread calls.

#include <cstdint>
#include <memory>
#include <span>

#include "client-fuse/counters.h"
#include "client-fuse/fuse_api.h"
#include "client-fuse/request_buffer.h"
#include "client-fuse/uapi.h"
#include "lib/base/buffer.h"
#include "lib/base/result.h"

namespace sheen::fuse {

class Session {
 public:
  // `context` is what context_of() gives to the operations.
  static Result<std::unique_ptr<Session>> create(const fuse_lowlevel_ops& operations, void* context,
                                                 Counters& counters);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  static Session& of(fuse_req_t request);
  static void* context_of(fuse_req_t request) { return of(request).context_; }

  // Takes over a non-blocking descriptor of /dev/fuse.
  Status attach(int fd);
  int fd() const;
  // Answers the kernel's INIT request, which is the first one. kTimedOut if it does not come.
  Status negotiate(int timeout_ms);
  // What INIT agreed on beyond libfuse's own capabilities: uapi bits.
  uint64_t raised() const { return raised_; }

  enum class Served { kNothing, kRequest, kEnded };
  // Reads one request and runs its operation. kEnded: unmounted, or the connection is broken.
  Served serve_one();
  RequestBufferPool& buffers() { return pool_; }

  // The request in work, its InHeader first; valid while its operation is being called.
  std::span<const uint8_t> raw_request() const { return raw_; }
  // The argument that follows the header, or null if the request is too short to hold it.
  template <class Argument>
  const Argument* raw_argument() const {
    if (raw_.size() < sizeof(uapi::InHeader) + sizeof(Argument)) return nullptr;
    return reinterpret_cast<const Argument*>(raw_.data() + sizeof(uapi::InHeader));
  }
  // The WRITE payload in work, without a copy if it is large.
  Buffer take_payload(const void* payload, size_t size);

  // As fuse_reply_open() and fuse_reply_create(), with FOPEN_PARALLEL_DIRECT_WRITES.
  int reply_open(fuse_req_t request, const fuse_file_info& info);
  int reply_create(fuse_req_t request, const fuse_entry_param& entry, const fuse_file_info& info);

  // Drops the kernel's cached pages and attributes of a file. Blocks until requests in work on its
  // pages are answered, hence never from the reactor.
  Status invalidate_inode(uint64_t node);

 private:
  Session(void* context, Counters& counters);
  static ssize_t read_hook(int fd, void* buffer, size_t size, void* session);
  static ssize_t writev_hook(int fd, struct iovec* parts, int count, void* session);
  static void on_init(void* session, fuse_conn_info* connection);
  void amend_reply(struct iovec* parts, int count);

  void* const context_;
  Counters& counters_;
  fuse_session* session_ = nullptr;
  RequestBufferPool pool_;
  std::shared_ptr<uint8_t> buffer_;
  std::span<const uint8_t> raw_;
  bool negotiated_ = false;
  uint64_t raised_ = 0;
  uint32_t open_flags_to_add_ = 0;
};

}  // namespace sheen::fuse
