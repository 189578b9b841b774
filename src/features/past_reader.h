#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "base/duration.h"
#include "events/event_log.h"
#include "features/online_view.h"
#include "features/replay.h"

namespace quoin {

/// Who is asked about, and as of when.
struct PastQuestion {
    std::string view, tenant, id;
    EventTime at;
    std::optional<EventTime> knowledge;  ///< as FeatureReplay::Options has it; nothing: as known at `at`, which is what was served then
};

struct PastAnswer {
    FeatureAnswer features;
    std::shared_ptr<const TextTable> texts;  ///< where the texts of `features` lie
};

/// One entity's values as of a past moment, by a replay of the log: exactly what OnlineView answered then, or would have, had it known the
/// history that was imported since. The log has no index by entity, so each question reads all of it, on the caller's thread: half a
/// million events in 1.7 s on a busy machine of two cores. Hence the limits. Thread-safe.
class PastFeatureReader {
public:
    struct Options {
        std::uint64_t events_max = 5'000'000;  ///< of the log
        Duration time_max = Duration::seconds(20);
        std::size_t memory_bytes_max = 128u << 20;  ///< of the events kept; the rest goes into a temporary file
    };
    /// `log` outlives it.
    PastFeatureReader(const EventLog& log, Options options) : log_(log), options_(options) {}
    explicit PastFeatureReader(const EventLog& log) : PastFeatureReader(log, Options{}) {}

    /// Error: not_found (no such view), too_large (the log), unavailable (it takes too long; the disk); both limits name the command that
    /// has none.
    Result<PastAnswer> read(std::shared_ptr<const FeatureCatalog> catalog, const PastQuestion& question) const;
    /// Some features of many entities, each as of its own moment and as known then, in one read of the log. Error: as read.
    Result<FeatureAnswers> read_all(std::shared_ptr<const FeatureCatalog> catalog, std::span<const FeaturePlace> features,
                                    const EntityFrame& frame) const;

private:
    Result<FeatureAnswers> replayed(std::shared_ptr<const FeatureCatalog> catalog, std::span<const FeaturePlace> features,
                                    const EntityFrame& frame, FeatureReplay::Options options) const;
    const EventLog& log_;
    Options options_;
};

}  // namespace quoin
