#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <variant>
#include <vector>

#include "prediction/prediction_record.h"

namespace quoin {

/// What is asked for: records of one model (empty: of all) with from ≤ asked_at < to.
struct RecordRange {
    std::string model;
    EventTime from{0};
    EventTime to{std::numeric_limits<std::int64_t>::max()};
};
/// Returns false to end the scan. The view is valid during the call.
using RecordVisit = std::function<Result<bool>(const PredictionRecordView&)>;

/// Records of many files, blocks and chunks as one row in the order of (asked_at, id). A file is opened and a block unpacked when the row
/// gets there, so memory holds those that overlap in time, not the range. A record that is in two places comes once. One thread.
class RecordMerge {
public:
    explicit RecordMerge(RecordRange range);
    /// The times asked for.
    TimeRange times() const;
    Status add_file(const std::filesystem::path& file);
    void add_block(const std::filesystem::path& file, const TimeBlock& block);
    /// `holder` keeps the bytes.
    Status add_records(std::shared_ptr<const void> holder, std::string_view bytes);
    /// Error: corrupt (naming the file), unavailable, what `visit` returns. A file that was removed meanwhile is none.
    Status run(const RecordVisit& visit);

private:
    struct Block {
        std::filesystem::path file;
        TimeBlock block;
    };
    struct Record {
        std::shared_ptr<const void> holder;
        PredictionRecordView record;
    };
    struct Item {
        EventTime time;
        std::variant<std::filesystem::path, Block, Record> what;  ///< at one time in this order
    };
    struct ComesLater {
        bool operator()(const Item& left, const Item& right) const;
    };
    Status open_file(const std::filesystem::path& file);
    Status open_block(const Block& block);

    RecordRange range_;
    std::uint64_t tag_;
    std::priority_queue<Item, std::vector<Item>, ComesLater> items_;
};

}  // namespace quoin
