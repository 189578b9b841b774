#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "serving/http/server_fixture.h"

namespace quoin {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ServerLimitsTest : public testing::Test, protected EchoServer {};

TEST_F(ServerLimitsTest, AsksForABodyThatWaitsForContinueAndRefusesOneThatIsTooLarge) {
    options_.body_bytes_max = 100'000;
    ASSERT_EQ(start(), "");
    Client one(server_->port());
    one.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(one.answer(), "HTTP/1.1 100 Continue\r\n\r\n");
    one.send("ok");
    EXPECT_THAT(one.answer(), testing::EndsWith("/echo ok"));
    one.send(post(std::string(100'000, 'x')));
    EXPECT_THAT(one.answer(), StartsWith("HTTP/1.1 200"));
    one.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 100001\r\n\r\n");
    auto refused = one.rest();
    EXPECT_THAT(refused, AllOf(StartsWith("HTTP/1.1 413 "), HasSubstr("application/problem+json"), HasSubstr("Connection: close")));
    EXPECT_THAT(refused, HasSubstr(R"("detail":"the body has more than 100000 bytes")"));
}

TEST_F(ServerLimitsTest, ARefusalReachesAClientThatIsStillSending) {
    ASSERT_EQ(start(), "");
    Client one(server_->port());
    one.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n");
    for (int i = 0; i < 100; ++i) one.send(std::string(10'000, 'x'));
    one.finish_sending();
    EXPECT_THAT(one.rest(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(ServerLimitsTest, RefusesHeadersOverTheirLimits) {
    options_.header_bytes_max = 2000;
    options_.target_bytes_max = 300;
    options_.header_fields_max = 20;
    ASSERT_EQ(start(), "");
    std::string fields;
    for (int i = 0; i < 30; ++i) fields += fmt::format("X-{}: y\r\n", i);
    struct Case {
        std::string request;
        const char* status;
    };
    for (const auto& [request, status] : {Case{get("/" + std::string(301, 'a')), "HTTP/1.1 414 "}, Case{get("/", fields), "HTTP/1.1 431 "},
                                          Case{get("/", "X: " + std::string(2000, 'a') + "\r\n"), "HTTP/1.1 431 "}}) {
        Client one(server_->port());
        one.send(request);
        EXPECT_THAT(one.rest(), StartsWith(status));
    }
    EXPECT_THAT(telemetry_.exposition(), HasSubstr(R"(quoin_http_requests_total{route="unmatched",method="other",status="431"} 2)"));
}

TEST_F(ServerLimitsTest, GivesSlowClientsATimeLimitForEachPart) {
    options_.header_time_max = milliseconds(120);
    options_.body_time_max = milliseconds(120);
    options_.idle_time_max = milliseconds(120);
    options_.linger_time_max = milliseconds(20);
    ASSERT_EQ(start(), "");
    Client header(server_->port()), body(server_->port()), silent(server_->port()), idle(server_->port());
    idle.send(get("/a"));
    EXPECT_THAT(idle.answer(), testing::EndsWith("/a "));
    body.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    std::thread slowloris([&] {  // a byte now and then does not renew the time
        for (char c : get("/", "X-Slow: " + std::string(200, 'a') + "\r\n")) {
            if (!header.send(std::string(1, c))) break;
            std::this_thread::sleep_for(milliseconds(10));
        }
    });
    EXPECT_THAT(header.rest(), AllOf(StartsWith("HTTP/1.1 408 "), HasSubstr("the request header took too long")));
    slowloris.join();
    EXPECT_THAT(body.rest(), AllOf(StartsWith("HTTP/1.1 408 "), HasSubstr("the body took too long")));
    EXPECT_EQ(silent.rest(), "");
    EXPECT_EQ(idle.rest(), "");
}

TEST_F(ServerLimitsTest, ClosesAReaderThatTakesNothing) {
    options_.write_time_max = milliseconds(100);
    options_.linger_time_max = milliseconds(50);
    ASSERT_EQ(start(), "");
    Client stuck(server_->port());
    stuck.send(get("/large") + get("/large"));
    auto& open = telemetry_.gauge("quoin_http_connections", "");
    for (int i = 0; i < 1000 && open.value() < 1; ++i) std::this_thread::sleep_for(milliseconds(5));
    for (int i = 0; i < 1000 && open.value() > 0; ++i) std::this_thread::sleep_for(milliseconds(5));
    EXPECT_EQ(open.value(), 0);
    Client reader(server_->port());
    reader.send(get("/large"));
    EXPECT_GT(reader.answer().size(), 8'000'000u);
}

TEST_F(ServerLimitsTest, TellsConnectionsAboveTheLimit) {
    options_.connections_max = 3;
    ASSERT_EQ(start(), "");
    std::vector<std::unique_ptr<Client>> kept;
    for (int i = 0; i < 3; ++i) {
        kept.push_back(std::make_unique<Client>(server_->port()));
        kept.back()->send(get("/kept"));
        EXPECT_THAT(kept.back()->answer(), StartsWith("HTTP/1.1 200"));
    }
    Client fourth(server_->port());
    fourth.send(get("/fourth"));
    EXPECT_THAT(fourth.answer(), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("Retry-After: 1"), HasSubstr("Connection: close")));
    kept[0]->send(get("/still"));
    EXPECT_THAT(kept[0]->answer(), testing::EndsWith("/still "));
}

}  // namespace
}  // namespace quoin
