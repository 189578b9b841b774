#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "prediction/record_merge.h"
#include "store/database.h"

namespace quoin {

/// Records of before they were kept in files of blocks: a table of SQLite, which is only read. Thread-safe.
class FormerRecords {
public:
    /// Nothing, if there is no such file or it has no records. Error: as Database::open.
    static Result<std::optional<FormerRecords>> open(const std::filesystem::path& file);
    Result<std::optional<PredictionRecord>> find(const std::string& id);
    /// In the order of (asked_at, id). False, if `visit` ended it.
    Result<bool> scan(const RecordRange& range, const RecordVisit& visit);
    Result<std::uint64_t> count();

private:
    explicit FormerRecords(Database database) : database_(std::move(database)) {}
    Database database_;
};

}  // namespace quoin
