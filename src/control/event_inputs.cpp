#include "control/event_inputs.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/digest.h"
#include "base/log.h"
#include "base/yaml.h"
#include "remote/environment.h"

namespace quoin {
namespace {

/// Names, sizes and times of the files: another stamp, another set of declarations.
std::string stamp_of(const std::filesystem::path& folder) {
    std::vector<std::string> lines;
    std::error_code failure;
    for (std::filesystem::directory_iterator entry(folder, failure), end; !failure && entry != end; entry.increment(failure)) {
        if (entry->path().extension() != ".yaml") continue;
        std::error_code gone;
        auto changed = entry->last_write_time(gone).time_since_epoch().count();
        lines.push_back(fmt::format("{} {} {}", entry->path().string(), changed, entry->file_size(gone)));
    }
    std::ranges::sort(lines);
    return sha256_hex(fmt::format("{}", fmt::join(lines, "\n")));
}

}  // namespace

struct EventInputs::State {
    const Options options;
    Ingest& ingest;
    Telemetry& telemetry;
    const std::filesystem::path folder;
    mutable std::mutex mutex;  ///< wrong_…, stopped
    std::condition_variable wake;
    bool stopped = false;
    std::string wrong_transports, wrong_lake;
    std::string stamp;  ///< of the thread
    std::unique_ptr<TransportRunner> runner;
    std::unique_ptr<LakeWriter> lake;  ///< after `mutex` is released it is only read
    std::thread thread;

    State(Options given, Ingest& target, Telemetry& metrics)
        : options(std::move(given)), ingest(target), telemetry(metrics), folder(options.project / "catalog" / "transports") {
        runner = TransportRunner::start({}, ingest, telemetry, options.transports).value();  // of nothing, which cannot fail
        start_lake();
        take_changes();
        thread = std::thread([this] { follow(); });
    }
    ~State() {
        {
            std::lock_guard lock(mutex);
            stopped = true;
            wake.notify_all();
        }
        thread.join();
    }

    void start_lake() {
        auto declared = declared_lake(options.project);
        if (declared && !declared->has_value()) return;
        auto started = declared ? LakeWriter::start(ingest.log(), telemetry, **declared) : tl::unexpected(declared.error());
        if (started) {
            lake = std::move(*started);
            return;
        }
        wrong_lake = started.error().message;
        log_event(LogLevel::error, "lake_not_started", {{"reason", wrong_lake}});
    }

    void take_changes() {
        auto now = stamp_of(folder);
        if (now == stamp) return;
        stamp = now;
        auto declared = load_transports(folder);
        auto taken = declared ? runner->replace(*declared) : Status(tl::unexpected(declared.error()));
        if (!taken) log_event(LogLevel::error, "transports_not_taken", {{"reason", taken.error().message}});
        if (taken && !declared->empty()) log_event(LogLevel::info, "transports_taken", {{"count", std::to_string(declared->size())}});
        std::lock_guard lock(mutex);
        wrong_transports = taken ? "" : taken.error().message;
    }

    void follow() {
        std::unique_lock lock(mutex);
        while (!wake.wait_for(lock, std::chrono::microseconds(options.look_every.value()), [&] { return stopped; })) {
            lock.unlock();
            take_changes();
            lock.lock();
        }
    }
};

EventInputs::EventInputs(std::unique_ptr<State> state) : state_(std::move(state)) {}
EventInputs::~EventInputs() = default;

std::unique_ptr<EventInputs> EventInputs::start(Options options, Ingest& ingest, Telemetry& telemetry) {
    return std::unique_ptr<EventInputs>(new EventInputs(std::make_unique<State>(std::move(options), ingest, telemetry)));
}

Status EventInputs::transports_health() const {
    {
        std::lock_guard lock(state_->mutex);
        if (!state_->wrong_transports.empty())
            return fail(ErrorKind::unavailable, "the declared transports are not in use: {}", state_->wrong_transports);
    }
    return state_->runner->health();
}

Status EventInputs::lake_health() const {
    if (!state_->wrong_lake.empty()) return fail(ErrorKind::unavailable, "the lake is not written: {}", state_->wrong_lake);
    return state_->lake == nullptr ? Status{} : state_->lake->health();
}

std::vector<TransportStatus> EventInputs::transports() const { return state_->runner->status(); }

Result<std::optional<LakeWriter::Options>> declared_lake(const std::filesystem::path& project) {
    auto file = project / "catalog" / "lake.yaml";
    std::error_code failure;
    if (!std::filesystem::exists(file, failure)) return std::optional<LakeWriter::Options>();
    TRY(root, read_yaml(file.string()));
    TRY(keys, YamlKeys::of(root, file.string()));
    LakeWriter::Options options;
    TRY_VOID(keys.text("lake", options.address, true));
    TRY_VOID(keys.duration("waiting", options.waiting));
    TRY_VOID(keys.nothing_else());
    TRY(address, with_environment(options.address));
    bool is_folder = address.find("://") == std::string::npos;
    options.address = is_folder && std::filesystem::path(address).is_relative() ? (project / address).string() : std::move(address);
    return std::optional(std::move(options));
}

}  // namespace quoin
