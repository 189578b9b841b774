#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "prediction/prediction_record.h"

namespace quoin {

/// Records between those who answer and the one who writes. A push copies them into a chunk under a lock held for a fraction of a
/// microsecond, allocates nothing after warm-up and wakes the writer only when it has slept for want of records or a chunk is full, not
/// for each record. Thread-safe; one writer.
class RecordQueue {
public:
    using Deadline = std::chrono::steady_clock::time_point;
    struct Limits {
        std::size_t records, bytes;
    };
    explicit RecordQueue(Limits limits) : limits_(limits) {}

    /// All of them or, if they would exceed a limit, none: false.
    bool push(std::span<const PredictionRecordView> records);

    /// Waits for records, and then a few milliseconds for more of them; the oldest chunk, which nobody appends to any more. It stays in the
    /// queue until written(). Nothing: the deadline has passed, or hurry() or stop() was called and no record waits.
    std::shared_ptr<RecordChunk> next(Deadline deadline);
    /// The chunk that next() gave is elsewhere now.
    void written(std::shared_ptr<RecordChunk> chunk);
    /// Has next() return at once.
    void hurry();
    void stop();
    bool is_stopped() const;

    /// As far as it was filled at the moment of the call; bytes in the chunk do not change afterwards.
    struct Waiting {
        std::shared_ptr<const RecordChunk> chunk;
        std::string_view bytes;
        TimeRange times;
    };
    std::vector<Waiting> waiting() const;
    std::uint64_t pushed() const;  ///< records, ever
    std::size_t records() const;   ///< that wait
    std::size_t bytes() const;
    const Limits& limits() const { return limits_; }

private:
    std::shared_ptr<RecordChunk> new_chunk(std::size_t bytes);
    void put(const PredictionRecordView& record);

    Limits limits_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::shared_ptr<RecordChunk>> chunks_;
    std::vector<std::shared_ptr<RecordChunk>> spares_;
    std::size_t records_ = 0, bytes_ = 0;
    std::uint64_t pushed_ = 0;
    bool is_open_ = false;                            ///< the last chunk takes more records
    bool is_waiting_ = false, is_lingering_ = false;  ///< the writer: for the first record, for a full chunk
    bool is_hurried_ = false, is_stopped_ = false;
};

}  // namespace quoin
