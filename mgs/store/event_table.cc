// SPDX-License-Identifier: Apache-2.0
#include "mgs/store/event_table.h"

#include "lib/base/clock.h"

namespace sheen::mgs {
namespace {

// AUTOINCREMENT: whoever reads page by page must never meet an id again.
constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS cluster_event("
    "id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, kind INTEGER NOT NULL, "
    "failed INTEGER NOT NULL, node BLOB NOT NULL, resource BLOB NOT NULL, text BLOB NOT NULL, "
    "reporter BLOB NOT NULL)";

constexpr int64_t kSameWithinNs = 10 * kSecond;

}  // namespace

Result<EventTable> EventTable::open(store::Database& database) {
  SHEEN_TRY(database.execute(kSchema));
  EventTable table;
  SHEEN_ASSIGN(table.find_same_,
               database.prepare("SELECT 1 FROM cluster_event WHERE at BETWEEN ? AND ? AND kind = ? "
                                "AND node = ? AND resource = ? AND text = ? AND reporter <> ? "
                                "LIMIT 1"));
  SHEEN_ASSIGN(table.append_,
               database.prepare("INSERT INTO cluster_event(at, kind, failed, node, resource, text, "
                                "reporter) VALUES(?,?,?,?,?,?,?)"));
  SHEEN_ASSIGN(table.forget_, database.prepare("DELETE FROM cluster_event WHERE id <= "
                                               "(SELECT max(id) FROM cluster_event) - ?"));
  SHEEN_ASSIGN(table.list_,
               database.prepare("SELECT id, at, kind, failed, node, resource, text, reporter "
                                "FROM cluster_event WHERE id < ? ORDER BY id DESC LIMIT ?"));
  return table;
}

Result<bool> EventTable::is_told_by_another(const wire::ClusterEventT& event) {
  const store::Statement::Use use(find_same_);
  return find_same_
      .bind(event.at - kSameWithinNs, event.at + kSameWithinNs, event.kind, event.node,
            event.resource, event.text, event.reporter)
      .row();
}

Status EventTable::append(const wire::ClusterEventT& event) {
  SHEEN_TRY(append_
                .bind(event.at, event.kind, event.failed, event.node, event.resource, event.text,
                      event.reporter)
                .run());
  return forget_.bind(kKept).run();
}

Result<std::vector<std::unique_ptr<wire::ClusterEventT>>> EventTable::list(uint64_t before,
                                                                           uint32_t limit) {
  std::vector<std::unique_ptr<wire::ClusterEventT>> events;
  const bool from_the_end = before == 0 || before > INT64_MAX;
  const store::Statement::Use use(list_);
  list_.bind(from_the_end ? INT64_MAX : static_cast<int64_t>(before), limit);
  for (;;) {
    SHEEN_ASSIGN(const bool more, list_.row());
    if (!more) return events;
    auto event = std::make_unique<wire::ClusterEventT>();
    event->id = static_cast<uint64_t>(list_.int64(0));
    event->at = list_.int64(1);
    event->kind = static_cast<uint8_t>(list_.int64(2));
    event->failed = list_.int64(3) != 0;
    event->node = list_.blob(4);
    event->resource = list_.blob(5);
    event->text = list_.blob(6);
    event->reporter = list_.blob(7);
    events.push_back(std::move(event));
  }
}

}  // namespace sheen::mgs
