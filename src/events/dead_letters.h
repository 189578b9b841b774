#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "events/ingest.h"

namespace quoin {

/// Which dead letters are meant. Nothing set: all.
struct DeadLetterFilter {
    std::uint64_t first = 1;  ///< sequence
    std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
    std::string type, source;  ///< exact; empty: any
    std::string reason;        ///< part of the reason; empty: any
    std::size_t letters_max = std::numeric_limits<std::size_t>::max();
};

/// Ascending by sequence.
Result<std::vector<DeadLetter>> find_dead_letters(const EventLog& log, const DeadLetterFilter& filter);

/// The letters as a batch for Ingest::submit that replays them.
EventLog::Batch replay_batch(std::vector<DeadLetter> letters);

struct ReplayReport {
    std::uint64_t stored = 0, duplicates = 0, refused = 0;
};
ReplayReport replay_report(std::span<const Acceptance> outcomes);

/// Hands the letters in once more, against the types of today: for a type that the catalog did not know, a range that was too narrow. What
/// is stored leaves the dead letters in the same commit; doing it twice changes nothing. Lateness is judged by the day of the first
/// arrival.
Result<ReplayReport> replay_dead_letters(Ingest& ingest, const DeadLetterFilter& filter);

/// Forgets the letters for good; returns how many.
Result<std::uint64_t> purge_dead_letters(EventLog& log, const DeadLetterFilter& filter);

}  // namespace quoin
