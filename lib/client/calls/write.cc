// SPDX-License-Identifier: Apache-2.0
// write: privileges first, then, for an append, the end of the file, then the chunks. Those that
// begin below the end that is known here go out in parallel. The others each wait for the one
// before: if one could not be written (the OST is full), what lies behind it must not make the file
// longer around a hole. To cut it off again afterwards could cut off what others have written.
#include <algorithm>
#include <utility>

#include "lib/base/limits.h"
#include "lib/client/core.h"

namespace sheen::client {
namespace {

struct WriteCall : std::enable_shared_from_this<WriteCall> {
  // Part of a chunk that fits one request.
  struct Piece {
    size_t object = 0;
    uint16_t ost = 0;
    uint64_t session = 0;  // with the OST, as it was when the write came to the piece
    uint64_t file_offset = 0;
    uint64_t object_offset = 0;
    Buffer data;
    Status status;
  };

  WriteCall(Core& core_in, std::shared_ptr<OpenFile> file_in, uint64_t offset_in, Buffer data_in,
            const WriteOptions& options_in, Done<size_t> done_in)
      : core(core_in),
        file(std::move(file_in)),
        inode(*file->inode),
        offset(offset_in),
        data(std::move(data_in)),
        options(options_in),
        done(std::move(done_in)) {}

  void start() {
    if (data.empty()) return done(size_t{0});
    inode.begin_change();
    core.kill_priv(file, options.kill_setid, [self = shared_from_this()](Status status) {
      if (!status) return self->ended(std::move(status).error());
      if (!self->options.append) return self->send();
      self->core.appends.begin(self->inode.fid(), [self] { self->find_end(); });
    });
  }

  void find_end() {
    core.file_size(file, [self = shared_from_this()](Result<uint64_t> size) {
      if (!size) return self->finish(std::move(size).error());
      self->offset = *size;
      self->send();
    });
  }

  void send() {
    if (offset >= kFileSizeMax) return finish(Errc::kFileTooBig);
    if (data.size() > kFileSizeMax - offset) data = data.slice(0, kFileSizeMax - offset);
    auto chunks = wire::map_range(inode.striping(), offset, data.size());
    if (!chunks) return finish(std::move(chunks).error());
    if (chunks->empty()) return finish(Error(Errc::kIo, "the file has no layout"));
    for (const wire::Chunk& chunk : *chunks) {
      for (uint64_t at = 0; at < chunk.length; at += kBulkMax) {
        Piece piece;
        piece.object = object_index(inode.striping(), chunk.component, chunk.stripe);
        piece.ost = chunk.ost;
        piece.session = core.targets.ost_session(chunk.ost);
        piece.file_offset = chunk.file_offset + at;
        piece.object_offset = chunk.object_offset + at;
        piece.data = data.slice(chunk.file_offset - offset + at,
                                std::min<uint64_t>(kBulkMax, chunk.length - at));
        pieces.push_back(std::move(piece));
      }
    }
    send_pieces();
  }

  // The next one, and with it those behind it that cannot leave a hole.
  void send_pieces() {
    const size_t first = std::exchange(next_piece, next_piece + 1);
    const uint64_t end = pieces.size() > next_piece ? inode.known_size() : 0;
    while (next_piece < pieces.size() && pieces[next_piece].file_offset < end) ++next_piece;
    const size_t stop = next_piece;
    open_pieces = stop - first;
    for (size_t i = first; i < stop; ++i)
      core.write_window.acquire(pieces[i].ost, pieces[i].data.size(),
                                [self = shared_from_this(), i] { self->send_piece(i); });
  }

  // While the piece waited for its turn somebody else may have been let in to write.
  Status may_send(const Piece& piece) const {
    if (core.targets.ost_session(piece.ost) != piece.session)
      return Error(Errc::kEvicted, "the OST has ended the session of the write");
    return Core::check_alive(*file);
  }

  void send_piece(size_t index) {
    const Piece& piece = pieces[index];
    if (auto status = may_send(piece); !status) return end_piece(index, std::move(status));
    wire::WriteRequestT request;
    request.object = Core::object_key(inode.fid(), object_at(inode.striping(), piece.object));
    request.offset = piece.object_offset;
    request.sync = options.sync;
    core.ask_ost<wire::WriteRequest>(
        piece.ost, request,
        [self = shared_from_this(), index,
         ticket = inode.draw()](Result<rpc::ReplyFor<wire::WriteRequest>> reply) {
          const size_t object = self->pieces[index].object;
          if (!reply) {
            self->inode.forget(object);
            return self->end_piece(index, std::move(reply).error());
          }
          self->inode.learn(object, ObjectState::from((*reply)->attr()), ticket,
                            OpenInode::From::kWrite);
          self->end_piece(index, ok());
        },
        piece.data);
  }

  void end_piece(size_t index, Status status) {
    Piece& piece = pieces[index];
    if (!status) failed = true;
    piece.status = std::move(status);
    core.write_window.release(piece.ost, piece.data.size());
    if (--open_pieces != 0) return;
    if (failed || next_piece == pieces.size()) return all_answered();
    send_pieces();
  }

  void all_answered() {
    size_t written = 0;
    for (size_t i = 0; i < next_piece; ++i) {
      Piece& piece = pieces[i];
      if (!piece.status) {
        if (written == 0) return finish(std::move(piece.status).error());
        break;
      }
      written += piece.data.size();
    }
    if (!options.sync) return finish(written);
    // The file itself must be there after a power cut, too.
    core.sync_mdt(inode.fid(), true, [self = shared_from_this(), written](Status status) {
      if (!status) return self->finish(std::move(status).error());
      self->finish(written);
    });
  }

  void finish(Result<size_t> result) {
    const bool append = options.append;
    const Fid fid = inode.fid();
    Core& my_core = core;
    ended(std::move(result));
    if (append) my_core.appends.end(fid);
  }

  void ended(Result<size_t> result) {
    inode.end_change();
    done(std::move(result));
  }

  Core& core;
  const std::shared_ptr<OpenFile> file;
  OpenInode& inode;
  uint64_t offset;
  Buffer data;
  const WriteOptions options;
  Done<size_t> done;
  std::vector<Piece> pieces;
  size_t next_piece = 0;  // those before it were sent
  size_t open_pieces = 0;
  bool failed = false;
};

}  // namespace

void Core::write(const std::shared_ptr<OpenFile>& open, uint64_t offset, Buffer data,
                 const WriteOptions& write_options, Done<size_t> done) {
  std::make_shared<WriteCall>(*this, open, offset, std::move(data), write_options, std::move(done))
      ->start();
}

void Client::write(Handle handle, uint64_t offset, Buffer data, const WriteOptions& options,
                   Done<size_t> done) {
  auto file = core_->file(handle);
  if (!file) return done(std::move(file).error());
  core_->write(*file, offset, std::move(data), options, std::move(done));
}

}  // namespace sheen::client
