#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <thread>

#include "base/digest.h"
#include "base/json.h"
#include "control/entity_feed.h"
#include "control/entity_reader.h"
#include "control/product_files.h"
#include "remote/redis_fixture.h"
#include "serving/endpoint.h"
#include "serving/http/target.h"
#include "serving/small_model_fixture.h"

namespace quoin {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

/// A clock that threads read while a test moves it.
class SharedClock : public Clock {
public:
    EventTime now() const override { return EventTime{now_.load()}; }
    void pass(Duration time) { now_ += time.value(); }

private:
    std::atomic<std::int64_t> now_{from_civil(2026, 3, 2).value()};
};

/// A server's parts without features.
struct Server {
    Server(std::filesystem::path project, const Clock& clock)
        : folder(std::move(project)), blobs(BlobStore::open(folder / "blobs").value()),
          registry(
              Registry::open(std::make_shared<Database>(Database::in_memory().value()), std::make_shared<BlobStore>(blobs), clock).value()),
          predictor(RecordLog::open({.folder = folder / "records"}, telemetry).value(), telemetry, clock), service{predictor, registry,
                                                                                                                   blobs,     telemetry,
                                                                                                                   clock,     clock.now(),
                                                                                                                   {},        nullptr,
                                                                                                                   {}} {
        predictor.set_products(default_products().value());
    }

    Response ask(std::string_view method, std::string_view target, std::string_view body = "") {
        Request request{.method = method, .target = target, .path = split_target(target)->path, .body = body};
        request.query_parameters = query_parameters_of(split_target(target)->query).value();
        return waited_for(answer(request, service));
    }
    json::value good(std::string_view method, std::string_view target, std::string_view body = "") {
        auto response = ask(method, target, body);
        EXPECT_EQ(response.status, 200) << target << ": " << response.body;
        return parse_json(response.body).value();
    }

    std::filesystem::path folder;
    Telemetry telemetry;
    BlobStore blobs;
    Registry registry;
    Predictor predictor;
    Service service;
};

/// A server with the log, one without, and the stores between them.
class SharedEndpoints : public testing::Test {
protected:
    SharedEndpoints() {
        for (const char* part : {"writer/catalog", "reader/catalog"}) std::filesystem::create_directories(folder / part);
        writer = std::make_unique<Server>(folder / "writer", clock);
        reader = std::make_unique<Server>(folder / "reader", clock);
        open_log();
    }
    ~SharedEndpoints() override {
        close_log();
        reader->predictor.set_entities(nullptr);
        shared.reset();
        reader.reset();
        writer.reset();
        std::filesystem::remove_all(folder);
    }
    void declare(const std::string& stores) {
        for (const char* side : {"writer", "reader"})
            std::ofstream(folder / side / "catalog/feature_stores.yaml")
                << "events_url: http://events.test:8000\npublish_every: 5ms\nstores:\n"
                << stores;
    }
    std::string parquet() { return "  - {name: cold, kind: parquet, address: " + (folder / "archive").string() + "}\n"; }
    void open_log() {
        auto opened = FeatureStore::open({.project = folder / "writer", .clock = clock, .follows_catalog = false}, writer->telemetry);
        ASSERT_TRUE(opened) << opened.error().message;
        store = std::move(*opened);
        writer->service.features = store.get();
        feed = std::make_shared<EntityFeed>(*store);
        writer->predictor.set_entities(feed);
    }
    void close_log() {
        writer->predictor.set_entities(nullptr);
        feed.reset();
        store.reset();
    }
    void open_reader() {
        auto opened = SharedFeatures::open({.project = folder / "reader", .clock = clock, .follows_catalog = false}, reader->telemetry);
        ASSERT_TRUE(opened) << opened.error().message;
        shared = std::move(*opened);
        reader->service.shared = shared.get();
        reader->service.reads = &reads;
        reader->predictor.set_entities(std::make_shared<EntityReader>(*shared));
    }
    void push(const std::string& type, const std::string& df) {
        writer->good("POST", "/push", fmt::format(R"({{"push_source_name": "{}", "df": {}}})", type, df));
    }
    void push_events() {
        for (int i = 0; i < 5; ++i) {
            push("document.accessed", fmt::format(R"({{"user_id": ["ann"], "document_id": ["doc_{}"], "seconds": [{}.25]}})", i, 7 * i));
            clock.pass(Duration::hours(7));
        }
        writer->good("POST", "/write-to-online-store",
                     R"({"feature_view_name": "property_characteristics", "df": {"property_id": [77], "bedrooms": [4]}})");
        clock.pass(Duration::hours(1));
    }
    /// Asks both servers the same; the answers are equal but for where they come from.
    void expect_equal_answers(const std::string& tier) {
        std::size_t found = 0;
        for (const auto& view : store->online().catalog()->views())
            for (const char* id : {"ann", "77", "nobody"}) {
                auto target = fmt::format("/v1/features/{}/{}", view->name(), id);
                auto here = writer->good("GET", target), there = reader->good("GET", target);
                EXPECT_EQ(here.at("tier"), "memory");
                bool is_known = !here.at("event_timestamp").is_null();
                EXPECT_EQ(there.at("tier"), is_known ? json::value(tier) : json::value(nullptr)) << target;
                here.as_object().erase("tier"), there.as_object().erase("tier");
                EXPECT_EQ(json_text(here), json_text(there)) << target;
                found += is_known ? 1 : 0;
            }
        EXPECT_GT(found, 3u);
        auto grid = R"({"entities": {"user_id": ["ann", "bob", "ann"]}, "feature_service": "user", "full_feature_names": true})";
        EXPECT_EQ(writer->ask("POST", "/get-online-features", grid).body, reader->ask("POST", "/get-online-features", grid).body);
        EXPECT_EQ(writer->ask("GET", "/v1/features").body, reader->ask("GET", "/v1/features").body);
    }
    /// Until what is asked of the reader is so; false: it never was.
    static bool comes(const std::function<bool()>& is_so) {
        for (int i = 0; i < 1000; ++i) {
            if (is_so()) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return false;
    }

    std::filesystem::path folder = std::filesystem::temp_directory_path() / ("quoin_shared_" + random_hex_id());
    SharedClock clock;
    WorkQueue reads{{.threads = 2, .waiting_max = 16}};
    std::unique_ptr<Server> writer, reader;
    std::unique_ptr<FeatureStore> store;
    std::unique_ptr<SharedFeatures> shared;
    std::shared_ptr<EntityFeed> feed;
};

TEST_F(SharedEndpoints, TheArchiveAnswersAsTheLogDoes) {
    push_events();
    declare(parquet());
    close_log();
    open_log();  // a start exports what is due
    ASSERT_TRUE(comes([&] { return std::filesystem::exists(folder / "archive/default/days"); }));
    ASSERT_TRUE(comes([&] {
        shared.reset();
        open_reader();
        return shared->tiers().front().watermark.has_value();
    }));
    expect_equal_answers("cold");
    clock.pass(Duration::days(5));  // windows run out for both
    expect_equal_answers("cold");
    auto health = reader->good("GET", "/health");
    ASSERT_EQ(health.at("tiers").as_array().size(), 1u);
    const auto& tier = health.at("tiers").at(0).as_object();
    EXPECT_EQ(tier.at("name"), "cold");
    EXPECT_EQ(tier.at("kind"), "parquet");
    EXPECT_NEAR(tier.at("watermark_age_seconds").to_number<double>(), 5 * 86'400, 1);
    EXPECT_TRUE(tier.at("failure").is_null());
    EXPECT_FALSE(writer->good("GET", "/health").as_object().contains("tiers"));
}

TEST_F(SharedEndpoints, AServerWithoutALogTakesNoEventsAndSaysWhoDoes) {
    declare(parquet());
    open_reader();
    for (const char* path : {"/v1/events", "/push", "/write-to-online-store", "/materialize", "/v1/events/dead-letters/replay"}) {
        auto response = reader->ask("POST", path, "{}");
        EXPECT_EQ(response.status, 503) << path << response.body;
        EXPECT_EQ(response.content_type, "application/problem+json");
        EXPECT_THAT(response.body, HasSubstr("http://events.test:8000"));
    }
    auto past = reader->ask("GET", "/v1/features/user_documents/ann?at=2026-03-01");
    EXPECT_THAT(past.body, HasSubstr("shared stores hold no past"));
    EXPECT_EQ(past.status, 501);
    auto unknown = reader->ask("GET", "/v1/features/user_documents/ann");
    EXPECT_EQ(unknown.status, 503) << "a store that was never filled knows nobody; that is no answer: " << unknown.body;
    EXPECT_THAT(shared->health().error().message, HasSubstr("'cold' was never filled"));
}

TEST_F(SharedEndpoints, WhereNoStoreIsDeclaredThereIsNothingToReadFrom) {
    auto refused = SharedFeatures::open({.project = folder / "reader", .clock = clock}, reader->telemetry);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::not_found);
    EXPECT_THAT(refused.error().message, HasSubstr("feature_stores.yaml"));
    declare("");
    std::ofstream(folder / "reader/catalog/feature_stores.yaml") << "events_url: http://user:hush@events\n";
    auto secret = SharedFeatures::open({.project = folder / "reader", .clock = clock}, reader->telemetry);
    ASSERT_FALSE(secret);
    EXPECT_THAT(secret.error().message, testing::AllOf(HasSubstr("events_url"), testing::Not(HasSubstr("hush"))));
}

TEST_F(SharedEndpoints, RedisAnswersAsTheLogDoesWhileEventsComeAndTheCatalogChanges) {
    if (!RedisServer::is_available()) GTEST_SKIP() << "redis-server is not installed";
    RedisServer redis;
    ASSERT_TRUE(redis.start());
    declare("  - {name: hot, kind: redis, url: \"" + redis.url() + "\"}\n");
    close_log();
    open_log();
    push_events();
    auto live = LiveModel::make(small_model(), "v1", "digest of the artifact", clock.now()).value();
    ASSERT_TRUE(feed->publish(*live));
    writer->predictor.swap(live);
    open_reader();
    ASSERT_TRUE(EntityReader(*shared).publish(*live)) << "the reader declares the model's inputs itself";
    reader->predictor.swap(live);
    auto settled = [&] {
        shared->reader().refresh();
        auto asked = reader->ask("GET", "/v1/features/property_value_model_inputs/prop_123");
        return asked.status == 200 && asked.body.find("\"hot\"") != std::string::npos && shared->health().has_value();
    };
    ASSERT_TRUE(comes([&] {
        clock.pass(Duration::seconds(1));  // watermarks are read once a second
        return settled();
    })) << shared->health().error().message;
    expect_equal_answers("hot");
    auto value = [](Server& server) {
        return server.good("POST", "/v1/predict/property-value", R"({"entity_id": "prop_123"})").at("predicted_value").to_number<double>();
    };
    double before = value(*reader);
    EXPECT_EQ(before, value(*writer));
    push("property_value_model.entity", R"({"entity_id": ["prop_123"], "sqft_living": [3000], "grade": [6]})");
    EXPECT_TRUE(comes([&] { return value(*reader) != before; })) << "an event at the other server changes the prediction here";
    EXPECT_EQ(value(*reader), value(*writer));
    for (const char* side : {"writer", "reader"})
        std::ofstream(folder / side / "catalog/features/reading.yaml")
            << "view: reading\nentity: user\ndescription: d\nfeatures:\n"
               "  - {name: longest, description: d, type: number, from: document.accessed, value: seconds, transform: max, window: 90d}\n";
    ASSERT_TRUE(shared->reload_catalog().value());
    auto early = reader->ask("GET", "/v1/features/reading/ann");
    EXPECT_EQ(early.status, 503) << "nobody has filled the stores with this view yet: " << early.body;
    ASSERT_TRUE(store->reload_catalog().value());
    ASSERT_TRUE(comes([&] {
        clock.pass(Duration::seconds(1));
        return reader->ask("GET", "/v1/features/reading/ann").status == 200;
    }));
    EXPECT_EQ(reader->good("GET", "/v1/features/reading/ann").at("features").at("longest").at("value"), 28.25);
    redis.end();
    clock.pass(Duration::seconds(2));
    EXPECT_EQ(reader->ask("GET", "/v1/features/user_documents/ann").status, 503);
    EXPECT_EQ(reader->ask("POST", "/v1/predict/property-value", R"({"entity_id": "prop_123"})").status, 503)
        << "the model's own rows are no substitute for an event that cannot be read";
    auto sick = reader->good("GET", "/health");
    EXPECT_FALSE(sick.at("tiers").at(0).at("failure").is_null());
    EXPECT_THAT(json_text(sick.at("tiers")), testing::Not(HasSubstr("redis://")));
}

}  // namespace
}  // namespace quoin
