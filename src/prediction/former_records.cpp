#include "prediction/former_records.h"

namespace quoin {
namespace {

constexpr std::string_view columns = "SELECT id, asked_at, model, model_version, artifact, query, answer FROM predictions ";
constexpr std::size_t page_rows = 1000;

PredictionRecord record_of(const SqlRow& row) {
    return {row.text(0), EventTime{row.integer(1)}, row.text(2), row.text(3), row.text(4), row.text(5), row.text(6)};
}

}  // namespace

Result<std::optional<FormerRecords>> FormerRecords::open(const std::filesystem::path& file) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) return std::optional<FormerRecords>();
    TRY(database, Database::open(file));
    TRY(tables, database.query("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'predictions'"));
    if (tables.empty()) return std::optional<FormerRecords>();
    return std::optional(FormerRecords(std::move(database)));
}

Result<std::optional<PredictionRecord>> FormerRecords::find(const std::string& id) {
    TRY(rows, database_.query(std::string(columns) + "WHERE id = ?1", {id}));
    return rows.empty() ? std::optional<PredictionRecord>() : record_of(rows.front());
}

Result<bool> FormerRecords::scan(const RecordRange& range, const RecordVisit& visit) {
    auto from = range.from.value();
    std::string after;
    for (;;) {
        TRY(rows, database_.query(fmt::format("{} WHERE (model = ?1 OR ?1 = '') AND asked_at < ?2 AND (asked_at > ?3 OR (asked_at = ?3 AND "
                                              "id > ?4)) ORDER BY asked_at, id LIMIT {}",
                                              columns, page_rows),
                                  {range.model, range.to.value(), from, after}));
        for (const auto& row : rows) {
            auto record = record_of(row);
            TRY(goes_on, visit(record));
            if (!goes_on) return false;
            from = record.asked_at.value();
            after = record.id;
        }
        if (rows.size() < page_rows) return true;
    }
}

Result<std::uint64_t> FormerRecords::count() {
    TRY(rows, database_.query("SELECT COUNT(*) FROM predictions"));
    return static_cast<std::uint64_t>(rows.front().integer(0));
}

}  // namespace quoin
