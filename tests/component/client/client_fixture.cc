// SPDX-License-Identifier: Apache-2.0
#include "tests/component/client/client_fixture.h"

namespace sheen::test {

ClientFixture::ClientFixture() {
  root.privileged = true;
  client = make_client();
  BOOST_REQUIRE(wait<void>([&](auto done) { client->start(std::move(done)); }));
}

std::unique_ptr<client::Client> ClientFixture::make_client(client::ClientOptions options) {
  options.fsname = "demo";
  options.mgs = {"tcp://MGS:1"};
  options.client_name = "test";
  return std::make_unique<client::Client>(cluster, clock, random, options);
}

client::Opened ClientFixture::create(const std::string& name, int flags, uint32_t mode) {
  auto opened = wait<client::Opened>([&](auto done) {
    client->create(root, kRootFid, name, mode, flags | O_CREAT, std::move(done));
  });
  BOOST_REQUIRE(opened);
  return *opened;
}

client::Opened ClientFixture::open(Fid fid, int flags) {
  auto opened =
      wait<client::Opened>([&](auto done) { client->open(root, fid, flags, std::move(done)); });
  BOOST_REQUIRE(opened);
  return *opened;
}

size_t ClientFixture::write(client::Handle handle, uint64_t offset, const std::string& bytes,
                            client::WriteOptions options) {
  auto written = wait<size_t>([&](auto done) {
    client->write(handle, offset, Buffer::copy_of(bytes), options, std::move(done));
  });
  BOOST_REQUIRE(written);
  return *written;
}

std::string ClientFixture::read(client::Handle handle, uint64_t offset, uint64_t length) {
  auto result = wait<client::ReadResult>(
      [&](auto done) { client->read(handle, offset, length, std::move(done)); });
  BOOST_REQUIRE(result);
  std::string out;
  for (const Buffer& buffer : result->buffers) out += buffer.view();
  return out;
}

void ClientFixture::release(client::Handle handle) {
  BOOST_REQUIRE(
      wait<void>([&](auto done) { client->release(handle, std::nullopt, std::move(done)); }));
}

client::Attr ClientFixture::getattr(Fid fid) {
  auto attr = wait<client::Attr>([&](auto done) { client->getattr(fid, std::move(done)); });
  BOOST_REQUIRE(attr);
  return *attr;
}

FakeObject* ClientFixture::object(Fid fid, uint16_t stripe) {
  const auto ost = inode(fid).layout.components.at(0)->osts.at(stripe);
  auto& objects = cluster.osts[ost]->objects;
  const auto found = objects.find(ObjectId{fid, 0, stripe});
  return found == objects.end() ? nullptr : &found->second;
}

std::string pattern(size_t size, char seed) {
  std::string out(size, '\0');
  uint32_t state = static_cast<unsigned char>(seed);
  for (char& c : out) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return out;
}

}  // namespace sheen::test
