#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "base/digest.h"
#include "events/dead_letters.h"
#include "events/transport.h"

namespace quoin {

/// A log with its door, in a folder that goes with the test. Events have the type thing.happened with the field n.
class TransportProject {
public:
    TransportProject() { open(); }
    ~TransportProject() {
        close();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    /// `free_bytes_min`: above what the disk has, it is a full disk.
    void open(std::uint64_t free_bytes_min = 0, std::size_t waiting_max = 65'536) {
        log = EventLog::open({.folder = folder_ / "events", .waiting_max = waiting_max, .free_bytes_min = free_bytes_min}).value();
        auto type = EventType::parse(
                        "type: thing.happened\ndescription: d\nentities: {thing: id}\nlateness: 36500d\nfields:\n  id: {type: text}\n"
                        "  n: {type: integer, required: true, max: 1000000}\n",
                        "test")
                        .value();
        ingest = std::make_unique<Ingest>(*log, std::make_shared<const EventTypes>(EventTypes::of({std::move(type)}).value()), telemetry);
    }
    void close() {
        ingest.reset();
        log.reset();
    }
    /// n → how often it is in the log.
    std::map<int, int> counts() const {
        std::map<int, int> found;
        (void)log->read(1, [&](const Event& event) -> Result<bool> {
            ++found[std::stoi(event.data.substr(event.data.find("\"n\":") + 4))];
            return true;
        });
        return found;
    }
    std::vector<DeadLetter> letters() const { return find_dead_letters(*log, {}).value(); }

    Telemetry telemetry;
    std::unique_ptr<EventLog> log;
    std::unique_ptr<Ingest> ingest;

private:
    std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("quoin-transport-" + random_hex_id());
};

/// Steps until `done`, or until 30 s have passed: then false.
inline bool step_until(Transport& transport, const std::function<bool()>& done, Transport::Round* total = nullptr) {
    auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!done()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        auto round = transport.step(Duration{100'000});
        if (round && total != nullptr) {
            total->records += round->records;
            total->stored += round->stored;
            total->duplicates += round->duplicates;
            total->dead_letters += round->dead_letters;
            total->lost += round->lost;
        }
    }
    return true;
}

}  // namespace quoin
