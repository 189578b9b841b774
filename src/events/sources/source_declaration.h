#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/duration.h"
#include "base/result.h"
#include "base/tenant_id.h"
#include "events/sources/poll_schedule.h"

namespace quoin {

/// A text of the declaration and the line on which it stands.
struct DeclaredText {
    std::string text;
    std::size_t line = 0;
    bool empty() const { return text.empty(); }
};

/// How the answers of one request go on in the next.
struct PageTerms {
    enum class By : std::uint8_t { none, offset, page, cursor, link };
    By by = By::none;
    std::string parameter;       ///< of the query: the offset, the page's number, or the cursor
    std::string size_parameter;  ///< of the query: records per page; empty: not said
    std::int64_t size = 1000;
    std::int64_t first = 0;        ///< the first page's number
    DeclaredText cursor;           ///< JSON pointer to the cursor, or to the address of the next page; of `link` empty: the Link header
    std::int64_t pages_max = 100;  ///< of one poll; the next goes on there
};

/// Asked over HTTP. Addresses, headers and bodies are templates (text_template.h).
struct HttpTerms {
    std::string method = "GET";
    DeclaredText url, body;
    std::vector<std::pair<std::string, DeclaredText>> query, headers;
    std::vector<std::vector<std::pair<std::string, std::string>>> each;  ///< the request is made once for each of them
    PageTerms pages;
    std::int64_t requests = 60, burst = 1;  ///< rate limit: requests in `per`
    Duration per = Duration::minutes(1);
    std::string shares;  ///< sources that share a rate limit name it alike
    Duration back_off_first = Duration::seconds(10), back_off_most = Duration::minutes(15);
    Duration timeout = Duration::seconds(30);
    bool conditional = true;  ///< sends If-None-Match and If-Modified-Since
};

/// Files that somebody puts into a folder.
struct FileTerms {
    DeclaredText folder;                      ///< may refer to ${ENV}; relative to the project
    std::string pattern;                      ///< of the file's name, with * and ?
    Duration settles = Duration::seconds(2);  ///< a file changed later than this may still be growing
};

/// Arrives by itself, over a transport or HTTP: the declaration says what to expect.
struct PushTerms {
    std::string from;  ///< what the CloudEvents attribute `source` begins with; empty: any
};

/// When a source counts as stale.
struct FreshnessTerms {
    enum class Counts : std::uint8_t { answers, arrivals };
    Duration within = Duration::hours(24);  ///< the agreed age
    Counts counts = Counts::arrivals;       ///< age of the last good answer or newest event, or of the newest event only
    Duration silent_after{0};               ///< stale if nothing new came for so long, though it answers; 0: never
    bool alarm = true;                      ///< false: shown and exported, but /health stays as it is
};

enum class RecordFormat : std::uint8_t { json, ndjson, csv };

/// Where records are in what was fetched.
struct RecordTerms {
    RecordFormat format = RecordFormat::json;
    DeclaredText at;        ///< json: a JSON pointer with * for every item or member
    std::int64_t skip = 0;  ///< records left out at the start, such as a header row of a JSON table
    char delimiter = ',';   ///< csv
    std::string each_item;  ///< csv: a column with a JSON list; one record for each item, as columns `item` and `item_number` (from 0)
};

/// A value of a record, by name.
struct SourceValue {
    enum class From : std::uint8_t { path, text, value, repeats, previous };
    enum class Type : std::uint8_t { text, number, boolean, time, unix_seconds, unix_milliseconds };
    std::string name;
    std::size_t line = 0;
    From from = From::path;
    std::string content;  ///< the path or column, the template, the expression, the template of what repeats, or the name of a value
    std::string per;      ///< previous: a template; the value of the record before in which it comes out alike
    Type type = Type::text;
    std::vector<std::string> missing;          ///< texts that mean that there is no value, besides the empty one
    std::map<std::string, std::string> words;  ///< what a text becomes; keys in lower case
    std::optional<std::string> otherwise;      ///< what a text becomes that is not in `words`
    bool is_text() const { return type == Type::text && from != From::repeats && from != From::previous; }
};

/// What becomes of a record.
struct EventTerms {
    DeclaredText id, subject;                                ///< templates
    DeclaredText time, known, where;                         ///< expressions
    std::vector<std::pair<std::string, DeclaredText>> data;  ///< field of the event type: expression
};

/// A source of events: one file catalog/sources/<name>.yaml (docs/formats/sources.md). Value type.
struct SourceDeclaration {
    enum class Way : std::uint8_t { http, files, pushed };
    std::string name, description, owner, licence;
    std::string where;                ///< the file, for errors
    std::vector<std::string> events;  ///< types; exactly one unless pushed
    TenantId tenant{"default"};
    Way way = Way::pushed;
    HttpTerms http;
    FileTerms files;
    PushTerms pushed;
    PollSchedule schedule;
    FreshnessTerms freshness;
    Duration history{0};                     ///< how far back the first run goes; its events are kept as known then. 0: only what is new
    std::optional<Duration> overlap;         ///< how far before the newest event a later run looks; nothing: the lateness of the event type
    std::int64_t bytes_max = 16 << 20;       ///< of one answer, or of a JSON file
    std::int64_t records_max = 100'000'000;  ///< of one answer or file
    RecordTerms records;
    std::vector<SourceValue> values;
    EventTerms event;

    /// The attribute `source` of its events.
    std::string event_source() const { return "/sources/" + name; }

    /// Error: invalid, too_large: names file and line, the key, and what is allowed.
    static Result<SourceDeclaration> parse(std::string_view yaml, std::string_view where);
    /// Error: as above; not_found, unavailable; invalid also if the file is named otherwise than the source.
    static Result<SourceDeclaration> load(const std::filesystem::path& file);
};

const char* name_of(SourceDeclaration::Way way);

/// Sorted *.yaml files of a folder. Error: not_found, unavailable, too_large (more than 1024).
Result<std::vector<std::filesystem::path>> source_files(const std::filesystem::path& folder);

}  // namespace quoin
