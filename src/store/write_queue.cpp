#include "store/write_queue.h"

#include <chrono>

namespace quoin {
namespace {

constexpr auto retry_pause = std::chrono::milliseconds(200);
/// What comes within this time is applied at once: waking a thread for every commit costs more than applying it.
constexpr auto nap = std::chrono::milliseconds(2);

}  // namespace

WriteQueue::WriteQueue(Options options) : options_(std::move(options)), thread_([this] { work(); }) {}

WriteQueue::~WriteQueue() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void WriteQueue::push(std::uint64_t frame, std::string batch) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return bytes_ <= options_.bytes_max || !failed_ || stopping_; });
    bytes_ += batch.size();
    waiting_.push_back({frame, std::move(batch)});
    newest_.store(frame, std::memory_order_release);
    bool is_first = waiting_.size() == 1;
    lock.unlock();
    if (is_first) changed_.notify_all();
}

Status WriteQueue::wait() const {
    auto wanted = newest_.load(std::memory_order_acquire);
    auto is_applied = [&] { return applied_.load(std::memory_order_acquire) >= wanted; };
    if (is_applied()) return {};
    std::unique_lock lock(mutex_);
    wanted_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return is_applied() || !failed_; });
    return is_applied() ? Status{} : failed_;
}

Status WriteQueue::failed() const {
    std::lock_guard lock(mutex_);
    return failed_;
}

void WriteQueue::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        if (waiting_.empty()) {
            wanted_ = false;
            if (stopping_) return;
            changed_.wait(lock);
            if (!waiting_.empty()) changed_.wait_for(lock, nap, [&] { return wanted_ || stopping_ || bytes_ > options_.bytes_max; });
            continue;
        }
        if (apply_first(lock)) continue;
        changed_.wait_for(lock, retry_pause, [&] { return stopping_; });
        if (stopping_) return;
        lock.unlock();
        auto repaired = options_.repair();
        lock.lock();
        if (!repaired) failed_ = repaired;
    }
}

bool WriteQueue::apply_first(std::unique_lock<std::mutex>& lock) {
    auto& first = waiting_.front();  // others only add behind it
    auto size = first.batch.size();
    auto frame = first.frame;
    lock.unlock();
    auto applied = options_.apply(frame, first.batch);
    lock.lock();
    failed_ = applied;
    if (applied) {
        bytes_ -= size;
        waiting_.pop_front();
        applied_.store(frame, std::memory_order_release);
    }
    if (wanted_ || !applied || bytes_ + size > options_.bytes_max) changed_.notify_all();
    return applied.has_value();
}

}  // namespace quoin
