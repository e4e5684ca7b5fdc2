// SPDX-License-Identifier: Apache-2.0
// copy_file_range: chunks of a request's size are read with several on the way and written in
// order. The buffers of a read's replies go out as they came in.
#include <algorithm>

#include "lib/base/limits.h"
#include "lib/client/core.h"

namespace sheen::client {
namespace {

constexpr uint64_t kChunk = kBulkMax;
constexpr size_t kChunksInFlight = 8;
// A call may copy less than asked for, and a caller who was interrupted should not wait for ever.
constexpr uint64_t kCallMax = 256U << 20;

struct CopyCall : std::enable_shared_from_this<CopyCall> {
  struct Chunk {
    uint64_t length = 0;
    uint64_t copied = 0;
    bool was_read = false;
    std::vector<Buffer> data;
    size_t next_buffer = 0;
    std::optional<Error> error;
  };

  CopyCall(Core& core_in, Done<uint64_t> done_in) : core(core_in), done(std::move(done_in)) {}

  void start(bool kill_setid) {
    core.kill_priv(out, kill_setid, [self = shared_from_this()](Status status) {
      if (!status) return self->done(std::move(status).error());
      self->core.file_size(self->in, [self](Result<uint64_t> size) {
        if (!size) return self->done(std::move(size).error());
        self->on_size(*size);
      });
    });
  }

  void on_size(uint64_t size) {
    if (offset_in >= size) return done(uint64_t{0});
    length = std::min(length, size - offset_in);
    if (in->inode->fid() == out->inode->fid() && offset_out < offset_in + length &&
        offset_in < offset_out + length)
      return done(Errc::kInvalid);
    if (offset_out >= kFileSizeMax) return done(Errc::kFileTooBig);
    length = std::min({length, kFileSizeMax - offset_out, kCallMax});
    for (uint64_t at = 0; at < length; at += kChunk)
      chunks.emplace_back().length = std::min(kChunk, length - at);
    read_more();
  }

  void read_more() {
    while (!stopped && next < chunks.size() && next - front < kChunksInFlight) {
      ++reading;
      read_chunk(next++);
    }
    if ((stopped || front == chunks.size()) && reading == 0 && !writing && !finished) finish();
  }

  void read_chunk(size_t index) {
    core.read(in, offset_in + index * kChunk, chunks[index].length,
              [self = shared_from_this(), index](Result<ReadResult> data) {
                Chunk& chunk = self->chunks[index];
                chunk.was_read = true;
                if (data)
                  chunk.data = std::move(data->buffers);
                else
                  chunk.error = std::move(data).error();
                --self->reading;
                if (!self->writing) self->write_on();
              });
  }

  // In order, one buffer after the other: what is behind one that could not be written must not
  // make the file longer.
  void write_on() {
    while (!stopped && front < next && chunks[front].was_read) {
      Chunk& chunk = chunks[front];
      if (chunk.next_buffer < chunk.data.size()) return write_buffer(chunk);
      chunk.data.clear();
      // An error, or a source that was cut meanwhile.
      if (chunk.copied < chunk.length) stopped = true;
      ++front;
    }
    read_more();
  }

  void write_buffer(Chunk& chunk) {
    writing = true;
    const Buffer& buffer = chunk.data[chunk.next_buffer++];
    core.write(out, offset_out + front * kChunk + chunk.copied, buffer, {},
               [self = shared_from_this(), &chunk, size = buffer.size()](Result<size_t> written) {
                 self->writing = false;
                 chunk.copied += written ? *written : 0;
                 // The rest of the buffer has no place: a full OST.
                 if (!written || *written < size) self->stopped = true;
                 if (!written) chunk.error = std::move(written).error();
                 self->write_on();
               });
  }

  void finish() {
    finished = true;
    uint64_t copied = 0;
    for (Chunk& chunk : chunks) {
      copied += chunk.copied;
      if (chunk.error && copied == 0) return done(*std::move(chunk.error));
      if (chunk.copied < chunk.length) break;
    }
    done(copied);
  }

  Core& core;
  Done<uint64_t> done;
  std::shared_ptr<OpenFile> in;
  std::shared_ptr<OpenFile> out;
  uint64_t offset_in = 0;
  uint64_t offset_out = 0;
  uint64_t length = 0;
  std::vector<Chunk> chunks;
  size_t front = 0;  // the first that is not written
  size_t next = 0;   // the first that is not being read
  size_t reading = 0;
  bool writing = false;
  bool stopped = false;
  bool finished = false;
};

}  // namespace

void Client::copy_file_range(Handle in, uint64_t offset_in, Handle out, uint64_t offset_out,
                             uint64_t length, bool kill_setid, Done<uint64_t> done) {
  auto from = core_->file(in);
  if (!from) return done(std::move(from).error());
  auto to = core_->file(out);
  if (!to) return done(std::move(to).error());
  auto call = std::make_shared<CopyCall>(*core_, as_change((*to)->inode, std::move(done)));
  call->in = std::move(*from);
  call->out = std::move(*to);
  call->offset_in = offset_in;
  call->offset_out = offset_out;
  call->length = length;
  call->start(kill_setid);
}

}  // namespace sheen::client
