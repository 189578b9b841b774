#include "control/shared_features.h"

#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "control/default_catalog.h"

namespace quoin {
namespace {

constexpr Duration watermark_age_max = Duration::minutes(1);

Status check_tier(const SharedFeatureReader::TierView& tier, EventTime now) {
    if (!tier.failure.empty()) return fail(ErrorKind::unavailable, "the feature store '{}' fails: {}", tier.name, tier.failure);
    if (!tier.watermark)
        return fail(ErrorKind::unavailable, "the feature store '{}' was never filled; a server that has the log does that", tier.name);
    Duration age = now - tier.watermark->written;
    if (tier.follows_events && age > watermark_age_max)
        return fail(ErrorKind::unavailable, "the feature store '{}' is {:.0f} s old; does the server that has the log run?", tier.name,
                    static_cast<double>(age.value()) / 1e6);
    return {};
}

}  // namespace

SharedFeatures::SharedFeatures(Options options) : options_(std::move(options)), catalog_(options_.project / "catalog") {}

Result<std::unique_ptr<SharedFeatures>> SharedFeatures::open(Options options, Telemetry& telemetry) {
    std::unique_ptr<SharedFeatures> made(new SharedFeatures(std::move(options)));
    TRY_VOID(write_default_catalog(made->catalog_folder()));
    auto file = made->catalog_folder() / "feature_stores.yaml";
    TRY(declared, FeatureTiersDeclaration::load(file));
    if (declared.stores.empty())
        return fail(ErrorKind::not_found,
                    "no feature store to read from is declared; write '{}' or set REDIS_URL, DATABASE_URL or FEATURE_ARCHIVE "
                    "(docs/guides/feature-tiers.md)",
                    file.string());
    made->events_url_ = declared.events_url;
    TRY(catalog, made->catalog_.load());
    TRY(tiers, FeatureTiers::open(declared));
    TRY(reader, tiers->reader(catalog, telemetry, made->options_.clock));
    made->reader_ = std::move(reader);
    made->reader_->refresh();
    if (made->options_.follows_catalog) made->follower_ = std::thread([raw = made.get()] { raw->follow(); });
    return made;
}

SharedFeatures::~SharedFeatures() {
    {
        std::scoped_lock lock(stopping_);
        stops_ = true;
    }
    stop_signal_.notify_all();
    if (follower_.joinable()) follower_.join();
}

void SharedFeatures::follow() {
    std::unique_lock lock(stopping_);
    while (!stop_signal_.wait_for(lock, std::chrono::seconds(1), [&] { return stops_; })) {
        lock.unlock();
        (void)reload_catalog();  // shows in health()
        reader_->refresh();
        lock.lock();
    }
}

Result<bool> SharedFeatures::reload_catalog() {
    std::scoped_lock lock(mutex_);
    if (!catalog_.has_changed()) return false;
    auto catalog = catalog_.load();
    wrong_ = catalog ? std::string() : "the changed catalog is not in use: " + catalog.error().message;
    if (!catalog) {
        log_event(LogLevel::error, "catalog_not_taken", {{"reason", catalog.error().message}});
        return tl::unexpected(std::move(catalog).error());
    }
    reader_->replace_catalog(*catalog);
    log_event(LogLevel::info, "catalog_taken", {{"views", std::to_string((*catalog)->views().size())}});
    return true;
}

Error SharedFeatures::no_events_here() const {
    std::string where = events_url_.empty() ? "the server that has the log (one without --features shared)" : events_url_;
    return {ErrorKind::unavailable,
            fmt::format("this server reads features from shared stores and has no event log; send this to {}", where),
            {}};
}

Status SharedFeatures::health() const {
    {
        std::scoped_lock lock(mutex_);
        if (!wrong_.empty()) return fail(ErrorKind::unavailable, "{}", wrong_);
    }
    auto stores = tiers();
    for (const auto& tier : stores) TRY_VOID(check_tier(tier, options_.clock.now()));
    if (std::ranges::any_of(stores, &SharedFeatureReader::TierView::has_this_catalog)) return {};
    return fail(ErrorKind::unavailable, "the feature stores were filled by a process with another catalog; give both the same, '{}'",
                catalog_folder().string());
}

}  // namespace quoin
