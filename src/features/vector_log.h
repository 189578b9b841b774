#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "events/event_log.h"
#include "features/online_view.h"

namespace quoin {

/// A vector as it was served.
struct ServedVector {
    std::string view;
    std::string digest;  ///< FeatureCatalog::computation_digest of the view then
    std::string tenant, id;
    EventTime at;
    std::uint64_t sequence = 0;  ///< the last event of the log that the answer could have seen
    EventTime event_time = EventTime::missing();
    std::vector<std::uint64_t> bits;                ///< by slot: of numbers (NaN: null), ids of texts (0: null), 0 of lists
    std::vector<std::vector<std::uint64_t>> lists;  ///< by slot; empty if lists were not asked for
};

/// Names what a view's answers are made by: its own computation and that of every view it looks up. Equal digests, equal answers.
std::string answer_digest(const FeatureCatalog& catalog, const FeatureView& view);

/// What was served, so that a replay can prove it: segments of at most 64 MiB in a folder, the oldest given up when there are too many.
/// docs/formats/vector-log.md. Adding costs a lock and a copy; a block of 256 KiB is written by whoever fills it. Nothing is forced to
/// disk: a crash of the machine loses the end. Thread-safe; one process at a time.
class VectorLog {
public:
    struct Options {
        std::filesystem::path folder;
        std::uint64_t segment_bytes_max = 64u << 20;
        std::uint64_t total_bytes_max = std::uint64_t{4} << 30;
    };
    /// Error: unavailable.
    static Result<std::unique_ptr<VectorLog>> open(Options options);
    ~VectorLog();

    /// Reads and logs: the answer is as of `log.now()`. It is tried again while events come in between, since then nobody could tell
    /// which of them it has seen; after 16 tries it is answered and not logged. Error: as OnlineView::read.
    struct Question {
        std::string_view view, tenant, id;
        bool wants_lists = false;
    };
    Result<FeatureAnswer> serve(const Question& question, OnlineView& online, EventLog& log);

    /// Logs a vector. What cannot be written is counted and shows in health().
    void add(const ServedVector& vector);
    /// Writes what is waiting.
    Status flush();

    std::uint64_t logged() const;
    std::uint64_t unlogged() const;  ///< served while events came in, or lost to the disk
    Status health() const;

    /// Hands all logged vectors to `visit`, oldest first. A torn end of a segment is left out. Error: not_found (no folder), corrupt (a
    /// block whose checksum is wrong, naming file and place), what `visit` returns.
    static Status read(const std::filesystem::path& folder, const std::function<Status(const ServedVector&)>& visit);

private:
    struct State;
    explicit VectorLog(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace quoin
