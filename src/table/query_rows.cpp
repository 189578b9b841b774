#include "table/query_rows.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "table/query_engine.h"

namespace quoin {
namespace {

/// An open file, by which the engine reads it as /proc/self/fd/<n>: no name, however odd, gets into SQL or is taken for a pattern or
/// address.
class OpenFile {
public:
    explicit OpenFile(const std::filesystem::path& path) : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    bool is_open() const { return descriptor_ >= 0; }
    bool is_gzip() const {
        std::array<char, 2> magic{};
        return ::pread(descriptor_, magic.data(), magic.size(), 0) == 2 && magic[0] == '\x1f' && magic[1] == '\x8b';
    }
    std::string engine_path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

private:
    int descriptor_;
};

bool holds(const Error& error, std::string_view text) { return error.message.find(text) != std::string::npos; }

/// What the engine says about a file in our words: which row, and what is wrong with it.
tl::unexpected<Error> file_failure(const Error& error, const std::string& where) {
    std::string row;
    if (auto at = error.message.find(" in line "); at != std::string::npos) {
        std::size_t line = 0;
        std::from_chars(error.message.data() + at + 9, error.message.data() + error.message.size(), line);
        bool counts_ahead = holds(error, "Malformed JSON");  // the engine then names the line after the bad one
        row = fmt::format(", row {}", counts_ahead && line > 1 ? line - 1 : line);
    }
    if (holds(error, "UTF-8") || holds(error, "unicode") || holds(error, "string encoding"))
        return fail(ErrorKind::invalid, "{}{}: the text is not UTF-8; convert the file first", where, row);
    if (holds(error, "expected records"))
        return fail(ErrorKind::invalid, "{} is no NDJSON file: every line has to be one JSON object", where);
    if (auto at = error.message.find("duplicate key"); at != std::string::npos)
        return fail(ErrorKind::invalid, "{}{}: the object has a {}", where, row, error.message.substr(at));
    if (holds(error, "Malformed JSON"))
        return fail(ErrorKind::invalid, "{}{}: the line is no JSON object ({})", where, row,
                    error.message.substr(error.message.rfind(": ") + 2));
    if (holds(error, "magic bytes") || holds(error, "too small to be a Parquet file"))
        return fail(ErrorKind::invalid, "{} is no Parquet file, or it is cut short", where);
    auto message = error.message;
    for (auto at = message.find("/proc/self/fd/"); at != std::string::npos; at = message.find("/proc/self/fd/")) {
        auto last = message.find_first_not_of("0123456789", at + 14);
        message.replace(at, std::min(last, message.size()) - at, "it");
    }
    return fail(error.kind, "{} cannot be read: {}", where, message);
}

class QueryRows final : public RowSource {
public:
    QueryRows(QueryEngine engine, std::string where) : engine_(std::move(engine)), where_(std::move(where)) {}

    Status select(std::string sql, bool json_cells) {
        auto columns = engine_.columns_of(sql);
        if (!columns) return failure(columns.error());
        selection_ = {std::move(sql), std::move(*columns), json_cells};
        if (json_cells)
            for (auto& column : selection_.columns) column.kind = ColumnKind::category;
        return {};
    }
    Status check_is_select(const std::string& sql) {
        auto checked = engine_.check_is_select(sql);
        return checked ? Status{} : Status(failure(checked.error()));
    }
    void keep(std::unique_ptr<OpenFile> file) { file_ = std::move(file); }

    const std::string& where() const override { return where_; }
    std::span<const SourceColumn> columns() const override { return selection_.columns; }
    Status stream(const std::function<Status(const RowBatch&)>& consume) override {
        std::optional<Error> own;
        auto outcome = engine_.stream(selection_, [&](const RowBatch& batch) {
            auto status = consume(batch);
            if (!status) own = status.error();
            return status;
        });
        if (outcome) return {};
        return own ? tl::unexpected(*own) : failure(outcome.error());
    }

private:
    tl::unexpected<Error> failure(const Error& error) const {
        if (file_) return file_failure(error, where_);
        return fail(error.kind, "the query cannot be run: {}", error.message);
    }

    std::unique_ptr<OpenFile> file_;  ///< outlives the engine, which reads from it
    QueryEngine engine_;
    std::string where_;
    QueryEngine::Selection selection_;
};

Result<std::unique_ptr<OpenFile>> open_file(const std::filesystem::path& path) {
    auto file = std::make_unique<OpenFile>(path);
    if (!file->is_open())
        return fail(errno == ENOENT ? ErrorKind::not_found : ErrorKind::unavailable, "'{}' cannot be read: {}", path.string(),
                    std::strerror(errno));
    return file;
}

Result<std::unique_ptr<QueryRows>> make_rows(std::string where) {
    TRY(engine, QueryEngine::open());
    return std::make_unique<QueryRows>(std::move(engine), std::move(where));
}

}  // namespace

Result<std::unique_ptr<RowSource>> open_query(const std::string& query) {
    auto select = query.substr(0, query.find_last_not_of("; \t\r\n") + 1);
    TRY(rows, make_rows("the query's answer"));
    TRY_VOID(rows->check_is_select(select));
    TRY_VOID(rows->select(std::move(select), false));
    return std::unique_ptr<RowSource>(std::move(rows));
}

Result<std::unique_ptr<RowSource>> open_parquet(const std::filesystem::path& path) {
    TRY(file, open_file(path));
    TRY(rows, make_rows(fmt::format("'{}'", path.string())));
    auto sql = fmt::format("SELECT * FROM read_parquet('{}')", file->engine_path());
    rows->keep(std::move(file));
    TRY_VOID(rows->select(std::move(sql), false));
    return std::unique_ptr<RowSource>(std::move(rows));
}

Result<std::unique_ptr<RowSource>> open_json_lines(const std::filesystem::path& path) {
    TRY(file, open_file(path));
    TRY(rows, make_rows(fmt::format("'{}'", path.string())));
    // Depth 1 keeps every value as the JSON text it is; the columns are those of all lines, not of a sample.
    auto sql = fmt::format(
        "SELECT * FROM read_json('{}', format = 'newline_delimited', records = 'true', maximum_depth = 1, sample_size = -1, "
        "compression = '{}')",
        file->engine_path(), file->is_gzip() ? "gzip" : "uncompressed");
    rows->keep(std::move(file));
    TRY_VOID(rows->select(std::move(sql), true));
    return std::unique_ptr<RowSource>(std::move(rows));
}

}  // namespace quoin
