#include "table/read.h"

#include <algorithm>
#include <cassert>

#include "table/delimited.h"
#include "table/query_rows.h"
#include "table/table_collector.h"

namespace quoin {
namespace {

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> endings) {
    return std::ranges::any_of(endings, [&](auto ending) {
        return name.size() >= ending.size() && std::ranges::equal(name.substr(name.size() - ending.size()), ending, [](char a, char b) {
                   return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b;
               });
    });
}

Result<std::unique_ptr<RowSource>> open_rows(const std::filesystem::path& path, const ReadOptions& options) {
    std::error_code error;
    auto status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status)) return fail(ErrorKind::not_found, "there is no file '{}'", path.string());
    if (!std::filesystem::is_regular_file(status)) return fail(ErrorKind::invalid, "'{}' is no regular file", path.string());
    auto name = path.filename().string();
    if (std::filesystem::file_size(path, error) == 0 && !error) return fail(ErrorKind::invalid, "'{}' is empty", path.string());
    if (ends_with_any(name, {".parquet", ".pq"})) return open_parquet(path);
    if (ends_with_any(name, {".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz"})) return open_json_lines(path);
    if (ends_with_any(name, {".xlsx", ".xls", ".json", ".zip", ".zst", ".bz2", ".xz"}))
        return fail(ErrorKind::unsupported, "'{}' is of a kind that is not read; save it as CSV (also .gz), Parquet or NDJSON",
                    path.string());
    return open_delimited(path, options);
}

/// The columns of one source on their way to tables.
class Collection {
public:
    /// Error: invalid, if the source's names are no table's, or a required column is not there.
    static Result<Collection> make(const RowSource& source, const ReadOptions& options) {
        std::vector<Column> columns;
        for (const auto& column : source.columns()) columns.push_back({column.name, Numbers{}});
        if (columns.size() > options.columns_max)
            return fail(ErrorKind::too_large, "{} has {} columns; the limit is {}", source.where(), columns.size(), options.columns_max);
        auto names = Table::make(std::move(columns));
        if (!names) return fail(ErrorKind::invalid, "{}: {}", source.where(), names.error().message);
        for (const auto& declared : options.columns) {
            if (!declared.required || names->find(declared.name) != nullptr) continue;
            return fail_field(ErrorKind::invalid, declared.name, "{}: {}", source.where(), names->column(declared.name).error().message);
        }
        return Collection(source, options);
    }

    void start(bool stores) {
        columns_.clear();
        for (const auto& column : source_->columns()) {
            auto declared = std::ranges::find(options_->columns, column.name, &ColumnSpec::name);
            auto known = kinds_.empty() ? std::nullopt : std::optional(kinds_[columns_.size()]);
            columns_.emplace_back(column, declared == options_->columns.end() ? known : std::optional(declared->kind), stores);
        }
    }

    Status append(const RowBatch& batch, std::size_t first, std::size_t last) {
        if (row_ + (last - first) > options_->rows_max)
            return fail(ErrorKind::too_large, "{} has more than {} rows", source_->where(), options_->rows_max);
        for (std::size_t j = 0; j < columns_.size(); ++j) {
            auto appended = columns_[j].append(batch.columns[j], {first, last, row_ + 1}, missing_);
            if (!appended) return misfit(appended.error());
        }
        row_ += last - first;
        return {};
    }

    Result<Table> release() {
        std::vector<Column> columns;
        for (auto& collector : columns_) {
            auto column = collector.release();
            if (!column) return misfit(column.error());
            columns.push_back(std::move(*column));
        }
        return Table::make(std::move(columns));
    }

    bool is_complete() const { return std::ranges::all_of(columns_, &ColumnCollector::is_complete); }

    /// Reads again what was stored as the wrong kind.
    void restart() {
        row_ = 0;
        for (auto& column : columns_) column.restart();
    }

    /// Keeps the kinds that the rows so far have told, and starts anew with them.
    void start_with_told_kinds() {
        for (const auto& column : columns_) kinds_.push_back(column.kind());
        row_ = 0;
        start(true);
    }

private:
    Collection(const RowSource& source, const ReadOptions& options)
        : source_(&source), options_(&options), missing_(options.missing_texts) {}

    tl::unexpected<Error> misfit(const Error& error) const {
        return fail_field(error.kind, error.field, "{}, {}", source_->where(), error.message);
    }

    const RowSource* source_;
    const ReadOptions* options_;
    MissingTexts missing_;
    std::vector<ColumnCollector> columns_;
    std::vector<ColumnKind> kinds_;
    std::size_t row_ = 0;
};

Result<Table> read_all(RowSource& source, const ReadOptions& options) {
    TRY(collection, Collection::make(source, options));
    collection.start(true);
    auto append = [&](const RowBatch& batch) { return collection.append(batch, 0, batch.rows); };
    TRY_VOID(source.stream(append));
    if (!collection.is_complete()) {
        collection.restart();
        TRY_VOID(source.stream(append));
    }
    return collection.release();
}

}  // namespace

Result<Table> read_table(const std::filesystem::path& path, const ReadOptions& options) {
    TRY(source, open_rows(path, options));
    return read_all(*source, options);
}

Status read_chunks(const std::filesystem::path& path, const ReadOptions& options, std::size_t chunk_rows,
                   const std::function<Status(const Table&)>& consume) {
    if (chunk_rows == 0) return fail(ErrorKind::invalid, "a chunk has to have at least one row");
    TRY(source, open_rows(path, options));
    TRY(collection, Collection::make(*source, options));
    collection.start(false);
    TRY_VOID(source->stream([&](const RowBatch& batch) { return collection.append(batch, 0, batch.rows); }));
    collection.start_with_told_kinds();
    std::size_t rows = 0;
    bool any = false;
    auto hand_out = [&]() -> Status {
        TRY(table, collection.release());
        rows = 0;
        any = true;
        return consume(table);
    };
    TRY_VOID(source->stream([&](const RowBatch& batch) -> Status {
        for (std::size_t first = 0; first < batch.rows;) {
            auto last = std::min(batch.rows, first + (chunk_rows - rows));
            TRY_VOID(collection.append(batch, first, last));
            rows += last - first;
            first = last;
            if (rows == chunk_rows) TRY_VOID(hand_out());
        }
        return {};
    }));
    return rows > 0 || !any ? hand_out() : Status{};
}

Result<Table> read_sql(const std::string& query, const ReadOptions& options) {
    TRY(source, open_query(query));
    return read_all(*source, options);
}

}  // namespace quoin
