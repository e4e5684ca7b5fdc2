// SPDX-License-Identifier: Apache-2.0
#pragma once

// LruCache: at most `entries_max` shared values by key; the least recently used goes first. A value
// that somebody still holds lives on without its place in the cache. Any thread may call.

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace sheen::oss {

template <class Key, class Value, class Hash = std::hash<Key>>
class LruCache {
 public:
  using Pointer = std::shared_ptr<Value>;

  explicit LruCache(size_t entries_max) : entries_max_(entries_max) {}

  Pointer find(const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second);
    return found->second->second;
  }

  // Two readers may open the same thing at once: the first one in counts, and is returned.
  Pointer insert(const Key& key, Pointer value) {
    Pointer evicted;  // destroyed after the lock is released: it may close a file
    const std::lock_guard lock(mutex_);
    const auto found = index_.find(key);
    if (found != index_.end()) return found->second->second;
    if (order_.size() >= entries_max_) {
      evicted = std::move(order_.back().second);
      index_.erase(order_.back().first);
      order_.pop_back();
    }
    order_.emplace_front(key, value);
    index_.emplace(key, order_.begin());
    return value;
  }

  void erase(const Key& key) {
    Pointer erased;
    const std::lock_guard lock(mutex_);
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    erased = std::move(found->second->second);
    order_.erase(found->second);
    index_.erase(found);
  }

  size_t size() const {
    const std::lock_guard lock(mutex_);
    return order_.size();
  }

 private:
  using Order = std::list<std::pair<Key, Pointer>>;
  const size_t entries_max_;
  mutable std::mutex mutex_;
  Order order_;  // most recently used first
  std::unordered_map<Key, typename Order::iterator, Hash> index_;
};

}  // namespace sheen::oss
