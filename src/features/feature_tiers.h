#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "features/daily_export.h"
#include "features/shared_reader.h"
#include "features/state_publisher.h"

namespace quoin {

/// One shared store as it is declared. `address` may hold secrets: it is never logged nor put into an error.
struct FeatureTierDeclaration {
    std::string name;                    ///< "hot"
    std::string kind;                    ///< redis, postgresql, parquet
    std::string address;                 ///< URL, connection text, folder or s3://bucket/prefix
    std::string ca_file;                 ///< redis
    Duration keep{};                     ///< 0: for good
    Duration every = Duration::days(1);  ///< parquet: between exports
};

/// The shared stores of a project, hottest first. docs/guides/feature-tiers.md.
struct FeatureTiersDeclaration {
    std::string space = "default";
    Duration publish_every = Duration{100'000};
    std::string events_url;                      ///< of the server that has the log, shown to who sends events to another; may be empty
    std::vector<FeatureTierDeclaration> stores;  ///< empty: nothing is shared

    /// ${NAME} in texts is that variable of the environment. `where` names the text in errors. Error: invalid with file and line, never a
    /// secret.
    static Result<FeatureTiersDeclaration> parse(std::string_view yaml, const std::string& where);
    /// The file if there is one; else what the environment says: REDIS_URL is the hot tier, DATABASE_URL the warm one, FEATURE_ARCHIVE the
    /// cold one, FEATURE_SPACE the space, FEATURE_EVENTS_URL the events_url; what is not set is not there.
    static Result<FeatureTiersDeclaration> load(const std::filesystem::path& file);
};

/// The declared stores, opened. Keep it as long as what it has started. Thread-safe.
class FeatureTiers {
public:
    /// Nothing is connected yet; a server that is away is no error. Error: invalid, naming the store.
    static Result<std::unique_ptr<FeatureTiers>> open(const FeatureTiersDeclaration& declaration);

    /// Starts to publish to the stores that follow events and to export to those that do not. view.online and `telemetry` outlive it.
    void publish(const PublishedView& view, Telemetry& telemetry);
    /// Ends that, after the stores have taken what is waiting, at most `timeout`.
    Status stop_publishing(Duration timeout);
    /// nullptr while nothing is published.
    StatePublisher* publisher() { return publisher_.get(); }

    /// A reader over all stores, with connections of its own. `telemetry` and `clock` outlive it.
    Result<std::unique_ptr<SharedFeatureReader>> reader(std::shared_ptr<const FeatureCatalog> catalog, Telemetry& telemetry,
                                                        const Clock& clock = system_clock()) const;

    /// Nothing, or the first store that does not follow, and why.
    Status health() const;
    bool is_empty() const { return declaration_.stores.empty(); }

private:
    explicit FeatureTiers(FeatureTiersDeclaration declaration) : declaration_(std::move(declaration)) {}
    FeatureTiersDeclaration declaration_;
    std::vector<StatePublisher::Store> followers_;
    struct Archive {
        std::shared_ptr<ParquetStates> store;
        DailyExport::Options options;
    };
    std::vector<Archive> archives_;
    std::unique_ptr<StatePublisher> publisher_;
    std::vector<std::unique_ptr<DailyExport>> exports_;
};

}  // namespace quoin
