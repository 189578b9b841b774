#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "events/event.h"
#include "events/sources/http_requests.h"

namespace quoin {

/// What a source once answered, in a file (docs/formats/sources.md): replayed, it makes a poll that needs no network and is the same for
/// ever. Requests are named as they may be shown, so a recording holds no secret. Thread-safe.
class SourceFixture {
public:
    /// Error: not_found, unavailable, invalid.
    static Result<std::shared_ptr<SourceFixture>> load(const std::filesystem::path& file);

    const std::string& source() const { return source_; }
    EventTime recorded() const { return recorded_; }  ///< the time at which the replay takes place
    /// Answers requests from the recording: by the address that says most; of equal ones in the order of the file, the last again and
    /// again.
    /// Error: unavailable, naming a request that was not recorded.
    SourceTransport transport();
    /// Writes the recorded files, as changed a minute before recorded().
    Status write_files(const std::filesystem::path& folder) const;
    const std::vector<Event>& events() const { return events_; }  ///< of a source that is pushed

    struct Exchange {
        std::string method, url;  ///< as shown; an url that ends in * stands for all that begin so
        HttpResponse response;
        std::string error;  ///< instead of a response: there was no answer
    };
    struct RecordedFile {
        std::string name, text;
    };

private:
    friend struct FixtureReading;
    std::string source_;
    EventTime recorded_;
    std::vector<Exchange> exchanges_;
    std::vector<std::size_t> uses_;
    std::mutex mutex_;  ///< uses_
    std::vector<RecordedFile> files_;
    std::vector<Event> events_;
};

/// Records what goes through it, without anything secret. Thread-safe.
class SourceRecorder {
public:
    /// `requests_max`: the next request after so many fails with `unavailable`, which ends the recording.
    SourceRecorder(SourceTransport transport, std::size_t requests_max);
    SourceTransport transport();
    std::size_t size() const;
    /// The recording as a file.
    std::string text(const std::string& source, EventTime recorded) const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace quoin
