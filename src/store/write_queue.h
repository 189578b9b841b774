#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.h"

namespace quoin {

/// Batches that are durable in a journal already, on their way into the store behind it: one thread applies them in order, a few
/// milliseconds later or as soon as somebody waits for them. When the store refuses one, it is tried again until it takes it. Thread-safe.
class WriteQueue {
public:
    struct Options {
        std::function<Status(std::uint64_t frame, std::string& batch)> apply;  ///< called again with the same if it fails
        std::function<Status()> repair;                                        ///< before it is tried again
        std::size_t bytes_max = 64u << 20;                                     ///< that may wait; then push() waits
    };
    explicit WriteQueue(Options options);
    /// Applies what waits, unless the store refuses it.
    ~WriteQueue();

    void push(std::uint64_t frame, std::string batch);
    /// Waits until everything that was pushed before is applied. Error: why the store refuses it.
    Status wait() const;
    /// Nothing, or why the store refuses a batch.
    Status failed() const;

private:
    void work();
    bool apply_first(std::unique_lock<std::mutex>& lock);

    struct Waiting {
        std::uint64_t frame;
        std::string batch;
    };
    Options options_;
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::deque<Waiting> waiting_;            ///< the first is being applied
    std::atomic<std::uint64_t> applied_{0};  ///< frame
    std::atomic<std::uint64_t> newest_{0};   ///< pushed_, for wait()
    std::size_t bytes_ = 0;
    Status failed_;
    mutable bool wanted_ = false;  ///< somebody waits
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace quoin
