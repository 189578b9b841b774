#include "prediction/prediction_record.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <tuple>

#include "store/crc32c.h"

namespace quoin {
namespace {

constexpr std::size_t texts = 6;
/// Bytes of the record after this number, the time, and the bytes of each text.
constexpr std::size_t head_bytes = 4 + 8 + 4 * texts;

std::array<const std::string_view*, texts> texts_of(const PredictionRecordView& record) {
    return {&record.id, &record.model, &record.model_version, &record.artifact, &record.query_json, &record.answer_json};
}

template <class Number>
Number number_at(std::string_view bytes, std::size_t place) {
    Number number;
    std::memcpy(&number, bytes.data() + place, sizeof number);
    return number;
}

char* put(char* place, const void* bytes, std::size_t size) {
    std::memcpy(place, bytes, size);
    return place + size;
}

}  // namespace

PredictionRecordView::PredictionRecordView(const PredictionRecord& record)
    : id(record.id), asked_at(record.asked_at), model(record.model), model_version(record.model_version), artifact(record.artifact),
      query_json(record.query_json), answer_json(record.answer_json) {}

PredictionRecordView::operator PredictionRecord() const {
    return {
        std::string(id),         asked_at, std::string(model), std::string(model_version), std::string(artifact), std::string(query_json),
        std::string(answer_json)};
}

std::size_t RecordChunk::bytes_of(const PredictionRecordView& record) {
    std::size_t bytes = head_bytes;
    for (const auto* text : texts_of(record)) bytes += text->size();
    return bytes;
}

void RecordChunk::append(const PredictionRecordView& record) {
    auto bytes = static_cast<std::uint32_t>(bytes_of(record));
    assert(has_room(bytes));
    auto rest = bytes - static_cast<std::uint32_t>(sizeof bytes);
    char* place = put(bytes_.get() + size_, &rest, sizeof rest);
    auto time = record.asked_at.value();
    place = put(place, &time, sizeof time);
    for (const auto* text : texts_of(record)) {
        auto size = static_cast<std::uint32_t>(text->size());
        place = put(place, &size, sizeof size);
    }
    for (const auto* text : texts_of(record)) place = put(place, text->data(), text->size());
    size_ += bytes;
    times_.first = records_ == 0 ? record.asked_at : std::min(times_.first, record.asked_at);
    times_.last = records_ == 0 ? record.asked_at : std::max(times_.last, record.asked_at);
    ++records_;
    tags_ |= tag_of_model(record.model);
}

void RecordChunk::clear() {
    size_ = 0;
    records_ = 0;
    tags_ = 0;
}

std::uint64_t tag_of_model(std::string_view model) { return 1ull << (crc32c(model) & 63); }

Status for_each_record(std::string_view bytes, const std::function<bool(const PredictionRecordView&)>& visit) {
    while (!bytes.empty()) {
        auto size = bytes.size() < head_bytes ? 0 : std::size_t{number_at<std::uint32_t>(bytes, 0)} + 4;
        if (size < head_bytes || size > bytes.size()) return fail(ErrorKind::corrupt, "a prediction record is cut short");
        auto rest = bytes.substr(head_bytes, size - head_bytes);
        std::array<std::string_view, texts> found;
        for (std::size_t k = 0; k < texts; ++k) {
            auto length = number_at<std::uint32_t>(bytes, 12 + 4 * k);
            if (length > rest.size()) return fail(ErrorKind::corrupt, "a prediction record is longer than it says");
            found[k] = rest.substr(0, length);
            rest.remove_prefix(length);
        }
        if (!rest.empty()) return fail(ErrorKind::corrupt, "a prediction record is shorter than it says");
        PredictionRecordView record;
        record.asked_at = EventTime{number_at<std::int64_t>(bytes, 4)};
        std::tie(record.id, record.model, record.model_version, record.artifact, record.query_json,
                 record.answer_json) = std::tuple_cat(found);
        if (!visit(record)) return {};
        bytes.remove_prefix(size);
    }
    return {};
}

}  // namespace quoin
