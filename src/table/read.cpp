#include "table/read.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "table/query_engine.h"
#include "table/text_columns.h"

namespace quoin {
namespace {

constexpr std::array delimiters = {',', ';', '\t', '|'};

/// A source of rows: the SELECT that reads it and what errors call it.
struct Source {
    std::string select, where;
    std::size_t columns = 0;  ///< of a delimited file; 0: not one
};

std::vector<std::string> split_header(std::string_view line, char delimiter) {
    std::vector<std::string> names(1);
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        char c = line[i];
        if (c == '"') {
            if (quoted && i + 1 < line.size() && line[i + 1] == '"') {
                names.back() += '"';
                ++i;
            } else {
                quoted = !quoted;
            }
        } else if (c == delimiter && !quoted) {
            names.emplace_back();
        } else {
            names.back() += c;
        }
    }
    for (auto& name : names) {
        while (!name.empty() && (name.back() == '\r' || name.back() == ' ')) name.pop_back();
        while (!name.empty() && name.front() == ' ') name.erase(0, 1);
    }
    return names;
}

char most_frequent_delimiter(std::string_view header) {
    char best = ',';
    std::size_t most = 0;
    for (char candidate : delimiters) {
        auto count = split_header(header, candidate).size() - 1;
        if (count > most) {
            most = count;
            best = candidate;
        }
    }
    return best;
}

/// Makes one sentence of a reader's message: which row, and what is wrong with it.
tl::unexpected<Error> reading_failure(const Error& error, const std::string& where) {
    std::string_view message = error.message;
    std::string row;
    if (auto at = message.find("Line: "); at != std::string_view::npos) {
        std::size_t line = 0;
        std::from_chars(message.data() + at + 6, message.data() + message.size(), line);
        if (line > 1) row = fmt::format(", row {}", line - 1);
    }
    if (message.find("unicode") != std::string_view::npos || message.find("UTF-8") != std::string_view::npos || message.find("utf-8") != std::string_view::npos)
        return fail(ErrorKind::invalid, "{}{}: the text is not UTF-8; convert the file first (iconv -f ISO-8859-1 -t UTF-8)", where, row);
    if (auto at = message.find("Expected Number of Columns"); at != std::string_view::npos)
        return fail(ErrorKind::invalid, "{}{}: {}", where, row, message.substr(at, message.find('\n', at) - at));
    if (message.find("quote") != std::string_view::npos) return fail(ErrorKind::invalid, "{}{}: a quoted value does not end", where, row);
    auto first = message.substr(0, message.find('\n'));
    if (auto colon = first.find(": "); colon != std::string_view::npos && first.substr(0, colon).find("Error") != std::string_view::npos)
        first.remove_prefix(colon + 2);
    return fail(ErrorKind::invalid, "{}{} cannot be read: {}", where, row, first);
}

Result<std::string> first_line(QueryEngine& engine, const std::string& path, const std::string& where) {
    std::string line;
    bool found = false;
    auto select = fmt::format("SELECT * FROM read_csv({}, auto_detect=false, columns={{'line':'VARCHAR'}}, delim='\x01', quote='', escape='', header=false, "
                              "nullstr='', null_padding=true, strict_mode=false, max_line_size=16777216) LIMIT 1",
                              path);
    auto outcome = engine.stream(select, [&](const TextRows& rows) -> Status {
        if (rows.rows > 0 && !found) {
            found = true;
            line = rows.columns[0][0].value_or("");
        }
        return {};
    });
    if (!outcome) return reading_failure(outcome.error(), where);
    if (line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    if (!found || line.empty()) return fail(ErrorKind::invalid, "{} is empty: there is not even a header line", where);
    return line;
}

Status check_header(const std::vector<std::string>& names, std::string_view header, char delimiter, const std::string& where) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (!names[i].empty() && !seen.insert(names[i]).second) return fail_field(ErrorKind::invalid, names[i], "{} has two columns named '{}'", where, names[i]);
    }
    char other = most_frequent_delimiter(header);
    if (names.size() == 1 && other != delimiter && split_header(header, other).size() > 1)
        return fail(ErrorKind::invalid, "{} has a single column '{}' with the delimiter '{}'; the file looks separated by '{}'", where, header.substr(0, 60), delimiter,
                    other == '\t' ? std::string("\\t") : std::string(1, other));
    return {};
}

Result<Source> delimited_source(QueryEngine& engine, const std::filesystem::path& path, const ReadOptions& options) {
    Source source{{}, fmt::format("'{}'", path.string())};
    auto literal = sql_path(path.string());
    TRY(header, first_line(engine, literal, source.where));
    char delimiter = options.delimiter.value_or(most_frequent_delimiter(header));
    auto names = split_header(header, delimiter);
    TRY_VOID(check_header(names, header, delimiter, source.where));
    std::string declared, renamed;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i].empty()) names[i] = fmt::format("column_{}", i + 1);
        declared += fmt::format("{}'c{}':'VARCHAR'", i == 0 ? "" : ",", i);
        std::string quoted;
        for (char c : names[i]) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
        renamed += fmt::format("{}c{} AS \"{}\"", i == 0 ? "" : ",", i, quoted);
    }
    source.columns = names.size();
    source.select = fmt::format("SELECT {} FROM read_csv({}, auto_detect=false, columns={{{}}}, delim={}, quote='\"', escape='\"', header=false, skip=1, nullstr='', "
                                "max_line_size=16777216)",
                                renamed, literal, declared, sql_text(std::string(1, delimiter)));
    return source;
}

bool ends_with_any(std::string name, std::initializer_list<std::string_view> endings) {
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::ranges::any_of(endings, [&](auto ending) { return name.ends_with(ending); });
}

Result<Source> source_of(QueryEngine& engine, const std::filesystem::path& path, const ReadOptions& options) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return fail(ErrorKind::not_found, "there is no file '{}'", path.string());
    if (!std::filesystem::is_regular_file(path, error)) return fail(ErrorKind::invalid, "'{}' is no regular file", path.string());
    auto name = path.filename().string();
    auto where = fmt::format("'{}'", path.string());
    if (std::filesystem::file_size(path, error) == 0) return fail(ErrorKind::invalid, "{} is empty", where);
    auto literal = sql_path(path.string());
    if (ends_with_any(name, {".parquet", ".pq"})) return Source{fmt::format("SELECT * FROM read_parquet({})", literal), where};
    if (ends_with_any(name, {".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz"}))
        return Source{fmt::format("SELECT * FROM read_json({}, format='newline_delimited')", literal), where};
    if (ends_with_any(name, {".xlsx", ".xls", ".json", ".zip", ".db"}))
        return fail(ErrorKind::unsupported, "{} is of a kind that is not read; write it as CSV, Parquet or NDJSON", where);
    return delimited_source(engine, path, options);
}

Status stream_into(QueryEngine& engine, const Source& source, const std::function<Status(const TextRows&)>& consume) {
    std::optional<Error> own;
    auto outcome = engine.stream(source.select, [&](const TextRows& rows) -> Status {
        auto status = consume(rows);
        if (!status) own = status.error();
        return status;
    });
    if (own) return tl::unexpected(*own);
    if (!outcome) return reading_failure(outcome.error(), source.where);
    return {};
}

Result<Table> read_source(QueryEngine& engine, const Source& source, const ReadOptions& options) {
    TextColumns columns(source.where, options);
    TRY_VOID(stream_into(engine, source, [&](const TextRows& rows) { return columns.append(rows); }));
    return columns.table(columns.specs());
}

}  // namespace

Result<Table> read_table(const std::filesystem::path& path, const ReadOptions& options) {
    TRY(engine, QueryEngine::open());
    TRY(source, source_of(engine, path, options));
    return read_source(engine, source, options);
}

Status read_chunks(const std::filesystem::path& path, const ReadOptions& options, std::size_t chunk_rows,
                   const std::function<Status(const Table&)>& consume) {
    TRY(engine, QueryEngine::open());
    TRY(source, source_of(engine, path, options));
    std::vector<ColumnSpec> specs;
    {   // First pass: kinds only. A dictionary that has settled on "category" is dropped chunk by chunk.
        TextColumns columns(source.where, options);
        std::vector<ColumnSpec> settled;
        TRY_VOID(stream_into(engine, source, [&](const TextRows& rows) -> Status {
            TRY_VOID(columns.append(rows));
            if (columns.rows() < chunk_rows && rows.rows > 0) return {};
            auto now = columns.specs();
            if (settled.empty()) settled = now;
            for (std::size_t j = 0; j < now.size(); ++j)
                if (now[j].kind != settled[j].kind) settled[j].kind = ColumnKind::category;
            if (rows.rows > 0) columns.clear();
            return {};
        }));
        auto rest = columns.specs();
        if (settled.empty()) settled = rest;
        for (std::size_t j = 0; j < rest.size(); ++j)
            if (columns.rows() > 0 && rest[j].kind != settled[j].kind) settled[j].kind = ColumnKind::category;
        specs = std::move(settled);
    }
    TextColumns columns(source.where, options);
    auto flush = [&]() -> Status {
        TRY(table, columns.table(specs));
        TRY_VOID(consume(table));
        columns.clear();
        return {};
    };
    bool any = false;
    TRY_VOID(stream_into(engine, source, [&](const TextRows& rows) -> Status {
        TRY_VOID(columns.append(rows));
        if (columns.rows() < chunk_rows) return {};
        any = true;
        return flush();
    }));
    if (columns.rows() > 0 || !any) TRY_VOID(flush());
    return {};
}

Result<Table> read_sql(const std::string& query, const ReadOptions& options) {
    TRY(engine, QueryEngine::open());
    auto select = query;
    while (!select.empty() && (select.back() == ';' || select.back() == ' ' || select.back() == '\n')) select.pop_back();
    TRY_VOID(engine.check_is_select(select));
    return read_source(engine, {select, "the query's answer"}, options);
}

}  // namespace quoin
