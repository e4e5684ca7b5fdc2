// SPDX-License-Identifier: Apache-2.0
// Proves the I/O pool's rule of order, and that pooled buffers and cached entries come and go as
// said.
#include "oss/io_pool.h"

#include <barrier>
#include <chrono>
#include <cstring>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "lib/base/limits.h"
#include "oss/buffer_pool.h"
#include "oss/store/lru_cache.h"

namespace sheen::oss {
namespace {

const ObjectId kFirst{Fid{1}, 0, 0};
const ObjectId kSecond{Fid{2}, 0, 0};

void finish(IoPool& pool) {
  for (int i = 0; i < 10'000 && pool.in_flight() != 0; ++i) {
    if (!pool.step()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  BOOST_REQUIRE(pool.in_flight() == 0);
}

IoPool::Work work(
    UniqueFunction<void()> run, UniqueFunction<void()> completion = [] {}) {
  return
      [run = std::move(run), completion = std::move(completion)]() mutable -> IoPool::Completion {
        run();
        return std::move(completion);
      };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(io_pool)

BOOST_AUTO_TEST_CASE(readers_of_one_object_run_together) {
  IoPool pool(2, 100, [] {});
  std::barrier meet(2);  // one alone would wait for ever
  for (int i = 0; i < 2; ++i)
    pool.submit(kFirst, Access::kShared, work([&] { meet.arrive_and_wait(); }));
  finish(pool);
}

BOOST_AUTO_TEST_CASE(different_objects_do_not_wait_for_one_another) {
  IoPool pool(2, 100, [] {});
  std::barrier meet(2);
  for (const ObjectId& id : {kFirst, kSecond})
    pool.submit(id, Access::kExclusive, work([&] { meet.arrive_and_wait(); }));
  finish(pool);
}

BOOST_AUTO_TEST_CASE(exclusive_work_on_one_object_is_completed_in_its_order) {
  constexpr int kRounds = 200;
  constexpr int kJobs = 500;
  IoPool pool(2, kJobs, [] {});
  int inversions = 0;
  for (int round = 0; round < kRounds; ++round) {
    int last = -1;
    for (int i = 0; i < kJobs; ++i)
      pool.submit(kFirst, Access::kExclusive,
                  work([] {},
                       [i, &last, &inversions] {
                         if (i < last) ++inversions;
                         last = i;
                       }));
    finish(pool);
  }
  BOOST_TEST(inversions == 0);
}

BOOST_AUTO_TEST_CASE(exclusive_work_is_alone_and_in_order) {
  IoPool pool(4, 10'000, [] {});
  int unguarded = 0;  // a data race if two run at once
  std::vector<int> order;
  for (int i = 0; i < 1000; ++i)
    pool.submit(kFirst, Access::kExclusive, work([&, i] {
                  ++unguarded;
                  order.push_back(i);
                }));
  finish(pool);
  BOOST_TEST(unguarded == 1000);
  BOOST_TEST(std::is_sorted(order.begin(), order.end()));
}

BOOST_AUTO_TEST_CASE(readers_see_what_was_submitted_before_them) {
  IoPool pool(4, 10'000, [] {});
  int value = 0;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 300; ++i) {
    pool.submit(kFirst, Access::kExclusive, work([&] { ++value; }));
    for (int reader = 0; reader < 3; ++reader)
      pool.submit(kFirst, Access::kShared, work([&, i] { wrong += value != i + 1; }));
  }
  finish(pool);
  BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_CASE(a_completion_may_submit_more) {
  for (const unsigned threads : {0U, 2U}) {
    IoPool pool(threads, 1, [] {});
    int runs = 0;
    pool.submit(work([] {},
                     [&] {
                       BOOST_TEST(pool.has_room());
                       pool.submit(kFirst, Access::kShared, work([] {}, [&] { ++runs; }));
                       BOOST_TEST(!pool.has_room());
                     }));
    BOOST_TEST(!pool.has_room());
    finish(pool);
    BOOST_TEST(runs == 1);
  }
}

BOOST_AUTO_TEST_CASE(the_lane_is_woken_for_every_batch) {
  std::atomic<int> wakes{0};
  IoPool pool(2, 100, [&] { ++wakes; });
  for (int i = 0; i < 20; ++i) {
    const int before = wakes;
    bool done = false;
    pool.submit(work([] {}, [&] { done = true; }));
    for (int spin = 0; spin < 10'000 && wakes == before; ++spin)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    BOOST_TEST(pool.step());
    BOOST_TEST(done);
  }
}

BOOST_AUTO_TEST_CASE(a_pool_ends_without_running_what_waits) {
  int completions = 0;
  {
    IoPool pool(1, 100, [] {});
    for (int i = 0; i < 50; ++i)
      pool.submit(kFirst, Access::kExclusive,
                  work([] { std::this_thread::sleep_for(std::chrono::milliseconds(1)); },
                       [&] { ++completions; }));
  }
  BOOST_TEST(completions == 0);
}

BOOST_AUTO_TEST_CASE(buffers_are_aligned_used_again_and_outlive_their_pool) {
  Buffer survivor;
  {
    BufferPool pool(1);
    const uint8_t* address = nullptr;
    {
      const Buffer buffer = pool.take(kBulkMax);
      address = buffer.data();
      BOOST_TEST(reinterpret_cast<uintptr_t>(address) % 4096 == 0U);
    }
    BOOST_TEST(pool.idle() == 1U);
    const Buffer again = pool.take(kSmallBufferMax + 1);
    BOOST_TEST(again.data() == address);
    BOOST_TEST(again.size() == kSmallBufferMax + 1);
    survivor = pool.take(kBulkMax);
    BOOST_TEST(pool.take(10).size() == 10U);
    BOOST_TEST(pool.take(0).empty());
    BOOST_TEST(pool.idle() == 0U);
  }
  std::memset(survivor.mutable_data(), 1, survivor.size());
}

BOOST_AUTO_TEST_CASE(the_least_recently_used_entry_goes_first) {
  LruCache<int, std::string> cache(2);
  cache.insert(1, std::make_shared<std::string>("one"));
  cache.insert(2, std::make_shared<std::string>("two"));
  BOOST_TEST(*cache.find(1) == "one");
  BOOST_TEST(*cache.insert(1, std::make_shared<std::string>("uno")) == "one");
  cache.insert(3, std::make_shared<std::string>("three"));
  BOOST_TEST(!cache.find(2));
  BOOST_TEST(cache.size() == 2U);
  cache.erase(1);
  cache.erase(7);
  BOOST_TEST(!cache.find(1));
  BOOST_TEST(*cache.find(3) == "three");
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace sheen::oss
