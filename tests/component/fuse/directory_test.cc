// SPDX-License-Identifier: Apache-2.0
// Directory replies are packed as the kernel reads them, and what was read ahead is used only where
// it continues.
#include <boost/test/unit_test.hpp>

#include <cstring>

#include <dirent.h>
#include <sys/stat.h>

#include "client-fuse/directory_streams.h"
#include "client-fuse/dirent_packer.h"
#include "tests/component/fuse/kernel_fixture.h"

namespace sheen::fuse {
namespace {

client::DirEntry entry(const std::string& name, uint64_t fid, uint8_t type = DT_REG) {
  client::DirEntry out;
  out.name = name;
  out.fid = Fid{fid};
  out.type = type;
  out.cookie = fid * 256;
  return out;
}

struct Dirent {  // struct fuse_dirent
  uint64_t ino;
  uint64_t off;
  uint32_t namelen;
  uint32_t type;
};

Dirent header_at(const DirentPacker& packer, size_t offset) {
  Dirent out{};
  std::memcpy(&out, packer.data() + offset, sizeof out);
  return out;
}

constexpr size_t kEntryOutBytes = 128;

}  // namespace

BOOST_AUTO_TEST_CASE(plain_entries_carry_number_offset_type_and_name) {
  DirentPacker packer(4096, false);
  BOOST_TEST(packer.add_dot(".", Fid{1}, 1));
  BOOST_TEST(packer.add(entry("hello", 42, DT_LNK), 42 * 256));
  BOOST_TEST(packer.size() == 32U + 32U);
  const Dirent dot = header_at(packer, 0);
  BOOST_TEST(dot.ino == 1U);
  BOOST_TEST(dot.off == 1U);
  BOOST_TEST(dot.type == static_cast<uint32_t>(DT_DIR));
  const Dirent hello = header_at(packer, 32);
  BOOST_TEST(hello.ino == 42U);
  BOOST_TEST(hello.off == 42U * 256);
  BOOST_TEST(hello.type == static_cast<uint32_t>(DT_LNK));
  BOOST_TEST((std::string(packer.data() + 32 + sizeof(Dirent), hello.namelen) == "hello"));
}

BOOST_AUTO_TEST_CASE(only_entries_with_attributes_count_as_looked_up) {
  DirentPacker packer(4096, true);
  client::DirEntry with = entry("a", 7);
  with.attr = client::Attr{};
  with.attr->fid = with.fid;
  with.attr->mode = S_IFREG | 0644;
  BOOST_TEST(packer.add_dot("..", Fid{1}, 2));
  BOOST_TEST(packer.add(with, with.cookie));
  BOOST_TEST(packer.add(entry("b", 8, DT_DIR), 8 * 256));
  const size_t stride = packer.size() / 3;
  const auto node = [&](size_t index) {
    uint64_t out = 0;
    std::memcpy(&out, packer.data() + index * stride, sizeof out);
    return out;
  };
  BOOST_TEST(node(0) == 0U);
  BOOST_TEST(node(1) == 7U);
  BOOST_TEST(node(2) == 0U);
  BOOST_TEST(header_at(packer, 2 * stride + kEntryOutBytes).ino == 8U);
  BOOST_TEST(header_at(packer, 2 * stride + kEntryOutBytes).type == static_cast<uint32_t>(DT_DIR));
}

BOOST_AUTO_TEST_CASE(a_full_reply_takes_no_part_of_an_entry) {
  const std::string longest(255, 'n');
  DirentPacker packer(4096, false);
  unsigned added = 0;
  while (packer.add(entry(longest, added + 10), added + 10)) ++added;
  BOOST_TEST(added == 4096U / 280);
  BOOST_TEST(packer.size() == added * 280U);
}

BOOST_AUTO_TEST_CASE(attributes_are_told_in_the_reply_they_came_for_and_in_no_later_one) {
  DirectoryStream stream;
  stream.position = 2;
  stream.loaded = stream.with_attr = true;
  for (const uint64_t fid : {7, 8}) {
    client::DirEntry with = entry("n", fid);
    with.attr = client::Attr{};
    with.attr->fid = with.fid;
    stream.entries.push_back(std::move(with));
  }
  const auto node_of_one_more = [&] {
    DirentPacker packer(200, true);  // one entry and no second
    BOOST_TEST(stream.fill(packer, Fid{1}));
    return value_of<uint64_t>({packer.data(), packer.size()});
  };
  BOOST_TEST(node_of_one_more() == 7U);
  stream.seek(7 * 256, true);
  BOOST_TEST(stream.entries.size() == 1U);
  BOOST_TEST(node_of_one_more() == 0U);  // named only
  BOOST_TEST(stream.position == 8U * 256);
}

BOOST_AUTO_TEST_CASE(a_reply_that_holds_nothing_is_not_taken_for_the_end) {
  DirectoryStream stream;
  stream.entries = {entry("x", 3)};
  DirentPacker packer(10, false);
  BOOST_TEST(!stream.fill(packer, Fid{1}));
  BOOST_TEST(stream.position == 0U);
}

BOOST_AUTO_TEST_CASE(what_was_read_ahead_is_used_only_where_it_continues) {
  DirectoryStreams streams;
  const uint64_t id = streams.open(9);
  DirectoryStream& stream = *streams.find(id);
  const auto load = [&] {
    stream.position = 512;
    stream.entries = {entry("x", 3)};
    stream.loaded = true;
    stream.with_attr = false;
  };
  load();
  stream.seek(512, false);
  BOOST_TEST(stream.entries.size() == 1U);
  stream.seek(512, true);  // asked for without attributes
  BOOST_TEST(stream.entries.empty());
  load();
  stream.seek(256, false);  // seekdir(3)
  BOOST_TEST(stream.entries.empty());
  BOOST_TEST(stream.position == 256U);
  load();
  stream.seek(0, false);  // rewinddir(3)
  BOOST_TEST(!stream.loaded);
  streams.close(id);
  BOOST_TEST(streams.find(id) == nullptr);
}

}  // namespace sheen::fuse
