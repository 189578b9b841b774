#include "events/transport_runner.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "base/digest.h"
#include "base/log.h"
#include "remote/redaction.h"
#include "remote/retry.h"

namespace quoin {

const char* name_of(TransportStatus::State state) {
    switch (state) {
        case TransportStatus::State::starting: return "starting";
        case TransportStatus::State::running: return "running";
        case TransportStatus::State::failing: return "failing";
        case TransportStatus::State::stopped: return "stopped";
    }
    return "stopped";
}

namespace {

/// The metrics of one transport.
struct TransportMetrics {
    Counter &stored, &duplicates, &dead_letters, &lost;
    Gauge &up, &lag, &last_record;

    TransportMetrics(Telemetry& telemetry, const std::string& name)
        : stored(records(telemetry, name, "stored")), duplicates(records(telemetry, name, "duplicate")),
          dead_letters(records(telemetry, name, "dead_letter")), lost(records(telemetry, name, "lost")),
          up(telemetry.gauge("quoin_transport_up", "1 while the transport works", {{"transport", name}})),
          lag(telemetry.gauge("quoin_transport_lag", "Records that wait at the transport's other end", {{"transport", name}})),
          last_record(
              telemetry.gauge("quoin_transport_last_record_timestamp_seconds", "When the last record came in", {{"transport", name}})) {}

private:
    static Counter& records(Telemetry& telemetry, const std::string& name, const char* outcome) {
        return telemetry.counter("quoin_transport_records_total", "Records that a transport brought, by what became of them",
                                 {{"transport", name}, {"outcome", outcome}});
    }
};

/// One transport with its thread.
class TransportThread {
public:
    TransportThread(const TransportDeclaration& declaration, std::unique_ptr<Transport> transport, Telemetry& telemetry,
                    const TransportRunner::Options& options)
        : options_(options), transport_(std::move(transport)), metrics_(telemetry, declaration.name) {
        status_.name = declaration.name;
        status_.kind = declaration.kind;
        thread_ = std::thread([this] { run(); });
    }
    /// Without waiting, so that all end at once.
    void request_stop() {
        std::lock_guard lock(mutex_);
        stops_ = true;
        wake_.notify_all();
    }
    ~TransportThread() {
        request_stop();
        thread_.join();
    }
    TransportStatus status() const {
        std::lock_guard lock(mutex_);
        return status_;
    }

private:
    void run() {
        Backoff pauses({.attempts_max = 0, .delay_first = options_.pause_first, .delay_max = options_.pause_max, .total_max = Duration{0}},
                       options_.clock, Rng(std::hash<std::string>{}(random_hex_id())));
        while (!stops()) {
            auto round = step();
            note(round);
            if (round) {
                pauses.reset();
            } else {
                pause(pauses.next().value_or(options_.pause_max));
            }
        }
        transport_.reset();  // leaves its group on this thread
        metrics_.up.set(0);
        std::lock_guard lock(mutex_);
        status_.state = TransportStatus::State::stopped;
    }

    Result<Transport::Round> step() {
        try {
            return transport_->step(options_.wait);
        } catch (const std::exception& thrown) {
            return fail(ErrorKind::internal, "the transport failed: {}", thrown.what());
        }
    }

    bool stops() const {
        std::lock_guard lock(mutex_);
        return stops_;
    }

    void pause(Duration length) {
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, std::chrono::microseconds(length.value()), [&] { return stops_; });
    }

    void note(const Result<Transport::Round>& round) {
        auto health = round ? transport_->health() : Status(tl::unexpected(round.error()));
        auto lag = transport_->lag();
        auto now = options_.clock.now();
        std::string failure = health ? "" : without_secrets(health.error().message);
        {
            std::lock_guard lock(mutex_);
            bool failed_before = !status_.failing_since.is_missing();
            if (!health && !failed_before) {
                status_.failing_since = now;
                log_event(LogLevel::warning, "transport_fails", {{"transport", status_.name}, {"reason", failure}});
            }
            if (health && failed_before) {
                status_.failing_since = EventTime::missing();
                log_event(LogLevel::warning, "transport_recovered", {{"transport", status_.name}});
            }
            status_.state = health ? TransportStatus::State::running : TransportStatus::State::failing;
            status_.failure = std::move(failure);
            status_.lag = lag;
            if (round) add(*round, now);
        }
        metrics_.up.set(health ? 1 : 0);
        if (lag) metrics_.lag.set(static_cast<double>(*lag));
    }

    void add(const Transport::Round& round, EventTime now) {
        status_.records += round.records;
        status_.stored += round.stored;
        status_.duplicates += round.duplicates;
        status_.dead_letters += round.dead_letters;
        status_.lost += round.lost;
        metrics_.stored.add(static_cast<double>(round.stored));
        metrics_.duplicates.add(static_cast<double>(round.duplicates));
        metrics_.dead_letters.add(static_cast<double>(round.dead_letters));
        metrics_.lost.add(static_cast<double>(round.lost));
        if (round.records == 0) return;
        status_.last_record = now;
        metrics_.last_record.set(static_cast<double>(now.value()) / 1e6);
    }

    const TransportRunner::Options options_;
    std::unique_ptr<Transport> transport_;
    TransportMetrics metrics_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool stops_ = false;
    TransportStatus status_;
    std::thread thread_;
};

}  // namespace

struct TransportRunner::State {
    struct Running {
        std::string stamp;
        std::unique_ptr<TransportThread> thread;
    };
    Ingest& ingest;
    Telemetry& telemetry;
    const Options options;
    std::mutex replacing;  ///< held while threads are stopped and started
    mutable std::mutex mutex;
    std::map<std::string, Running> running;  ///< by name

    State(Ingest& target, Telemetry& metrics, Options given) : ingest(target), telemetry(metrics), options(given) {}
    ~State() { stop(std::move(running)); }

    /// All at once, then each is waited for.
    static void stop(std::map<std::string, Running> leaving) {
        for (auto& [name, one] : leaving) one.thread->request_stop();
    }

    Status replace(std::vector<TransportDeclaration> declarations) {
        std::lock_guard only_one(replacing);
        std::erase_if(declarations, [](const TransportDeclaration& declaration) { return !declaration.enabled; });
        std::map<std::string, std::pair<const TransportDeclaration*, std::unique_ptr<Transport>>> wanted;
        std::set<std::string> kept;
        for (const auto& declaration : declarations) {
            if (wanted.contains(declaration.name) || kept.contains(declaration.name))
                return fail(ErrorKind::invalid, "two transports are called '{}': their positions would be the same", declaration.name);
            auto known = running.find(declaration.name);  // only changed under `replacing`
            if (known != running.end() && known->second.stamp == declaration.stamp) {
                kept.insert(declaration.name);
                continue;
            }
            TRY(transport, make_transport(declaration, ingest));
            wanted[declaration.name] = {&declaration, std::move(transport)};
        }
        std::map<std::string, Running> leaving;
        {
            std::lock_guard lock(mutex);
            for (auto one = running.begin(); one != running.end();) {
                auto next = std::next(one);
                if (!kept.contains(one->first)) leaving.insert(running.extract(one));
                one = next;
            }
        }
        stop(std::move(leaving));  // before its successor reads the position
        std::lock_guard lock(mutex);
        for (auto& [name, made] : wanted)
            running[name] = {made.first->stamp, std::make_unique<TransportThread>(*made.first, std::move(made.second), telemetry, options)};
        return {};
    }
};

TransportRunner::TransportRunner(std::unique_ptr<State> state) : state_(std::move(state)) {}
TransportRunner::~TransportRunner() = default;

Result<std::unique_ptr<TransportRunner>> TransportRunner::start(const std::vector<TransportDeclaration>& declarations, Ingest& ingest,
                                                                Telemetry& telemetry, Options options) {
    auto state = std::make_unique<State>(ingest, telemetry, options);
    TRY_VOID(state->replace(declarations));
    return std::unique_ptr<TransportRunner>(new TransportRunner(std::move(state)));
}

Status TransportRunner::replace(const std::vector<TransportDeclaration>& declarations) { return state_->replace(declarations); }

std::vector<TransportStatus> TransportRunner::status() const {
    std::lock_guard lock(state_->mutex);
    std::vector<TransportStatus> all;
    for (const auto& [name, one] : state_->running) all.push_back(one.thread->status());
    return all;
}

Status TransportRunner::health() const {
    for (const auto& status : this->status())
        if (status.state == TransportStatus::State::failing)
            return fail(ErrorKind::unavailable, "the transport '{}' fails since {}: {}", status.name, to_text(status.failing_since),
                        status.failure);
    return {};
}

}  // namespace quoin
