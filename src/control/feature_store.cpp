#include "control/feature_store.h"

#include <chrono>

#include "base/log.h"
#include "control/default_catalog.h"

namespace quoin {
namespace {

constexpr auto publish_time_max = Duration::seconds(5);  ///< that shared stores have at the end to take what waits

}  // namespace

FeatureStore::FeatureStore(Options options) : options_(std::move(options)), catalog_(options_.project / "catalog") {}

Result<std::unique_ptr<FeatureStore>> FeatureStore::open(Options options, Telemetry& telemetry) {
    std::unique_ptr<FeatureStore> store(new FeatureStore(options));
    TRY_VOID(write_default_catalog(store->catalog_folder()));
    std::error_code failure;
    std::filesystem::create_directories(options.project / "features", failure);
    if (failure) return fail(ErrorKind::unavailable, "cannot make '{}': {}", (options.project / "features").string(), failure.message());
    TRY(catalog, store->catalog_.load());
    TRY(log, EventLog::open({.folder = options.project / "events", .clock = options.clock}));
    store->log_ = std::move(log);
    store->ingest_ = std::make_unique<Ingest>(*store->log_, catalog->shared_types(), telemetry);
    store->online_ = std::make_unique<OnlineView>(catalog);
    if (std::filesystem::exists(store->states_file())) {
        // States are made again from the log when their file is of no use; nothing is lost but the time that takes.
        if (auto loaded = store->online_->load(store->states_file()); !loaded) {
            log_event(LogLevel::warning, "feature_states_not_used", {{"reason", loaded.error().message}});
            store->online_ = std::make_unique<OnlineView>(catalog);
        }
    }
    TRY_VOID(store->online_->follow(*store->log_));
    if (options.logs_vectors) {
        TRY(served, VectorLog::open({.folder = options.project / "features" / "vectors"}));
        store->served_ = std::move(served);
    }
    store->reader_ = std::make_unique<LiveFeatureReader>(*store->online_, *store->log_, store->served_.get());
    TRY(declared, FeatureTiersDeclaration::load(store->catalog_folder() / "feature_stores.yaml"));
    TRY(tiers, FeatureTiers::open(declared));
    store->tiers_ = std::move(tiers);
    if (!store->tiers_->is_empty())
        store->tiers_->publish({*store->online_, [log = store->log_.get()] { return log->now(); }, options.clock}, telemetry);
    if (options.follows_catalog) store->follower_ = std::thread([raw = store.get()] { raw->follow(); });
    return store;
}

FeatureStore::~FeatureStore() {
    {
        std::scoped_lock lock(stopping_);
        stops_ = true;
    }
    stop_signal_.notify_all();
    if (follower_.joinable()) follower_.join();
    if (tiers_ && !tiers_->is_empty())
        if (auto stopped = tiers_->stop_publishing(publish_time_max); !stopped)
            log_event(LogLevel::warning, "feature_states_not_shared", {{"reason", stopped.error().message}});
    tiers_.reset();
    if (online_ && log_)
        if (auto saved = save(); !saved) log_event(LogLevel::warning, "feature_states_not_saved", {{"reason", saved.error().message}});
    log_.reset();  // its writer thread calls the online view, which goes after it
}

void FeatureStore::follow() {
    using Steady = std::chrono::steady_clock;
    auto saved_at = Steady::now();
    std::unique_lock lock(stopping_);
    while (!stop_signal_.wait_for(lock, std::chrono::seconds(1), [&] { return stops_; })) {
        lock.unlock();
        (void)reload_catalog();               // shows in health(), as does
        if (served_) (void)served_->flush();  // what was served, so that a crash loses a second of it
        if (Steady::now() - saved_at > std::chrono::microseconds(options_.save_every.value())) {
            if (auto saved = save(); !saved) log_event(LogLevel::warning, "feature_states_not_saved", {{"reason", saved.error().message}});
            saved_at = Steady::now();
        }
        lock.lock();
    }
}

Result<bool> FeatureStore::reload_catalog() {
    std::scoped_lock lock(mutex_);
    if (!catalog_.has_changed()) return false;
    auto taken = [&]() -> Status {
        TRY(catalog, catalog_.load());
        // Types first, so that no event of a new type is refused while its features are being made.
        ingest_->replace_types(catalog->shared_types());
        return online_->replace_catalog(catalog, *log_);
    }();
    wrong_ = taken ? std::string() : "the changed catalog is not in use: " + taken.error().message;
    if (!taken) {
        log_event(LogLevel::error, "catalog_not_taken", {{"reason", taken.error().message}});
        return tl::unexpected(taken.error());
    }
    log_event(LogLevel::info, "catalog_taken", {{"views", std::to_string(online_->catalog()->views().size())}});
    return true;
}

Status FeatureStore::save() { return online_->save(states_file()); }

Status FeatureStore::health() const {
    std::scoped_lock lock(mutex_);
    if (!wrong_.empty()) return fail(ErrorKind::unavailable, "{}", wrong_);
    if (served_) TRY_VOID(served_->health());
    return tiers_ ? tiers_->health() : Status{};
}

}  // namespace quoin
