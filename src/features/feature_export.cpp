#include "features/feature_export.h"

#include <algorithm>
#include <set>

#include "table/write.h"

namespace quoin {
namespace {

constexpr std::size_t times_max = 100'000;

Result<std::vector<EventTime>> times_of(const ExportOptions& options) {
    if (options.every.value() <= 0) return fail(ErrorKind::invalid, "the step between the times must be longer than nothing");
    if (options.to < options.from)
        return fail(ErrorKind::invalid, "the last time, {}, is before the first, {}", to_text(options.to), to_text(options.from));
    std::vector<EventTime> times;
    for (EventTime time = options.from; time <= options.to; time = time + options.every) {
        if (times.size() == times_max) return fail(ErrorKind::too_large, "more than {} times; take a longer step", times_max);
        times.push_back(time);
    }
    return times;
}

/// Entities first … last − 1 of `everyone`, each as of each time.
EntityFrame frame_of(const EntityFrame& everyone, std::size_t first, std::size_t last, const std::vector<EventTime>& times) {
    EntityFrame frame;
    const auto& [entity, all] = *everyone.ids.begin();
    Categories& ids = frame.ids[entity];
    ids.levels = all.levels;
    frame.tenants.levels = everyone.tenants.levels;
    for (std::size_t one = first; one < last; ++one) {
        for (EventTime time : times) {
            frame.at.push_back(time);
            ids.codes.push_back(all.codes[one]);
            frame.tenants.codes.push_back(everyone.tenants.codes[one]);
        }
    }
    return frame;
}

bool was_seen(const FeatureAnswers& answers, std::size_t row) {
    return std::ranges::any_of(answers.views, [&](const ViewAnswers& view) { return !view.event_time(row).is_missing(); });
}

}  // namespace

Result<Table> exported_table(const ExportedRows& rows, const std::vector<std::size_t>& kept) {
    std::vector<Column> columns;
    CategoryBuilder tenants;
    for (std::size_t row = 0; row < rows.frame.rows(); ++row) tenants.add(rows.frame.tenant(row));
    columns.push_back({"tenant", tenants.release()});
    const auto& [entity, ids] = *rows.frame.ids.begin();
    columns.push_back({entity + "_id", ids});
    columns.push_back({"as_of", rows.frame.at});
    for (const FeaturePlace& place : rows.features) {
        const ViewAnswers& view = *rows.answers.find(place.view->name());
        AnsweredFeature feature{rows.answers, view, *view.place_of(place.slot)};
        std::string name = (rows.has_view_names ? place.view->name() + ":" : "") + feature.declaration().name;
        columns.push_back(value_column(name, feature, rows.frame.at, rows.uses_defaults));
        if (rows.wants_statuses) columns.push_back(status_column(name + "__status", feature, rows.frame.at));
    }
    TRY(table, Table::make(std::move(columns)));
    return kept.size() == rows.frame.rows() ? std::move(table) : table.take(kept);
}

Result<ExportReport> export_features(std::shared_ptr<const FeatureCatalog> catalog, const EventSource& events, const ExportOptions& options,
                                     Progress& progress) {
    TRY(times, times_of(options));
    std::set<std::string> entities, views;
    for (const FeaturePlace& feature : options.features) {
        views.insert(feature.view->name());
        if (!feature.view->bindings().empty()) entities.insert(feature.view->entity());
    }
    if (entities.size() != 1)
        return fail(ErrorKind::invalid, "the features of one file must be about one type of entity, these are about {}{}", entities.size(),
                    entities.empty() ? "" : fmt::format(" ({})", fmt::join(entities, ", ")));
    progress.phase("read the events", 1);
    FeatureReplay::Options replay_options = options.replay;
    for (const FeaturePlace& feature : options.features)
        replay_options.wants_lists = replay_options.wants_lists || is_list(feature.view->features()[feature.slot].declaration->type);
    TRY(replay, FeatureReplay::read(std::move(catalog), options.features, events, std::move(replay_options)));
    TRY(everyone, replay.everyone(*entities.begin(), times.back()));
    progress.step();
    std::size_t block = std::max<std::size_t>(1, options.block_rows / times.size()), total = everyone.rows();
    progress.phase("answer and write", std::max<std::size_t>(1, (total + block - 1) / block));
    TRY(writer, TableWriter::open(options.output));
    ExportReport report{.entities = total, .times = times.size()};
    for (std::size_t first = 0; first < total || first == 0; first += block) {
        auto frame = frame_of(everyone, first, std::min(total, first + block), times);
        TRY(answers, replay.answer(frame));
        std::vector<std::size_t> kept;
        for (std::size_t row = 0; row < frame.rows(); ++row)
            if (was_seen(answers, row)) kept.push_back(row);
        TRY(table,
            exported_table({frame, answers, options.features, views.size() > 1, options.wants_statuses, options.uses_defaults}, kept));
        TRY_VOID(writer.append(table));
        report.rows += kept.size();
        progress.step();
    }
    TRY_VOID(writer.finish());
    return report;
}

}  // namespace quoin
