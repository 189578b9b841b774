#include "prediction/exposure_log.h"

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "base/log.h"

namespace quoin {
namespace {

constexpr std::size_t remembered = 1u << 18;  ///< fingerprints: 2 MiB. A collision costs one needless row that the table refuses

std::uint64_t fingerprint(const Exposure& exposure) {
    std::hash<std::string> hash;
    std::uint64_t mixed = hash(exposure.entity) * 0x9e3779b97f4a7c15u + hash(exposure.experiment) + (exposure.is_shadow ? 1 : 0);
    return (mixed ^ (mixed >> 29)) | 1;  // 0: an empty place
}

}  // namespace

struct ExposureLog::State {
    State(std::shared_ptr<ExperimentStore> kept, Telemetry& telemetry)
        : store(std::move(kept)),
          dropped(telemetry.counter("quoin_exposures_dropped_total", "Entities not taken into an experiment because its log was full.")) {}

    std::shared_ptr<ExperimentStore> store;
    Counter& dropped;
    std::vector<std::atomic<std::uint64_t>> known = std::vector<std::atomic<std::uint64_t>>(remembered);
    std::mutex mutex;
    std::condition_variable arrived, settled;
    std::vector<Exposure> queue;
    std::uint64_t added = 0, written = 0;
    std::optional<Error> failure;
    bool stopping = false;
    std::thread writer;

    void run() {
        std::unique_lock lock(mutex);
        for (;;) {
            arrived.wait(lock, [&] { return stopping || !queue.empty(); });
            if (queue.empty()) return;
            auto batch = std::exchange(queue, {});
            lock.unlock();
            auto outcome = store->add_exposures(batch);
            if (!outcome) forget(batch, outcome.error());
            lock.lock();
            failure = outcome ? std::nullopt : std::optional(outcome.error());
            written += batch.size();
            settled.notify_all();
        }
    }
    void forget(const std::vector<Exposure>& batch, const Error& error) {
        log_event(LogLevel::error, "exposures_not_written", {{"reason", error.message}});
        dropped.add(static_cast<double>(batch.size()));
        for (const auto& exposure : batch) known[fingerprint(exposure) / 2 % remembered].store(0, std::memory_order_relaxed);
    }
};

ExposureLog::ExposureLog(std::shared_ptr<ExperimentStore> store, Telemetry& telemetry)
    : state_(std::make_unique<State>(std::move(store), telemetry)) {
    state_->writer = std::thread([this] { state_->run(); });
}

ExposureLog::~ExposureLog() {
    {
        std::lock_guard lock(state_->mutex);
        state_->stopping = true;
    }
    state_->arrived.notify_all();
    state_->writer.join();
}

void ExposureLog::add(Exposure exposure) {
    auto print = fingerprint(exposure);
    auto& place = state_->known[print / 2 % remembered];
    if (place.load(std::memory_order_relaxed) == print) return;
    {
        std::lock_guard lock(state_->mutex);
        if (state_->queue.size() >= limits::pending_exposures) return state_->dropped.add();
        state_->queue.push_back(std::move(exposure));
        ++state_->added;
    }
    place.store(print, std::memory_order_relaxed);
    state_->arrived.notify_one();
}

Status ExposureLog::flush() {
    std::unique_lock lock(state_->mutex);
    auto until = state_->added;
    state_->settled.wait(lock, [&] { return state_->written >= until; });
    if (state_->failure) return tl::unexpected(*state_->failure);
    return {};
}

}  // namespace quoin
