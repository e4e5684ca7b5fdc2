// SPDX-License-Identifier: Apache-2.0
// copy_file_range: chunks of a request's size are read and written with several on the way. The
// buffers of a read's replies go out as they came in.
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
      chunks.push_back({std::min(kChunk, length - at), 0, std::nullopt});
    fill_pipeline();
  }

  void fill_pipeline() {
    while (!stopped && in_flight < kChunksInFlight && next < chunks.size()) {
      ++in_flight;
      read_chunk(next++);
    }
    if (in_flight == 0) finish();
  }

  void read_chunk(size_t index) {
    core.read(in, offset_in + index * kChunk, chunks[index].length,
              [self = shared_from_this(), index](Result<ReadResult> data) {
                if (!data) return self->chunk_done(index, std::move(data).error());
                self->write_chunk(index, std::move(*data));
              });
  }

  void write_chunk(size_t index, ReadResult data) {
    uint64_t at = offset_out + index * kChunk;
    std::vector<uint64_t> offsets;
    for (const Buffer& buffer : data.buffers) {
      offsets.push_back(at);
      at += buffer.size();
    }
    fan_out<size_t>(
        data.buffers.size(),
        [&](size_t i, Done<size_t> part) {
          core.write(out, offsets[i], data.buffers[i], {}, std::move(part));
        },
        [self = shared_from_this(), index, data](Result<std::vector<size_t>> written) {
          if (!written) return self->chunk_done(index, std::move(written).error());
          for (size_t i = 0; i < written->size(); ++i) {
            self->chunks[index].copied += (*written)[i];
            if ((*written)[i] < data.buffers[i].size()) break;
          }
          self->chunk_done(index, std::nullopt);
        });
  }

  void chunk_done(size_t index, std::optional<Error> error) {
    Chunk& chunk = chunks[index];
    chunk.error = std::move(error);
    // An error, a full OST, or a source that was cut meanwhile.
    if (chunk.copied < chunk.length) stopped = true;
    --in_flight;
    fill_pipeline();
  }

  void finish() {
    if (finished) return;
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
  size_t next = 0;
  size_t in_flight = 0;
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
  auto call = std::make_shared<CopyCall>(*core_, std::move(done));
  call->in = std::move(*from);
  call->out = std::move(*to);
  call->offset_in = offset_in;
  call->offset_out = offset_out;
  call->length = length;
  call->start(kill_setid);
}

}  // namespace sheen::client
