#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "events/sources/http_requests.h"
#include "events/sources/record_mapping.h"
#include "events/sources/source_declaration.h"
#include "events/sources/source_reader.h"

namespace quoin {

/// A declared source made ready: every template and expression is compiled and fits its event type. Immutable; thread-safe.
class Source {
public:
    /// Error: invalid, with file and line.
    static Result<std::shared_ptr<const Source>> make(SourceDeclaration declaration, std::shared_ptr<const EventTypes> types);

    /// Slots of the names that every template of a source may use, before those of `for_each` or `file`.
    static constexpr std::size_t since_slot = 0, polled_slot = 1, first_own_slot = 2;

    const SourceDeclaration& declaration() const { return declaration_; }
    const SourceReader& reader() const { return *reader_; }      ///< unless pushed
    const RecordMapping& mapping() const { return *mapping_; }   ///< unless pushed
    const HttpRequests& requests() const { return *requests_; }  ///< http
    const TextTemplate& folder() const { return *folder_; }      ///< files
    Duration overlap() const { return overlap_; }
    /// Nothing, or what it lacks to be polled: a variable of the environment, or its folder. Error: unsupported.
    Status check_set_up(const Environment& environment, const std::filesystem::path& project) const;
    /// The folder of its files; error: unsupported, if it is not there. `environment`: none leaves variables as they are written.
    Result<std::filesystem::path> find_folder(const Environment* environment, const std::filesystem::path& project) const;

private:
    SourceDeclaration declaration_;
    std::vector<TemplateName> parameters_;
    Duration overlap_{0};
    std::optional<SourceReader> reader_;
    std::optional<RecordMapping> mapping_;
    std::optional<HttpRequests> requests_;
    std::optional<TextTemplate> folder_;
};

/// Every source of a folder, sorted by name; the first error, if any of them cannot be used. Error also: invalid, if sources that share a
/// rate limit do not agree on it.
Result<std::vector<std::shared_ptr<const Source>>> load_sources(const std::filesystem::path& folder,
                                                                std::shared_ptr<const EventTypes> types);

/// Error: invalid, naming both.
Status check_shared_limits(std::span<const std::shared_ptr<const Source>> sources);

}  // namespace quoin
