#pragma once

#include <cstddef>
#include <functional>

namespace quoin {

/// Threads that parallel work may use: QUOIN_THREADS, else the cores this process may run on. At least 1.
std::size_t thread_count();

/// Runs job(0) … job(count − 1), each once, on up to `threads` threads (0: thread_count()); returns when all are done. Jobs are
/// handed out in order. Answers must not depend on which thread runs a job: write to the job's own slot, combine afterwards in
/// index order. An exception in a job is rethrown here after the others have finished.
void parallel_for(std::size_t count, const std::function<void(std::size_t)>& job, std::size_t threads = 0);

}  // namespace quoin
