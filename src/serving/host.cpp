#include "serving/host.h"

#include <csignal>
#include <map>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "base/parallel.h"
#include "control/model_inputs.h"
#include "control/product_files.h"
#include "serving/endpoint.h"
#include "serving/experiment_host.h"
#include "serving/feature_host.h"
#include "serving/service.h"

namespace quoin {
namespace {

constexpr double unlearned_days_max = 1;  ///< the daily pipeline has a day to learn rows that changed

/// Keeps the predictor on the champions that the registry names.
class ChampionWatch {
public:
    ChampionWatch(Project& project, Predictor& predictor, FeatureHost& features)
        : project_(project), predictor_(predictor), features_(features) {}

    /// Loads what changed. A version that cannot be loaded leaves the former one answering and shows in health().
    void refresh() {
        auto models = project_.registry().models();
        if (!models) return note(models.error().message);
        std::vector<ModelVersion> changed;
        for (const auto& model : *models) {
            auto champion = project_.registry().find(model, "champion");
            if (!champion) continue;
            auto live = predictor_.live(model);
            if (live && live->artifact() == champion->artifact && live->version() == champion->version_text()) continue;
            changed.push_back(std::move(*champion));
        }
        std::vector<Result<std::shared_ptr<const LiveModel>>> loaded(changed.size());
        parallel_for(changed.size(), [&](std::size_t i) { loaded[i] = project_.load(changed[i].model, "champion"); });
        std::string wrong;
        for (std::size_t i = 0; i < changed.size(); ++i)
            if (auto live = put_in(changed[i], loaded[i]); !live) wrong = live.error().message;
        note(wrong);
    }

    Status health() const {
        std::lock_guard lock(mutex_);
        if (!wrong_.empty()) return fail(ErrorKind::unavailable, "{}", wrong_);
        if (predictor_.all_live().empty())
            return fail(ErrorKind::unavailable, "no model is in production; train one with: quoin train --dir {}",
                        project_.folder().string());
        return {};
    }

private:
    Status put_in(const ModelVersion& version, const Result<std::shared_ptr<const LiveModel>>& loaded) {
        if (!loaded) {
            log_event(LogLevel::error, "model_not_loaded",
                      {{"model", version.model}, {"version", version.version_text()}, {"reason", loaded.error().message}});
            return tl::unexpected(loaded.error());
        }
        // Entities first; a model whose entities cannot be fed answers from its own rows, and health says so.
        // Rows without an id are nobody's.
        auto published = (*loaded)->model().id_column.empty() ? Status() : features_.publish(**loaded);
        predictor_.swap(*loaded);
        log_event(LogLevel::info, "model_swapped", {{"model", version.model}, {"version", (*loaded)->version()}});
        return published;
    }

    void note(std::string wrong) {
        std::lock_guard lock(mutex_);
        wrong_ = std::move(wrong);
    }

    Project& project_;
    Predictor& predictor_;
    FeatureHost& features_;
    mutable std::mutex mutex_;
    std::string wrong_;
};

/// A model is stale when its source of rows has changed since it was trained and nobody trained again for `unlearned_days_max`.
Status data_freshness(Project& project, const Predictor& predictor) {
    for (const auto& live : predictor.all_live()) {
        auto changed = project.source_changed_at(live->model().name);
        if (!changed) continue;  // rows from a query or a removed file: nothing to compare with
        double unlearned_days = system_clock().now().days() - changed->days();
        if (changed->value() > live->model().trained_at && unlearned_days > unlearned_days_max)
            return fail(ErrorKind::unavailable,
                        "the rows of {} changed {:.0f} days ago and {} has not learned them; run: quoin train --dir {}", live->model().name,
                        unlearned_days, live->version(), project.folder().string());
    }
    return {};
}

Status feature_store(const Predictor& predictor, const FeatureHost& features) {
    TRY_VOID(features.health());
    for (const auto& live : predictor.all_live())
        if (live->entities() == 0 && !live->model().id_column.empty() && ModelInputs(live->model()).are_told())
            return fail(ErrorKind::unavailable, "model {} has no entity to look up", live->model().name);
    return predictor.all_live().empty() ? Status(fail(ErrorKind::unavailable, "no entities are loaded: no model is in production"))
                                        : Status{};
}

sigset_t stop_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    return signals;
}

}  // namespace

Status host(Project& project, const HostOptions& options, const std::function<void(std::uint16_t, Predictor&)>& on_ready) {
    auto signals = stop_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before any thread starts, so that all inherit it
    Telemetry telemetry;
    auto record_options = project.records();
    record_options.keep = options.keep;
    TRY(records, RecordLog::open(record_options, telemetry));
    Predictor predictor(records, telemetry);
    TRY(products, project_products(project.folder()));
    predictor.set_products(std::move(products));
    TRY(features, FeatureHost::open({project.folder(), options.features, options.logs_vectors}, telemetry));
    predictor.set_entities(features->entities());
    ChampionWatch watch(project, predictor, *features);
    watch.refresh();
    TRY(experiments, ExperimentHost::open({project, predictor, *features, telemetry}));

    Service service{.predictor = predictor,
                    .registry = project.registry(),
                    .blobs = project.blobs(),
                    .telemetry = telemetry,
                    .started_at = system_clock().now(),
                    .checks = {}};
    service.version_of = [&project](const std::string& model, const std::string& artifact) {
        return project.load_artifact(model, artifact);
    };
    service.checks = {{"feature_store", [&] { return feature_store(predictor, *features); }},
                      {"data_freshness",
                       [&]() -> Status {
                           TRY_VOID(features->freshness());
                           return data_freshness(project, predictor);
                       }},
                      {"registry", [&] { return project.registry().models().map([](auto&&) {}); }},
                      {"record_log", [&] { return records->health(); }},
                      {"models", [&] { return watch.health(); }},
                      {"experiments", [&] { return experiments->health(); }}};
    features->attach(service);
    experiments->attach(service);
    experiments->refresh();
    TRY(server, Server::start(
                    options.server, [&](const Request& request) { return answer(request, service); }, telemetry));
    service.ready = true;
    on_ready(server->port(), predictor);

    timespec pause{options.poll.count() / 1000, options.poll.count() % 1000 * 1'000'000};
    while (sigtimedwait(&signals, nullptr, &pause) < 0) {
        watch.refresh();
        experiments->refresh();
    }
    service.draining = true;
    log_event(LogLevel::info, "draining");
    server->stop();
    return records->flush();
}

}  // namespace quoin
