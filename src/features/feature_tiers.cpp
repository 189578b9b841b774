#include "features/feature_tiers.h"

#include <array>
#include <cstdlib>

#include "base/yaml.h"
#include "features/state_store_postgresql.h"
#include "features/state_store_redis.h"
#include "remote/environment.h"

namespace quoin {
namespace {

constexpr std::size_t stores_max = 8, name_bytes_max = 32, url_bytes_max = 1024;

struct TierKind {
    std::string_view name, address_key;
    Duration keep;
};
constexpr std::array kinds = {TierKind{"redis", "url", Duration::days(7)}, TierKind{"postgresql", "connection", Duration::days(30)},
                              TierKind{"parquet", "address", Duration::days(400)}};

Result<FeatureTierDeclaration> parse_store(const Yaml& node, const std::string& where) {
    TRY(keys, YamlKeys::of(node, where));
    FeatureTierDeclaration made;
    TRY_VOID(keys.text("name", made.name, true));
    TRY_VOID(keys.text("kind", made.kind, true));
    bool is_name = !made.name.empty() && made.name.size() <= name_bytes_max &&
                   made.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
    if (!is_name)
        return fail_field(ErrorKind::invalid, "name", "{}: '{}' cannot name a store; use at most {} of a-z, 0-9 and _", keys.place("name"),
                          made.name.substr(0, 80), name_bytes_max);
    auto kind = std::ranges::find(kinds, made.kind, &TierKind::name);
    if (kind == kinds.end())
        return fail_field(ErrorKind::invalid, "kind", "{}: '{}' is no kind of store; write redis, postgresql or parquet",
                          keys.place("kind"), made.kind.substr(0, 80));
    std::string address;
    TRY_VOID(keys.text(kind->address_key, address, true));
    auto filled = with_environment(address);
    if (!filled)
        return fail_field(ErrorKind::invalid, std::string(kind->address_key), "{}: {}", keys.place(kind->address_key),
                          filled.error().message);
    made.address = std::move(*filled);
    made.keep = kind->keep;
    std::string keep;
    TRY_VOID(keys.text("keep", keep));
    if (keep == "forever") made.keep = Duration{0};
    else TRY_VOID(keys.duration("keep", made.keep));
    if (kind->name == "redis") TRY_VOID(keys.text("ca_file", made.ca_file));
    if (kind->name == "parquet") TRY_VOID(keys.duration("every", made.every));
    TRY_VOID(keys.nothing_else());
    return made;
}

/// A reader waits less for a store than a publisher, since there is another; and several of its threads read at the same time.
enum class Use { publish, read };
constexpr std::size_t reader_connections = 4;
constexpr Duration hot_read_timeout = Duration{250'000}, warm_read_timeout = Duration::seconds(1);

Result<std::shared_ptr<FeatureStateStore>> open_follower(const FeatureTierDeclaration& tier, const std::string& space, Use use) {
    RedisStatesOptions redis{.url = tier.address, .ca_file = tier.ca_file, .space = space, .keep = tier.keep};
    PostgresqlStatesOptions postgresql{.connection = tier.address, .space = space, .keep = tier.keep};
    if (use == Use::read) {
        redis.timeout = hot_read_timeout, redis.connections = reader_connections;
        postgresql.timeout = warm_read_timeout, postgresql.connections = reader_connections;
    }
    auto opened = tier.kind == "redis" ? open_redis_states(redis) : open_postgresql_states(postgresql);
    if (!opened) return fail(opened.error().kind, "the feature store '{}': {}", tier.name, opened.error().message);
    return std::shared_ptr<FeatureStateStore>(std::move(*opened));
}

Result<std::shared_ptr<ParquetStates>> open_archive(const FeatureTierDeclaration& tier, const std::string& space) {
    auto opened = ParquetStates::open({.address = tier.address, .space = space, .keep = tier.keep});
    if (!opened) return fail(opened.error().kind, "the feature store '{}': {}", tier.name, opened.error().message);
    return std::shared_ptr<ParquetStates>(std::move(*opened));
}

/// It is shown to everyone, so nobody may put a password there.
Status check_events_url(std::string_view url) {
    bool is_plain = url.size() <= url_bytes_max && std::ranges::all_of(url, [](char c) { return c > ' ' && c < 0x7f && c != '@'; });
    if (url.empty() || (is_plain && (url.starts_with("http://") || url.starts_with("https://")))) return {};
    return fail(ErrorKind::invalid, "events_url starts with http:// or https://, names no user and has at most {} bytes", url_bytes_max);
}

Result<FeatureTiersDeclaration> declaration_of(const Yaml& root, const std::string& where) {
    TRY(keys, YamlKeys::of(root, where));
    FeatureTiersDeclaration made;
    TRY_VOID(keys.text("space", made.space));
    TRY_VOID(keys.duration("publish_every", made.publish_every));
    if (made.publish_every < Duration{1000} || made.publish_every > Duration::minutes(1))
        return fail_field(ErrorKind::invalid, "publish_every", "{}: 'publish_every' is {}; it may be 1ms to 1m",
                          keys.place("publish_every"), to_text(made.publish_every));
    TRY_VOID(keys.text("events_url", made.events_url));
    if (auto checked = check_events_url(made.events_url); !checked)
        return fail_field(ErrorKind::invalid, "events_url", "{}: {}", keys.place("events_url"), checked.error().message);
    if (auto checked = check_state_space(made.space); !checked)
        return fail_field(ErrorKind::invalid, "space", "{}: {}", keys.place("space"), checked.error().message);
    if (const Yaml* stores = keys.node("stores"); stores != nullptr) {
        if (stores->kind != Yaml::Kind::list || stores->items.size() > stores_max)
            return fail_field(ErrorKind::invalid, "stores", "{}: 'stores' is a list of at most {}", keys.place("stores"), stores_max);
        for (const Yaml& node : stores->items) {
            TRY(store, parse_store(node, where));
            if (std::ranges::find(made.stores, store.name, &FeatureTierDeclaration::name) != made.stores.end())
                return fail_field(ErrorKind::invalid, "name", "{}, line {}: there are two stores '{}'", where, node.line, store.name);
            made.stores.push_back(std::move(store));
        }
    }
    TRY_VOID(keys.nothing_else());
    return made;
}

}  // namespace

Result<FeatureTiersDeclaration> FeatureTiersDeclaration::parse(std::string_view yaml, const std::string& where) {
    TRY(root, parse_yaml(yaml, where));
    return declaration_of(root, where);
}

Result<FeatureTiersDeclaration> FeatureTiersDeclaration::load(const std::filesystem::path& file) {
    std::error_code failure;
    if (std::filesystem::exists(file, failure)) {
        TRY(root, read_yaml(file.string()));
        return declaration_of(root, file.filename().string());
    }
    FeatureTiersDeclaration made;
    if (const char* space = std::getenv("FEATURE_SPACE")) made.space = space;
    auto add = [&](const char* variable, const char* name, const TierKind& kind) {
        const char* address = std::getenv(variable);
        if (address == nullptr || *address == '\0') return;
        made.stores.push_back({.name = name, .kind = std::string(kind.name), .address = address, .keep = kind.keep});
    };
    add("REDIS_URL", "hot", kinds[0]);
    add("DATABASE_URL", "warm", kinds[1]);
    add("FEATURE_ARCHIVE", "cold", kinds[2]);
    if (const char* url = std::getenv("FEATURE_EVENTS_URL")) made.events_url = url;
    TRY_VOID(check_state_space(made.space));
    TRY_VOID(check_events_url(made.events_url));
    return made;
}

Result<std::unique_ptr<FeatureTiers>> FeatureTiers::open(const FeatureTiersDeclaration& declaration) {
    std::unique_ptr<FeatureTiers> tiers(new FeatureTiers(declaration));
    for (const auto& tier : declaration.stores) {
        if (tier.kind == "parquet") {
            TRY(archive, open_archive(tier, declaration.space));
            tiers->archives_.push_back({archive, {.name = tier.name, .every = tier.every}});
        } else {
            TRY(follower, open_follower(tier, declaration.space, Use::publish));
            tiers->followers_.push_back({tier.name, follower});
        }
    }
    return tiers;
}

void FeatureTiers::publish(const PublishedView& view, Telemetry& telemetry) {
    if (!followers_.empty()) publisher_ = StatePublisher::start(view, followers_, telemetry, {.every = declaration_.publish_every});
    for (const Archive& archive : archives_) exports_.push_back(DailyExport::start(view, archive.store, telemetry, archive.options));
}

Status FeatureTiers::stop_publishing(Duration timeout) {
    Status flushed;
    if (publisher_) flushed = publisher_->flush(timeout);
    publisher_.reset();
    exports_.clear();
    return flushed;
}

Result<std::unique_ptr<SharedFeatureReader>> FeatureTiers::reader(std::shared_ptr<const FeatureCatalog> catalog, Telemetry& telemetry,
                                                                  const Clock& clock) const {
    std::vector<SharedFeatureReader::Tier> tiers;
    for (const auto& tier : declaration_.stores) {
        if (tier.kind == "parquet") {
            TRY(archive, open_archive(tier, declaration_.space));
            tiers.push_back({tier.name, archive, false});
        } else {
            TRY(follower, open_follower(tier, declaration_.space, Use::read));
            tiers.push_back({tier.name, follower, true});
        }
    }
    return std::make_unique<SharedFeatureReader>(std::move(catalog), std::move(tiers), telemetry,
                                                 SharedFeatureReader::Options{.clock = clock});
}

Status FeatureTiers::health() const {
    if (publisher_) TRY_VOID(publisher_->health());
    for (const auto& one : exports_) TRY_VOID(one->health());
    return {};
}

}  // namespace quoin
