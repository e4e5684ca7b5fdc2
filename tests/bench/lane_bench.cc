// SPDX-License-Identifier: Apache-2.0
// Operations per second of an MDT's lane: a real MDT on a real database, reached over ZeroMQ, with
// one and with many requests in flight. Beside it the rows of the same changes written by bare
// SQLite with the same settings, one savepoint each and 32 to a transaction: what the lane adds is
// the rest. The rounds alternate, so that a busy machine disturbs both alike. Prints JSON.
//
//   lane_bench [rounds] [operations per round]
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/stat.h>

#include "lib/base/assert.h"
#include "lib/base/limits.h"
#include "lib/store/disk.h"
#include "mds/mdt.h"
#include "mgs/mgs.h"
#include "tests/bench/bench_server.h"
#include "tests/bench/median.h"

using namespace sheen;

namespace {

constexpr uint16_t kMgsPort = 7961;
constexpr uint16_t kMdsPort = 7963;

class LaneLoad {
 public:
  LaneLoad()
      : mgs_({"bench-MGT", mgs::open_mgs, kMgsPort}),
        mdt_({"bench-MDT0000", mds::open_mdt, kMdsPort, false,
              fmt::format("127.0.0.1:{}", kMgsPort)}) {
    // The MDT makes files once the MGS has given it sequences to number them from.
    while (!make_warm_up_file()) usleep(20000);
  }

  // Makes, looks up, or removes files number 0..count-1 with `depth` requests in flight; operations
  // per second.
  double make(int count, size_t depth) {
    return rate(count, depth, [this](int i, auto done) {
      rpc::call<wire::MknodRequest>(mdt_.import(), rpc::RequestKind::kChange, mknod(i),
                                    check<wire::MknodRequest>(done));
    });
  }
  double look_up(int count, size_t depth) {
    return rate(count, depth, [this](int i, auto done) {
      wire::LookupRequestT request;
      request.cred = credentials();
      request.parent = kRootFid.value;
      request.name = name(i);
      rpc::call<wire::LookupRequest>(mdt_.import(), rpc::RequestKind::kRead, request,
                                     check<wire::LookupRequest>(done));
    });
  }
  double remove(int count, size_t depth) {
    return rate(count, depth, [this](int i, auto done) {
      wire::UnlinkRequestT request;
      request.cred = credentials();
      request.parent = kRootFid.value;
      request.name = name(i);
      request.now = kNow;
      rpc::call<wire::UnlinkRequest>(mdt_.import(), rpc::RequestKind::kChange, request,
                                     check<wire::UnlinkRequest>(done));
    });
  }

 private:
  static constexpr int64_t kNow = 1'700'000'000 * kSecond;

  static std::unique_ptr<wire::CredentialsT> credentials() {
    auto cred = std::make_unique<wire::CredentialsT>();
    cred->privileged = true;
    return cred;
  }
  static std::vector<uint8_t> name(int i) {
    const std::string text = fmt::format("file-{:08}", i);
    return {text.begin(), text.end()};
  }
  static wire::MknodRequestT mknod(int i) {
    wire::MknodRequestT request;
    request.cred = credentials();
    request.parent = kRootFid.value;
    request.name = name(i);
    request.mode = S_IFIFO | 0644;
    request.now = kNow;
    return request;
  }
  template <class Request, class Done>
  static auto check(Done done) {
    return [done](Result<rpc::ReplyFor<Request>> reply) {
      SHEEN_ASSERT(reply.has_value());
      done();
    };
  }
  template <class Start>
  double rate(int count, size_t depth, Start start) {
    const SystemClock clock;
    const MonotonicNs begin = clock.monotonic();
    int started = 0;
    int finished = 0;
    mdt_.run_until([&] {
      while (started < count && static_cast<size_t>(started - finished) < depth)
        start(started++, [&finished] { finished += 1; });
      return finished == count;
    });
    return count * 1e9 / static_cast<double>(clock.monotonic() - begin);
  }
  bool make_warm_up_file() {
    bool answered = false;
    bool made = false;
    rpc::call<wire::MknodRequest>(mdt_.import(), rpc::RequestKind::kChange, mknod(99'999'999),
                                  [&](auto reply) {
                                    answered = true;
                                    made = reply.has_value();
                                  });
    mdt_.run_until([&] { return answered; });
    return made;
  }

  bench::BenchServer mgs_;
  bench::BenchServer mdt_;
};

// What SQLite alone takes for an entry, an inode, the parent's times and a stored reply.
class BareRows {
 public:
  explicit BareRows(const std::string& directory) {
    store::DatabaseOptions options;
    options.path = directory + "/bare.db";
    options.create = true;
    auto opened = store::Database::open(disk_, options);
    SHEEN_ASSERT(opened.has_value());
    database_ = std::move(*opened);
    SHEEN_ASSERT(database_
                     ->execute("CREATE TABLE inode(fid INTEGER PRIMARY KEY, data BLOB);"
                               "CREATE TABLE entry(parent INTEGER, hash INTEGER, data BLOB,"
                               " PRIMARY KEY(parent, hash)) WITHOUT ROWID;"
                               "CREATE TABLE reply(slot INTEGER PRIMARY KEY, data BLOB);")
                     .has_value());
    inode_ = prepare("INSERT OR REPLACE INTO inode VALUES(?,?)");
    entry_ = prepare("INSERT OR REPLACE INTO entry VALUES(?,?,?)");
    reply_ = prepare("INSERT OR REPLACE INTO reply VALUES(?,?)");
  }

  double make(int count, int batch) {
    const SystemClock clock;
    const MonotonicNs begin = clock.monotonic();
    for (int i = 0; i < count; ++i) {
      if (i % batch == 0) must(database_->begin());
      must(database_->savepoint());
      // Spread as the hashes of names are.
      must(entry_.bind(1, next_ * 0x9E3779B97F4A7C15, std::string_view(data_.data(), 32)).run());
      must(inode_.bind(next_, std::string_view(data_.data(), 96)).run());
      must(inode_.bind(0, std::string_view(data_.data(), 96)).run());
      must(reply_.bind(i % static_cast<int>(kSlotsPerSession), std::string_view(data_)).run());
      must(database_->release());
      next_ += 1;
      if (i % batch == batch - 1 || i == count - 1) must(database_->commit());
    }
    const double rate = count * 1e9 / static_cast<double>(clock.monotonic() - begin);
    must(database_->checkpoint_if_due());
    return rate;
  }

 private:
  static void must(const Status& status) { SHEEN_ASSERT(status.has_value()); }
  store::Statement prepare(std::string_view sql) {
    auto statement = database_->prepare(sql);
    SHEEN_ASSERT(statement.has_value());
    return std::move(*statement);
  }

  store::PosixDisk disk_;
  std::unique_ptr<store::Database> database_;
  store::Statement inode_;
  store::Statement entry_;
  store::Statement reply_;
  std::string data_ = std::string(200, 'x');
  uint64_t next_ = 1;
};

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 7;
  const int count = argc > 2 ? std::atoi(argv[2]) : 4000;
  std::map<std::string, std::vector<double>> rates;
  {
    const TemporaryDirectory directory;
    BareRows bare(directory.path());
    LaneLoad lane;
    for (int round = 0; round < rounds; ++round) {
      for (const size_t depth : {size_t{1}, size_t{kSlotsPerSession}}) {
        const std::string suffix = fmt::format("_{}_in_flight", depth);
        rates["bare_sqlite" + suffix].push_back(bare.make(count, static_cast<int>(depth)));
        rates["mknod" + suffix].push_back(lane.make(count, depth));
        rates["lookup" + suffix].push_back(lane.look_up(count, depth));
        rates["unlink" + suffix].push_back(lane.remove(count, depth));
      }
    }
  }
  std::string out;
  for (const auto& [name, values] : rates)
    out +=
        fmt::format("{}\"{}_per_s\":{:.0f}", out.empty() ? "" : ",", name, bench::median(values));
  fmt::print("{{{}}}\n", out);
  return 0;
}
