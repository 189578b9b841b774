#include "table/write.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "base/digest.h"
#include "table/query_engine.h"
#include "table/value_text.h"

namespace quoin {
namespace {

enum class FileFormat { csv, parquet, ndjson };

constexpr std::size_t buffer_bytes = 1u << 20;

Result<FileFormat> format_of(const std::filesystem::path& path) {
    auto extension = path.extension().string();
    if (extension == ".csv") return FileFormat::csv;
    if (extension == ".parquet") return FileFormat::parquet;
    if (extension == ".ndjson") return FileFormat::ndjson;
    return fail(ErrorKind::unsupported, "'{}' is of a kind that is not written; name it .csv, .parquet or .ndjson", path.string());
}

/// `quoted`: a line that would be empty is no line to a reader, so its one value is written as "".
void append_csv_text(std::string& out, std::string_view text, bool quoted) {
    if (!quoted && text.find_first_of(",\"\r\n;\t|") == std::string_view::npos && !text.starts_with(' ') && !text.ends_with(' ')) {
        out += text;
        return;
    }
    out += '"';
    for (char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

void append_json_text(std::string& out, std::string_view text) {
    out += '"';
    for (char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) < 0x20) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
    out += '"';
}

void append_csv_row(std::string& out, const Table& table, std::size_t row) {
    for (std::size_t j = 0; j < table.columns().size(); ++j) {
        if (j > 0) out += ',';
        auto text = table.columns()[j].text(row);
        append_csv_text(out, text, text.empty() && table.columns().size() == 1);
    }
    out += '\n';
}

void append_json_row(std::string& out, const Table& table, std::size_t row) {
    out += '{';
    bool first = true;
    for (const auto& column : table.columns()) {
        if (!first) out += ',';
        first = false;
        append_json_text(out, column.name);
        out += ':';
        if (column.is_missing(row)) {
            out += "null";
        } else if (column.kind() == ColumnKind::number) {
            out += column.text(row);
        } else {
            append_json_text(out, column.text(row));
        }
    }
    out += "}\n";
}

std::string sql_name(std::string_view name) {
    std::string quoted = "\"";
    for (char c : name) {
        quoted += c;
        if (c == '"') quoted += c;
    }
    return quoted + '"';
}

/// What no reader would take back: infinite numbers and text that is not UTF-8.
Status check_writable(const Table& table) {
    for (const auto& column : table.columns()) {
        if (utf8_length(column.name) < column.name.size()) return fail(ErrorKind::invalid, "a column's name is not UTF-8");
        if (column.kind() == ColumnKind::number) {
            auto infinite = std::ranges::find_if(column.numbers(), [](double number) { return std::isinf(number); });
            if (infinite != column.numbers().end())
                return fail_field(ErrorKind::invalid, column.name, "row {} of column '{}' is infinite",
                                  infinite - column.numbers().begin() + 1, column.name);
        } else if (column.kind() == ColumnKind::category) {
            for (const auto& level : column.categories().levels)
                if (utf8_length(level) < level.size())
                    return fail_field(ErrorKind::invalid, column.name, "column '{}' holds text that is not UTF-8", column.name);
        }
    }
    return {};
}

}  // namespace

/// A temporary file beside the target. Rows of a Parquet file wait, compressed by column, in an engine until finish().
struct TableWriter::State {
    std::filesystem::path target, temporary;
    FileFormat format = FileFormat::csv;
    int descriptor = -1;
    std::string buffer;
    std::optional<QueryEngine> engine;
    std::vector<ColumnSpec> columns;
    bool started = false, finished = false;

    ~State() {
        engine.reset();
        if (descriptor >= 0) ::close(descriptor);
        if (!finished) ::unlink(temporary.c_str());
    }

    tl::unexpected<Error> failure(std::string_view doing) const {
        return fail(ErrorKind::unavailable, "'{}' cannot be {}: {}", target.string(), doing, std::strerror(errno));
    }
    tl::unexpected<Error> engine_failure(const Error& error) const {
        return fail(error.kind == ErrorKind::invalid ? ErrorKind::internal : error.kind, "'{}' cannot be written: {}", target.string(),
                    error.message);
    }

    Status flush() {
        for (std::size_t done = 0; done < buffer.size();) {
            auto written = ::write(descriptor, buffer.data() + done, buffer.size() - done);
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return failure("written");
            done += static_cast<std::size_t>(written);
        }
        buffer.clear();
        return {};
    }

    Status start(const Table& table) {
        started = true;
        for (const auto& column : table.columns()) columns.push_back({column.name, column.kind()});
        if (columns.empty()) return fail(ErrorKind::invalid, "'{}' cannot be written: the table has no columns", target.string());
        if (format == FileFormat::csv) {
            for (std::size_t j = 0; j < columns.size(); ++j) {
                if (j > 0) buffer += ',';
                append_csv_text(buffer, columns[j].name, false);
            }
            buffer += '\n';
        }
        if (format != FileFormat::parquet) return {};
        std::string declared;
        for (std::size_t j = 0; j < columns.size(); ++j) {
            auto type = columns[j].kind == ColumnKind::number ? "DOUBLE" : columns[j].kind == ColumnKind::time ? "TIMESTAMP" : "VARCHAR";
            declared += fmt::format("{}c{} {}", j == 0 ? "" : ", ", j, type);
        }
        TRY(opened, QueryEngine::open());
        engine.emplace(std::move(opened));
        auto created = engine->execute(fmt::format("CREATE TABLE rows_to_write ({})", declared));
        return created ? Status{} : Status(engine_failure(created.error()));
    }

    Status write_parquet() {
        std::string names;
        for (std::size_t j = 0; j < columns.size(); ++j)
            names += fmt::format("{}c{} AS {}", j == 0 ? "" : ", ", j, sql_name(columns[j].name));
        auto copied = engine->execute(fmt::format("COPY (SELECT {} FROM rows_to_write) TO '/proc/self/fd/{}' "
                                                  "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880, USE_TMP_FILE false)",
                                                  names, descriptor));
        return copied ? Status{} : Status(engine_failure(copied.error()));
    }
};

TableWriter::TableWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
TableWriter::TableWriter(TableWriter&&) noexcept = default;
TableWriter& TableWriter::operator=(TableWriter&&) noexcept = default;
TableWriter::~TableWriter() = default;

Result<TableWriter> TableWriter::open(const std::filesystem::path& path) {
    TRY(format, format_of(path));
    auto state = std::make_unique<State>();
    state->target = path;
    state->format = format;
    state->temporary = path.parent_path() / fmt::format(".quoin-{}", random_hex_id());
    state->descriptor = ::open(state->temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (state->descriptor < 0) return state->failure("written");
    return TableWriter(std::move(state));
}

Status TableWriter::append(const Table& table) {
    auto& state = *state_;
    if (state.finished) return fail(ErrorKind::internal, "rows were appended to '{}' after it was finished", state.target.string());
    if (!state.started) TRY_VOID(state.start(table));
    auto same = [](const ColumnSpec& spec, const Column& column) { return spec.name == column.name && spec.kind == column.kind(); };
    if (!std::ranges::equal(state.columns, table.columns(), same))
        return fail(ErrorKind::invalid, "rows with other columns were appended to '{}'", state.target.string());
    if (auto writable = check_writable(table); !writable)
        return fail_field(writable.error().kind, writable.error().field, "'{}' cannot be written: {}", state.target.string(),
                          writable.error().message);
    if (state.format == FileFormat::parquet) {
        auto appended = state.engine->append("rows_to_write", table);
        return appended ? Status{} : Status(state.engine_failure(appended.error()));
    }
    for (std::size_t i = 0; i < table.rows(); ++i) {
        if (state.format == FileFormat::ndjson) {
            append_json_row(state.buffer, table, i);
        } else {
            append_csv_row(state.buffer, table, i);
        }
        if (state.buffer.size() > buffer_bytes) TRY_VOID(state.flush());
    }
    return {};
}

Status TableWriter::finish() {
    auto& state = *state_;
    if (!state.started || state.finished)
        return fail(ErrorKind::internal, "'{}' was finished twice or without rows", state.target.string());
    TRY_VOID(state.flush());
    if (state.format == FileFormat::parquet) TRY_VOID(state.write_parquet());
    if (::fsync(state.descriptor) != 0) return state.failure("synchronised");
    if (::rename(state.temporary.c_str(), state.target.c_str()) != 0) return state.failure("put in place");
    state.finished = true;
    auto folder = state.target.parent_path();
    int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synchronised = descriptor >= 0 && ::fsync(descriptor) == 0;
    if (descriptor >= 0) ::close(descriptor);
    return synchronised ? Status{} : Status(state.failure("synchronised"));
}

Status write_table(const Table& table, const std::filesystem::path& path) {
    TRY(writer, TableWriter::open(path));
    TRY_VOID(writer.append(table));
    return writer.finish();
}

}  // namespace quoin
