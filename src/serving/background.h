#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.h"
#include "serving/http/message.h"

namespace quoin {

/// Threads for answers that would hold an event loop for too long. Jobs start in the order they came. Thread-safe.
class Background {
public:
    struct Options {
        std::size_t threads = 1;
        std::size_t waiting_max = 64;  ///< jobs; a further one is refused
    };
    explicit Background(Options options);
    /// Runs what waits, then ends.
    ~Background();

    /// A job must not throw. Error: unavailable, when `waiting_max` jobs wait.
    Status run(std::function<void()> job);
    /// A response that `make` makes later, on one of these threads. What `make` needs outlives the server's stop, or is its own.
    Response answer(std::function<Response()> make);

private:
    void work();

    Options options_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> waiting_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace quoin
