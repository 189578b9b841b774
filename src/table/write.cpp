#include "table/write.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/digest.h"
#include "table/query_engine.h"

namespace quoin {
namespace {

enum class FileFormat { csv, parquet, ndjson };

constexpr std::size_t buffer_bytes = 1u << 20;

Result<FileFormat> format_of(const std::filesystem::path& path) {
    auto extension = path.extension().string();
    if (extension == ".csv") return FileFormat::csv;
    if (extension == ".parquet" || extension == ".pq") return FileFormat::parquet;
    if (extension == ".ndjson" || extension == ".jsonl") return FileFormat::ndjson;
    return fail(ErrorKind::unsupported, "'{}' is of a kind that is not written; name it .csv, .parquet or .ndjson", path.string());
}

void append_csv_text(std::string& out, std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos && !text.starts_with(' ') && !text.ends_with(' ')) {
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
    bool first = true;
    for (const auto& column : table.columns()) {
        if (!first) out += ',';
        first = false;
        append_csv_text(out, column.text(row));
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

const char* sql_type(ColumnKind kind) { return kind == ColumnKind::number ? "DOUBLE" : kind == ColumnKind::time ? "TIMESTAMP" : "VARCHAR"; }

}  // namespace

/// A temporary file beside the target. Parquet goes through a temporary CSV that the table engine converts at the end.
struct TableWriter::State {
    std::filesystem::path target, temporary;
    FileFormat format = FileFormat::csv;
    int descriptor = -1;
    std::string buffer;
    std::vector<ColumnSpec> columns;
    bool started = false;

    ~State() {
        if (descriptor >= 0) ::close(descriptor);
        std::error_code ignored;
        std::filesystem::remove(temporary, ignored);
    }

    tl::unexpected<Error> failure(std::string_view doing) const {
        return fail(ErrorKind::unavailable, "'{}' cannot be {}: {}", target.string(), doing, std::strerror(errno));
    }

    Status flush() {
        std::size_t done = 0;
        while (done < buffer.size()) {
            auto written = ::write(descriptor, buffer.data() + done, buffer.size() - done);
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return failure("written");
            done += static_cast<std::size_t>(written);
        }
        buffer.clear();
        return {};
    }

    /// The temporary CSV as a Parquet file beside it, which then takes its place.
    Status convert_to_parquet() {
        std::string declared;
        for (const auto& column : columns) {
            std::string name;
            for (char c : column.name) name += c == '\'' ? std::string("''") : std::string(1, c);
            declared += fmt::format("{}'{}':'{}'", declared.empty() ? "" : ",", name, sql_type(column.kind));
        }
        auto parquet = temporary;
        parquet += ".parquet";
        TRY(engine, QueryEngine::open());
        auto outcome = engine.execute(fmt::format("COPY (SELECT * FROM read_csv({}, auto_detect=false, columns={{{}}}, delim=',', quote='\"', escape='\"', "
                                                  "header=false, skip=1, nullstr='')) TO {} (FORMAT parquet, COMPRESSION zstd)",
                                                  sql_path(temporary.string()), declared, sql_text(parquet.string())));
        if (!outcome) return fail(ErrorKind::unavailable, "'{}' cannot be written: {}", target.string(), outcome.error().message);
        ::close(descriptor);
        std::filesystem::rename(parquet, temporary);
        descriptor = ::open(temporary.c_str(), O_RDWR | O_CLOEXEC);
        return descriptor < 0 ? Status(failure("written")) : Status{};
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
    if (!state.started) {
        state.started = true;
        for (const auto& column : table.columns()) state.columns.push_back({column.name, column.kind()});
        if (state.format != FileFormat::ndjson) {
            for (std::size_t j = 0; j < state.columns.size(); ++j) {
                if (j > 0) state.buffer += ',';
                append_csv_text(state.buffer, state.columns[j].name);
            }
            state.buffer += '\n';
        }
    }
    if (!std::ranges::equal(state.columns, table.columns(), {}, &ColumnSpec::name, &Column::name))
        return fail(ErrorKind::internal, "rows with other columns were appended to '{}'", state.target.string());
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
    TRY_VOID(state.flush());
    if (state.format == FileFormat::parquet) TRY_VOID(state.convert_to_parquet());
    if (::fsync(state.descriptor) != 0) return state.failure("synchronised");
    if (::rename(state.temporary.c_str(), state.target.c_str()) != 0) return state.failure("put in place");
    auto folder = state.target.parent_path();
    int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        ::fsync(descriptor);
        ::close(descriptor);
    }
    return {};
}

Status write_table(const Table& table, const std::filesystem::path& path) {
    TRY(writer, TableWriter::open(path));
    TRY_VOID(writer.append(table));
    return writer.finish();
}

}  // namespace quoin
