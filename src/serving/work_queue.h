#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "serving/http/message.h"

namespace quoin {

/// Threads for answers that must not hold an event loop: those that wait for other servers, or read long. Bounded; thread-safe.
class WorkQueue {
public:
    struct Options {
        std::size_t threads = 1;
        std::size_t waiting_max = 64;
    };
    explicit WorkQueue(Options options);
    /// Does what was taken first, so that every answer comes.
    ~WorkQueue();

    /// False if `waiting_max` pieces of work wait already. An exception of `work` ends the program.
    bool submit(std::function<void()> work);

private:
    void serve();

    std::size_t waiting_max_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> waiting_;
    bool has_ended_ = false;
    std::vector<std::thread> threads_;
};

/// A response that comes when `queue` has made it; 503 if the queue is full, 500 if `make` throws. `queue` outlives the server's
/// connections.
Response answered_by(WorkQueue& queue, std::function<Response()> make);

}  // namespace quoin
