// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/request_storm.h"

#include <fcntl.h>
#include <fmt/format.h>

#include "lib/target/target_config.h"
#include "lib/wire/codec.h"

namespace sheen::fuzz {
namespace {

constexpr unsigned kOsts = 2;
// Virtual seconds for a request of the well-behaved client; a recovery with a client that never
// finishes it lasts 60.
constexpr int64_t kServiceSeconds = 200;
constexpr size_t kBulkUnit = 1024;
const Uuid kStormClient{{0xba, 0xd}};

struct KnownOpcode {
  wire::Opcode opcode;
  const char* request;
  const char* reply;
  bool (*accepts_reply)(const Buffer&);
};

template <class Table>
bool accepts(const Buffer& body) {
  return wire::decode<Table>(body).has_value();
}

constexpr KnownOpcode kOpcodes[] = {
#define SHEEN_KNOWN_OPCODE(name, value, request, reply) \
  {wire::Opcode::k##name, #request, #reply, &accepts<wire::reply>},
    SHEEN_OPCODES(SHEEN_KNOWN_OPCODE)
#undef SHEEN_KNOWN_OPCODE
};

const KnownOpcode* known(wire::Opcode opcode) {
  for (const KnownOpcode& row : kOpcodes)
    if (row.opcode == opcode) return &row;
  return nullptr;
}

// The hundreds of an opcode say whose it is; those below 100 are everybody's.
bool belongs_to(wire::Opcode opcode, const std::string& label) {
  switch (static_cast<unsigned>(opcode) / 100) {
    case 0: return true;
    case 1: return label.starts_with("MDT");
    case 2: return label.starts_with("OST");
    default: return label == "MGT";
  }
}

}  // namespace

RequestStorm::RequestStorm(const std::string& directory, const std::string& schemas)
    : cluster_(directory, 1, kOsts), bodies_(schemas) {
  transport_ = cluster_.network().endpoint("storm", "storm");
  for (const std::string& label : cluster_.labels()) {
    auto config = target::TargetConfig::load(cluster_.directory_of(label));
    SHEEN_ASSERT(config.has_value());
    Peer peer;
    peer.label = label;
    peer.uuid = config->uuid;
    peers_.push_back(std::move(peer));
  }
}

StormResult RequestStorm::run(Input input) {
  pass(3 * kSecond);  // until everybody is registered
  for (Peer& peer : peers_) connect(peer);
  while (!input.empty() && result_.failures.empty()) {
    // The MDT has the most to be asked.
    const size_t which = input.byte() % 8;
    Peer& peer = peers_[which < peers_.size() ? which : 1];
    if (!cluster_.alive(peer.label)) cluster_.start(peer.label);
    if (peer.link == nullptr || peer.link->state() == net::LinkState::kDown) connect(peer);
    send_any(peer, input);
    if (input.one_in(4)) pass(static_cast<int64_t>(input.byte()) * 20 * kMicrosecond);
    if (input.one_in(128)) pass(static_cast<int64_t>(input.byte()) * kSecond);
    if (input.one_in(128) && cluster_.alive(peer.label)) {
      cluster_.kill(peer.label);
      ++kills_;
    }
    for (Peer& each : peers_) receive(each);
    check_servers();
  }
  for (const std::string& label : cluster_.labels())
    if (!cluster_.alive(label)) cluster_.start(label);
  if (result_.failures.empty()) check_service();
  check_servers();
  return std::move(result_);
}

void RequestStorm::connect(Peer& peer) {
  const bool ost = peer.label.starts_with("OST");
  auto config = target::TargetConfig::load(cluster_.directory_of(peer.label));
  SHEEN_ASSERT(config.has_value());
  // An OST's bulk port takes every request, too.
  auto link =
      transport_->connect(fmt::format("tcp://{}:{}", peer.label, config->port + (ost ? 1 : 0)));
  SHEEN_ASSERT(link.has_value());
  peer.link = std::move(*link);
  pass(5 * kMillisecond);
  wire::ConnectRequestT request;
  request.client_name = "storm";
  request.fsname = "sim";
  request.label = "sim-" + peer.label;
  request.session = peer.session;
  wire::Message message;
  message.header.opcode = wire::Opcode::kConnect;
  message.header.client = kStormClient;
  message.header.target = peer.uuid;
  message.header.xid = ++peer.last_xid;
  message.body = wire::encode(request);
  peer.asked[message.header.xid].insert(wire::Opcode::kConnect);
  (void)peer.link->send(std::move(message));
  pass(5 * kMillisecond);
  receive(peer);
}

wire::Opcode RequestStorm::any_opcode(const Peer& peer, Input& input) const {
  if (input.one_in(32)) return static_cast<wire::Opcode>(input.bits(2));
  const KnownOpcode* row = &kOpcodes[input.below(std::size(kOpcodes))];
  while (!belongs_to(row->opcode, peer.label) && !input.empty())
    row = &kOpcodes[input.below(std::size(kOpcodes))];
  return row->opcode;
}

Buffer RequestStorm::any_body(wire::Opcode opcode, Input& input) const {
  const KnownOpcode* row = known(opcode);
  if (row == nullptr || input.one_in(32)) return Buffer::copy_of(input.text(input.byte()));
  Buffer body = bodies_.make(row->request, input);
  if (input.one_in(16)) body.mutable_data()[input.below(body.size())] ^= input.byte();
  return body;
}

wire::Message RequestStorm::any_message(Peer& peer, Input& input) {
  wire::Message message;
  wire::Header& header = message.header;
  header.opcode = any_opcode(peer, input);
  header.client = kStormClient;
  header.target = peer.uuid;
  header.epoch = peer.epoch;
  header.xid = ++peer.last_xid;
  header.slot = static_cast<uint32_t>(header.xid % 4);
  if (input.one_in(8)) header.slot = wire::kNoSlot;
  if (input.one_in(8)) {
    header.xid -= input.below(8);
    header.flags |= wire::kFlagResent;
  }
  if (input.one_in(16)) header.xid_floor = header.xid - input.below(4);
  if (input.one_in(64)) header.xid = input.number();
  if (input.one_in(64)) header.slot = static_cast<uint32_t>(input.number());
  if (input.one_in(64)) header.xid_floor = input.number();
  if (input.one_in(64)) header.epoch = input.number();
  if (input.one_in(64)) header.flags = static_cast<uint16_t>(input.bits(2));
  if (input.one_in(128)) header.client = Uuid{{input.byte()}};
  if (input.one_in(128)) header.target = Uuid{{input.byte()}};
  message.body = any_body(header.opcode, input);
  if (header.opcode == wire::Opcode::kWrite || input.one_in(64)) {
    const std::string bytes(input.byte() * kBulkUnit, 'w');
    message.bulk = Buffer::copy_of(bytes);
  }
  return message;
}

void RequestStorm::send_any(Peer& peer, Input& input) {
  wire::Message message = any_message(peer, input);
  peer.asked[message.header.xid].insert(message.header.opcode);
  if (peer.link->send(std::move(message))) ++result_.requests;
}

void RequestStorm::receive(Peer& peer) {
  while (peer.link != nullptr) {
    auto message = peer.link->receive();
    if (!message) return;
    const wire::Header& header = message->header;
    if (header.is_notice()) continue;
    ++result_.answered;
    peer.epoch = header.epoch;
    const auto asked = peer.asked.find(header.xid);
    if (asked == peer.asked.end()) {
      result_.failures.push_back(
          fmt::format("{} answered xid {}, which nobody sent", peer.label, header.xid));
      return;
    }
    if (header.status != Errc::kOk) {
      // The session ended, perhaps at our own wish.
      if (errc_info(header.status).reconnect || header.status == Errc::kNoSession)
        peer.link = nullptr;
      continue;
    }
    ++result_.succeeded;
    if (header.opcode == wire::Opcode::kConnect) {
      const auto connected = wire::decode<wire::ConnectReply>(message->body);
      if (connected) peer.session = (*connected)->session();
    }
    // An xid used for two operations is answered for either.
    if (asked->second.size() > 1) continue;
    const KnownOpcode* row = known(header.opcode);
    if (row == nullptr || !row->accepts_reply(message->body)) {
      result_.failures.push_back(
          fmt::format("{} answered xid {} ({}) with a body that is none, of {} bytes", peer.label,
                      header.xid, wire::opcode_name(header.opcode), message->body.size()));
      return;
    }
    bodies_.learn(row->reply, message->body);
  }
}

void RequestStorm::pass(int64_t ns) {
  const MonotonicNs until = cluster_.clock().monotonic() + ns;
  do {
    cluster_.advance(until);
  } while (cluster_.clock().monotonic() < until);
}

void RequestStorm::check_servers() {
  if (cluster_.deaths() == kills_) return;
  result_.failures.push_back("a server ended by itself");
}

void RequestStorm::check_service() {
  client::Client& client = cluster_.add_client(true);
  client::Caller root;
  root.privileged = true;
  const std::string data(200'000, 'd');
  const auto await = [&]<class T>(const char* what, Result<T>& result, auto call) {
    bool done = false;
    call([&](Result<T> answer) {
      result = std::move(answer);
      done = true;
    });
    if (!cluster_.run_until([&] { return done; }, kServiceSeconds))
      result_.failures.push_back(fmt::format("{}: no answer to a well-behaved client", what));
    else if (!result)
      result_.failures.push_back(fmt::format("{}: {}", what, result.error().message()));
    return result_.failures.empty();
  };
  Result<void> status;
  Result<client::Attr> directory = Errc::kIo;
  Result<client::Opened> file = Errc::kIo;
  Result<size_t> written = Errc::kIo;
  Result<client::ReadResult> read = Errc::kIo;
  const std::string name = "well-behaved";
  if (!await("mount", status, [&](auto done) { client.start(std::move(done)); })) return;
  if (!await("mkdir", directory,
             [&](auto done) { client.mkdir(root, kRootFid, name, 0755, std::move(done)); }))
    return;
  if (!await("create", file, [&](auto done) {
        client.create(root, directory->fid, "file", 0644, O_RDWR, std::move(done));
      }))
    return;
  if (!await("write", written, [&](auto done) {
        client.write(file->handle, 0, Buffer::copy_of(data), {}, std::move(done));
      }))
    return;
  if (!await("read", read,
             [&](auto done) { client.read(file->handle, 0, data.size(), std::move(done)); }))
    return;
  std::string found;
  for (const Buffer& part : read->buffers) found += part.view();
  if (found != data) result_.failures.push_back("a well-behaved client reads not what it wrote");
  if (!await("fsync", status,
             [&](auto done) { client.fsync(file->handle, false, std::move(done)); }))
    return;
  if (!await("close", status,
             [&](auto done) { client.release(file->handle, std::nullopt, std::move(done)); }))
    return;
  if (!await("unlink", status,
             [&](auto done) { client.unlink(root, directory->fid, "file", std::move(done)); }))
    return;
  await("rmdir", status, [&](auto done) { client.rmdir(root, kRootFid, name, std::move(done)); });
}

}  // namespace sheen::fuzz
