// SPDX-License-Identifier: Apache-2.0
// Proves that buffers share memory, slices keep it alive, queues are bounded, and the checksum is
// the standard one.
#include <boost/test/unit_test.hpp>

#include "lib/base/buffer.h"
#include "lib/base/crc32c.h"
#include "lib/base/event_queue.h"
#include "lib/base/function.h"

using namespace sheen;

BOOST_AUTO_TEST_SUITE(buffers_and_queues)

BOOST_AUTO_TEST_CASE(a_slice_keeps_the_memory_alive) {
  Buffer slice;
  {
    const Buffer whole = Buffer::copy_of("hello world");
    slice = whole.slice(6, 5);
    BOOST_TEST(slice.data() == whole.data() + 6);
  }
  BOOST_TEST(slice.view() == "world");
}

BOOST_AUTO_TEST_CASE(memory_is_aligned_for_a_cache_line) {
  BOOST_TEST(reinterpret_cast<uintptr_t>(Buffer::allocate(100).data()) % 64 == 0u);
  BOOST_TEST(Buffer::allocate(0).empty());
}

BOOST_AUTO_TEST_CASE(crc32c_is_castagnoli) {
  BOOST_TEST(crc32c("123456789", 9) == 0xe3069283u);
  BOOST_TEST(crc32c("6789", 4, crc32c("12345", 5)) == 0xe3069283u);
  BOOST_TEST(crc32c("", 0) == 0u);
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses) {
  EventQueue<int> queue(2);
  BOOST_TEST(queue.push(1));
  BOOST_TEST(queue.push(2));
  BOOST_TEST(!queue.push(3));
  BOOST_TEST(queue.take_all().size() == 2u);
  BOOST_TEST(queue.take_all().empty());
  BOOST_TEST(queue.push(4));
}

BOOST_AUTO_TEST_CASE(a_unique_function_may_own_what_cannot_be_copied) {
  auto owned = std::make_unique<int>(41);
  UniqueFunction<int(int)> add = [owned = std::move(owned)](int more) { return *owned + more; };
  UniqueFunction<int(int)> moved = std::move(add);
  BOOST_TEST(moved(1) == 42);
  BOOST_TEST(!static_cast<bool>(UniqueFunction<void()>()));
}

BOOST_AUTO_TEST_SUITE_END()
