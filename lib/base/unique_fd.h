// SPDX-License-Identifier: Apache-2.0
#pragma once

// A file descriptor and its owner: closed once, with the owner or before. Negative: none. Not for
// two threads at a time.

#include <utility>

#include <unistd.h>

namespace sheen {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~UniqueFd() { close(); }

  int get() const { return fd_; }
  bool good() const { return fd_ >= 0; }
  // close(2)'s own verdict, which some file systems use to report a failed write; 0 if there was
  // none. On Linux the descriptor is gone whatever it says, so it is never closed again.
  int close() { return good() ? ::close(std::exchange(fd_, -1)) : 0; }

 private:
  int fd_ = -1;
};

}  // namespace sheen
