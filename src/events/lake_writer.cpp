#include "events/lake_writer.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/digest.h"
#include "base/log.h"
#include "remote/retry.h"

namespace quoin {
namespace {

constexpr auto pause_first = Duration::seconds(1), pause_max = Duration::minutes(5);

}  // namespace

struct LakeWriter::State {
    EventLog& log;
    Lake lake;
    const Options options;
    Counter &events, &bytes;
    Gauge& last;
    std::atomic<bool> stopped{false};
    mutable std::mutex mutex;
    std::condition_variable wake;
    std::string failure;
    std::uint64_t last_sequence = 0;
    std::thread thread;

    State(EventLog& source, Telemetry& telemetry, Lake target, Options given)
        : log(source), lake(std::move(target)), options(std::move(given)),
          events(telemetry.counter("quoin_lake_events_total", "Events written to the lake")),
          bytes(telemetry.counter("quoin_lake_bytes_total", "Bytes of Parquet written to the lake")),
          last(telemetry.gauge("quoin_lake_last_sequence", "Sequence up to which the lake holds the log")) {}

    ~State() {
        stopped = true;
        {
            std::lock_guard lock(mutex);
            wake.notify_all();
        }
        if (thread.joinable()) thread.join();
    }

    void run() {
        Backoff pauses({.attempts_max = 0, .delay_first = pause_first, .delay_max = pause_max, .total_max = Duration{0}}, system_clock(),
                       Rng(std::hash<std::string>{}(random_hex_id())));
        while (!stopped) {
            auto written = lake.write(log, options.waiting, &stopped);
            note(written);
            auto pause = options.every;
            if (written) {
                pauses.reset();
            } else {
                pause = pauses.next().value_or(pause_max);
            }
            std::unique_lock lock(mutex);
            wake.wait_for(lock, std::chrono::microseconds(pause.value()), [&] { return stopped.load(); });
        }
    }

    void note(const Result<Lake::Written>& written) {
        std::lock_guard lock(mutex);
        bool failed_before = !failure.empty();
        failure = written ? "" : written.error().message;
        if (!written && !failed_before) log_event(LogLevel::warning, "lake_not_written", {{"lake", lake.where()}, {"reason", failure}});
        if (!written) return;
        if (failed_before) log_event(LogLevel::warning, "lake_recovered", {{"lake", lake.where()}});
        last_sequence = written->last;
        last.set(static_cast<double>(written->last));
        events.add(static_cast<double>(written->events));
        bytes.add(static_cast<double>(written->bytes));
    }
};

LakeWriter::LakeWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
LakeWriter::~LakeWriter() = default;

Result<std::unique_ptr<LakeWriter>> LakeWriter::start(EventLog& log, Telemetry& telemetry, Options options) {
    TRY(lake, Lake::open(options.address, options.lake));
    auto state = std::make_unique<State>(log, telemetry, std::move(lake), std::move(options));
    state->thread = std::thread([raw = state.get()] { raw->run(); });
    return std::unique_ptr<LakeWriter>(new LakeWriter(std::move(state)));
}

Status LakeWriter::health() const {
    std::lock_guard lock(state_->mutex);
    if (state_->failure.empty()) return {};
    return fail(ErrorKind::unavailable, "the lake is behind: {}", state_->failure);
}

std::uint64_t LakeWriter::last_sequence() const {
    std::lock_guard lock(state_->mutex);
    return state_->last_sequence;
}

}  // namespace quoin
