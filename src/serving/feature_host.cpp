#include "serving/feature_host.h"

#include "control/entity_feed.h"
#include "control/entity_reader.h"
#include "control/event_inputs.h"
#include "events/sources/source_set.h"

namespace quoin {
namespace {

constexpr WorkQueue::Options reads_queue{.threads = 4, .waiting_max = 1024};  // as many as a store has connections
constexpr WorkQueue::Options replays_queue{.threads = 1, .waiting_max = 4};   // each may take seconds; who comes later comes again

class LogHost : public FeatureHost {
public:
    static Result<std::unique_ptr<FeatureHost>> open(const Options& options, Telemetry& telemetry) {
        auto host = std::make_unique<LogHost>();
        TRY(store, FeatureStore::open({.project = options.project, .logs_vectors = options.logs_vectors}, telemetry));
        host->store_ = std::move(store);
        FeatureStore& features = *host->store_;
        host->sources_ = SourceSet::start(features.ingest(), telemetry,
                                          {.catalog = features.catalog_folder() / "sources", .project = options.project});
        host->inputs_ = EventInputs::start({.project = options.project}, features.ingest(), telemetry);
        host->entities_ = std::make_shared<EntityFeed>(features);
        return host;
    }

    void attach(Service& service) override {
        service.features = store_.get();
        service.replays = &replays_;
        service.checks.push_back({"sources", [this] { return sources_->health(); }});
        service.checks.push_back({"transports", [this] { return inputs_->transports_health(); }});
        service.checks.push_back({"lake", [this] { return inputs_->lake_health(); }});
        service.checks.push_back({"event_log", [this] { return store_->log().health(); }});
    }
    std::shared_ptr<const EntitySource> entities() const override { return entities_; }
    Status publish(const LiveModel& live, const LiveModel* champion) override { return entities_->publish(live, champion); }
    Status health() const override { return store_->health(); }
    Status freshness() const override { return sources_->freshness(); }

private:
    std::unique_ptr<FeatureStore> store_;
    std::unique_ptr<SourceSet> sources_;
    std::unique_ptr<EventInputs> inputs_;
    std::shared_ptr<EntityFeed> entities_;
    WorkQueue replays_{replays_queue};
};

class SharedHost : public FeatureHost {
public:
    static Result<std::unique_ptr<FeatureHost>> open(const Options& options, Telemetry& telemetry) {
        if (options.logs_vectors)
            return fail_field(ErrorKind::invalid, "log-vectors",
                              "vectors are logged by the server that has the event log: only there it is known which events they saw");
        auto host = std::make_unique<SharedHost>();
        TRY(features, SharedFeatures::open({.project = options.project}, telemetry));
        host->features_ = std::move(features);
        host->entities_ = std::make_shared<EntityReader>(*host->features_);
        return host;
    }

    void attach(Service& service) override {
        service.shared = features_.get();
        service.reads = &reads_;
    }
    std::shared_ptr<const EntitySource> entities() const override { return entities_; }
    Status publish(const LiveModel& live, const LiveModel* champion) override { return entities_->publish(live, champion); }
    Status health() const override { return features_->health(); }
    Status freshness() const override { return {}; }

private:
    std::unique_ptr<SharedFeatures> features_;
    std::shared_ptr<EntityReader> entities_;
    WorkQueue reads_{reads_queue};
};

}  // namespace

Result<std::unique_ptr<FeatureHost>> FeatureHost::open(const Options& options, Telemetry& telemetry) {
    return options.from == From::log ? LogHost::open(options, telemetry) : SharedHost::open(options, telemetry);
}

}  // namespace quoin
