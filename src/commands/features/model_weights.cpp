#include "commands/features/model_weights.h"

#include "control/project.h"
#include "control/training_card.h"
#include "features/statistics_store.h"

namespace quoin {

Result<PipelineReport> read_report_file(const std::filesystem::path& file) {
    TRY(mapped, MappedFile::open(file));
    return read_report(mapped.text());
}

Status record_model_weights(const std::filesystem::path& project, const FeatureCatalog& catalog, const std::filesystem::path& statistics) {
    auto opened = Project::open(project);
    if (!opened) return {};  // a project of events and features alone
    TRY(names, opened->registry().models());
    std::vector<StatisticsStore::Importance> weights;
    for (const std::string& name : names) {
        auto live = opened->load(name, "production");
        if (!live) continue;
        for (const auto& [input, share] : shap_shares((*live)->model())) {
            auto place = catalog.place(input);
            if (!place) continue;
            const auto& feature = place->view->declaration().features[place->slot];
            weights.push_back({name, (*live)->version(), place->view->name() + ":" + feature.name, share, (*live)->deployed_at()});
        }
    }
    TRY(store, StatisticsStore::open(statistics));
    return store.put_importance(weights);
}

}  // namespace quoin
