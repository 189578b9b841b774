#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/telemetry.h"
#include "events/ingest.h"
#include "events/sources/rate_limit.h"
#include "events/sources/source.h"
#include "events/sources/source_writer.h"

namespace quoin {

/// The rate limits of all sources; those that share one ask the same. Thread-safe.
class RateLimits {
public:
    std::shared_ptr<RateLimit> of(const SourceDeclaration& source);

private:
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<RateLimit>> limits_;
};

/// What polls work with; everything outlives them.
struct PollTools {
    Ingest& ingest;
    Telemetry& telemetry;
    const Clock& clock;
    RateLimits& limits;
    SourceTransport transport;
    const Environment* environment = nullptr;  ///< none: a replay, in which variables stay as they are written
    std::filesystem::path project;             ///< what relative folders are relative to
};

/// Where a poll stands after a step.
struct PollStep {
    enum class State : std::uint8_t { more, waits, finished } state = State::finished;
    Duration wait{0};  ///< waits: the rate limit lets nothing through before
};

/// Why a step could not be done; the next one tries it again.
struct PollFailure {
    Error error;
    bool is_passing = true;                    ///< another attempt may well succeed
    std::optional<Duration> retry_after = {};  ///< what the other side asked for
};

/// One way of fetching a source, cut into steps: one request, or one file. A run asks for everything once. What a step brought is in the
/// log, with the position after it, before the step returns. Used by one thread at a time.
class SourcePoll {
public:
    virtual ~SourcePoll() = default;
    virtual tl::expected<PollStep, PollFailure> step() = 0;
    /// So far, since it was made.
    virtual SourceTally tally() const = 0;

    struct Options {
        std::optional<EventTime> history_from;  ///< makes the first run one of history, from then on, though there was one before
        const std::atomic<bool>* cancelled = nullptr;
    };
    /// nullptr for a source that is pushed.
    static std::unique_ptr<SourcePoll> make(std::shared_ptr<const Source> source, PollTools& tools, Options options);
};

/// Position of a source as a whole: its consumer name.
std::string run_consumer(const SourceDeclaration& source);

}  // namespace quoin
