#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/clock.h"
#include "events/event_log.h"

namespace quoin {

namespace fs = std::filesystem;

inline Event simple_event(std::string id, std::string source = "/test", EventTime time = EventTime{1'000}) {
    Event event;
    event.source = std::move(source);
    event.id = std::move(id);
    event.type = "thing.happened";
    event.time = time;
    event.data = R"({"n": 1})";
    return event;
}

/// A log in a folder of its own that goes with the test, and a clock that the test moves.
class ScratchLog {
public:
    ScratchLog() {
        std::string pattern = (fs::temp_directory_path() / "quoin-log-XXXXXX").string();
        folder = mkdtemp(pattern.data());
    }
    ~ScratchLog() {
        log.reset();
        fs::remove_all(folder);
    }
    /// Closes the log if it is open, and opens it. Empty, or why it could not.
    std::string open() {
        log.reset();
        auto opened = EventLog::open({.folder = folder / "events", .clock = clock, .waiting_max = 1000, .free_bytes_min = 0});
        if (!opened) return fmt::format("{}: {}", name_of(opened.error().kind), opened.error().message);
        log = std::move(*opened);
        return {};
    }
    Acceptance append(Event event) {
        auto accepted = log->append_and_wait({.events = {std::move(event)}, .positions = {}});
        return accepted ? accepted->front() : Acceptance{.sequence = 0, .reason = accepted.error().message};
    }
    std::vector<Event> events(std::uint64_t first = 1) {
        std::vector<Event> found;
        auto status = log->read(first, [&](const Event& event) -> Result<bool> {
            found.push_back(event);
            return true;
        });
        if (!status) found.push_back(simple_event("error: " + status.error().message));
        return found;
    }

    fs::path folder;
    ManualClock clock{EventTime{1'700'000'000'000'000}};
    std::unique_ptr<EventLog> log;
};

}  // namespace quoin
