#include "features/training_set.h"

#include <algorithm>
#include <set>

#include "features/entity_columns.h"
#include "features/feature_columns.h"
#include "table/read.h"
#include "table/write.h"

namespace quoin {
namespace {

/// A feature as it was asked for.
struct AskedFeature {
    std::string name;
    FeaturePlace place;
};

Result<std::vector<AskedFeature>> asked_features(const FeatureCatalog& catalog, const std::vector<std::string>& names) {
    std::vector<AskedFeature> features;
    std::set<std::string> seen;
    if (names.empty()) return fail(ErrorKind::invalid, "a training set needs features; name at least one");
    for (const std::string& name : names) {
        TRY(place, catalog.place(name));
        if (!seen.insert(name).second) return fail(ErrorKind::invalid, "feature '{}' is asked for twice", name);
        features.push_back({name, place});
    }
    return features;
}

class TrainingSet {
public:
    TrainingSet(const TrainingSetOptions& options, const FrameColumns& columns, const std::vector<AskedFeature>& features)
        : options_(options), columns_(columns), features_(features) {
        for (const auto& feature : features) report_.features.push_back({feature.name});
    }

    Status append(const Table& chunk, const FeatureReplay& replay, TableWriter& writer) {
        TRY(frame, columns_.frame(chunk));
        TRY(answers, replay.answer(frame));
        std::vector<Column> columns(chunk.columns().begin(), chunk.columns().end());
        for (std::size_t i = 0; i < features_.size(); ++i) {
            const ViewAnswers& view = *answers.find(features_[i].place.view->name());
            AnsweredFeature feature{answers, view, *view.place_of(features_[i].place.slot)};
            for (std::size_t row = 0; row < frame.rows(); ++row)
                ++report_.features[i].by_status[static_cast<std::size_t>(view.status(row, feature.place, frame.at[row]))];
            columns.push_back(value_column(features_[i].name, feature, frame.at, options_.uses_defaults));
            if (options_.wants_statuses) columns.push_back(status_column(features_[i].name + "__status", feature, frame.at));
        }
        report_.rows += chunk.rows();
        TRY(table, Table::make(std::move(columns)));
        return writer.append(table);
    }

    TrainingSetReport report_;

private:
    const TrainingSetOptions& options_;
    const FrameColumns& columns_;
    const std::vector<AskedFeature>& features_;
};

}  // namespace

Result<TrainingSetReport> make_training_set(std::shared_ptr<const FeatureCatalog> catalog, const EventSource& events,
                                            const TrainingSetOptions& options, Progress& progress) {
    TRY(features, asked_features(*catalog, options.features));
    std::vector<FeaturePlace> places;
    for (const auto& feature : features) places.push_back(feature.place);
    FrameColumns columns(options, places);
    if (options.chunk_rows == 0) return fail(ErrorKind::invalid, "a chunk must have at least one row");
    progress.phase("read the entity frame", 1);
    FrameSurvey survey;
    std::size_t chunks = 0;
    TRY_VOID(read_chunks(options.frame, columns.read_options(), options.chunk_rows, [&](const Table& chunk) -> Status {
        if (chunks++ == 0) TRY_VOID(columns.resolve(chunk));
        TRY(frame, columns.frame(chunk));
        survey.add(frame);
        return {};
    }));
    progress.step();
    progress.phase("read the events", 1);
    auto replay_options = options.replay;
    EntityFrame everyone = survey.release();
    replay_options.only = survey.is_complete() ? &everyone : nullptr;
    for (const auto& feature : features)
        replay_options.wants_lists = replay_options.wants_lists ||
                                     is_list(feature.place.view->features()[feature.place.slot].declaration->type);
    TRY(replay, FeatureReplay::read(catalog, places, events, std::move(replay_options)));
    everyone = {};
    progress.step();
    progress.phase("answer the rows", chunks);
    TRY(writer, TableWriter::open(options.output));
    TrainingSet set(options, columns, features);
    TRY_VOID(read_chunks(options.frame, columns.read_options(), options.chunk_rows, [&](const Table& chunk) -> Status {
        TRY_VOID(set.append(chunk, replay, writer));
        progress.step();
        return {};
    }));
    TRY_VOID(writer.finish());
    set.report_.events = replay.counts();
    return std::move(set.report_);
}

}  // namespace quoin
