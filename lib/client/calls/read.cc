// SPDX-License-Identifier: Apache-2.0
// read: the chunks of the range in parallel, then, if some came short, the question whether that is
// a hole or the end of the file.
#include <algorithm>

#include "lib/base/limits.h"
#include "lib/client/core.h"

namespace sheen::client {
namespace {

struct ReadCall : std::enable_shared_from_this<ReadCall> {
  // Part of a chunk that fits one request.
  struct Piece {
    size_t object = 0;
    uint16_t ost = 0;
    uint64_t file_offset = 0;
    uint64_t object_offset = 0;
    uint64_t length = 0;
    uint64_t got = 0;
    std::vector<Buffer> data;
    uint64_t short_at() const { return file_offset + got; }
    bool is_short() const { return got < length; }
  };

  ReadCall(Core& core_in, std::shared_ptr<OpenFile> file_in, uint64_t offset_in,
           Done<ReadResult> done_in)
      : core(core_in),
        file(std::move(file_in)),
        inode(*file->inode),
        offset(offset_in),
        done(std::move(done_in)) {}

  void start(uint64_t length) {
    if (offset >= kFileSizeMax || length == 0) return done(ReadResult{});
    end = offset + std::min(length, kFileSizeMax - offset);
    auto chunks = wire::map_range(inode.striping(), offset, end - offset);
    if (!chunks) return done(std::move(chunks).error());
    if (chunks->empty()) return done(Error(Errc::kIo, "the file has no layout"));
    for (const wire::Chunk& chunk : *chunks) {
      for (uint64_t at = 0; at < chunk.length; at += kBulkMax) {
        Piece piece;
        piece.object = object_index(inode.striping(), chunk.component, chunk.stripe);
        piece.ost = chunk.ost;
        piece.file_offset = chunk.file_offset + at;
        piece.object_offset = chunk.object_offset + at;
        piece.length = std::min<uint64_t>(kBulkMax, chunk.length - at);
        pieces.push_back(std::move(piece));
      }
    }
    read_pieces([](const Piece&) { return true; },
                [](ReadCall& call) {
                  if (call.error) return call.done(*std::move(call.error));
                  call.core.accessed(*call.file, call.changed);
                  call.examine();
                });
  }

  template <class Which>
  void read_pieces(Which which, void (*next)(ReadCall&)) {
    std::vector<size_t> wanted;
    for (size_t i = 0; i < pieces.size(); ++i)
      if (which(pieces[i])) wanted.push_back(i);
    fan_out<Nothing>(
        wanted.size(), [&](size_t i, Done<Nothing> part) { ask(wanted[i], std::move(part)); },
        [self = shared_from_this(), next](Result<std::vector<Nothing>> all) {
          if (!all) self->error = std::move(all).error();
          next(*self);
        });
  }

  // Reads what a piece lacks.
  void ask(size_t index, Done<Nothing> part) {
    const Piece& piece = pieces[index];
    wire::ReadRequestT request;
    request.object = Core::object_key(inode.fid(), object_at(inode.striping(), piece.object));
    request.offset = piece.object_offset + piece.got;
    request.length = static_cast<uint32_t>(piece.length - piece.got);
    core.ask_ost<wire::ReadRequest>(
        piece.ost, request,
        [self = shared_from_this(), index,
         part = std::move(part)](Result<rpc::ReplyFor<wire::ReadRequest>> reply) mutable {
          if (!reply) return part(std::move(reply).error());
          if (Status taken = self->take(self->pieces[index], *reply); !taken)
            return part(std::move(taken).error());
          part(Nothing{});
        });
  }

  Status take(Piece& piece, rpc::ReplyFor<wire::ReadRequest>& reply) {
    const Buffer& bulk = reply.message.bulk;
    if (bulk.size() != reply->length() || bulk.size() > piece.length - piece.got)
      return Error(Errc::kCorrupt, "a read's reply has a wrong length");
    piece.got += bulk.size();
    if (!bulk.empty()) piece.data.push_back(bulk);
    const ObjectRef object = object_at(inode.striping(), piece.object);
    const ObjectState state = ObjectState::from(reply->attr());
    size = std::max(size, wire::file_size_of(inode.striping(), object.component, object.stripe,
                                             std::min(state.size, kFileSizeMax)));
    if (piece.got != 0) size = std::max(size, piece.short_at());
    changed = std::max({changed, state.mtime, state.ctime});
    return ok();
  }

  bool complete() const {
    return std::none_of(pieces.begin(), pieces.end(), [](const Piece& p) { return p.is_short(); });
  }

  void examine() {
    if (complete()) return deliver();
    if (object_count(inode.striping()) == 1 || size >= end) return fill();
    // The bytes that are missing may lie before the end of an object that was not asked.
    core.file_size(file, [self = shared_from_this()](Result<uint64_t> file_size) {
      if (!file_size) return self->done(std::move(file_size).error());
      self->size = std::max(self->size, *file_size);
      self->fill();
    });
  }

  // What is short below the file's size is a hole, unless it was written after it was read: an
  // appender may have filled it and gone on before the size was asked. So it is read once more.
  void fill() {
    known_size = size;
    const auto in_question = [known = known_size](const Piece& p) {
      return p.is_short() && p.short_at() < known;
    };
    if (object_count(inode.striping()) == 1 ||
        std::none_of(pieces.begin(), pieces.end(), in_question))
      return deliver();
    read_pieces(in_question, [](ReadCall& call) {
      if (call.error) return call.done(*std::move(call.error));
      call.deliver();
    });
  }

  void deliver() {
    ReadResult result;
    for (Piece& piece : pieces) {
      for (Buffer& data : piece.data) result.buffers.push_back(std::move(data));
      if (!piece.is_short()) continue;
      const uint64_t piece_end = piece.file_offset + piece.length;
      const uint64_t stop = std::min(piece_end, known_size);
      if (stop > piece.short_at()) result.buffers.push_back(core.zeros(stop - piece.short_at()));
      if (stop < piece_end) break;  // the end of the file
    }
    done(std::move(result));
  }

  Core& core;
  const std::shared_ptr<OpenFile> file;
  OpenInode& inode;
  const uint64_t offset;
  Done<ReadResult> done;
  uint64_t end = 0;
  uint64_t size = 0;        // of the file, at least
  uint64_t known_size = 0;  // before the second look: where holes may lie, not what grew since
  RealtimeNs changed = 0;   // the objects that were read
  std::vector<Piece> pieces;
  std::optional<Error> error;
};

}  // namespace

void Core::read(const std::shared_ptr<OpenFile>& open, uint64_t offset, uint64_t length,
                Done<ReadResult> done) {
  std::make_shared<ReadCall>(*this, open, offset, std::move(done))->start(length);
}

void Client::read(Handle handle, uint64_t offset, uint64_t length, Done<ReadResult> done) {
  auto file = core_->file(handle);
  if (!file) return done(std::move(file).error());
  core_->read(*file, offset, length, std::move(done));
}

}  // namespace sheen::client
