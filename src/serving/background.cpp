#include "serving/background.h"

#include <exception>
#include <memory>

#include "base/log.h"

namespace quoin {

Background::Background(Options options) : options_(options) {
    for (std::size_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { work(); });
}

Background::~Background() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
}

Status Background::run(std::function<void()> job) {
    {
        std::lock_guard lock(mutex_);
        if (waiting_.size() >= options_.waiting_max)
            return fail(ErrorKind::unavailable, "{} requests that take longer wait already; try again in a moment", waiting_.size());
        waiting_.push_back(std::move(job));
    }
    changed_.notify_one();
    return {};
}

Response Background::answer(std::function<Response()> make) {
    auto shared = std::make_shared<std::function<Response()>>(std::move(make));
    Response response;
    response.later = [this, shared](const std::function<void(Response)>& answered) {
        auto taken = run([shared, answered] {
            Response made = problem(Error{ErrorKind::internal, "the server failed on this request; its log says why", {}});
            try {
                made = (*shared)();
            } catch (const std::exception& error) {
                log_event(LogLevel::error, "background_job_failed", {{"what", error.what()}});
            }
            answered(std::move(made));
        });
        if (!taken) answered(problem(taken.error()));
    };
    return response;
}

void Background::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        auto job = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        job();
        job = nullptr;
        lock.lock();
    }
}

}  // namespace quoin
