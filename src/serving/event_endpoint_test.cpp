#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>

#include "base/digest.h"
#include "base/json.h"
#include "control/product_files.h"
#include "serving/endpoint.h"
#include "serving/http/server_fixture.h"
#include "serving/http/target.h"
#include "serving/small_model_fixture.h"

namespace quoin {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Headers = std::vector<std::pair<std::string_view, std::string_view>>;

struct Folder {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("quoin_events_" + random_hex_id());
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() { std::filesystem::remove_all(path); }
};

class EventEndpoints : public testing::Test {
protected:
    EventEndpoints() {
        auto opened = FeatureStore::open({.project = folder.path, .clock = clock, .follows_catalog = false}, telemetry);
        EXPECT_TRUE(opened) << opened.error().message;
        store = std::move(*opened);
        service.features = store.get();
        predictor.set_products(default_products().value());
    }
    Response ask(std::string_view method, std::string_view target, std::string_view body = "", Headers headers = {}) {
        Request request{
            .method = method, .target = target, .path = split_target(target)->path, .body = body, .headers = std::move(headers)};
        request.query_parameters = query_parameters_of(split_target(target)->query).value();
        return waited_for(answer(request, service));
    }
    std::string post(std::string_view body, Headers headers = {}) {
        auto response = ask("POST", "/v1/events", body, std::move(headers));
        return fmt::format("{} {}", response.status, response.body);
    }
    static std::string opened(std::string_view id, std::string_view data = R"({"user_id": "ann", "document_id": "d"})") {
        return fmt::format(R"({{"specversion": "1.0", "type": "document.accessed", "source": "/web", "id": "{}", "data": {}}})", id, data);
    }

    Folder folder;
    ManualClock clock{from_civil(2026, 3, 2)};
    Telemetry telemetry;
    BlobStore blobs = BlobStore::open(folder.path / "blobs").value();
    Registry registry = Registry::open(std::make_shared<Database>(Database::in_memory().value()), std::make_shared<BlobStore>(blobs), clock)
                            .value();
    Predictor predictor{RecordLog::open({.folder = folder.path / "records"}, telemetry).value(), telemetry, clock};
    Service service{predictor, registry, blobs, telemetry, clock, clock.now(), {}, nullptr, {}};
    std::unique_ptr<FeatureStore> store;
};

const Headers structured = {{"Content-Type", "application/cloudevents+json"}};
const Headers batched = {{"Content-Type", "application/cloudevents-batch+json"}};

TEST_F(EventEndpoints, StoreAnEventInEveryMode) {
    EXPECT_EQ(post(opened("1"), structured), R"(200 {"outcome":"stored","sequence":1})");
    EXPECT_EQ(post(opened("1"), structured), R"(200 {"outcome":"duplicate","sequence":1})");
    EXPECT_EQ(post(R"({"user_id": "bob", "document_id": "d"})", {{"ce-specversion", "1.0"},
                                                                 {"ce-type", "document.accessed"},
                                                                 {"ce-source", "/web"},
                                                                 {"ce-id", "a%20b"},
                                                                 {"content-type", "application/json"}}),
              R"(200 {"outcome":"stored","sequence":2})");
    EXPECT_EQ(post(R"({"timestamp": "2026-03-01T10:11:12.345678", "eventType": "document.accessed", "entityId": "cy", "entityType": "user",
                       "properties": {"document_id": "d"}, "source": "api"})"),
              R"(200 {"outcome":"stored","sequence":3})");
    EXPECT_EQ(post("[" + opened("1") + "," + opened("2") + "," + opened("3", R"({"seconds": -1})") + ",{}]", batched),
              R"(200 {"stored":1,"duplicates":1,"dead_letters":2,"events":[{"outcome":"duplicate","sequence":1},)"
              R"({"outcome":"stored","sequence":4},{"outcome":"dead_letter","dead_letter":1,)"
              R"("reason":"'seconds' is '-1'; 0 or more is expected"},)"
              R"({"outcome":"dead_letter","dead_letter":2,"reason":"the event has no 'source'"}]})");
    EXPECT_EQ(post("[]", batched), R"(200 {"stored":0,"duplicates":0,"dead_letters":0,"events":[]})");
    std::vector<std::string> seen;
    ASSERT_TRUE(store->log().read(1, [&](const Event& event) -> Result<bool> {
        seen.push_back(event.source + " " + event.id.substr(0, 3) + " " + event.data);
        return true;
    }));
    EXPECT_THAT(seen, testing::ElementsAre(R"(/web 1 {"user_id": "ann", "document_id": "d"})",
                                           R"(/web a b {"user_id": "bob", "document_id": "d"})",
                                           testing::MatchesRegex(R"(api .+ \{"user_id":"cy","document_id": "d"\})"),
                                           R"(/web 2 {"user_id": "ann", "document_id": "d"})"));
}

TEST_F(EventEndpoints, RefuseWithTheRightStatus) {
    EXPECT_THAT(post("{", structured), StartsWith("400 "));
    EXPECT_THAT(post("", structured), StartsWith("400 "));
    EXPECT_THAT(post("[{]", batched), StartsWith("400 "));
    EXPECT_THAT(post("<a/>", {{"content-type", "text/xml"}}), StartsWith("400 "));
    EXPECT_THAT(post("", {{"content-type", "application/cloudevents+avro"}}), StartsWith("415 "));
    auto refused = ask("POST", "/v1/events", opened("1", R"({"user_id": 7})"), structured);
    EXPECT_EQ(refused.status, 422);
    EXPECT_EQ(refused.content_type, "application/problem+json");
    EXPECT_THAT(refused.body, HasSubstr(R"("detail":"'user_id' is '7'; a text is expected")"));
    EXPECT_THAT(refused.body, HasSubstr(R"("dead_letter":1)"));
    service.features = nullptr;
    EXPECT_THAT(post(opened("1"), structured), StartsWith("503 "));
}

TEST_F(EventEndpoints, ShowAndReplayDeadLetters) {
    post(opened("1", R"({"seconds": "long", "user_id": "ann"})"), structured);
    post("\xff\xfe", {{"ce-specversion", "1.0"}, {"ce-type", "document.accessed"}, {"ce-source", "/\xff"}, {"ce-id", "2"}});
    auto shown = ask("GET", "/v1/events/dead-letters?limit=10");
    auto value = parse_json(shown.body).value();
    EXPECT_EQ(value.at("count"), 2);
    const auto& first = value.at("dead_letters").at(0);
    EXPECT_EQ(first.at("reason"), "'seconds' is 'long'; a number is expected");
    EXPECT_EQ(first.at("event").at("data").at("user_id"), "ann");
    EXPECT_EQ(value.at("dead_letters").at(1).at("event").at("data_base64"), "//4=");
    EXPECT_EQ(value.at("dead_letters").at(1).at("event").at("source"), "/\xef\xbf\xbd");
    EXPECT_THAT(ask("GET", "/v1/events/dead-letters?type=none").body, HasSubstr(R"("dead_letters":[])"));
    EXPECT_EQ(ask("GET", "/v1/events/dead-letters?limit=1001").status, 422);
    auto replayed = ask("POST", "/v1/events/dead-letters/replay", "{}");
    EXPECT_EQ(replayed.body, R"({"stored":0,"duplicates":0,"dead_letters":2,"next":null})");
    EXPECT_EQ(ask("POST", "/v1/events/dead-letters/replay", R"({"all": true})").status, 422);
}

/// Over a real connection: an answer that waits for the disk does not hold up the loop's other connections.
TEST_F(EventEndpoints, DoNotBlockTheServer) {
    auto server = Server::start(
        {.port = 0, .threads = 1}, [&](const Request& request) { return answer(request, service); }, telemetry);
    ASSERT_TRUE(server.has_value());
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 40; ++i) clients.push_back(std::make_unique<Client>((*server)->port()));
    for (int round = 0; round < 20; ++round) {
        for (std::size_t i = 0; i < clients.size(); ++i) {
            auto body = opened(fmt::format("{}-{}", round, i));
            clients[i]->send(fmt::format("POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Type: application/cloudevents+json\r\n"
                                         "Content-Length: {}\r\n\r\n{}",
                                         body.size(), body));
        }
        for (auto& client : clients) ASSERT_THAT(client->answer(), HasSubstr(R"({"outcome":"stored")"));
    }
    EXPECT_EQ(store->log().last_sequence(), 800u);
    EXPECT_THAT(telemetry.exposition(), HasSubstr(R"(quoin_events_total{type="document.accessed",outcome="stored"} 800)"));
}

}  // namespace
}  // namespace quoin
