#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "base/result.h"
#include "base/tenant_id.h"
#include "base/yaml.h"
#include "events/ingest.h"

namespace quoin {

/// A stream of records from elsewhere that become events: one file catalog/transports/<name>.yaml (docs/formats/transports.md).
struct TransportDeclaration {
    enum class Format { cloudevents, json };
    /// How a plain JSON object becomes an event: names of its fields, except for `type` and `source`.
    struct PlainJson {
        std::string type, source, id, time, subject;
    };
    std::string name, kind, description;
    TenantId tenant{"default"};  ///< of every event that comes in this way
    bool enabled = true;
    Format format = Format::cloudevents;
    PlainJson json = {};
    Yaml options = {};  ///< the section of its kind, as written: ${NAME} stands for a variable of the environment
    std::string where;  ///< the file, for errors
    std::string stamp;  ///< SHA-256 of the text: another one, another declaration
};

/// Error: invalid, naming file, line, key and remedy. The section of the kind is read by the kind itself.
Result<TransportDeclaration> parse_transport(std::string_view text, const std::string& where);
/// Every *.yaml of the folder, sorted by name; none if there is no folder.
Result<std::vector<TransportDeclaration>> load_transports(const std::filesystem::path& folder);

/// One open transport. Used by one thread.
class Transport {
public:
    virtual ~Transport() = default;

    struct Round {
        std::uint64_t records = 0, stored = 0, duplicates = 0, dead_letters = 0;
        std::uint64_t lost = 0;  ///< records that were deleted there before they could be read
    };
    /// Takes what is waiting there, for at most `wait` if there is nothing, and hands it to the ingest together with the positions after
    /// it. On return it is on disk. An error means that nothing was lost and nothing counted: call again, after a while.
    virtual Result<Round> step(Duration wait) = 0;
    /// Nothing, or what is wrong at present although step() goes on (no broker).
    virtual Status health() const { return {}; }
    /// Records that wait there; nothing if that is not known.
    virtual std::optional<std::int64_t> lag() const { return {}; }
};

/// A kind of transport: one file in transports/ and one line in transports.list.
struct TransportEntry {
    std::string name;  ///< what `kind` says in a declaration
    std::string description;
    /// Reads the section of its kind; connects later. `ingest` outlives the transport. Error: invalid.
    Result<std::unique_ptr<Transport>> (*make)(const TransportDeclaration&, Ingest&);
};
std::span<const TransportEntry> transport_kinds();
/// Error: invalid, naming the kinds that exist.
Result<std::unique_ptr<Transport>> make_transport(const TransportDeclaration& declaration, Ingest& ingest);

/// Hands a batch in and waits. A batch that is too large for one commit is handed in in parts, in order, the positions with the last; an
/// event that is too large by itself becomes a dead letter that is cut off. Error: unavailable.
Result<Transport::Round> submit_round(Ingest& ingest, EventLog::Batch batch);

}  // namespace quoin
