#include "events/sources/source_set.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <map>
#include <thread>

#include "base/log.h"

namespace quoin {
namespace {

using std::chrono::steady_clock;

/// A source as long as its file says the same.
struct Running {
    std::shared_ptr<const Source> source;
    std::atomic<bool> cancelled{false};
    std::unique_ptr<SourcePoller> poller;  ///< none: pushed
    bool is_busy = false;                  ///< a thread is in its step
};

/// A file as it was when it was last looked at.
struct SeenFile {
    std::filesystem::file_time_type changed;
    std::uintmax_t size = 0;
    std::string problem;  ///< why it is not used; empty: it is
    bool operator==(const SeenFile& other) const { return changed == other.changed && size == other.size; }
};

}  // namespace

struct SourceSet::State {
    State(Ingest& door, Telemetry& counts, Options chosen)
        : options(std::move(chosen)), ingest(door),
          telemetry(counts), tools{door, counts, options.clock, limits, options.transport, &options.environment, options.project} {
        if (!tools.transport) tools.transport = http_transport(std::make_shared<HttpClient>());
    }

    Options options;
    Ingest& ingest;
    Telemetry& telemetry;
    RateLimits limits;
    PollTools tools;

    std::mutex scanning;  ///< one scan at a time
    mutable std::mutex mutex;
    std::condition_variable changed;
    bool stops = false;
    std::map<std::string, SeenFile> files;  ///< by the name of the source
    std::map<std::string, std::shared_ptr<Running>> running;
    std::shared_ptr<const EventTypes> types;
    std::string folder_problem;
    std::vector<std::thread> threads;

    std::shared_ptr<Running> take_due();
    void run_step(const std::shared_ptr<Running>& one);
    void poll_until_stopped();
    void watch_until_stopped();
    void measure();
    std::vector<Entry> entries() const;

    void take_file(const std::filesystem::path& file, SeenFile seen);
    void replace(const std::string& name, std::shared_ptr<const Source> source);
    void drop(const std::string& name);
    bool scan();
};

/// The source that is due first, marked as busy; nullptr if none is due.
std::shared_ptr<Running> SourceSet::State::take_due() {
    auto now = options.clock.now();
    std::shared_ptr<Running> first;
    for (const auto& [name, one] : running) {
        if (!one->poller || one->is_busy || one->poller->due() > now) continue;
        if (!first || one->poller->due() < first->poller->due()) first = one;
    }
    if (first) first->is_busy = true;
    return first;
}

void SourceSet::State::run_step(const std::shared_ptr<Running>& one) {
    one->poller->step();
    std::lock_guard lock(mutex);
    one->is_busy = false;
}

void SourceSet::State::poll_until_stopped() {
    std::unique_lock lock(mutex);
    while (!stops) {
        auto one = take_due();
        if (!one) {
            changed.wait_for(lock, std::chrono::milliseconds(200));
            continue;
        }
        lock.unlock();
        run_step(one);
        lock.lock();
    }
}

void SourceSet::State::watch_until_stopped() {
    std::unique_lock lock(mutex);
    while (!stops) {
        lock.unlock();
        scan();
        measure();
        lock.lock();
        changed.wait_for(lock, std::chrono::seconds(1), [&] { return stops; });
    }
}

void SourceSet::State::take_file(const std::filesystem::path& file, SeenFile seen) {
    auto name = file.stem().string();
    auto made = [&]() -> Result<std::shared_ptr<const Source>> {
        TRY(declared, SourceDeclaration::load(file));
        return Source::make(std::move(declared), types);
    }();
    if (made) {
        std::vector<std::shared_ptr<const Source>> all = {*made};
        for (const auto& [other, one] : running)
            if (other != name) all.push_back(one->source);
        if (auto agreed = check_shared_limits(all); !agreed) made = tl::unexpected(agreed.error());
    }
    if (!made) {
        seen.problem = made.error().message;
        log_event(LogLevel::error, "source_not_taken", {{"source", name}, {"reason", seen.problem}});
    } else {
        replace(name, std::move(*made));
    }
    std::lock_guard lock(mutex);
    files[name] = std::move(seen);
}

void SourceSet::State::replace(const std::string& name, std::shared_ptr<const Source> source) {
    drop(name);
    auto one = std::make_shared<Running>();
    one->source = source;
    if (source->declaration().way != SourceDeclaration::Way::pushed)
        one->poller = std::make_unique<SourcePoller>(
            source, tools, SourcePoller::Options{.seed = options.seed ^ std::hash<std::string>{}(name), .cancelled = &one->cancelled});
    log_event(LogLevel::info, "source_taken", {{"source", name}});
    std::lock_guard lock(mutex);
    running[name] = std::move(one);
    changed.notify_all();
}

/// Ends a source and waits until its step, if it is in one, has come back: two must never poll with one position.
void SourceSet::State::drop(const std::string& name) {
    std::unique_lock lock(mutex);
    auto found = running.find(name);
    if (found == running.end()) return;
    auto one = found->second;
    running.erase(found);
    one->cancelled = true;
    while (one->is_busy) {
        lock.unlock();
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        lock.lock();
    }
}

bool SourceSet::State::scan() {
    std::lock_guard scan_lock(scanning);
    auto now_types = ingest.types();
    bool is_other_catalog = now_types != types;
    types = now_types;
    auto found = source_files(options.catalog);
    {
        std::lock_guard lock(mutex);
        folder_problem = found || found.error().kind == ErrorKind::not_found ? std::string() : found.error().message;
    }
    if (!found && found.error().kind != ErrorKind::not_found) return false;
    bool has_changed = false;
    std::map<std::string, bool> there;
    for (const auto& file : found ? *found : std::vector<std::filesystem::path>()) {
        std::error_code gone;
        SeenFile seen{std::filesystem::last_write_time(file, gone), std::filesystem::file_size(file, gone), {}};
        if (gone) continue;
        auto name = file.stem().string();
        there[name] = true;
        auto known = files.find(name);
        if (known != files.end() && known->second == seen && !is_other_catalog) continue;
        take_file(file, seen);
        has_changed = true;
    }
    std::vector<std::string> gone;
    for (const auto& [name, seen] : files)
        if (!there.contains(name)) gone.push_back(name);
    for (const auto& name : gone) {
        drop(name);
        log_event(LogLevel::info, "source_dropped", {{"source", name}});
        for (const char* gauge : {"quoin_source_freshness_seconds", "quoin_source_newest_event_age_seconds", "quoin_source_up"})
            telemetry.gauge(gauge, "", {{"source", name}}).set(std::numeric_limits<double>::quiet_NaN());
        std::lock_guard lock(mutex);
        files.erase(name);
        has_changed = true;
    }
    return has_changed;
}

std::vector<SourceSet::Entry> SourceSet::State::entries() const {
    auto tallies = ingest.log().tallies();
    auto now = options.clock.now();
    std::vector<Entry> found;
    std::lock_guard lock(mutex);
    for (const auto& [name, one] : running) {
        Entry entry{.declaration = one->source->declaration()};
        entry.status.name = name;
        if (one->poller) entry.status = one->poller->status();
        entry.freshness = freshness_of(entry.declaration, one->poller ? &entry.status : nullptr, tallies, now);
        found.push_back(std::move(entry));
    }
    return found;
}

void SourceSet::State::measure() {
    constexpr double us_per_second = 1e6;
    auto seconds = [](const std::optional<Duration>& age) {
        return age ? static_cast<double>(age->value()) / us_per_second : std::numeric_limits<double>::quiet_NaN();
    };
    for (const auto& entry : entries()) {
        std::vector<Label> labels = {{"source", entry.declaration.name}};
        const auto& fresh = entry.freshness;
        telemetry.gauge("quoin_source_freshness_seconds", "Age of a source as its agreement counts it; NaN before anything came", labels)
            .set(seconds(fresh.age));
        telemetry.gauge("quoin_source_freshness_sla_seconds", "The age that was agreed", labels).set(seconds(fresh.within));
        telemetry.gauge("quoin_source_newest_event_age_seconds", "Since the newest event of a source arrived", labels)
            .set(seconds(fresh.newest_event_age));
        telemetry.gauge("quoin_source_up", "0 if the last attempt to ask a source failed, else 1", labels)
            .set(entry.status.failure.empty() || entry.status.is_off ? 1 : 0);
    }
}

SourceSet::SourceSet(std::unique_ptr<State> state) : state_(std::move(state)) {}

std::unique_ptr<SourceSet> SourceSet::start(Ingest& ingest, Telemetry& telemetry, Options options) {
    auto state = std::make_unique<State>(ingest, telemetry, std::move(options));
    auto* raw = state.get();
    std::unique_ptr<SourceSet> set(new SourceSet(std::move(state)));
    raw->scan();
    raw->measure();
    for (std::size_t i = 0; i < raw->options.threads; ++i) raw->threads.emplace_back([raw] { raw->poll_until_stopped(); });
    if (raw->options.threads > 0) raw->threads.emplace_back([raw] { raw->watch_until_stopped(); });
    return set;
}

SourceSet::~SourceSet() {
    {
        std::lock_guard lock(state_->mutex);
        state_->stops = true;
        for (const auto& [name, one] : state_->running) one->cancelled = true;
    }
    state_->changed.notify_all();
    for (auto& thread : state_->threads) thread.join();
}

bool SourceSet::rescan() {
    bool has_changed = state_->scan();
    state_->measure();
    return has_changed;
}

void SourceSet::advance() {
    for (;;) {
        std::shared_ptr<Running> one;
        {
            std::lock_guard lock(state_->mutex);
            one = state_->take_due();
        }
        if (!one) break;
        state_->run_step(one);
    }
    state_->measure();
}

std::vector<SourceSet::Entry> SourceSet::entries() const { return state_->entries(); }

Status SourceSet::freshness() const {
    std::vector<SourceFreshness> all;
    for (auto& entry : state_->entries()) all.push_back(std::move(entry.freshness));
    return check_freshness(all);
}

Status SourceSet::health() const {
    std::lock_guard lock(state_->mutex);
    std::vector<std::string> problems;
    if (!state_->folder_problem.empty()) problems.push_back(state_->folder_problem);
    for (const auto& [name, seen] : state_->files)
        if (!seen.problem.empty()) problems.push_back(seen.problem);
    if (problems.empty()) return {};
    return fail(ErrorKind::invalid, "{}", fmt::join(problems, "; "));
}

}  // namespace quoin
