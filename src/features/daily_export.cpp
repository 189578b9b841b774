#include "features/daily_export.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "remote/retry.h"

namespace quoin {

struct DailyExport::State {
    PublishedView view;
    std::shared_ptr<ParquetStates> archive;
    Options options;
    Gauge& exported_at;
    Counter& failures;

    mutable std::mutex mutex;
    std::condition_variable wake;
    bool stops = false;
    std::string failure;
    std::thread thread;

    Status export_if_due() {
        TRY(watermark, archive->watermark());
        if (watermark) exported_at.set(static_cast<double>(watermark->written.value()) / 1e6);
        if (watermark && view.clock.now() - watermark->written < options.every) return {};
        TRY(exported, archive->export_day(view));
        TRY(removed, archive->purge());
        exported_at.set(static_cast<double>(view.clock.now().value()) / 1e6);
        log_event(LogLevel::info, "feature_states_exported",
                  {{"day", exported.day}, {"entities", std::to_string(exported.entities)}, {"days_removed", std::to_string(removed)}});
        return {};
    }

    void run() {
        Backoff backoff({.attempts_max = 0, .delay_first = options.pause_first, .delay_max = options.pause_max, .total_max = Duration{0}},
                        view.clock, Rng(1));
        std::unique_lock lock(mutex);
        while (!stops) {
            lock.unlock();
            auto outcome = export_if_due();
            Duration pause = options.look_every;
            if (outcome) {
                backoff.reset();
            } else {
                failures.add();
                pause = backoff.next().value_or(options.pause_max);
                log_event(LogLevel::warning, "feature_export_failed", {{"reason", outcome.error().message}});
            }
            lock.lock();
            failure = outcome ? std::string() : outcome.error().message;
            wake.wait_for(lock, std::chrono::microseconds(pause.value()), [&] { return stops; });
        }
    }
};

DailyExport::DailyExport(std::unique_ptr<State> state) : state_(std::move(state)) {}

std::unique_ptr<DailyExport> DailyExport::start(PublishedView view, std::shared_ptr<ParquetStates> archive, Telemetry& telemetry,
                                                Options options) {
    std::vector<Label> label = {{"store", options.name}};
    auto& exported_at = telemetry.gauge("quoin_feature_export_timestamp_seconds",
                                        "When feature states were last exported, as seconds since 1970", label);
    auto& failures = telemetry.counter("quoin_feature_export_failures_total", "Exports of feature states that failed", label);
    std::unique_ptr<State> state(new State{.view = std::move(view),
                                           .archive = std::move(archive),
                                           .options = std::move(options),
                                           .exported_at = exported_at,
                                           .failures = failures});
    state->thread = std::thread([raw = state.get()] { raw->run(); });
    return std::unique_ptr<DailyExport>(new DailyExport(std::move(state)));
}

DailyExport::~DailyExport() {
    {
        std::scoped_lock lock(state_->mutex);
        state_->stops = true;
    }
    state_->wake.notify_all();
    state_->thread.join();
}

Status DailyExport::health() const {
    std::scoped_lock lock(state_->mutex);
    if (state_->failure.empty()) return {};
    return fail(ErrorKind::unavailable, "feature states are not exported to '{}': {}", state_->options.name, state_->failure);
}

}  // namespace quoin
