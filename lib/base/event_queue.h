// SPDX-License-Identifier: Apache-2.0
#pragma once

// A bounded queue from any thread to one reading thread, woken by an eventfd (level-triggered when
// polled, so both zmq_poll and qb_loop can wait for it). The mutex is held for the push or the swap
// only. The queue must outlive its writers.

#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>

namespace sheen {

// An eventfd(2); the part of the queue that is not a template.
class EventFd {
 public:
  EventFd();
  ~EventFd();
  EventFd(const EventFd&) = delete;
  EventFd& operator=(const EventFd&) = delete;
  int fd() const { return fd_; }
  void signal();
  void drain();

 private:
  int fd_;
};

template <class T>
class EventQueue {
 public:
  explicit EventQueue(size_t capacity_max) : capacity_max_(capacity_max) {}

  // False if the queue is full: the caller decides what that means (refuse, retry, assert).
  bool push(T item) {
    bool was_empty = false;
    {
      const std::lock_guard lock(mutex_);
      if (items_.size() >= capacity_max_) return false;
      was_empty = items_.empty();
      items_.push_back(std::move(item));
    }
    if (was_empty) event_.signal();
    return true;
  }

  // Everything queued so far. Reader thread only.
  std::deque<T> take_all() {
    event_.drain();
    std::deque<T> out;
    const std::lock_guard lock(mutex_);
    out.swap(items_);
    return out;
  }

  int fd() const { return event_.fd(); }

 private:
  const size_t capacity_max_;
  EventFd event_;
  std::mutex mutex_;
  std::deque<T> items_;
};

}  // namespace sheen
