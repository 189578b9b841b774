#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "features/online_view.h"
#include "features/state_archive.h"
#include "table/table.h"
#include "table/table_collector.h"

namespace quoin {

/// A column of texts by dictionary.
class ArchiveTexts {
public:
    void add(std::string_view text) { codes_.push_back(dictionary_.code_of(text)); }
    void add_missing() { codes_.push_back(Categories::missing); }
    Column release(std::string name) { return {std::move(name), Categories{std::move(codes_), dictionary_.release_levels()}}; }

private:
    Dictionary dictionary_;
    std::vector<std::int32_t> codes_;
};

/// One part of the archive while it is filled: the same entities as states and as finished values.
class ArchiveRows {
public:
    ArchiveRows(const StateCodec& codec, const TextTable& texts);

    /// `answer`: as of entity.version.advanced; `plain_id`: greater than the one before.
    void add(const std::string& plain_id, std::string_view record, const FeatureAnswer& answer);
    std::size_t rows() const { return event_times_.size(); }
    std::size_t record_bytes() const { return record_bytes_; }
    const std::string& first_id() const { return first_id_; }
    const std::string& last_id() const { return last_id_; }
    /// entity_id, log_sequence, advanced, event_time, record (hexadecimal).
    Result<Table> release_states();
    /// _entity_id, _event_time, _as_of, _outside_max_age, and every feature by its name: numbers, texts, lists as JSON; missing unless the
    /// status is PRESENT.
    Result<Table> release_values();

private:
    struct FeatureColumn {
        FeatureType type;
        Numbers numbers;
        ArchiveTexts texts;
    };
    void add_value(FeatureColumn& column, const FeatureAnswer& answer, std::uint16_t slot);

    const FeatureView& view_;
    const TextTable& texts_;
    std::string first_id_, last_id_;
    std::size_t record_bytes_ = 0;
    ArchiveTexts ids_, value_ids_, records_;
    Numbers sequences_, outside_;
    Times advanced_, event_times_, as_of_;
    std::vector<FeatureColumn> features_;
};

}  // namespace quoin
