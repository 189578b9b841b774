// Kills a process in the middle of appending, with SIGKILL, again and again, and holds the log against what had been acknowledged. At every
// other kill the power goes as well: of what RocksDB's own log got since the opening, which is not synced, only a beginning is left.
//
//     event_log_kill [--kills N] [--seed S] [--folder F]        default: 50 kills, seed 1, a folder of its own
//
// The process appends through the real log from several threads: single events and batches, each with the position of its thread, and some
// events a second time. Every acknowledgement goes down a pipe. After each kill the log is opened (timed) and read: every
// acknowledged event is where it was said to be, none is there twice, sequences have no gap, moments increase, and the position of a thread
// is that of its last event in the log. Exit 1 at the first difference.

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/rng.h"
#include "events/event_log.h"

namespace {

namespace fs = std::filesystem;
using quoin::Acceptance;
using quoin::Event;
using quoin::EventLog;

constexpr int threads = 4;

[[noreturn]] void stop_with(const std::string& why) {
    fmt::print(stderr, "event_log_kill: {}\n", why);
    std::exit(1);
}

EventLog::Options options_for(const fs::path& folder) {
    return {.folder = folder, .free_bytes_min = 0, .run_names = 2000};  // so that runs of names are on their way at many kills
}

std::string thread_of(const std::string& id) { return id.substr(0, id.find('-')); }

// ---- the process that is killed

Event event_of(const std::string& id) {
    Event event;
    event.source = "/kill";
    event.id = id;
    event.type = "thing.happened";
    event.time = quoin::EventTime{1'700'000'000'000'000};
    event.data = fmt::format(R"({{"id": "{}", "text": "some more bytes, so that commits span blocks of the write-ahead log"}})", id);
    return event;
}

/// One line, which a pipe keeps whole.
void tell(const std::string& id, std::uint64_t sequence) {
    auto line = fmt::format("{} {}\n", id, sequence);
    if (write(STDOUT_FILENO, line.data(), line.size()) < 0) _exit(1);
}

void append_for_ever(EventLog& log, int thread, std::uint64_t first) {
    quoin::Rng rng(first * 1000 + static_cast<std::uint64_t>(thread));
    for (std::uint64_t next = first;;) {
        EventLog::Batch batch;
        auto events = rng.below(3) == 0 ? 1 + rng.below(40) : 1;
        for (std::uint64_t i = 0; i < events; ++i) {
            bool again = next > 1 && rng.below(10) == 0;
            batch.events.push_back(event_of(fmt::format("{}-{}", thread, again ? 1 + rng.below(next - 1) : next++)));
        }
        std::vector<std::string> ids;
        for (const auto& event : batch.events) ids.push_back(event.id);
        batch.positions.push_back({fmt::to_string(thread), fmt::to_string(next - 1)});
        auto accepted = log.append_and_wait(std::move(batch));
        if (!accepted) _exit(1);
        for (std::size_t i = 0; i < ids.size(); ++i) tell(ids[i], (*accepted)[i].sequence);
    }
}

/// RocksDB's newest log and its size.
std::pair<fs::path, std::uint64_t> newest_log(const fs::path& folder) {
    fs::path newest;
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.path().extension() == ".log" && entry.path().filename() > newest.filename()) newest = entry.path();
    return {newest, newest.empty() ? 0 : fs::file_size(newest)};
}

int append_until_killed(const fs::path& folder) {
    auto log = EventLog::open(options_for(folder));
    if (!log) return 1;
    auto [file, size] = newest_log(folder);
    tell("/" + file.filename().string(), size);
    std::vector<std::thread> running;
    for (int thread = 0; thread < threads; ++thread) {
        auto position = (*log)->position(fmt::to_string(thread)).value();
        auto next = position.empty() ? 1 : std::stoull(position) + 1;
        running.emplace_back([&, thread, next] { append_for_ever(**log, thread, next); });
    }
    for (auto& one : running) one.join();
    return 0;
}

// ---- the process that kills

/// Starts the other, lets it work for `milliseconds`, kills it, and returns what it had acknowledged.
std::vector<std::pair<std::string, std::uint64_t>> killed_after(const fs::path& folder, std::uint64_t milliseconds) {
    int ends[2];
    if (pipe(ends) != 0) stop_with("no pipe");
    auto process = fork();
    if (process == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        execl("/proc/self/exe", "event_log_kill", "--append", folder.c_str(), nullptr);
        _exit(127);
    }
    close(ends[1]);
    std::thread killer([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
        kill(process, SIGKILL);
    });
    std::string told;
    char bytes[65536];
    for (ssize_t size; (size = read(ends[0], bytes, sizeof bytes)) > 0;) told.append(bytes, static_cast<std::size_t>(size));
    killer.join();
    close(ends[0]);
    int status = 0;
    waitpid(process, &status, 0);
    if (!WIFSIGNALED(status)) stop_with("the process that appends ended by itself");
    std::vector<std::pair<std::string, std::uint64_t>> acknowledged;
    for (std::size_t at = 0, line_end; (line_end = told.find('\n', at)) != std::string::npos; at = line_end + 1) {
        auto space = told.find(' ', at);
        acknowledged.emplace_back(told.substr(at, space - at), std::stoull(told.substr(space + 1, line_end - space - 1)));
    }
    return acknowledged;
}

/// Of what RocksDB's log got after it was opened, a beginning of any length is left: nobody has synced it (a run writes less than the 16 MB
/// after which that happens).
void lose_power(const fs::path& log_file, std::uint64_t synced_bytes, quoin::Rng& rng) {
    std::error_code error;
    auto size = fs::file_size(log_file, error);
    if (!error && size > synced_bytes) fs::resize_file(log_file, synced_bytes + rng.below(size - synced_bytes));
}

/// What the log has been found to hold so far.
class Oracle {
public:
    /// Reads what is new, or all.
    void read(const EventLog& log, bool all) {
        auto first = all ? 1 : last_ + 1;
        if (all) last_ = 0, last_known_ = 0, last_of_thread_.clear(), sequences_.clear();
        auto status = log.read(first, [&](const Event& event) -> quoin::Result<bool> {
            if (event.sequence != last_ + 1) stop_with(fmt::format("event {} follows {}", event.sequence, last_));
            if (event.known.value() <= last_known_) stop_with(fmt::format("event {} is known before the one before it", event.sequence));
            if (!sequences_.emplace(event.id, event.sequence).second) stop_with(fmt::format("event '{}' is there twice", event.id));
            if (event.data != event_of(event.id).data) stop_with(fmt::format("event '{}' is not what was appended", event.id));
            last_ = event.sequence;
            last_known_ = event.known.value();
            last_of_thread_[thread_of(event.id)] = event.id;
            return true;
        });
        if (!status) stop_with(status.error().message);
        if (last_ != log.last_sequence()) stop_with("the log does not know its last event");
    }
    void check(const EventLog& log, const std::vector<std::pair<std::string, std::uint64_t>>& acknowledged) const {
        for (const auto& [id, sequence] : acknowledged) {
            auto found = sequences_.find(id);
            if (found == sequences_.end()) stop_with(fmt::format("event '{}' was acknowledged as {} and is lost", id, sequence));
            if (found->second != sequence)
                stop_with(fmt::format("event '{}' was acknowledged as {} and is {}", id, sequence, found->second));
        }
        for (const auto& [thread, id] : last_of_thread_) {
            auto position = log.position(thread).value();
            if (thread + "-" + position != id)
                stop_with(fmt::format("the position of thread {} is {}, and its last event '{}'", thread, position, id));
        }
    }
    /// Appending the last event of every thread once more must find it.
    void check_duplicates(EventLog& log) const {
        for (const auto& [thread, id] : last_of_thread_) {
            auto accepted = log.append_and_wait({.events = {event_of(id)}, .positions = {}});
            if (!accepted || accepted->front().outcome != Acceptance::Outcome::duplicate || accepted->front().sequence != sequences_.at(id))
                stop_with(fmt::format("event '{}' is not recognised", id));
        }
    }
    std::uint64_t last() const { return last_; }

private:
    std::uint64_t last_ = 0;
    std::int64_t last_known_ = 0;
    std::map<std::string, std::string> last_of_thread_;
    std::unordered_map<std::string, std::uint64_t> sequences_;
};

int kill_again_and_again(const fs::path& folder, int kills, std::uint64_t seed) {
    quoin::Rng rng(seed);
    Oracle oracle;
    std::vector<double> recoveries;
    std::uint64_t acknowledged_count = 0, unacknowledged = 0;
    for (int i = 1; i <= kills; ++i) {
        auto acknowledged = killed_after(folder, 5 + rng.below(200));
        if (!acknowledged.empty()) {  // the first line is about the file
            auto [file, synced_bytes] = acknowledged.front();
            acknowledged.erase(acknowledged.begin());
            if (i % 2 == 0) lose_power(folder / file.substr(1), synced_bytes, rng);
        }
        auto before = oracle.last();
        auto start = std::chrono::steady_clock::now();
        auto log = EventLog::open(options_for(folder));
        recoveries.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
        if (!log) stop_with(log.error().message);
        oracle.read(**log, i % 100 == 0 || i == kills);
        oracle.check(**log, acknowledged);
        oracle.check_duplicates(**log);
        std::set<std::uint64_t> newly;  // an event that was appended twice was acknowledged twice
        for (const auto& [id, sequence] : acknowledged)
            if (sequence > before) newly.insert(sequence);
        acknowledged_count += newly.size();
        unacknowledged += oracle.last() - before - newly.size();
        if (i % 50 == 0) fmt::print("{} kills: {} events, all there, none twice\n", i, oracle.last());
    }
    std::ranges::sort(recoveries);
    fmt::print("{} kills, {} events in the log, {} acknowledged, {} stored but not yet acknowledged; lost 0, double 0\n"
               "recovery: median {:.0f} ms, 99 % {:.0f} ms, longest {:.0f} ms\n",
               kills, oracle.last(), acknowledged_count, unacknowledged, recoveries[recoveries.size() / 2],
               recoveries[recoveries.size() * 99 / 100], recoveries.back());
    return 0;
}

}  // namespace

int main(int count, char** words) {
    std::map<std::string, std::string> given;
    for (int i = 1; i + 1 < count; i += 2) given[words[i]] = words[i + 1];
    if (given.contains("--append")) return append_until_killed(given["--append"]);
    auto kills = given.contains("--kills") ? std::stoi(given["--kills"]) : 50;
    auto seed = given.contains("--seed") ? std::stoull(given["--seed"]) : 1;
    std::string pattern = (fs::temp_directory_path() / "quoin-kill-XXXXXX").string();
    fs::path folder = given.contains("--folder") ? given["--folder"] : mkdtemp(pattern.data());
    auto code = kill_again_and_again(folder / "events", kills, seed);
    fs::remove_all(folder);
    return code;
}
