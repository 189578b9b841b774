#include "events/sources/freshness.h"

#include <algorithm>
#include <array>

namespace quoin {
namespace {

using State = SourceFreshness::State;

/// When the newest event of the source arrived; missing if none did.
EventTime newest_arrival(const SourceDeclaration& source, std::span<const EventLog::Tally> tallies) {
    auto newest = EventTime::missing();
    bool is_pushed = source.way == SourceDeclaration::Way::pushed;
    auto own = source.event_source();
    for (const auto& tally : tallies) {
        bool is_its_type = std::ranges::find(source.events, tally.type) != source.events.end();
        bool is_its_source = is_pushed ? tally.source.starts_with(source.pushed.from) : tally.source == own;
        if (is_its_type && is_its_source) newest = std::max(newest, tally.last_known);
    }
    return newest;
}

void judge(const SourceDeclaration& source, const SourceStatus* status, SourceFreshness& found) {
    auto failure = status != nullptr && !status->failure.empty() ? "; " + status->failure : std::string();
    if (found.age && *found.age > found.within) {
        found.state = State::stale;
        found.reason = fmt::format("{} old, {} agreed{}", age_text(*found.age), to_text(found.within), failure);
        return;
    }
    auto silence = source.freshness.silent_after;
    if (silence.value() > 0 && found.newest_event_age && *found.newest_event_age > silence) {
        found.state = State::stale;
        found.reason = fmt::format("it answers, but nothing new came for {}", age_text(*found.newest_event_age));
        return;
    }
    if (found.age) found.state = State::fresh;
}

}  // namespace

const char* name_of(State state) {
    constexpr std::array names = {"off", "waiting", "fresh", "stale"};
    return names[static_cast<std::size_t>(state)];
}

std::string age_text(Duration age) {
    constexpr std::array<std::pair<std::int64_t, const char*>, 4> units = {
        {{86'400'000'000, "d"}, {3'600'000'000, "h"}, {60'000'000, "m"}, {1'000'000, "s"}}};
    for (auto [unit, letter] : units)
        if (age.value() >= 2 * unit || (age.value() >= unit && unit <= 60'000'000)) return fmt::format("{}{}", age.value() / unit, letter);
    return "0s";
}

SourceFreshness freshness_of(const SourceDeclaration& source, const SourceStatus* status, std::span<const EventLog::Tally> tallies,
                             EventTime now) {
    SourceFreshness found{.source = source.name, .within = source.freshness.within, .alarm = source.freshness.alarm};
    auto arrived = newest_arrival(source, tallies);
    auto since = [&](EventTime time) { return std::max(now - time, Duration{0}); };
    if (!arrived.is_missing()) found.newest_event_age = since(arrived);
    if (status != nullptr && status->is_off) {
        found.state = State::off;
        found.reason = status->failure;
        return found;
    }
    auto reference = arrived;
    if (source.freshness.counts == FreshnessTerms::Counts::answers && status != nullptr) {
        reference = std::max(arrived, status->last_answer);
        bool never = reference.is_missing();
        if (never) reference = status->started;
        if (!reference.is_missing()) found.age = since(reference);
        judge(source, status, found);
        if (never && found.state == State::fresh) found.state = State::waiting;
        return found;
    }
    if (!reference.is_missing()) found.age = since(reference);
    judge(source, status, found);
    return found;
}

Status check_freshness(std::span<const SourceFreshness> sources) {
    std::vector<std::string> stale;
    for (const auto& source : sources)
        if (source.alarm && source.state == State::stale) stale.push_back(fmt::format("{} ({})", source.source, source.reason));
    if (stale.empty()) return {};
    return fail(ErrorKind::unavailable, "stale: {}", fmt::join(stale, ", "));
}

}  // namespace quoin
