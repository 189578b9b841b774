#include "prediction/shadow_queue.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace quoin {
namespace {

constexpr int niceness = 10;  ///< a tenth of the processor time of a thread that answers, where there is not enough for both

}  // namespace

struct ShadowQueue::State {
    explicit State(Telemetry& telemetry)
        : dropped(telemetry.counter("quoin_shadow_dropped_total", "Silent answers of challengers left out under load.")) {}
    Counter& dropped;
    std::mutex mutex;
    std::condition_variable arrived, settled;
    std::deque<std::function<void()>> queue;
    bool stopping = false, busy = false;
    std::thread worker;

    void run() {
        // Not SCHED_IDLE: a thread that never runs under load may hold the lock of the record log meanwhile.
        setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), niceness);
        std::unique_lock lock(mutex);
        for (;;) {
            arrived.wait(lock, [&] { return stopping || !queue.empty(); });
            if (stopping) return;
            auto work = std::move(queue.front());
            queue.pop_front();
            busy = true;
            lock.unlock();
            work();
            work = nullptr;  // what it holds goes before it counts as done
            lock.lock();
            busy = false;
            settled.notify_all();
        }
    }
};

ShadowQueue::ShadowQueue(Telemetry& telemetry) : state_(std::make_unique<State>(telemetry)) {
    state_->worker = std::thread([this] { state_->run(); });
}

ShadowQueue::~ShadowQueue() {
    {
        std::lock_guard lock(state_->mutex);
        state_->stopping = true;
    }
    state_->arrived.notify_all();
    state_->worker.join();
}

void ShadowQueue::submit(std::function<void()> work, std::size_t predictions) {
    {
        std::lock_guard lock(state_->mutex);
        if (state_->queue.size() >= limits::pending_shadows) return state_->dropped.add(static_cast<double>(predictions));
        state_->queue.push_back(std::move(work));
    }
    state_->arrived.notify_one();
}

void ShadowQueue::count_dropped(std::size_t predictions) { state_->dropped.add(static_cast<double>(predictions)); }

void ShadowQueue::drain() {
    std::unique_lock lock(state_->mutex);
    state_->settled.wait(lock, [&] { return state_->queue.empty() && !state_->busy; });
}

}  // namespace quoin
