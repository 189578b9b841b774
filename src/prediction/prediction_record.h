#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/event_time.h"
#include "base/result.h"
#include "store/time_blocks.h"

namespace quoin {

/// A stored prediction: what was asked (features as the model saw them), by which model, and the answer as it was rendered.
struct PredictionRecord {
    std::string id;      ///< prediction_id(asked_at)
    EventTime asked_at;  ///< not before 1970
    std::string model, model_version, artifact;
    std::string query_json;   ///< the full query with every looked-up feature filled in
    std::string answer_json;  ///< without id, times and latency: what replay must reproduce byte for byte
};

/// The same, while somebody else holds the texts.
struct PredictionRecordView {
    std::string_view id;
    EventTime asked_at;
    std::string_view model, model_version, artifact, query_json, answer_json;

    PredictionRecordView() = default;
    PredictionRecordView(const PredictionRecord& record);
    explicit operator PredictionRecord() const;
};

/// Records one behind the other, on their way to the disk: docs/formats/prediction-records.md. Room is taken once, so that what is in it
/// stays where it is while more is appended. Not thread-safe.
class RecordChunk {
public:
    explicit RecordChunk(std::size_t room_bytes) : bytes_(new char[room_bytes]), room_(room_bytes) {}
    static std::size_t bytes_of(const PredictionRecordView& record);
    bool has_room(std::size_t bytes) const { return room_ - size_ >= bytes; }
    /// Precondition: has_room(bytes_of(record)).
    void append(const PredictionRecordView& record);
    void clear();

    std::string_view bytes() const { return {bytes_.get(), size_}; }
    std::uint32_t records() const { return records_; }
    const TimeRange& times() const { return times_; }
    std::uint64_t tags() const { return tags_; }  ///< of the models: tag_of
    std::size_t room() const { return room_; }

private:
    std::unique_ptr<char[]> bytes_;
    std::size_t room_, size_ = 0;
    std::uint32_t records_ = 0;
    TimeRange times_;
    std::uint64_t tags_ = 0;
};

/// One of 64, by the model's name: a block without it has no record of the model.
std::uint64_t tag_of_model(std::string_view model);

/// Hands the records of a chunk or block to `visit`, in the order they were appended, until it returns false. Error: corrupt, if the bytes
/// are none.
Status for_each_record(std::string_view bytes, const std::function<bool(const PredictionRecordView&)>& visit);

}  // namespace quoin
