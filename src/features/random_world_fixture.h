#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/rng.h"
#include "base/telemetry.h"
#include "events/event_log.h"
#include "events/ingest.h"
#include "features/replay.h"
#include "features/vector_log.h"

namespace quoin {

/// A catalog, events and questions from a seed: random transforms over random windows with random filters, lookups by looked-up ids,
/// events that come late, dated in the future, twice, as history, for several tenants, through a real log into a live view.
class RandomWorld {
public:
    struct Size {
        std::size_t features_per_view = 12;
        std::uint64_t users = 40, homes = 25, areas = 4, events_per_batch = 12;
    };
    explicit RandomWorld(std::uint64_t seed) : RandomWorld(seed, Size{}) {}
    RandomWorld(std::uint64_t seed, Size size) : rng_(seed), size_(size) {
        std::string pattern = (std::filesystem::temp_directory_path() / "quoin-world-XXXXXX").string();
        folder = mkdtemp(pattern.data());
        write_types();
        write_views(size.features_per_view);
        auto loaded = FeatureCatalog::load(folder / "catalog");
        if (!loaded) {
            error = loaded.error().message;
            return;
        }
        catalog = *loaded;
        check(open());
    }
    ~RandomWorld() {
        served.reset();
        log.reset();
        std::filesystem::remove_all(folder);
    }

    Status open() {
        auto opened = EventLog::open({.folder = folder / "events", .clock = clock, .free_bytes_min = 0});
        if (!opened) return tl::unexpected(opened.error());
        log = std::move(*opened);
        online = std::make_unique<OnlineView>(catalog, texts);
        TRY_VOID(online->follow(*log));
        ingest = std::make_unique<Ingest>(*log, catalog->shared_types(), telemetry);
        auto vectors = VectorLog::open({.folder = folder / "served", .segment_bytes_max = 300'000});
        if (!vectors) return tl::unexpected(vectors.error());
        served = std::move(*vectors);
        return {};
    }

    /// Lets time pass, hands some events in, and serves some vectors after each.
    void live(std::size_t batches, std::size_t questions_per_batch) {
        for (std::size_t i = 0; i < batches; ++i) {
            pass_time();
            EventLog::Batch batch;
            for (std::size_t n = rng_.below(size_.events_per_batch); n > 0; --n) batch.events.push_back(random_event());
            if (!batch.events.empty()) {
                auto accepted = ingest->submit_and_wait(std::move(batch));
                if (!accepted) return check(tl::unexpected(accepted.error()));
                for (const Acceptance& one : *accepted) ++outcomes[static_cast<std::size_t>(one.outcome)];
            }
            for (std::size_t q = 0; q < questions_per_batch; ++q) ask();
        }
    }

    /// A question served live, and logged.
    void ask() {
        const auto& view = *catalog->views()[rng_.below(catalog->views().size())];
        std::string tenant = random_tenant(), id = random_id(view.entity());
        auto answer = served->serve({view.name(), tenant, id, rng_.below(4) == 0}, *online, *log);
        if (!answer) check(tl::unexpected(answer.error()));
    }

    Event random_event() {
        static constexpr std::array types = {"act", "deed", "level"};
        Event event;
        event.type = types[rng_.below(types.size())];
        event.tenant = TenantId(random_tenant());
        event.source = "/world";
        bool is_repeated = made_ > 0 && rng_.below(12) == 0;
        event.id = fmt::to_string(is_repeated ? rng_.below(made_) : made_++);
        event.time = clock.now();
        switch (rng_.below(6)) {
            case 0: event.time = EventTime{event.time.value() + static_cast<std::int64_t>(rng_.below(2 * day))}; break;
            case 1: event.time = EventTime{event.time.value() - static_cast<std::int64_t>(rng_.below(20 * day))}; break;
            case 2: event.time = EventTime{event.time.value() - static_cast<std::int64_t>(rng_.below(day))}; break;
            case 3:
                event.is_history = true;
                event.time = EventTime{event.time.value() - static_cast<std::int64_t>(rng_.below(300 * day))};
                event.known = EventTime{event.time.value() + static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(
                                                                 clock.now().value() - event.time.value() + 1)))};
                break;
            default: break;
        }
        event.data = random_payload(event.type);
        return event;
    }

    std::string random_tenant() { return rng_.below(5) == 0 ? "acme" : "default"; }
    std::string random_id(std::string_view entity) {
        if (entity == "area") return fmt::format("area \"{}\"", rng_.below(size_.areas));
        return fmt::format("{}_{}", entity, rng_.below(entity == "user" ? size_.users : size_.homes));
    }
    EventSource events() const { return events_of(*log); }
    std::vector<FeaturePlace> all_features() const {
        std::vector<FeaturePlace> features;
        for (const auto& view : catalog->views())
            for (std::uint16_t slot = 0; slot < view->features().size(); ++slot) features.push_back({view.get(), slot});
        return features;
    }

    void check(const Status& status) {
        if (!status && error.empty()) error = status.error().message;
    }

    static constexpr std::int64_t day = 86'400'000'000;
    std::filesystem::path folder;
    std::shared_ptr<const FeatureCatalog> catalog;
    ManualClock clock{from_civil(2026, 3, 1)};
    Telemetry telemetry;
    TextTable texts;
    std::unique_ptr<EventLog> log;
    std::unique_ptr<OnlineView> online;
    std::unique_ptr<Ingest> ingest;
    std::unique_ptr<VectorLog> served;
    std::string error;                      ///< the first that happened; empty: none
    std::array<std::size_t, 3> outcomes{};  ///< stored, duplicate, dead letter

private:
    void pass_time() {
        std::uint64_t longest = rng_.below(10) == 0 ? 5 * day : rng_.below(3) == 0 ? day / 4 : 60'000'000;
        clock.set(EventTime{clock.now().value() + 1 + static_cast<std::int64_t>(rng_.below(longest))});
    }

    std::string random_payload(const std::string& type) {
        auto maybe = [&](std::string text) { return rng_.below(8) == 0 ? std::string("null") : std::move(text); };
        auto text = [](const std::string& value) {
            std::string escaped;
            for (char c : value) escaped += c == '"' ? "\\\"" : std::string(1, c);
            return "\"" + escaped + "\"";
        };
        std::string amount = maybe(fmt::format("{}", std::round(rng_.normal() * 3e5) / 1000));
        std::string kind = maybe(text(std::array{"sale", "gift", "lease \"x\"", "áé"}[rng_.below(4)]));
        if (type == "act")
            return fmt::format(R"({{"user_id": {}, "home_id": {}, "amount": {}, "kind": {}, "paid": {}}})", text(random_id("user")),
                               maybe(text(random_id("home"))), amount, kind, rng_.below(2) == 0 ? "true" : "false");
        if (type == "deed")
            return fmt::format(R"({{"home_id": {}, "area_id": {}, "amount": {}, "kind": {}}})", text(random_id("home")),
                               maybe(text(random_id("area"))), amount, kind);
        return fmt::format(R"({{"area_id": {}, "amount": {}, "kind": {}}})", text(random_id("area")), amount, kind);
    }

    void write(const std::string& path, const std::string& text) {
        auto file = folder / "catalog" / path;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }

    void write_types() {
        const std::string common = "  amount: {type: number}\n  kind: {type: text}\n  paid: {type: boolean}\n";
        const std::string times = "description: d\nlateness: 30d\nfuture: 3d\n";
        write("events/act.yaml", "type: act\n" + times + "entities: {user: user_id, home: home_id}\nfields:\n  user_id: {type: text}\n" +
                                     "  home_id: {type: text}\n" + common);
        write("events/deed.yaml", "type: deed\n" + times + "entities: {home: home_id, area: area_id}\nfields:\n  home_id: {type: text}\n" +
                                      "  area_id: {type: text}\n" + common);
        write("events/level.yaml", "type: level\n" + times + "entities: {area: area_id}\nfields:\n  area_id: {type: text}\n" + common);
    }

    std::string random_feature(const std::string& name, const std::string& from) {
        struct Kind {
            const char *transform, *type, *rest;
        };
        static constexpr std::array kinds = std::to_array<Kind>({{"count", "integer", ""},
                                                                 {"sum", "number", ", value: amount"},
                                                                 {"mean", "number", ", value: amount"},
                                                                 {"min", "number", ", value: amount"},
                                                                 {"max", "number", ", value: amount * 2 - 1"},
                                                                 {"std", "number", ", value: amount"},
                                                                 {"first", "number", ", value: amount"},
                                                                 {"last", "text", ", value: kind"},
                                                                 {"last_k", "numbers", ", value: amount, k: 3"},
                                                                 {"last_k", "texts", ", value: kind, k: 2"},
                                                                 {"distinct", "integer", ", value: kind"},
                                                                 {"quantile", "number", ", value: amount, q: 0.9"},
                                                                 {"ratio", "number", ", value: amount > 0"},
                                                                 {"recency", "number", ", unit: hours"},
                                                                 {"rate", "number", ", per: 1d"},
                                                                 {"slope", "number", ", value: amount"},
                                                                 {"streak", "integer", ""},
                                                                 {"top_k", "text", ", value: kind"},
                                                                 {"entropy", "number", ", value: kind"},
                                                                 {"histogram", "numbers", ", value: amount, edges: [-500, 0, 10.5, 900]"}});
        static constexpr std::array windows = {"30m", "6h", "7d", "60d", "lifetime"};
        static constexpr std::array filters = {"", "", ", where: paid", ", where: kind == \"sale\"",
                                               ", where: amount > 10 or is_null(kind)"};
        const Kind& kind = kinds[rng_.below(kinds.size())];
        std::string transform = kind.transform, window = windows[rng_.below(windows.size())];
        bool by_day = transform == "slope" || transform == "streak";
        if (by_day || (transform == "rate" && window == "lifetime")) window = rng_.below(2) == 0 ? "7d" : "60d";
        return fmt::format("  - {{name: {}, description: d, type: {}, from: {}, transform: {}{}, window: {}{}}}\n", name, kind.type, from,
                           transform, kind.rest, window, filters[rng_.below(filters.size())]);
    }

    void write_views(std::size_t features) {
        auto view = [&](const std::string& name, const std::string& entity, const std::string& from, const std::string& more) {
            std::string text = fmt::format("view: {}\nentity: {}\ndescription: d\nowner: o\ncategory: c\n", name, entity);
            if (rng_.below(2) == 0) text += "ttl: 20d\n";
            text += "features:\n";
            for (std::size_t i = 0; i < features; ++i) text += random_feature(fmt::format("f{}", i), from);
            write("features/" + name + ".yaml", text + more);
        };
        auto feature = [](const std::string& name, const std::string& type, const std::string& rest) {
            return "  - {name: " + name + ", description: d, type: " + type + ", " + rest + "}\n";
        };
        std::string last = "transform: last, window: lifetime";
        view("area_levels", "area", "[level, deed]",
             feature("level", "number", "from: level, value: amount, " + last) +
                 feature("mood", "text", "from: level, value: kind, transform: top_k, window: 7d") +
                 feature("age", "number", "from: [level, deed], transform: recency, window: lifetime"));
        view("home_deeds", "home", "deed",
             feature("area_id", "text", "from: deed, value: area_id, " + last) +
                 feature("level", "number", "lookup: {entity: area, by: area_id, feature: \"area_levels:level\"}") +
                 feature("age", "number", "lookup: {entity: area, by: area_id, feature: \"area_levels:age\"}") +
                 feature("blend", "number", "expression: 'coalesce(level, 0) + hour(now()) / 24'"));
        view("home_acts", "home", "act", "");
        view("user_acts", "user", "act",
             feature("home_id", "text", "from: act, value: home_id, " + last) +
                 feature("area_id", "text", "lookup: {entity: home, by: home_id, feature: \"home_deeds:area_id\"}") +
                 feature("blend", "number", "lookup: {entity: home, by: home_id, feature: \"home_deeds:blend\"}") +
                 feature("mood", "text", "lookup: {entity: area, by: area_id, feature: \"area_levels:mood\"}") +
                 feature("all", "number", "expression: 'blend * 2 + length(coalesce(mood, \"none\"))'"));
        write("features/clock.yaml", "view: clock\nentity: calendar\ndescription: d\nowner: o\ncategory: c\nfeatures:\n" +
                                         feature("hour_sin", "number", "expression: sin(2 * pi * hour(now()) / 24)"));
    }

    Rng rng_;
    Size size_;
    std::uint64_t made_ = 0;
};

}  // namespace quoin
