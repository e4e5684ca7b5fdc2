// SPDX-License-Identifier: Apache-2.0
// A full MDT: what grows is refused, what frees space goes on, and afterwards everything works
// again.

#include <boost/test/unit_test.hpp>

#include <fcntl.h>

#include "tests/component/mds/mdt_fixture.h"

namespace sheen::mds {
namespace {

struct Fixture : MdtFixture {
  void available(uint64_t bytes) {
    store::DiskSpace space;
    space.bytes_total = uint64_t{100} << 30;
    space.bytes_free = space.bytes_available = bytes;
    env.space_disk.pretended = space;
    now() += 200 * kMillisecond;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(full_mdt, Fixture)

BOOST_AUTO_TEST_CASE(what_grows_is_refused_and_what_frees_goes_on) {
  const Fid dir = make_dir(kRootFid, "d");
  const Fid file = make_file(kRootFid, "f");
  make_file(kRootFid, "g");
  available(0);
  CHECK_ERRC(mkdir(kRootFid, "x"), Errc::kNoSpace);
  CHECK_ERRC(mknod(kRootFid, "x", S_IFREG | 0644), Errc::kNoSpace);
  CHECK_ERRC(create(kRootFid, "x", O_RDWR, 1), Errc::kNoSpace);
  CHECK_ERRC(symlink(kRootFid, "x", "t"), Errc::kNoSpace);
  CHECK_ERRC(link(file, kRootFid, "x"), Errc::kNoSpace);
  CHECK_ERRC(rename(kRootFid, "f", dir, "x"), Errc::kNoSpace);
  CHECK_ERRC(set_xattr(file, "user.x", "v"), Errc::kNoSpace);
  CHECK_OK(lookup(kRootFid, "f"));
  CHECK_OK(open(file, O_RDWR, 1));
  CHECK_OK(truncate(file, 0));
  CHECK_OK(close(file, 1));
  CHECK_OK(chmod(file, 0600));
  CHECK_OK(rename(kRootFid, "f", kRootFid, "g"));
  CHECK_OK(unlink(kRootFid, "g"));
  CHECK_OK(rmdir(kRootFid, "d"));
  available(uint64_t{10} << 30);
  CHECK_OK(mkdir(kRootFid, "x"));
}

BOOST_AUTO_TEST_CASE(the_reserve_follows_the_wal) {
  const auto bound = static_cast<uint64_t>(env.database().wal_bound_bytes());
  available(bound + bound / 4);
  CHECK_ERRC(mkdir(kRootFid, "x"), Errc::kNoSpace);
  available(2 * bound);
  CHECK_OK(mkdir(kRootFid, "x"));
}

BOOST_AUTO_TEST_CASE(free_pages_of_the_database_are_space) {
  const Fid dir = make_dir(kRootFid, "d");
  for (int i = 0; i < 200; ++i) {
    const Fid file = make_file(dir, std::to_string(i));
    CHECK_OK(set_xattr(file, "user.x", std::string(8000, 'x')));
  }
  const auto bound = static_cast<uint64_t>(env.database().wal_bound_bytes());
  available(bound);
  CHECK_ERRC(mkdir(kRootFid, "x"), Errc::kNoSpace);
  for (int i = 0; i < 200; ++i) CHECK_OK(unlink(dir, std::to_string(i)));
  available(bound);
  CHECK_OK(mkdir(kRootFid, "x"));
  BOOST_TEST(mdt().space().bytes_available > bound + (1U << 20));
  available(0);
  CHECK_ERRC(mkdir(kRootFid, "y"), Errc::kNoSpace);
}

BOOST_AUTO_TEST_CASE(the_disk_is_asked_at_most_every_100_ms) {
  available(uint64_t{10} << 30);
  CHECK_OK(mkdir(kRootFid, "a"));
  env.space_disk.pretended->bytes_available = 0;
  CHECK_OK(mkdir(kRootFid, "b"));
  now() += 100 * kMillisecond;
  CHECK_ERRC(mkdir(kRootFid, "c"), Errc::kNoSpace);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace sheen::mds
