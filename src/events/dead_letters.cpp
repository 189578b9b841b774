#include "events/dead_letters.h"

namespace quoin {
namespace {

/// Letters that go into one commit.
constexpr std::size_t letters_at_once = 1000;

bool matches(const DeadLetterFilter& filter, const DeadLetter& letter) {
    return (filter.type.empty() || letter.event.type == filter.type) && (filter.source.empty() || letter.event.source == filter.source) &&
           letter.reason.find(filter.reason) != std::string::npos;
}

/// The next part of what a filter means: at most `letters_at_once` from `filter.first` on.
Result<std::vector<DeadLetter>> next_part(const EventLog& log, const DeadLetterFilter& filter) {
    auto part = filter;
    part.letters_max = std::min(filter.letters_max, letters_at_once);
    return find_dead_letters(log, part);
}

}  // namespace

Result<std::vector<DeadLetter>> find_dead_letters(const EventLog& log, const DeadLetterFilter& filter) {
    std::vector<DeadLetter> found;
    if (filter.letters_max == 0) return found;
    TRY_VOID(log.read_dead_letters(filter.first, [&](const DeadLetter& letter) -> Result<bool> {
        if (letter.sequence > filter.last) return false;
        if (matches(filter, letter)) found.push_back(letter);
        return found.size() < filter.letters_max;
    }));
    return found;
}

EventLog::Batch replay_batch(std::vector<DeadLetter> letters) {
    EventLog::Batch batch;
    for (std::size_t i = 0; i < letters.size(); ++i) {
        batch.replays.push_back({i, letters[i].sequence});
        batch.events.push_back(std::move(letters[i].event));
        if (!batch.events.back().is_history) batch.events.back().known = EventTime::missing();
    }
    return batch;
}

ReplayReport replay_report(std::span<const Acceptance> outcomes) {
    ReplayReport report;
    for (const auto& outcome : outcomes) {
        report.stored += outcome.outcome == Acceptance::Outcome::stored;
        report.duplicates += outcome.outcome == Acceptance::Outcome::duplicate;
        report.refused += outcome.outcome == Acceptance::Outcome::dead_letter;
    }
    return report;
}

Result<ReplayReport> replay_dead_letters(Ingest& ingest, const DeadLetterFilter& filter) {
    ReplayReport report;
    for (auto rest = filter; rest.first <= rest.last && rest.letters_max > 0;) {
        TRY(letters, next_part(ingest.log(), rest));
        if (letters.empty()) break;
        rest.letters_max -= letters.size();
        rest.first = letters.back().sequence + 1;  // what is refused again stays where it is and is not met twice
        TRY(outcomes, ingest.submit_and_wait(replay_batch(std::move(letters))));
        auto part = replay_report(outcomes);
        report.stored += part.stored, report.duplicates += part.duplicates, report.refused += part.refused;
    }
    return report;
}

Result<std::uint64_t> purge_dead_letters(EventLog& log, const DeadLetterFilter& filter) {
    std::uint64_t purged = 0;
    for (auto rest = filter; rest.first <= rest.last && rest.letters_max > 0;) {
        TRY(letters, next_part(log, rest));
        if (letters.empty()) break;
        rest.letters_max -= letters.size();
        rest.first = letters.back().sequence + 1;
        EventLog::Batch batch;
        for (const auto& letter : letters) batch.purged.push_back(letter.sequence);
        TRY_VOID(log.append_and_wait(std::move(batch)).map([](auto&&) {}));
        purged += letters.size();
    }
    return purged;
}

}  // namespace quoin
