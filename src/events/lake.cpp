#include "events/lake.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <span>

#include "base/digest.h"
#include "events/lake_part.h"

namespace quoin {
namespace {

constexpr std::size_t object_bytes_max = 4ull << 30;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

/// "17-42": the last range that is in the lake.
Result<LakePlan> parse_position(std::string_view text) {
    LakePlan range;
    auto dash = text.find('-');
    auto read = [](std::string_view digits, std::uint64_t& value) {
        auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return error == std::errc() && end == digits.data() + digits.size() && !digits.empty();
    };
    if (dash == std::string_view::npos || !read(text.substr(0, dash), range.first) || !read(text.substr(dash + 1), range.last))
        return fail(ErrorKind::corrupt, "the log's position of the lake, '{}', is none", text.substr(0, 80));
    return range;
}

}  // namespace

struct Lake::Range {
    LakePlan plan;
    std::vector<Event> events;  ///< none: there is nothing to write yet
};

Lake::Lake(std::shared_ptr<ObjectStore> store, Options options) : store_(std::move(store)), options_(std::move(options)) {
    if (options_.scratch.empty()) options_.scratch = std::filesystem::temp_directory_path();
}

Result<Lake> Lake::open(const std::string& address, Options options) {
    TRY(store, ObjectStore::open(address));
    return Lake(std::shared_ptr<ObjectStore>(std::move(store)), std::move(options));
}

std::string Lake::consumer() const { return "lake/" + store_->where(); }

Result<std::optional<LakeManifest>> Lake::manifest_at(std::uint64_t first) {
    auto text = store_->get(lake_manifest_key(first), object_bytes_max);
    if (!text && text.error().kind == ErrorKind::not_found) return std::optional<LakeManifest>();
    if (!text) return tl::unexpected(text.error());
    TRY(manifest, parse_manifest(*text));
    if (manifest.first != first)
        return fail(ErrorKind::corrupt, "the manifest '{}' of '{}' is about {}", lake_manifest_key(first), where(), manifest.first);
    return std::optional(std::move(manifest));
}

/// A lake that goes on from another log would silently leave events out: sequences start from 1 in each.
Status Lake::check_same_log(EventLog& log, const LakeManifest& last) {
    bool same = false;
    TRY_VOID(log.read(last.last, [&](const Event& event) -> Result<bool> {
        same = event.sequence == last.last && event.source == last.last_source && event.id == last.last_id &&
               event.known == last.last_known;
        return false;
    }));
    if (same) return {};
    return fail(ErrorKind::conflict,
                "'{}' was written from another log: its event {} is '{}' of '{}', which this log does not have there; "
                "give this log a lake of its own",
                where(), last.last, last.last_id, last.last_source);
}

/// The sequence up to which the lake is written: the log's position, and what was written after it was stored for the last time.
Result<std::uint64_t> Lake::find_end(EventLog& log) {
    TRY(text, log.position(consumer()));
    std::optional<LakeManifest> last;
    std::uint64_t end = 0;
    if (!text.empty()) {
        TRY(range, parse_position(text));
        TRY(manifest, manifest_at(range.first));
        if (manifest && manifest->last == range.last) {
            end = range.last;
            last = std::move(manifest);
        } else {  // a lake that was deleted as a whole is written anew; one that lacks a manifest is damaged
            TRY(others, store_->list(lake_manifest_prefix));
            if (manifest || !others.empty())
                return fail(ErrorKind::corrupt, "'{}' has lost the manifest of the events {} to {}; restore it, or write to another place",
                            where(), range.first, range.last);
        }
    }
    for (;;) {
        TRY(next, manifest_at(end + 1));
        if (!next) break;
        end = next->last;
        last = std::move(next);
    }
    if (last) TRY_VOID(check_same_log(log, *last));
    return end;
}

/// The next range, as an earlier write planned it, or planned now. Its events are in memory then.
Result<Lake::Range> Lake::plan_range(EventLog& log, std::uint64_t first, Duration waiting) {
    auto planned = store_->get(lake_plan_key(first));
    if (!planned && planned.error().kind != ErrorKind::not_found) return tl::unexpected(planned.error());
    Range range{.plan = {first, 0}, .events = {}};
    if (planned) {
        TRY(plan, parse_plan(*planned));
        if (plan.first != first)
            return fail(ErrorKind::corrupt, "the plan '{}' of '{}' is about {}", lake_plan_key(first), where(), plan.first);
        range.plan = plan;
    }
    bool full = false;
    std::size_t bytes = 0;
    TRY_VOID(log.read(first, [&](const Event& event) -> Result<bool> {
        if (planned && event.sequence > range.plan.last) return false;
        range.events.push_back(event);
        bytes += event.data.size();
        full = range.events.size() >= options_.range_events_max || bytes >= options_.range_bytes_max;
        return planned.has_value() || !full;
    }));
    if (planned) {
        if (log.last_sequence() < range.plan.last)
            return fail(ErrorKind::conflict, "'{}' has a plan for the events up to {}, but the log ends at {}", where(), range.plan.last,
                        log.last_sequence());
        return range;
    }
    // `known` of history says nothing about when it came in: a range of nothing else is an import, and does not wait.
    auto oldest = std::ranges::find(range.events, false, &Event::is_history);
    if (!full && oldest != range.events.end() && log.now() - oldest->known < waiting) range.events.clear();
    if (range.events.empty()) return range;
    range.plan.last = range.events.back().sequence;
    TRY(won, store_->put_if_absent(lake_plan_key(first), bytes_of(render_plan(range.plan))));
    if (won) return range;
    return plan_range(log, first, waiting);  // another writer, or our own answer that was lost, was first: its plan counts
}

Result<LakePart> Lake::write_part(const std::string& key, const std::vector<Event>& events) {
    TRY(bytes, lake_part_bytes(events, options_.scratch));
    LakePart part{.key = key,
                  .day = date_text(events.front().known),
                  .tenant = events.front().tenant.value(),
                  .events = events.size(),
                  .bytes = bytes.size(),
                  .sha256 = sha256_hex(bytes)};
    TRY(written, store_->put_if_absent(key, bytes_of(bytes)));
    if (written) return part;
    TRY(known, store_->get(key, object_bytes_max));
    if (known == bytes) return part;
    // Another version of the program writes other bytes; the events in them must be these.
    auto sequences = lake_part_sequences(known, options_.scratch);
    bool same = sequences && std::ranges::equal(*sequences, events, {}, {}, &Event::sequence);
    if (!same)
        return fail(ErrorKind::corrupt, "'{}' in '{}' does not hold the events that it is named after{}", key, where(),
                    sequences ? "" : ": " + sequences.error().message);
    part.bytes = known.size();
    part.sha256 = sha256_hex(known);
    return part;
}

Result<LakeManifest> Lake::write_range(const Range& range) {
    std::map<std::string, std::vector<Event>> by_key;
    for (const auto& event : range.events) by_key[lake_part_key(date_text(event.known), event.tenant.value(), range.plan)].push_back(event);
    const auto& last = range.events.back();
    LakeManifest manifest{.first = range.plan.first,
                          .last = range.plan.last,
                          .events = range.events.size(),
                          .last_source = last.source,
                          .last_id = last.id,
                          .last_known = last.known,
                          .parts = {}};
    for (const auto& [key, events] : by_key) {
        TRY(part, write_part(key, events));
        manifest.parts.push_back(std::move(part));
    }
    TRY(written, store_->put_if_absent(lake_manifest_key(manifest.first), bytes_of(render_manifest(manifest))));
    if (!written) {
        TRY(known, manifest_at(manifest.first));
        if (!known || known->last != manifest.last || known->events != manifest.events)
            return fail(ErrorKind::corrupt, "'{}' has another manifest of the events from {} on", where(), manifest.first);
    }
    return manifest;
}

Result<Lake::Written> Lake::write(EventLog& log, Duration waiting, const std::atomic<bool>* stopped) {
    Written total;
    TRY(end, find_end(log));
    total.last = end;
    while (stopped == nullptr || !stopped->load(std::memory_order_relaxed)) {
        TRY(range, plan_range(log, total.last + 1, waiting));
        if (range.events.empty()) break;
        TRY(manifest, write_range(range));
        TRY_VOID(log.append_and_wait({.events = {}, .positions = {{consumer(), fmt::format("{}-{}", manifest.first, manifest.last)}}}));
        ++total.ranges;
        total.parts += manifest.parts.size();
        total.events += manifest.events;
        for (const auto& part : manifest.parts) total.bytes += part.bytes;
        total.last = manifest.last;
    }
    return total;
}

}  // namespace quoin
