// SPDX-License-Identifier: Apache-2.0
#pragma once

// A started client on a fake cluster of four OSTs, and waiting calls for the tests. One thread.

#include <fcntl.h>
#include <sys/stat.h>

#include <memory>
#include <optional>
#include <string>

#include <boost/test/unit_test.hpp>

#include "lib/client/client.h"
#include "tests/component/client/fake_cluster.h"

namespace sheen::test {

struct ClientFixture {
  ClientFixture();

  std::unique_ptr<client::Client> make_client(client::ClientOptions options = {});
  // Steps the client, and the clock when nothing else happens, until `done` holds.
  template <class Done>
  void run_until(Done done) {
    for (int i = 0; i < 100000; ++i) {
      if (done()) return;
      if (!client->step()) clock.advance(kMillisecond);
    }
    BOOST_FAIL("the client did not finish");
  }
  // Steps until nothing happens any more.
  void settle() {
    while (client->step()) {
    }
  }
  // call([&](Done<T> done) { client->getattr(fid, std::move(done)); })
  template <class T, class Call>
  Result<T> wait(Call call) {
    std::optional<Result<T>> out;
    call(client::Done<T>([&out](Result<T> result) { out = std::move(result); }));
    run_until([&out] { return out.has_value(); });
    return std::move(*out);
  }

  client::Opened create(const std::string& name, int flags = O_RDWR, uint32_t mode = 0644);
  client::Opened open(Fid fid, int flags);
  size_t write(client::Handle handle, uint64_t offset, const std::string& bytes,
               client::WriteOptions options = {});
  std::string read(client::Handle handle, uint64_t offset, uint64_t length);
  void release(client::Handle handle);
  client::Attr getattr(Fid fid);
  void stripe_over(std::vector<uint16_t> osts) { cluster.stripe_osts = std::move(osts); }
  FakeInode& inode(Fid fid) { return cluster.mdt->inodes[fid.value]; }
  FakeObject* object(Fid fid, uint16_t stripe);

  client::Caller root;
  ManualClock clock;
  SeededRandom random{1};
  FakeCluster cluster{clock, 4};
  std::unique_ptr<client::Client> client;
};

inline constexpr uint64_t kStripe = 64U << 10;

// Bytes that differ from place to place.
std::string pattern(size_t size, char seed = 'a');

}  // namespace sheen::test
