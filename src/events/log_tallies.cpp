#include "events/log_tallies.h"

#include <algorithm>
#include <tuple>

#include "events/log_columns.h"
#include "store/ordered_key.h"

namespace quoin {
namespace {

namespace columns = log_columns;

constexpr const char* others = "…";

/// Two bytes for the length of the source, so that it may hold any byte.
void write_key(std::string& key, const std::string& source, const std::string& type) {
    auto length = std::min<std::size_t>(source.size(), 0xffff);
    key = columns::tally_prefix;
    key += static_cast<char>(length >> 8);
    key += static_cast<char>(length & 0xff);
    key.append(source, 0, length);
    key += type;
}

std::string bytes_of(const EventLog::Tally& tally) {
    return ordered_key(tally.events) + ordered_key(static_cast<std::uint64_t>(tally.last_time.value())) +
           ordered_key(static_cast<std::uint64_t>(tally.last_known.value()));
}

Result<EventLog::Tally> read_tally(std::string_view key, std::string_view value) {
    key.remove_prefix(columns::tally_prefix.size());
    auto length = key.size() < 2 ? 0
                                 : static_cast<std::size_t>(static_cast<unsigned char>(key[0]) << 8 | static_cast<unsigned char>(key[1]));
    if (key.size() < 2 + length || value.size() != 24) return fail(ErrorKind::corrupt, "a tally of the event log is not what was written");
    auto number = [&](std::size_t i) { return number_of_key(value.substr(8 * i, 8)); };
    return EventLog::Tally{.source = std::string(key.substr(2, length)),
                           .type = std::string(key.substr(2 + length)),
                           .events = number(0),
                           .last_time = EventTime{static_cast<std::int64_t>(number(1))},
                           .last_known = EventTime{static_cast<std::int64_t>(number(2))}};
}

}  // namespace

Result<std::unique_ptr<LogTallies>> LogTallies::open(KeyValue& store) {
    auto tallies = std::make_unique<LogTallies>();
    KeyValue::Range range{.column = columns::state, .first = columns::tally_prefix, .end = key_after_prefix(columns::tally_prefix)};
    TRY_VOID(store.scan(range, [&](std::string_view key, std::string_view value) -> Result<bool> {
        TRY(tally, read_tally(key, value));
        auto& entry = tallies->entries_.emplace_back(Entry{.tally = tally, .changed = tally, .key = std::string(key)});
        tallies->by_key_.emplace(entry.key, &entry);
        return true;
    }));
    return tallies;
}

LogTallies::Entry& LogTallies::entry_of(const std::string& source, const std::string& type) {
    if (former_ != nullptr && former_->tally.source == source && former_->tally.type == type) return *former_;
    write_key(key_, source, type);
    if (auto found = by_key_.find(key_); found != by_key_.end()) return *found->second;
    if (by_key_.size() >= EventLog::tallies_max && source != others) return entry_of(others, others);
    std::lock_guard lock(mutex_);
    EventLog::Tally tally{.source = source, .type = type};
    auto& entry = entries_.emplace_back(Entry{.tally = tally, .changed = tally, .key = key_});
    by_key_.emplace(key_, &entry);
    return entry;
}

void LogTallies::count(const Event& event) {
    auto& entry = entry_of(event.source, event.type);
    former_ = &entry;
    if (!entry.is_changed) changed_.push_back(&entry);
    entry.is_changed = true;
    ++entry.changed.events;
    entry.changed.last_time = std::max(entry.changed.last_time, event.time);
    if (!event.is_history) entry.changed.last_known = std::max(entry.changed.last_known, event.known);
}

void LogTallies::finish(KeyValue::Batch& batch) {
    for (const auto* entry : changed_) batch.put(columns::state, entry->key, bytes_of(entry->changed));
}

void LogTallies::committed() {
    std::lock_guard lock(mutex_);
    for (auto* entry : changed_) {
        entry->tally = entry->changed;
        entry->is_changed = false;
    }
    changed_.clear();
}

void LogTallies::abandoned() {
    for (auto* entry : changed_) {
        entry->changed = entry->tally;
        entry->is_changed = false;
    }
    changed_.clear();
}

std::vector<EventLog::Tally> LogTallies::all() const {
    std::lock_guard lock(mutex_);
    std::vector<EventLog::Tally> tallies;
    for (const auto& entry : entries_)
        if (entry.tally.events > 0) tallies.push_back(entry.tally);
    std::ranges::sort(tallies, {}, [](const auto& tally) { return std::tie(tally.source, tally.type); });
    return tallies;
}

}  // namespace quoin
