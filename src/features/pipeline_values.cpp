#include "features/pipeline_values.h"

#include <algorithm>

#include "base/parallel.h"
#include "features/feature_export.h"
#include "store/blobs.h"
#include "table/write.h"

namespace quoin {
namespace {

EntityFrame part_of(const EntityFrame& everyone, std::size_t first, std::size_t last) {
    auto cut = [&](const Categories& column) {
        Categories part{.codes = {}, .levels = column.levels};
        part.codes.assign(column.codes.begin() + static_cast<std::ptrdiff_t>(first),
                          column.codes.begin() + static_cast<std::ptrdiff_t>(last));
        return part;
    };
    EntityFrame frame;
    frame.at.assign(everyone.at.begin() + static_cast<std::ptrdiff_t>(first), everyone.at.begin() + static_cast<std::ptrdiff_t>(last));
    for (const auto& [entity, ids] : everyone.ids) frame.ids[entity] = cut(ids);
    frame.tenants = cut(everyone.tenants);
    return frame;
}

/// A view's file and statistics while they grow.
struct Growing {
    TableWriter writer;
    std::vector<FeatureStatistics> statistics;
    std::uint64_t rows = 0;
};

Status grow(Growing& growing, const ExportedRows& rows) {
    const ViewAnswers& view = *rows.answers.find(rows.features.front().view->name());
    std::vector<std::size_t> kept;
    for (std::size_t row = 0; row < rows.frame.rows(); ++row)
        if (view.view().bindings().empty() || !view.event_time(row).is_missing()) kept.push_back(row);
    TRY(table, exported_table(rows, kept));
    TRY_VOID(growing.writer.append(table));
    growing.rows += kept.size();
    for (std::size_t i = 0; i < rows.features.size(); ++i) {
        AnsweredFeature feature{rows.answers, view, *view.place_of(rows.features[i].slot)};
        auto block = statistics_of(feature, rows.frame.at, kept);
        if (growing.statistics.size() <= i) growing.statistics.push_back(std::move(block));
        else growing.statistics[i].merge(block);
    }
    return {};
}

}  // namespace

PipelineValues::PipelineValues(Options options) : options_(std::move(options)) {
    for (const FeaturePlace& feature : options_.features) {
        View& view = views_[feature.view->name()];
        view.view = feature.view;
        view.features.push_back(feature);
    }
}

std::vector<std::string> PipelineValues::views(Part part) const {
    std::vector<std::string> names;
    for (const auto& [name, view] : views_) {
        const std::string& category = view.view->declaration().category;
        Part own = category == "property" ? property : category == "market" ? market : behavioural;
        if (part == everything || part == own) names.push_back(name);
    }
    return names;
}

bool PipelineValues::is_computed(Part part) const {
    return std::ranges::all_of(views(part), [&](const auto& name) { return std::filesystem::exists(statistics_file(name)); });
}

/// Views about the same type of entity are computed together: one pass over its events.
Result<std::uint64_t> PipelineValues::compute(const FeatureReplay& replay, Part part) {
    std::map<std::string, std::vector<const View*>> by_entity;
    for (const std::string& name : views(part))
        if (!std::filesystem::exists(statistics_file(name))) by_entity[views_.at(name).view->entity()].push_back(&views_.at(name));
    std::uint64_t rows = 0;
    for (const auto& [entity, some] : by_entity) {
        TRY(computed, compute_views(replay, some));
        rows += computed;
    }
    return rows;
}

/// Those whom events are about; a view that needs no event is about one entity, named as its type.
Result<EntityFrame> PipelineValues::everyone(const FeatureReplay& replay, const std::vector<const View*>& views) const {
    bool needs_events = std::ranges::any_of(views, [](const View* view) { return !view->view->bindings().empty(); });
    const std::string& entity = views.front()->view->entity();
    if (needs_events) return replay.everyone(entity, options_.as_of);
    EntityFrame frame{.at = {options_.as_of}};
    frame.ids[entity] = {{0}, {entity}};
    frame.tenants = {{0}, {"default"}};
    return frame;
}

Result<std::uint64_t> PipelineValues::compute_views(const FeatureReplay& replay, const std::vector<const View*>& views) {
    TRY(frame, everyone(replay, views));
    std::vector<Growing> growing;
    ReplayAsk ask{.frame = nullptr, .views = {}};
    for (const View* view : views) {
        TRY(writer, TableWriter::open(values_file(view->view->name())));
        growing.push_back({std::move(writer), {}});
        ask.views.push_back(view->view->name());
    }
    std::uint64_t rows = 0;
    for (std::size_t first = 0; first < frame.rows() || first == 0; first += options_.block_rows) {
        TRY_VOID(options_.may_go_on());
        bool is_all = first == 0 && options_.block_rows >= frame.rows();
        EntityFrame part = is_all ? std::move(frame) : part_of(frame, first, std::min(frame.rows(), first + options_.block_rows));
        ask.frame = &part;
        TRY(answers, replay.answer_all({&ask, 1}));
        std::vector<Status> outcomes(views.size());
        parallel_for(views.size(), [&](std::size_t i) {
            outcomes[i] = grow(growing[i], {part, answers[0], views[i]->features, false, false, false});
        });
        for (auto& outcome : outcomes) TRY_VOID(std::move(outcome));
        if (is_all) break;
    }
    for (std::size_t i = 0; i < views.size(); ++i) {
        TRY_VOID(growing[i].writer.finish());
        std::string text = statistics_text(growing[i].statistics);
        TRY_VOID(write_file_atomically(statistics_file(views[i]->view->name()), std::as_bytes(std::span(text))));
        rows += growing[i].rows;
    }
    return rows;
}

Result<std::vector<FeatureStatistics>> PipelineValues::statistics() const {
    std::vector<FeatureStatistics> all;
    for (const auto& [name, view] : views_) {
        TRY(file, MappedFile::open(statistics_file(name)));
        TRY(some, read_statistics(file.text()));
        std::ranges::move(some, std::back_inserter(all));
    }
    return all;
}

Result<std::vector<PipelineView>> PipelineValues::store(const std::filesystem::path& folder, const std::string& day,
                                                        const std::string& run) {
    std::vector<PipelineView> stored;
    for (const auto& [name, view] : views_) {
        auto place = folder / name / ("day=" + day);
        auto file = place / "values.parquet", marker = place / "_run";
        std::error_code failure;
        std::filesystem::create_directories(place, failure);
        if (failure) return fail(ErrorKind::unavailable, "cannot make '{}': {}", place.string(), failure.message());
        std::string there;
        if (std::filesystem::exists(marker)) {
            TRY(mapped, MappedFile::open(marker));
            there = mapped.text();
        }
        // Moved before, if the run was interrupted here. Names of runs of one day sort by their place in the log.
        if (there <= run && std::filesystem::exists(values_file(name))) {
            TRY_VOID(write_file_atomically(marker, std::as_bytes(std::span(run))));
            std::filesystem::rename(values_file(name), file, failure);
            if (failure) return fail(ErrorKind::unavailable, "cannot move '{}': {}", file.string(), failure.message());
        }
        TRY(statistics_bytes, MappedFile::open(statistics_file(name)));
        TRY(statistics, read_statistics(statistics_bytes.text()));
        stored.push_back({name, view.view->entity(), (std::filesystem::path(name) / ("day=" + day) / "values.parquet").string(),
                          statistics.empty() ? 0 : statistics[0].rows, view.features.size()});
    }
    return stored;
}

}  // namespace quoin
