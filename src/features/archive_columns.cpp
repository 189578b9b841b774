#include "features/archive_columns.h"

#include <bit>
#include <boost/json.hpp>

#include "base/json.h"

namespace quoin {

ArchiveRows::ArchiveRows(const StateCodec& codec, const TextTable& texts) : view_(codec.view()), texts_(texts) {
    for (const CompiledFeature& feature : view_.features()) features_.push_back({.type = feature.declaration->type});
}

void ArchiveRows::add(const std::string& plain_id, std::string_view record, const FeatureAnswer& answer) {
    StateVersion version = version_of(record);
    if (rows() == 0) first_id_ = plain_id;
    last_id_ = plain_id;
    ids_.add(plain_id), value_ids_.add(plain_id);
    records_.add(hex_text(record));
    record_bytes_ += record.size();
    sequences_.push_back(static_cast<double>(version.sequence));  // exact below 2^53
    advanced_.push_back(version.advanced);
    event_times_.push_back(answer.row.event_time);
    as_of_.push_back(answer.at);
    outside_.push_back(answer.is_outside ? 1 : 0);
    for (std::uint16_t slot = 0; slot < features_.size(); ++slot) add_value(features_[slot], answer, slot);
}

void ArchiveRows::add_value(FeatureColumn& column, const FeatureAnswer& answer, std::uint16_t slot) {
    bool is_present = answer.status(slot) == FeatureStatus::present;
    if (!is_list(column.type) && field_kind(column.type) == FieldKind::number) {
        column.numbers.push_back(is_present ? answer.row.values[slot].number() : std::numeric_limits<double>::quiet_NaN());
        return;
    }
    if (!is_present) return column.texts.add_missing();
    if (!is_list(column.type)) return column.texts.add(answer.row.values[slot].text());
    boost::json::array items;
    for (auto bits : answer.row.lists[slot])
        if (column.type == FeatureType::numbers) items.emplace_back(std::bit_cast<double>(bits));
        else items.emplace_back(texts_.find(bits));
    column.texts.add(json_text(items));
}

Result<Table> ArchiveRows::release_states() {
    std::vector<Column> columns;
    columns.push_back(ids_.release("entity_id"));
    columns.push_back({"log_sequence", std::move(sequences_)});
    columns.push_back({"advanced", std::move(advanced_)});
    columns.push_back({"event_time", event_times_});
    columns.push_back(records_.release("record"));
    return Table::make(std::move(columns));
}

Result<Table> ArchiveRows::release_values() {
    std::vector<Column> columns;
    columns.push_back(value_ids_.release("_entity_id"));
    columns.push_back({"_event_time", std::move(event_times_)});
    columns.push_back({"_as_of", std::move(as_of_)});
    columns.push_back({"_outside_max_age", std::move(outside_)});
    for (std::size_t slot = 0; slot < features_.size(); ++slot) {
        FeatureColumn& column = features_[slot];
        const std::string& name = view_.features()[slot].declaration->name;
        if (!is_list(column.type) && field_kind(column.type) == FieldKind::number) columns.push_back({name, std::move(column.numbers)});
        else columns.push_back(column.texts.release(name));
    }
    return Table::make(std::move(columns));
}

}  // namespace quoin
