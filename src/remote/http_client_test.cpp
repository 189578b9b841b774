#include "remote/http_client.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "base/digest.h"
#include "remote/http_fixture.h"
#include "remote/redaction.h"
#include "remote/retrying_http.h"

namespace quoin {
namespace {

TEST(HttpClient, SendsMethodHeadersAndBodyAndKeepsTheConnection) {
    HttpPeer peer([](const SeenRequest& request) {
        auto seen = fmt::format("{} {} {} [{}] {}", request.method, request.target, request.headers.at("x-one"),
                                request.headers.contains("content-type") ? request.headers.at("content-type") : "-", request.body);
        return http_answer("201 Created", seen, "X-Two:  b \r\n");
    });
    HttpClient client;
    std::string body("\0bytes\xff", 7);
    for (int i = 0; i < 5; ++i) {
        auto put = client.send({.method = "PUT", .url = peer.url("/a%20b?c=1"), .headers = {{"X-One", "1"}}, .body = body});
        ASSERT_TRUE(put) << put.error().message;
        EXPECT_EQ(put->status, 201);
        EXPECT_EQ(put->body, "PUT /a%20b?c=1 1 [-] " + body);
        ASSERT_NE(put->header("x-two"), nullptr);
        EXPECT_EQ(*put->header("x-two"), "b");
        EXPECT_EQ(put->header("x-three"), nullptr);
    }
    EXPECT_EQ(peer.connections(), 1) << "five requests one after the other use one connection";
    auto empty = client.send({.method = "POST", .url = peer.url("/"), .headers = {{"X-One", ""}, {"Content-Type", "text/csv"}}});
    ASSERT_TRUE(empty) << empty.error().message;
    EXPECT_EQ(empty->body, "POST /  [text/csv] ");
}

TEST(HttpClient, LimitsSizeTimeAndHeaders) {
    HttpPeer peer([](const SeenRequest& request) -> std::string {
        if (request.target == "/slow") std::this_thread::sleep_for(std::chrono::milliseconds(700));
        if (request.target == "/hangs-up") return "";
        if (request.target == "/headers")
            return http_answer("200 OK", "",
                               "X-Long: " + std::string(90'000, 'x') + "\r\nX-A: " + std::string(90'000, 'y') +
                                   "\r\nX-B: " + std::string(90'000, 'z') + "\r\n");
        if (request.target == "/cut") return "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nshort";
        return http_answer("200 OK", std::string(5000, 'x'));
    });
    HttpClient client;
    auto at_limit = client.send({.url = peer.url("/"), .response_bytes_max = 5000});
    ASSERT_TRUE(at_limit) << at_limit.error().message;
    auto above = client.send({.url = peer.url("/?api_key=hush"), .response_bytes_max = 4999});
    ASSERT_FALSE(above);
    EXPECT_EQ(above.error().kind, ErrorKind::too_large);
    EXPECT_EQ(above.error().message.find("hush"), std::string::npos) << above.error().message;
    auto slow = client.send({.url = peer.url("/slow"), .timeout = Duration{200'000}});
    ASSERT_FALSE(slow);
    EXPECT_EQ(slow.error().kind, ErrorKind::unavailable);
    EXPECT_NE(slow.error().message.find("did not answer within 200ms"), std::string::npos) << slow.error().message;
    auto cut_off = client.send({.url = peer.url("/hangs-up")});
    ASSERT_FALSE(cut_off);
    EXPECT_EQ(cut_off.error().kind, ErrorKind::unavailable);
    auto headers = client.send({.url = peer.url("/headers")});
    ASSERT_FALSE(headers);
    EXPECT_EQ(headers.error().kind, ErrorKind::too_large) << headers.error().message;
    EXPECT_TRUE(client.send({.url = peer.url("/")})) << "the client goes on after failures";
}

TEST(HttpClient, RefusesWhatIsNoHttpRequest) {
    HttpClient client;
    auto kind = [&](HttpRequest request) {
        auto response = client.send(request);
        return response ? "answered" : std::string(name_of(response.error().kind));
    };
    EXPECT_EQ(kind({.url = "file:///etc/passwd"}), "invalid");
    EXPECT_EQ(kind({.url = "gopher://127.0.0.1/x"}), "invalid");
    EXPECT_EQ(kind({.url = "http://"}), "invalid");
    EXPECT_EQ(kind({.url = "http://127.0.0.1/a b"}), "invalid");
    EXPECT_EQ(kind({.url = "http://127.0.0.1/\r\nX-Evil: 1"}), "invalid");
    EXPECT_EQ(kind({.method = "GET /x HTTP/1.1", .url = "http://127.0.0.1/"}), "invalid");
    EXPECT_EQ(kind({.url = "http://127.0.0.1/", .headers = {{"X-A", "1\r\nX-Evil: 1"}}}), "invalid");
    EXPECT_EQ(kind({.url = "http://127.0.0.1/", .headers = {{"X A", "1"}}}), "invalid");
    EXPECT_EQ(kind({.url = "http://127.0.0.1:1/"}), "unavailable");
}

TEST(HttpClient, FollowsFewRedirectsAndKeepsSecretsAtHome) {
    HttpPeer other([](const SeenRequest& request) {
        return http_answer("200 OK", fmt::format("{} {}", request.headers.contains("x-api-key"), request.headers.contains("accept")));
    });
    HttpPeer peer([&](const SeenRequest& request) {
        if (request.target == "/away") return http_answer("302 Found", "", "Location: " + other.url("/") + "\r\n");
        if (request.target == "/round") return http_answer("302 Found", "", "Location: /round\r\n");
        if (request.target == "/file") return http_answer("302 Found", "", "Location: file:///etc/passwd\r\n");
        if (request.target == "/relative") return http_answer("307 Temporary Redirect", "", "Location: home\r\n");
        return http_answer("200 OK", fmt::format("{} {}", request.target, request.headers.contains("x-api-key")));
    });
    HttpClient client;
    std::vector<HttpHeader> headers = {{"X-Api-Key", "hush"}, {"Accept", "text/csv"}};
    auto away = client.send({.url = peer.url("/away"), .headers = headers});
    ASSERT_TRUE(away) << away.error().message;
    EXPECT_EQ(away->body, "false true");
    EXPECT_EQ(away->url, other.url("/"));
    auto relative = client.send({.url = peer.url("/relative"), .headers = headers});
    ASSERT_TRUE(relative) << relative.error().message;
    EXPECT_EQ(relative->body, "/home true");
    auto round = client.send({.url = peer.url("/round"), .redirects_max = 3});
    ASSERT_FALSE(round);
    EXPECT_NE(round.error().message.find("more than 3 times"), std::string::npos) << round.error().message;
    auto file = client.send({.url = peer.url("/file")});
    ASSERT_FALSE(file);
    EXPECT_NE(file.error().message.find("not followed"), std::string::npos) << file.error().message;
    auto posted = client.send({.method = "POST", .url = peer.url("/away"), .body = "x"});
    ASSERT_TRUE(posted);
    EXPECT_EQ(posted->status, 302) << "what changes something is not sent twice";
}

TEST(HttpClient, AnswersManyThreadsEachItsOwn) {
    HttpPeer peer([](const SeenRequest& request) { return http_answer("200 OK", request.target); });
    HttpClient client;
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 8; ++thread)
        threads.emplace_back([&, thread] {
            for (int i = 0; i < 50; ++i) {
                auto target = fmt::format("/{}/{}", thread, i);
                auto response = client.send({.url = peer.url(target)});
                if (!response || response->body != target) ++wrong;
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_LE(peer.connections(), 16) << "connections are used again";
}

TEST(HttpClient, EndsSoonAfterItIsCancelled) {
    HttpPeer peer([](const SeenRequest&) {
        std::this_thread::sleep_for(std::chrono::seconds(3));
        return http_answer("200 OK");
    });
    std::atomic<bool> cancelled{false};
    std::thread canceller([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        cancelled = true;
    });
    auto start = std::chrono::steady_clock::now();
    auto response = HttpClient().send({.url = peer.url("/"), .cancelled = &cancelled});
    canceller.join();
    ASSERT_FALSE(response);
    EXPECT_NE(response.error().message.find("cancelled"), std::string::npos);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(2500));
}

/// A TLS server with a certificate that nobody signed, by the openssl program.
class TlsPeer : public testing::Test {
protected:
    void SetUp() override {
        if (std::system("command -v openssl >/dev/null 2>&1") != 0) GTEST_SKIP() << "there is no openssl program";
        folder_ = std::filesystem::temp_directory_path() / ("quoin-tls-" + random_hex_id());
        std::filesystem::create_directories(folder_);
        auto certificate = fmt::format("cd '{}' && openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj "
                                       "/CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null",
                                       folder_.string());
        ASSERT_EQ(std::system(certificate.c_str()), 0);
        HttpPeer unused([](const SeenRequest&) { return ""; });
        port_ = static_cast<std::uint16_t>(unused.port() + 1);
    }
    void TearDown() override {
        std::error_code ignored;
        if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
    }
    /// Serves while `body` runs.
    void serve(const std::string& options, const std::function<void()>& body) {
        auto start = fmt::format("cd '{}' && (timeout 30 openssl s_server -accept {} -cert cert.pem -key key.pem -www -quiet {} >/dev/null "
                                 "2>&1 & echo $! >pid)",
                                 folder_.string(), port_, options);
        ASSERT_EQ(std::system(start.c_str()), 0);
        for (int i = 0; i < 100; ++i) {
            auto probe = HttpClient().send({.url = fmt::format("http://127.0.0.1:{}/", port_), .timeout = Duration::seconds(1)});
            if (!probe && probe.error().message.find("connect") == std::string::npos) break;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        body();
        std::system(fmt::format("kill $(cat '{}/pid') 2>/dev/null", folder_.string()).c_str());
    }
    std::filesystem::path folder_;
    std::uint16_t port_ = 0;
};

TEST_F(TlsPeer, CertificateHostAndVersionAreVerified) {
    auto by_name = fmt::format("https://localhost:{}/", port_), by_address = fmt::format("https://127.0.0.1:{}/", port_);
    serve("", [&] {
        auto unknown = HttpClient().send({.url = by_name});
        ASSERT_FALSE(unknown) << "a certificate that nobody signed was accepted";
        EXPECT_EQ(unknown.error().kind, ErrorKind::unavailable);
        HttpClient trusting({.ca_file = (folder_ / "cert.pem").string()});
        auto known = trusting.send({.url = by_name});
        ASSERT_TRUE(known) << known.error().message;
        EXPECT_EQ(known->status, 200);
        EXPECT_FALSE(trusting.send({.url = by_address})) << "the certificate is not made for this host";
    });
    ++port_;
    serve("-tls1_1 -cipher DEFAULT@SECLEVEL=0", [&] {
        HttpClient trusting({.ca_file = (folder_ / "cert.pem").string()});
        EXPECT_FALSE(trusting.send({.url = fmt::format("https://localhost:{}/", port_)})) << "TLS 1.1 was spoken";
    });
}

TEST(RetryingHttp, RetriesWhatMayPassAndHonoursRetryAfter) {
    int calls = 0;
    HttpPeer peer([&](const SeenRequest& request) {
        ++calls;
        if (request.target == "/never") return http_answer("503 Service Unavailable");
        if (request.target == "/wrong") return http_answer("404 Not Found");
        return calls < 3 ? http_answer("429 Too Many Requests", "", "Retry-After: 7\r\n") : http_answer("200 OK", "there");
    });
    std::vector<Duration> waits;
    ManualClock clock(from_civil(2026, 1, 1));
    RetryBudget budget(3, 0.5);
    RetryPolicy policy{.options = {.attempts_max = 4},
                       .clock = clock,
                       .sleep =
                           [&](Duration wait) {
                               waits.push_back(wait);
                               clock.set(clock.now() + wait);
                               return true;
                           },
                       .budget = &budget};
    HttpClient client;
    auto found = send_retrying(client, {.url = peer.url("/")}, policy, Rng(1));
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->body, "there");
    EXPECT_EQ(waits, (std::vector<Duration>{Duration::seconds(7), Duration::seconds(7)}));
    calls = 0;
    auto wrong = send_retrying(client, {.url = peer.url("/wrong")}, policy, Rng(1));
    EXPECT_EQ(wrong->status, 404);
    EXPECT_EQ(calls, 1);
    // Of three tokens two were taken and one given back by two answers: two retries, then the budget is empty.
    calls = 0;
    auto never = send_retrying(client, {.url = peer.url("/never")}, policy, Rng(1));
    ASSERT_TRUE(never);
    EXPECT_EQ(never->status, 503);
    EXPECT_EQ(calls, 3);
}

TEST(Redaction, HidesUsersAndSecretValuesOnly) {
    EXPECT_EQ(without_secrets("https://bob:p%40ss@w@api.example.com:8443/a/b?series=DGS10&api_key=abc123&x=1#f"),
              "https://api.example.com:8443/a/b?series=DGS10&api_key=***&x=1#f");
    EXPECT_EQ(without_secrets("https://s3/b/k?X-Amz-Signature=00ff&X-Amz-Security-Token=t%3D&max-keys=2"),
              "https://s3/b/k?X-Amz-Signature=***&X-Amz-Security-Token=***&max-keys=2");
    EXPECT_EQ(without_secrets("host=db user=u password='two words' sslmode=require"), "host=db user=u password=*** sslmode=require");
    EXPECT_EQ(without_secrets("cannot reach redis://:hush@cache:6379/0: refused, nor http://u@h/x"),
              "cannot reach redis://cache:6379/0: refused, nor http://h/x");
    EXPECT_EQ(without_secrets("http://host/path?mail=a@b"), "http://host/path?mail=a@b");
    EXPECT_EQ(without_secrets(""), "");
}

}  // namespace
}  // namespace quoin
