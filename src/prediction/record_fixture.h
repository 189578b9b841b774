#pragma once

#include <filesystem>
#include <string>

#include "base/digest.h"
#include "prediction/prediction_id.h"
#include "prediction/record_log.h"

namespace quoin {

/// A record of the n-th prediction of a test, asked n · 100 µs after `start`, by model "a" or, each third, "b".
inline PredictionRecord numbered_record(int n, std::int64_t start = 1'795'846'565'000'000) {
    EventTime at{start + n * 100};
    return {prediction_id(at), at, n % 3 == 0 ? "b" : "a", "v1", "digest", fmt::format(R"({{"n":{}}})", n), std::string(200, 'x')};
}

inline Status append_one(RecordLog& log, const PredictionRecord& record) {
    PredictionRecordView view(record);
    return log.append({&view, 1});
}

/// The numbers of the records in a scan, in its order.
inline std::vector<int> numbers_in(const RecordLog& log, const RecordRange& range) {
    std::vector<int> numbers;
    auto outcome = log.scan(range, [&](const PredictionRecordView& record) {
        numbers.push_back(std::atoi(std::string(record.query_json).c_str() + 5));
        return true;
    });
    if (!outcome) numbers.push_back(-1);
    return numbers;
}

/// A folder that goes with the test.
struct RecordFolder {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("quoin-records-" + random_hex_id());
    RecordFolder() { std::filesystem::create_directories(path); }
    ~RecordFolder() { std::filesystem::remove_all(path); }
    RecordFolder(const RecordFolder&) = delete;
    RecordFolder& operator=(const RecordFolder&) = delete;
    RecordLogOptions options() const { return {.folder = path / "records"}; }
};

}  // namespace quoin
