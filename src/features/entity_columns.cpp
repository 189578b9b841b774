#include "features/entity_columns.h"

#include <algorithm>

#include "features/feature_columns.h"

namespace quoin {
namespace {

constexpr const char* usual_time_column = "event_timestamp";

std::string names_of(const Table& table) {
    std::vector<std::string> names;
    for (const Column& column : table.columns()) names.push_back(column.name);
    return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

FrameColumns::FrameColumns(const TrainingSetOptions& options, std::span<const FeaturePlace> features) : options_(options) {
    for (const FeaturePlace& feature : features)
        if (!feature.view->bindings().empty()) entities_.insert(feature.view->entity());
}

ReadOptions FrameColumns::read_options() const {
    ReadOptions read;
    auto text = [&](const std::string& name) {
        if (std::ranges::find(read.columns, name, &ColumnSpec::name) == read.columns.end())
            read.columns.push_back({name, ColumnKind::category, false});
    };
    for (const auto& entity : entities_) {
        auto declared = options_.entity_columns.find(entity);
        if (declared != options_.entity_columns.end()) text(declared->second);
        else text(entity + "_id"), text(entity);
    }
    if (!options_.tenant_column.empty()) text(options_.tenant_column);
    std::string time = options_.time_column.empty() ? usual_time_column : options_.time_column;
    if (std::ranges::find(read.columns, time, &ColumnSpec::name) == read.columns.end())
        read.columns.push_back({time, ColumnKind::time, false});
    return read;
}

Status FrameColumns::resolve_time(const Table& chunk) {
    time_column_ = options_.time_column.empty() ? usual_time_column : options_.time_column;
    if (chunk.find(time_column_)) return {};
    if (!options_.time_column.empty())
        return fail_field(ErrorKind::not_found, "time", "the frame has no column '{}'; it has {}", options_.time_column, names_of(chunk));
    std::vector<std::string> times;
    for (const Column& column : chunk.columns())
        if (column.kind() == ColumnKind::time) times.push_back(column.name);
    if (times.size() != 1)
        return fail_field(ErrorKind::invalid, "time", "the frame has {} columns of times{}; say which one a row is as of", times.size(),
                          times.empty() ? "" : fmt::format(" ({})", fmt::join(times, ", ")));
    time_column_ = times[0];
    return {};
}

Status FrameColumns::resolve(const Table& chunk) {
    TRY_VOID(resolve_time(chunk));
    for (const auto& entity : entities_) {
        auto declared = options_.entity_columns.find(entity);
        std::vector<std::string> candidates = declared != options_.entity_columns.end() ? std::vector<std::string>{declared->second}
                                                                                        : std::vector<std::string>{entity + "_id", entity};
        auto found = std::ranges::find_if(candidates, [&](const auto& name) { return chunk.find(name) != nullptr; });
        if (found == candidates.end())
            return fail_field(ErrorKind::not_found, entity, "the features are about a '{}', but the frame has no column '{}'; it has {}",
                              entity, fmt::join(candidates, "' or '"), names_of(chunk));
        columns_[entity] = *found;
    }
    if (!options_.tenant_column.empty() && !chunk.find(options_.tenant_column))
        return fail_field(ErrorKind::not_found, "tenant", "the frame has no column '{}'", options_.tenant_column);
    for (const std::string& name : options_.features)
        if (chunk.find(name))
            return fail_field(ErrorKind::invalid, name, "the frame has a column '{}' already, which is to be a feature", name);
    return {};
}

Result<EntityFrame> FrameColumns::frame(const Table& chunk) const {
    EntityFrame frame;
    frame.at = chunk.find(time_column_)->times();
    auto missing = std::ranges::find_if(frame.at, [](EventTime time) { return time.is_missing(); });
    if (missing != frame.at.end())
        return fail_field(ErrorKind::invalid, time_column_, "a row has no '{}' (row {} of its part of the frame)", time_column_,
                          missing - frame.at.begin() + 1);
    for (const auto& [entity, name] : columns_) frame.ids[entity] = chunk.find(name)->categories();
    if (!options_.tenant_column.empty()) {
        frame.tenants = chunk.find(options_.tenant_column)->categories();
    } else if (options_.tenant != "default") {
        frame.tenants = {std::vector<std::int32_t>(chunk.rows(), 0), {options_.tenant}};
    }
    return frame;
}

void FrameSurvey::add(const EntityFrame& frame) {
    for (EventTime at : frame.at) last_ = std::max(last_, at);
    if (!is_complete_) return;
    for (const auto& [entity, ids] : frame.ids) {
        auto& seen = seen_[entity];
        for (std::size_t row = 0; row < ids.codes.size(); ++row) {
            if (ids.codes[row] == Categories::missing) continue;
            size_ += seen.insert(entity_key(frame.tenant(row), ids.levels[static_cast<std::size_t>(ids.codes[row])])).second;
        }
    }
    if (size_ <= entities_max) return;
    is_complete_ = false;
    seen_.clear();
}

EntityFrame FrameSurvey::release() {
    EntityFrame frame;
    std::size_t rows = 0;
    CategoryBuilder tenants;
    for (const auto& [entity, seen] : seen_) rows += seen.size();
    for (const auto& [entity, seen] : seen_) {
        CategoryBuilder ids;
        for (std::size_t row = 0; row < tenants.size(); ++row) ids.add_missing();
        for (std::string_view key : seen) {
            tenants.add(key.substr(0, key.find('\x1f')));
            ids.add(key.substr(key.find('\x1f') + 1));
        }
        while (ids.size() < rows) ids.add_missing();
        frame.ids[entity] = ids.release();
    }
    frame.tenants = tenants.release();
    frame.at.assign(rows, last_);
    seen_.clear();
    return frame;
}

}  // namespace quoin
