#include "features/online_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/digest.h"
#include "base/rng.h"
#include "events/ingest.h"
#include "features/feature_plan.h"

namespace quoin {
namespace {

constexpr std::int64_t second = 1'000'000, hour = 3600 * second, day = 24 * hour;

/// A catalog, a log and a view in a folder of their own, with a clock that stands still.
class Live : public testing::Test {
protected:
    Live() : folder_(std::filesystem::temp_directory_path() / ("quoin_live_" + random_hex_id())), clock_(from_civil(2026, 5, 1)) {
        std::filesystem::create_directories(folder_ / "catalog/events");
        std::filesystem::create_directories(folder_ / "catalog/features");
        write("events/visit.yaml", "type: visit\ndescription: d\nentities: {user: user_id}\nlateness: 40d\nfuture: 2d\nfields:\n  user_id: "
                                   "{type: text, required: true}\n"
                                   "  market: {type: text}\n  seconds: {type: number}\n");
        write("events/price.yaml",
              "type: price\ndescription: d\nentities: {market: market}\nlateness: 40d\nfields:\n  market: {type: text, required: true}\n"
              "  usd: {type: number, required: true}\n");
        write("features/prices.yaml",
              "view: prices\nentity: market\ndescription: d\nfeatures:\n"
              "  - {name: last_price, description: d, type: number, from: price, value: usd, transform: last, window: lifetime}\n");
        write_visits("");
        open();
    }
    ~Live() override {
        close();
        std::filesystem::remove_all(folder_);
    }

    void write(const std::string& file, const std::string& text) { std::ofstream(folder_ / "catalog" / file) << text; }
    void write_visits(const std::string& more) {
        write("features/visits.yaml",
              "view: visits\nentity: user\ndescription: d\nttl: 20d\nfeatures:\n"
              "  - {name: visits_2d, description: d, type: integer, from: visit, transform: count, window: 2d}\n"
              "  - {name: seconds_7d, description: d, type: number, from: visit, value: seconds, transform: sum, window: 7d}\n"
              "  - {name: market, description: d, type: text, from: visit, value: market, transform: last, window: lifetime}\n"
              "  - {name: hours_ago, description: d, type: number, from: visit, transform: recency, unit: hours, window: lifetime}\n"
              "  - {name: price, description: d, type: number, lookup: {entity: market, by: market, feature: \"prices:last_price\"}}\n"
              "  - {name: price_per_visit, description: d, type: number, expression: price / visits_2d}\n" +
                  more);
    }
    std::shared_ptr<const FeatureCatalog> catalog() {
        auto loaded = FeatureCatalog::load(folder_ / "catalog");
        EXPECT_TRUE(loaded) << loaded.error().message;
        return *loaded;
    }
    void open() {
        log_ = std::move(*EventLog::open({.folder = folder_ / "log", .clock = clock_}));
        ingest_ = std::make_unique<Ingest>(*log_, catalog()->shared_types(), telemetry_);
        online_ = std::make_unique<OnlineView>(catalog());
    }
    void follow() { ASSERT_TRUE(online_->follow(*log_)); }
    void close() {
        ingest_.reset();
        log_.reset();
        online_.reset();
    }
    Acceptance::Outcome send(const std::string& type, const std::string& data, EventTime time) {
        Event event;
        event.source = "/test", event.id = std::to_string(++sent_), event.type = type, event.data = data, event.time = time;
        auto accepted = ingest_->submit_and_wait({.events = {event}});
        EXPECT_TRUE(accepted) << accepted.error().message;
        return accepted->at(0).outcome;
    }
    void visit(const std::string& user, double seconds, EventTime time) {
        EXPECT_EQ(send("visit", fmt::format(R"({{"user_id":"{}","market":"austin","seconds":{}}})", user, seconds), time),
                  Acceptance::Outcome::stored);
    }
    FeatureAnswer read(const std::string& user) { return *online_->read({"visits", "default", user, log_->now()}); }
    double number(const std::string& user, const std::string& feature) {
        auto answer = read(user);
        auto slot = answer.view->slot(feature);
        return answer.value(*slot).is_null() ? -1 : answer.value(*slot).number();
    }

    std::filesystem::path folder_;
    ManualClock clock_;
    Telemetry telemetry_;
    std::unique_ptr<EventLog> log_;
    std::unique_ptr<Ingest> ingest_;
    std::unique_ptr<OnlineView> online_;
    int sent_ = 0;
};

TEST_F(Live, AnAcknowledgedEventIsSeenByTheNextRead) {
    follow();
    EXPECT_EQ(read("ann").status(0), FeatureStatus::not_found);
    visit("ann", 30, clock_.now());
    EXPECT_EQ(number("ann", "visits_2d"), 1);
    EXPECT_EQ(number("ann", "seconds_7d"), 30);
    EXPECT_EQ(read("bob").status(0), FeatureStatus::not_found);
    EXPECT_EQ(online_->read({"visits", "acme", "ann", log_->now()})->status(0), FeatureStatus::not_found) << "another tenant";
}

TEST_F(Live, WindowsRunOutAndTheTtlHolds) {
    follow();
    visit("ann", 30, clock_.now());
    clock_.set(clock_.now() + Duration::days(4));
    EXPECT_EQ(number("ann", "visits_2d"), 0);
    EXPECT_EQ(number("ann", "seconds_7d"), 30);
    EXPECT_NEAR(number("ann", "hours_ago"), 96, 1e-3);
    clock_.set(clock_.now() + Duration::days(17));
    EXPECT_EQ(read("ann").status(0), FeatureStatus::outside_max_age);
    EXPECT_TRUE(read("ann").value(0).is_null());
}

TEST_F(Live, AnotherEntitysFeatureIsLookedUp) {
    follow();
    visit("ann", 30, clock_.now());
    visit("ann", 30, clock_.now());
    EXPECT_EQ(read("ann").status(4), FeatureStatus::null_value);
    send("price", R"({"market":"austin","usd":500000})", clock_.now());
    EXPECT_EQ(number("ann", "price"), 500000);
    EXPECT_EQ(number("ann", "price_per_visit"), 250000);
}

TEST_F(Live, AnEventFromTheFutureWaitsForItsTime) {
    follow();
    visit("ann", 10, clock_.now() + Duration::hours(30));
    EXPECT_EQ(read("ann").status(0), FeatureStatus::not_found);
    clock_.set(clock_.now() + Duration::hours(29));
    EXPECT_EQ(read("ann").status(0), FeatureStatus::not_found);
    clock_.set(clock_.now() + Duration::hours(1) + Duration::seconds(1));
    EXPECT_EQ(number("ann", "visits_2d"), 1);
}

TEST_F(Live, SavedStatesAndTheRestOfTheLogGiveTheSameBits) {
    follow();
    Rng rng(11);
    auto send_some = [&](int count) {
        for (int i = 0; i < count; ++i) {
            clock_.set(clock_.now() + Duration::seconds(static_cast<std::int64_t>(rng.below(7200))));
            auto offset = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(10 * day))) - day;  // also up to a day ahead
            visit(fmt::format("user_{}", rng.below(50)), rng.normal() * 100, EventTime{clock_.now().value() - offset});
        }
    };
    send_some(300);
    ASSERT_TRUE(online_->save(folder_ / "states"));
    send_some(200);
    auto all_bits = [&](EventTime at) {
        std::vector<FieldValue> values;
        for (int user = 0; user < 50; ++user) {
            auto answer = *online_->read({"visits", "default", fmt::format("user_{}", user), at});
            for (std::uint16_t slot = 0; slot < answer.row.values.size(); ++slot) values.push_back(answer.value(slot));
        }
        return values;
    };
    EventTime at = log_->now() + Duration::hours(20);  // some of what waits has come due
    auto before = all_bits(at);
    close();
    open();
    ASSERT_TRUE(online_->load(folder_ / "states"));
    EXPECT_GT(online_->applied_sequence(), 0u);
    follow();
    EXPECT_EQ(before, all_bits(at));
    close();
    open();
    follow();  // from the log alone
    EXPECT_EQ(before, all_bits(at));
}

TEST_F(Live, ADamagedFileOfStatesIsRefused) {
    follow();
    for (int i = 0; i < 20; ++i) visit(fmt::format("user_{}", i), i, clock_.now());
    ASSERT_TRUE(online_->save(folder_ / "states"));
    auto size = std::filesystem::file_size(folder_ / "states");
    Rng rng(5);
    for (int damage = 0; damage < 200; ++damage) {
        std::filesystem::copy_file(folder_ / "states", folder_ / "damaged", std::filesystem::copy_options::overwrite_existing);
        if (damage % 2 == 0) {
            std::filesystem::resize_file(folder_ / "damaged", rng.below(size));
        } else {
            std::fstream file(folder_ / "damaged", std::ios::in | std::ios::out | std::ios::binary);
            auto place = static_cast<std::streamoff>(rng.below(size));
            file.seekg(place);
            auto byte = static_cast<char>(file.get() ^ (1 << rng.below(8)));
            file.seekp(place);
            file.put(byte);
        }
        OnlineView other(catalog());
        auto loaded = other.load(folder_ / "damaged");
        ASSERT_FALSE(loaded) << "damage " << damage;
        EXPECT_EQ(loaded.error().kind, ErrorKind::corrupt);
    }
}

TEST_F(Live, ANewFeatureIsThereWithoutARestart) {
    follow();
    visit("ann", 30, clock_.now());
    visit("ann", 50, clock_.now());
    auto table = online_->table("prices");
    write_visits("  - {name: longest_7d, description: d, type: number, from: visit, value: seconds, transform: max, window: 7d}\n");
    ASSERT_TRUE(online_->replace_catalog(catalog(), *log_));
    EXPECT_EQ(number("ann", "longest_7d"), 50);
    EXPECT_EQ(number("ann", "visits_2d"), 2);
    EXPECT_EQ(online_->table("prices"), table) << "a view that computes the same keeps its states";
    visit("ann", 70, clock_.now());
    EXPECT_EQ(number("ann", "longest_7d"), 70);
    EXPECT_EQ(number("ann", "visits_2d"), 3);
}

TEST_F(Live, APlanReadsWhatReadDoes) {
    follow();
    for (int i = 0; i < 40; ++i) visit(fmt::format("user_{}", i % 7), i, clock_.now() - Duration::hours(i));
    send("price", R"({"market":"austin","usd":500000})", clock_.now());
    std::vector<std::string> names = {"price", "visits:seconds_7d", "market", "hours_ago", "visits_2d"};
    auto plan = FeaturePlan::make(*online_, names);
    ASSERT_TRUE(plan) << plan.error().message;
    std::vector<FieldValue> values(names.size());
    std::vector<FeatureStatus> statuses(names.size());
    EventTime at = log_->now();
    for (int user = 0; user < 9; ++user) {
        std::string id = fmt::format("user_{}", user);
        std::string_view ids[] = {id};
        plan->read(*online_, {"default", ids, at}, {values, statuses});
        auto answer = *online_->read({"visits", "default", id, at});
        for (std::size_t i = 0; i < names.size(); ++i) {
            EXPECT_EQ(values[i], answer.value(plan->places()[i].slot)) << id << " " << names[i];
            EXPECT_EQ(statuses[i], answer.status(plan->places()[i].slot));
        }
    }
    EXPECT_THAT(FeaturePlan::make(*online_, std::vector<std::string>{"visits_3d"}).error().message, testing::HasSubstr("visits_3d"));
}

}  // namespace
}  // namespace quoin
