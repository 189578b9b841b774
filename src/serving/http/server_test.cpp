#include "serving/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "serving/http/server_fixture.h"

namespace quoin {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ServerTest : public testing::Test, protected EchoServer {};

TEST_F(ServerTest, KeepsAConnectionAndAnswersPipelinedRequestsInOrder) {
    ASSERT_EQ(start(), "");
    Client one(server_->port());
    std::string many;
    for (int i = 0; i < 500; ++i) many += i % 3 == 0 ? post(fmt::format("body {}", i)) : get(fmt::format("/{}", i));
    std::thread sender([&] { one.send(many); });
    for (int i = 0; i < 500; ++i) {
        auto answer = one.answer();
        ASSERT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
        ASSERT_THAT(answer, testing::EndsWith(i % 3 == 0 ? fmt::format("/echo body {}", i) : fmt::format("/{} ", i)));
    }
    sender.join();
    one.send(get("/head").replace(0, 3, "HEAD"));
    EXPECT_THAT(one.answer(true), AllOf(HasSubstr("Content-Length: 6\r\n"), testing::EndsWith("\r\n\r\n")));
    one.send(get("/bye", "Connection: close\r\n"));
    EXPECT_THAT(one.rest(), AllOf(HasSubstr("Connection: close\r\n"), testing::EndsWith("/bye ")));
}

/// While answers are on their way the loop serves other connections, and each connection keeps the order of its requests.
TEST_F(ServerTest, AnswersLaterWithoutHoldingOthersUp) {
    options_.threads = 1;
    ASSERT_EQ(start(), "");
    auto later = [](std::string_view body) {
        return fmt::format("POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
    };
    Client first(server_->port()), second(server_->port()), other(server_->port()), gone(server_->port());
    first.send(get("/before") + later("1") + get("/behind") + later("2"));
    EXPECT_THAT(first.answer(), testing::EndsWith("/before ")) << "what came before does not wait";
    second.send(later("3"));
    for (int i = 0; i < 100; ++i) {
        other.send(get("/meanwhile"));
        ASSERT_THAT(other.answer(), testing::EndsWith("/meanwhile "));
    }
    release_later(2);
    EXPECT_THAT(first.answer(), AllOf(StartsWith("HTTP/1.1 200 OK"), testing::EndsWith("later 1")));
    EXPECT_THAT(first.answer(), testing::EndsWith("/behind "));
    EXPECT_THAT(second.answer(), testing::EndsWith("later 3"));
    release_later(1);
    EXPECT_THAT(first.answer(), testing::EndsWith("later 2"));
    EXPECT_THAT(telemetry_.exposition(), HasSubstr(R"(quoin_http_requests_total{route="/later",method="POST",status="200"} 3)"));
}

TEST_F(ServerTest, AStopWaitsForAnswersThatComeLater) {
    options_.drain_time_max = milliseconds(50);
    ASSERT_EQ(start(), "");
    Client waiting(server_->port());
    waiting.send("POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    auto stopped = std::async(std::launch::async, [&] { server_->stop(); });
    EXPECT_EQ(stopped.wait_for(milliseconds(200)), std::future_status::timeout) << "somebody still holds the function that answers";
    release_later(1);
    stopped.get();
    EXPECT_EQ(waiting.rest(), "") << "the drain time was over";
}

TEST_F(ServerTest, SpeaksHttp10) {
    ASSERT_EQ(start(), "");
    Client plain(server_->port());
    plain.send("GET /old HTTP/1.0\r\n\r\n");
    EXPECT_THAT(plain.rest(), AllOf(HasSubstr("Connection: close"), testing::EndsWith("/old ")));
    Client kept(server_->port());
    kept.send("GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_THAT(kept.answer(), HasSubstr("Connection: keep-alive"));
    kept.send("GET /again HTTP/1.0\r\n\r\n");
    EXPECT_THAT(kept.rest(), testing::EndsWith("/again "));
}

TEST_F(ServerTest, AnswersAClientThatHasFinishedSending) {
    ASSERT_EQ(start(), "");
    Client one(server_->port());
    one.send(get("/a") + get("/b"));
    one.finish_sending();
    EXPECT_THAT(one.rest(), AllOf(HasSubstr("/a "), testing::EndsWith("/b ")));
}

TEST_F(ServerTest, SurvivesHandlersThatThrowAndBytesThatAreNoHttp) {
    ASSERT_EQ(start(), "");
    Client thrown(server_->port());
    thrown.send(get("/throw") + get("/next"));
    EXPECT_THAT(thrown.answer(), AllOf(StartsWith("HTTP/1.1 500 "), HasSubstr("application/problem+json"), Not(HasSubstr("on purpose"))));
    EXPECT_THAT(thrown.answer(), testing::EndsWith("/next "));
    thrown.send(get("/split"));
    EXPECT_THAT(thrown.answer(), Not(HasSubstr("\r\nX-Evil")));
    std::uint64_t state = 42;
    for (int round = 0; round < 300; ++round) {
        std::string bytes = round % 2 == 0 ? get("/a") + post("hello") : std::string();
        for (int i = 0; i < 100; ++i) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>((state >> 33) % (bytes.size() + 1)), static_cast<char>(state >> 56));
        }
        Client noise(server_->port());
        noise.send(bytes);
        noise.finish_sending();
        noise.rest();
    }
    thrown.send(get("/alive"));
    EXPECT_THAT(thrown.answer(), testing::EndsWith("/alive "));
}

TEST_F(ServerTest, StopsGracefully) {
    options_.threads = 1;
    options_.linger_time_max = milliseconds(20);
    ASSERT_EQ(start(), "");
    auto port = server_->port();
    Client busy(port), idle(port);
    idle.send(get("/idle"));
    EXPECT_THAT(idle.answer(), StartsWith("HTTP/1.1 200"));
    busy.send(get("/wait") + get("/behind"));
    wait_until_handler_waits();
    Client queued(port);  // accepted by the kernel only: the loop is in the handler
    queued.send(get("/queued"));
    auto stopped = std::async(std::launch::async, [&] { server_->stop(); });
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_EQ(stopped.wait_for(milliseconds(0)), std::future_status::timeout);
    release();
    EXPECT_THAT(busy.rest(), AllOf(HasSubstr("/wait "), HasSubstr("Connection: close")));
    EXPECT_THAT(queued.rest(), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("Connection: close"), testing::EndsWith("/queued ")));
    EXPECT_EQ(idle.rest(), "");
    stopped.get();
    EXPECT_FALSE(Client(port).connected());
    server_->stop();  // twice is once
}

TEST_F(ServerTest, AStopDoesNotWaitLongerThanTheDrainTime) {
    options_.drain_time_max = milliseconds(100);
    ASSERT_EQ(start(), "");
    Client half(server_->port());
    half.send("GET / HTTP/1.1\r\nHost:");
    auto& open = telemetry_.gauge("quoin_http_connections", "");
    for (int i = 0; i < 1000 && open.value() < 1; ++i) std::this_thread::sleep_for(milliseconds(5));
    server_->stop();
    EXPECT_EQ(half.rest(), "");
    EXPECT_EQ(open.value(), 0);
}

TEST_F(ServerTest, AnswersTenThousandRequestsOnManyConnections) {
    ASSERT_EQ(start(), "");
    std::vector<std::thread> threads;
    std::atomic<int> right{0};
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&, t] {
            Client one(server_->port());
            for (int i = 0; i < 1250; ++i) {
                auto text = fmt::format("{}-{}", t, i);
                one.send(post(text));
                if (one.answer().ends_with("/echo " + text)) ++right;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(right, 10'000);
    auto exposition = telemetry_.exposition();
    EXPECT_THAT(exposition, HasSubstr(R"(quoin_http_requests_total{route="/echo",method="POST",status="200"} 10000)"));
    EXPECT_THAT(exposition, HasSubstr(R"(quoin_http_request_duration_seconds_count{route="/echo"} 10000)"));
}

TEST_F(ServerTest, SaysWhyItCannotListen) {
    ASSERT_EQ(start(), "");
    auto again = options_;
    again.port = server_->port();
    auto second = Server::start(
        again, [](const Request&) { return Response{}; }, telemetry_);
    ASSERT_FALSE(second.has_value()) << "the shared port must not be taken twice in silence";
    EXPECT_EQ(second.error().kind, ErrorKind::unavailable);
    EXPECT_THAT(second.error().message, HasSubstr("choose another port"));
    again.address = "somewhere";
    EXPECT_EQ(Server::start(
                  again, [](const Request&) { return Response{}; }, telemetry_)
                  .error()
                  .kind,
              ErrorKind::invalid);
}

}  // namespace
}  // namespace quoin
