#include "serving/work_queue.h"

#include <exception>
#include <utility>

#include "base/log.h"

namespace quoin {
namespace {

Response made_by(const std::function<Response()>& make) {
    try {
        return make();
    } catch (const std::exception& error) {
        log_event(LogLevel::error, "endpoint_exception", {{"what", error.what()}});
    }
    return problem(Error{ErrorKind::internal, "the server failed on this request; its log says why", {}});
}

}  // namespace

WorkQueue::WorkQueue(Options options) : waiting_max_(options.waiting_max) {
    for (std::size_t i = 0; i < options.threads; ++i) threads_.emplace_back([this] { serve(); });
}

WorkQueue::~WorkQueue() {
    {
        std::scoped_lock lock(mutex_);
        has_ended_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
}

bool WorkQueue::submit(std::function<void()> work) {
    {
        std::scoped_lock lock(mutex_);
        if (waiting_.size() >= waiting_max_) return false;
        waiting_.push_back(std::move(work));
    }
    changed_.notify_one();
    return true;
}

void WorkQueue::serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [&] { return has_ended_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        auto work = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        work();
        work = nullptr;  // what it holds on to goes before the lock comes back
        lock.lock();
    }
}

Response answered_by(WorkQueue& queue, std::function<Response()> make) {
    Response response;
    response.later = [&queue, make = std::move(make)](const std::function<void(Response)>& answered) {
        if (queue.submit([make, answered] { answered(made_by(make)); })) return;
        answered(problem(Error{ErrorKind::unavailable, "too many requests of this kind wait; send it again in a moment", {}}));
    };
    return response;
}

}  // namespace quoin
