#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "events/dead_letters.h"
#include "events/log_fixture.h"
#include "events/sources/source_fixture.h"
#include "events/sources/source_poller.h"

namespace quoin {

/// A log with the catalog's event types, a project folder that goes with the test, and a clock that the test moves.
class SourceBench {
public:
    explicit SourceBench(EventTime start = EventTime{1'705'406'400'000'000}) {  // 2024-01-16T12:00:00Z
        scratch.clock.set(start);
        wrong = scratch.open();
        auto loaded = EventTypes::load(fs::path(QUOIN_SOURCE_DIR) / "catalog/events");
        if (!loaded) wrong = loaded.error().message;
        types = std::make_shared<const EventTypes>(loaded ? std::move(*loaded) : EventTypes());
        ingest = std::make_unique<Ingest>(*scratch.log, types, telemetry);
        tools = std::make_unique<PollTools>(PollTools{*ingest, telemetry, scratch.clock, limits, {}, nullptr, scratch.folder});
    }
    /// nullptr if it cannot be made: `wrong` says why.
    std::shared_ptr<const Source> make(const std::string& yaml) {
        auto declared = SourceDeclaration::parse(yaml, "test.yaml");
        if (declared) return make(std::move(*declared));
        wrong = declared.error().message;
        return nullptr;
    }
    std::shared_ptr<const Source> make(SourceDeclaration declared) {
        auto source = Source::make(std::move(declared), types);
        if (source) return *source;
        wrong = source.error().message;
        return nullptr;
    }
    SourcePoller poller(std::shared_ptr<const Source> source, SourceTransport transport, std::optional<EventTime> history_from = {}) {
        tools->transport = std::move(transport);
        return SourcePoller(std::move(source), *tools, {.history_from = history_from});
    }
    void pass(Duration time) { scratch.clock.set(scratch.clock.now() + time); }
    /// One run, with the waits of its rate limit; what failed, or nothing.
    std::string run(SourcePoller& poller) {
        do {
            auto next = poller.step();
            if (poller.in_run() && next > scratch.clock.now()) scratch.clock.set(next);
        } while (poller.in_run());
        return poller.status().failure;
    }
    std::vector<DeadLetter> dead_letters() {
        auto found = find_dead_letters(*scratch.log, {});
        return found ? *found : std::vector<DeadLetter>();
    }

    std::string wrong;  ///< the last thing that did not work
    ScratchLog scratch;
    Telemetry telemetry;
    RateLimits limits;
    std::shared_ptr<const EventTypes> types;
    std::unique_ptr<Ingest> ingest;
    std::unique_ptr<PollTools> tools;
};

}  // namespace quoin
