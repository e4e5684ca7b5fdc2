// SPDX-License-Identifier: Apache-2.0
#pragma once

// A stand-in for the kernel's end of /dev/fuse: a socket pair that keeps message boundaries, as
// /dev/fuse does. Tests write requests in the kernel's layout and look at the bytes that come back.

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client-fuse/uapi.h"

namespace sheen::fuse {

class FakeKernel {
 public:
  FakeKernel() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) abort();
    ours_ = ends[0];
    theirs_ = ends[1];
    const int size = 4 << 20;
    setsockopt(ours_, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    setsockopt(theirs_, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    fcntl(theirs_, F_SETFL, O_NONBLOCK);
    fcntl(ours_, F_SETFL, O_NONBLOCK);
  }
  ~FakeKernel() { hang_up(); }
  FakeKernel(const FakeKernel&) = delete;
  FakeKernel& operator=(const FakeKernel&) = delete;
  void hang_up() {
    if (ours_ >= 0) close(ours_);
    ours_ = -1;
  }
  int take_device() const { return theirs_; }

  uint64_t request(uint32_t opcode, uint64_t node, const std::string& argument) {
    uapi::InHeader header{};
    header.len = static_cast<uint32_t>(sizeof header + argument.size());
    header.opcode = opcode;
    header.unique = ++unique_ * 2;
    header.nodeid = node;
    std::string message(reinterpret_cast<const char*>(&header), sizeof header);
    message += argument;
    if (write(ours_, message.data(), message.size()) != static_cast<ssize_t>(message.size()))
      abort();
    return header.unique;
  }

  struct Reply {
    uapi::OutHeader header{};
    std::string payload;
    bool none = true;
  };
  Reply reply() const {
    std::vector<char> bytes(2 << 20);
    Reply out;
    const ssize_t got = read(ours_, bytes.data(), bytes.size());
    if (got < static_cast<ssize_t>(sizeof out.header)) return out;
    std::memcpy(&out.header, bytes.data(), sizeof out.header);
    out.payload.assign(bytes.data() + sizeof out.header,
                       static_cast<size_t>(got) - sizeof out.header);
    out.none = false;
    return out;
  }

 private:
  int ours_ = -1;
  int theirs_ = -1;
  uint64_t unique_ = 0;
};

template <class T>
std::string bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

template <class T>
T value_of(const std::string& bytes, size_t offset = 0) {
  T value{};
  if (bytes.size() >= offset + sizeof value)
    std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

}  // namespace sheen::fuse
