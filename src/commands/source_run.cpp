#include "commands/source_run.h"

#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/digest.h"
#include "events/sources/source_fixture.h"
#include "events/sources/source_poller.h"
#include "store/blobs.h"

namespace quoin {
namespace {

constexpr int attempts_max = 5;

/// A folder that goes when it is no longer used.
class ScratchFolder {
public:
    ScratchFolder() : path_(std::filesystem::temp_directory_path() / ("quoin-source-" + random_hex_id())) {
        std::filesystem::create_directories(path_);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ~ScratchFolder() {
        std::error_code error;
        std::filesystem::remove_all(path_, error);
    }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// Steps until the run is over. `wait` brings the clock to a moment.
Status run_to_end(SourcePoller& poller, const Clock& clock, const std::function<void(EventTime)>& wait) {
    for (;;) {
        auto next = poller.step();
        auto status = poller.status();
        if (!poller.in_run() && status.failure.empty()) return {};
        bool is_over = !poller.in_run() && (status.is_off || status.failures >= attempts_max || next - clock.now() > Duration::minutes(2));
        if (is_over) return fail(status.is_off ? ErrorKind::unsupported : ErrorKind::unavailable, "{}: {}", status.name, status.failure);
        if (next > clock.now()) wait(next);
    }
}

void wait_until(EventTime moment) {
    auto length = moment - system_clock().now();
    if (length.value() > 0) std::this_thread::sleep_for(std::chrono::microseconds(length.value()));
}

Status refuse_pushed(const Source& source) {
    const auto& declared = source.declaration();
    if (declared.way != SourceDeclaration::Way::pushed) return {};
    return fail(ErrorKind::unsupported, "'{}' is pushed: its events come by POST /v1/events or a transport, nobody asks for them",
                declared.name);
}

Result<SourceTally> hand_in(Ingest& ingest, const std::vector<Event>& events) {
    TRY(acceptances, ingest.submit_and_wait({.events = events, .positions = {}}));
    SourceTally tally{.records = events.size()};
    for (const auto& acceptance : acceptances) {
        using Outcome = Acceptance::Outcome;
        ++(acceptance.outcome == Outcome::stored      ? tally.stored
           : acceptance.outcome == Outcome::duplicate ? tally.duplicates
                                                      : tally.refused);
    }
    return tally;
}

/// A replay: its own clock, and its own folder for files.
Result<SourceTally> replay(const SourceRun& run) {
    TRY(fixture, SourceFixture::load(run.fixture));
    const auto& declared = run.source->declaration();
    if (fixture->source() != declared.name)
        return fail(ErrorKind::invalid, "'{}' is a recording of '{}', not of '{}'", run.fixture, fixture->source(), declared.name);
    ManualClock clock(fixture->recorded());
    TRY(log, EventLog::open({.folder = run.project / "events", .clock = clock}));
    Telemetry telemetry;
    Ingest ingest(*log, run.types, telemetry);
    if (declared.way == SourceDeclaration::Way::pushed) return hand_in(ingest, fixture->events());
    ScratchFolder scratch;
    if (declared.way == SourceDeclaration::Way::files) {
        TRY(folder, run.source->folder().render({}));
        TRY_VOID(fixture->write_files(scratch.path() / folder));
    }
    RateLimits limits;
    PollTools tools{ingest, telemetry, clock, limits, fixture->transport(), nullptr, scratch.path()};
    SourcePoller poller(run.source, tools, {.history_from = run.history_from});
    TRY_VOID(run_to_end(poller, clock, [&](EventTime moment) { clock.set(moment); }));
    return poller.status().tally;
}

}  // namespace

Result<SourceTally> poll_once(const SourceRun& run) {
    if (!run.fixture.empty()) return replay(run);
    TRY_VOID(refuse_pushed(*run.source));
    TRY(log, EventLog::open({.folder = run.project / "events"}));
    Telemetry telemetry;
    Ingest ingest(*log, run.types, telemetry);
    RateLimits limits;
    Environment environment = process_environment();
    PollTools tools{ingest, telemetry, system_clock(), limits, http_transport(std::make_shared<HttpClient>()), &environment, run.project};
    auto seed = static_cast<std::uint64_t>(system_clock().now().value());
    SourcePoller poller(run.source, tools, {.seed = seed, .history_from = run.history_from});
    TRY_VOID(run_to_end(poller, system_clock(), wait_until));
    return poller.status().tally;
}

Result<std::size_t> record_answers(const SourceRun& run, const std::filesystem::path& file, std::size_t requests_max) {
    TRY_VOID(refuse_pushed(*run.source));
    const auto& declared = run.source->declaration();
    if (declared.way != SourceDeclaration::Way::http)
        return fail(ErrorKind::unsupported, "'{}' reads files, which are their own recording", declared.name);
    Environment environment = process_environment();
    TRY_VOID(run.source->check_set_up(environment, run.project));
    ScratchFolder scratch;
    TRY(log, EventLog::open({.folder = scratch.path()}));
    Telemetry telemetry;
    Ingest ingest(*log, run.types, telemetry);
    RateLimits limits;
    SourceRecorder recorder(http_transport(std::make_shared<HttpClient>()), requests_max);
    PollTools tools{ingest, telemetry, system_clock(), limits, recorder.transport(), &environment, run.project};
    SourcePoller poller(run.source, tools, {.history_from = run.history_from});
    auto started = system_clock().now();
    auto ended = run_to_end(poller, system_clock(), wait_until);
    if (recorder.size() == 0) return tl::unexpected(ended ? Error{ErrorKind::unavailable, "nothing was asked", {}} : ended.error());
    auto text = recorder.text(declared.name, started);
    TRY_VOID(write_file_atomically(file, std::as_bytes(std::span(text))));
    return recorder.size();
}

}  // namespace quoin
