// SPDX-License-Identifier: Apache-2.0
// The session raises what libfuse cannot, reads what libfuse drops, and hands payloads on uncopied.
#include "client-fuse/session.h"

#include <boost/test/unit_test.hpp>
#include <thread>

#include "client-fuse/ops/operations.h"
#include "tests/component/fuse/kernel_fixture.h"

namespace sheen::fuse {
namespace {

constexpr uint64_t kEverything = ~uint64_t{0};

uapi::InitIn offer(uint64_t capabilities) {
  uapi::InitIn init{};
  init.major = 7;
  init.minor = 40;
  init.max_readahead = 1U << 20;
  init.flags = static_cast<uint32_t>(capabilities);
  init.flags2 = static_cast<uint32_t>(capabilities >> 32);
  return init;
}

struct Seen {
  Buffer payload;
  uint32_t write_flags = 0;
  bool aligned = false;
};

fuse_lowlevel_ops test_operations() {
  fuse_lowlevel_ops table{};
  table.open = [](fuse_req_t req, fuse_ino_t, fuse_file_info*) {
    fuse_file_info info{};
    info.fh = 77;
    info.direct_io = 1;
    Session::of(req).reply_open(req, info);
  };
  table.create = [](fuse_req_t req, fuse_ino_t, const char*, mode_t, fuse_file_info*) {
    fuse_file_info info{};
    info.fh = 78;
    fuse_entry_param entry{};
    entry.ino = 5;
    Session::of(req).reply_create(req, entry, info);
  };
  table.opendir = [](fuse_req_t req, fuse_ino_t, fuse_file_info* info) {
    fuse_reply_open(req, info);
  };
  table.write_buf = [](fuse_req_t req, fuse_ino_t, fuse_bufvec* data, off_t, fuse_file_info*) {
    Session& session = Session::of(req);
    auto& seen = *static_cast<Seen*>(Session::context_of(req));
    seen.write_flags = session.raw_argument<uapi::WriteIn>()->write_flags;
    seen.aligned = reinterpret_cast<uintptr_t>(data->buf[0].mem) % 4096 == 0;
    seen.payload = session.take_payload(data->buf[0].mem, data->buf[0].size);
    fuse_reply_write(req, data->buf[0].size);
  };
  return table;
}

struct Fixture {
  explicit Fixture(uint64_t capabilities = kEverything,
                   const fuse_lowlevel_ops& table = test_operations()) {
    session = std::move(*Session::create(table, &seen, counters));
    BOOST_REQUIRE(session->attach(kernel.take_device()));
    kernel.request(uapi::kInit, 0, bytes_of(offer(capabilities)));
    BOOST_REQUIRE(session->negotiate(1000));
    const FakeKernel::Reply reply = kernel.reply();
    BOOST_REQUIRE(!reply.none && reply.header.error == 0);
    init = value_of<uapi::InitOut>(reply.payload);
  }
  uint64_t agreed() const { return init.flags | uint64_t{init.flags2} << 32; }
  FakeKernel::Reply ask(uint32_t opcode, const std::string& argument) {
    kernel.request(opcode, 5, argument);
    BOOST_TEST(static_cast<int>(session->serve_one()) ==
               static_cast<int>(Session::Served::kRequest));
    return kernel.reply();
  }

  FakeKernel kernel;
  Counters counters;
  Seen seen;
  std::unique_ptr<Session> session;
  uapi::InitOut init{};
};

}  // namespace

BOOST_AUTO_TEST_CASE(init_agrees_on_what_libfuse_does_not_know) {
  const Fixture f;
  BOOST_TEST((f.agreed() & uapi::kHandleKillprivV2) != 0U);
  BOOST_TEST((f.agreed() & uapi::kSetxattrExt) != 0U);
  BOOST_TEST((f.agreed() & uapi::kDirectIoAllowMmap) != 0U);
  BOOST_TEST((f.agreed() & uapi::kInitExt) != 0U);
  BOOST_TEST((f.agreed() & f.session->raised()) == f.session->raised());
}

BOOST_AUTO_TEST_CASE(init_agrees_on_what_the_design_asks_for) {
  const Fixture f(kEverything, operations());
  constexpr uint64_t kAsyncRead = 1U << 0;
  constexpr uint64_t kPosixLocks = 1U << 1;
  constexpr uint64_t kAtomicOTrunc = 1U << 3;
  constexpr uint64_t kDontMask = 1U << 6;
  constexpr uint64_t kFlockLocks = 1U << 10;
  constexpr uint64_t kReaddirplus = 3U << 13;  // and AUTO
  constexpr uint64_t kAsyncDio = 1U << 15;
  constexpr uint64_t kParallelDirops = 1U << 18;
  constexpr uint64_t kPosixAcl = 1U << 20;
  constexpr uint64_t kWritebackCache = 1U << 16;
  constexpr uint64_t kAutoInvalData = 1U << 12;
  constexpr uint64_t kHandleKillpriv = 1U << 19;
  constexpr uint64_t kSplices = 7U << 7;
  for (const uint64_t wanted : {kAsyncRead, kPosixLocks, kAtomicOTrunc, kDontMask, kFlockLocks,
                                kReaddirplus, kAsyncDio, kParallelDirops, kPosixAcl})
    BOOST_TEST((f.agreed() & wanted) == wanted);
  for (const uint64_t refused : {kWritebackCache, kAutoInvalData, kHandleKillpriv, kSplices})
    BOOST_TEST((f.agreed() & refused) == 0U);
  BOOST_TEST(f.init.max_write == kMaxWriteBytes);
  BOOST_TEST(f.init.max_pages == 256U);
  BOOST_TEST(f.init.max_background == 64U);
  BOOST_TEST(f.init.congestion_threshold == 48U);
  BOOST_TEST(f.init.time_gran == 1U);
}

BOOST_AUTO_TEST_CASE(nothing_is_raised_that_the_kernel_did_not_offer) {
  const Fixture f(kEverything & ~uapi::kDirectIoAllowMmap & ~uapi::kHandleKillprivV2);
  BOOST_TEST((f.agreed() & uapi::kDirectIoAllowMmap) == 0U);
  BOOST_TEST((f.agreed() & uapi::kHandleKillprivV2) == 0U);
  BOOST_TEST((f.agreed() & uapi::kSetxattrExt) != 0U);
}

BOOST_AUTO_TEST_CASE(files_are_opened_for_parallel_direct_writes_and_directories_are_not) {
  Fixture f;
  constexpr uint32_t kFopenDirectIo = 1;
  const auto open = value_of<uapi::OpenOut>(f.ask(uapi::kOpen, std::string(8, '\0')).payload);
  BOOST_TEST(open.fh == 77U);
  BOOST_TEST(open.open_flags == (uapi::kFopenParallelDirectWrites | kFopenDirectIo));

  const std::string create = std::string(16, '\0') + "name" + '\0';
  const FakeKernel::Reply created = f.ask(uapi::kCreate, create);
  const auto end = value_of<uapi::OpenOut>(created.payload, created.payload.size() - 16);
  BOOST_TEST(created.payload.size() == 128U + 16U);
  BOOST_TEST(end.fh == 78U);
  BOOST_TEST(end.open_flags == uapi::kFopenParallelDirectWrites);

  const auto dir = value_of<uapi::OpenOut>(f.ask(uapi::kOpendir, std::string(8, '\0')).payload);
  BOOST_TEST(dir.open_flags == 0U);
}

BOOST_AUTO_TEST_CASE(a_large_payload_is_handed_on_without_a_copy_and_survives_later_requests) {
  Fixture f;
  uapi::WriteIn in{};
  in.size = 1U << 17;
  in.write_flags = uapi::kWriteKillSuidgid;
  const std::string first(in.size, 'a');
  const std::string second(in.size, 'b');

  BOOST_TEST(f.ask(uapi::kWrite, bytes_of(in) + first).header.error == 0);
  BOOST_TEST(f.seen.aligned);
  BOOST_TEST(f.seen.write_flags == uapi::kWriteKillSuidgid);
  Buffer kept = f.seen.payload;
  BOOST_TEST(reinterpret_cast<uintptr_t>(kept.data()) % 4096 == 0U);
  BOOST_TEST(f.ask(uapi::kWrite, bytes_of(in) + second).header.error == 0);
  BOOST_TEST((kept.view() == first));
  BOOST_TEST((f.seen.payload.view() == second));

  // The last holder may be another thread; the memory is used again.
  f.seen.payload = {};
  std::thread([held = std::move(kept)]() mutable { held = {}; }).join();
  BOOST_TEST(f.session->buffers().kept() >= 1U);
}

BOOST_AUTO_TEST_CASE(a_small_payload_is_copied_and_pins_nothing) {
  Fixture f;
  uapi::WriteIn in{};
  in.size = 100;
  f.ask(uapi::kWrite, bytes_of(in) + std::string(100, 'x'));
  const Buffer kept = f.seen.payload;
  f.ask(uapi::kWrite, bytes_of(in) + std::string(100, 'y'));
  BOOST_TEST((kept.view() == std::string(100, 'x')));
  BOOST_TEST(f.session->buffers().kept() == 0U);  // one buffer for both, which the session holds
}

BOOST_AUTO_TEST_CASE(requests_are_counted_by_operation) {
  Fixture f;
  f.ask(uapi::kOpen, std::string(8, '\0'));
  f.ask(uapi::kGetattr, std::string(16, '\0'));  // has no operation here: ENOSYS, counted still
  BOOST_TEST(f.counters.requests(uapi::kOpen) == 1U);
  BOOST_TEST(f.counters.requests(uapi::kGetattr) == 1U);
  std::string text;
  for (const std::string& line : f.counters.to_lines()) {
    BOOST_TEST(line.size() < 450U);
    text += " " + line + " ";
  }
  BOOST_TEST(text.find(" OPEN=1 ") != std::string::npos);
  BOOST_TEST(text.find(" GETXATTR=0 ") != std::string::npos);
  BOOST_TEST(text.find(" COPY_FILE_RANGE_64=0 ") != std::string::npos);
  BOOST_TEST(text.find(" written_bytes=0 ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_idle_device_has_nothing_and_a_closed_one_ends_the_session) {
  Fixture f;
  BOOST_TEST(static_cast<int>(f.session->serve_one()) ==
             static_cast<int>(Session::Served::kNothing));
  f.kernel.hang_up();
  BOOST_TEST(static_cast<int>(f.session->serve_one()) == static_cast<int>(Session::Served::kEnded));
}

}  // namespace sheen::fuse
