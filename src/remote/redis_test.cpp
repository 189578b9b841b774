#include "remote/redis.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/rng.h"
#include "remote/redis_fixture.h"
#include "remote/redis_url.h"

namespace quoin {
namespace {

class RedisClient : public testing::Test {
protected:
    void SetUp() override {
        if (!RedisServer::is_available()) GTEST_SKIP() << "redis-server is not installed";
    }
};

TEST_F(RedisClient, KeepsEveryByteOfEveryKindOfReply) {
    RedisServer server;
    ASSERT_TRUE(server.start());
    auto redis = Redis::make({.url = server.url() + "/3"});
    ASSERT_TRUE(redis) << redis.error().message;
    EXPECT_EQ(redis->where(), fmt::format("127.0.0.1:{}/3", server.port()));
    Rng rng(7);
    RedisPipeline pipeline;
    std::vector<std::string> values;
    for (int i = 0; i < 300; ++i) {
        std::string value(i == 0 ? 0 : rng.below(i % 50 == 0 ? 200'000 : 300), '\0');
        for (char& c : value) c = static_cast<char>(rng.below(256));
        auto key = fmt::format("key\r\n{}", i);
        pipeline.add({"SET", key, value});
        pipeline.add({"GET", key});
        values.push_back(std::move(value));
    }
    auto replies = redis->run(pipeline);
    ASSERT_TRUE(replies) << replies.error().message;
    ASSERT_EQ(replies->size(), 600u);
    for (std::size_t i = 0; i < values.size(); ++i) {
        EXPECT_EQ((*replies)[2 * i].text, "OK");
        ASSERT_EQ((*replies)[2 * i + 1].text, values[i]) << i;
    }
    pipeline.clear();
    pipeline.add({"HSET", "h", "a", "1", "b", ""});
    pipeline.add({"HMGET", "h", "a", "c", "b"});
    pipeline.add({"LPUSH", "h", "x"});
    pipeline.add({"EVAL", "return {1, {'two', {}}, false}", "0"});
    pipeline.add({"DBSIZE"});
    ASSERT_TRUE(redis->run_into(*replies, pipeline)) << "replies of the pipeline before are used again";
    ASSERT_EQ(replies->size(), 5u);
    const auto& r = *replies;
    EXPECT_EQ(r[0].integer, 2);
    ASSERT_EQ(r[1].items.size(), 3u);
    EXPECT_EQ(r[1].items[0].text, "1");
    EXPECT_TRUE(r[1].items[1].is_null());
    EXPECT_EQ(r[1].items[2].kind, RedisReply::Kind::text);
    EXPECT_EQ(r[2].kind, RedisReply::Kind::error);
    ASSERT_EQ(r[3].items.size(), 3u);
    EXPECT_EQ(r[3].items[1].items[0].text, "two");
    EXPECT_EQ(r[3].items[1].items[1].kind, RedisReply::Kind::list);
    EXPECT_TRUE(r[3].items[2].is_null());
    EXPECT_EQ(r[4].integer, 301) << "300 keys and the hash, all in database 3";
}

TEST_F(RedisClient, ComesBackWithTheServer) {
    RedisServer server;
    server.keep_on_disk();
    ASSERT_TRUE(server.start());
    auto redis = Redis::make({.url = server.url(), .timeout = Duration{300'000}, .pause_max = Duration{50'000}});
    ASSERT_TRUE(redis->run({"SET", "k", "1"}));
    server.end();
    auto away = redis->run({"GET", "k"});
    ASSERT_FALSE(away);
    EXPECT_EQ(away.error().kind, ErrorKind::unavailable);
    EXPECT_NE(away.error().message.find("cannot be reached"), std::string::npos) << away.error().message;
    auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 10'000; ++i) EXPECT_FALSE(redis->run({"GET", "k"}));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2)) << "calls fail at once while the server is away";
    ASSERT_TRUE(server.start());
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    auto back = redis->run({"GET", "k"});
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->text, "1");
    // Restarted while nothing was under way: nobody notices.
    server.end();
    ASSERT_TRUE(server.start());
    EXPECT_TRUE(redis->run({"GET", "k"}));
    // A server that hangs: the time-out ends the call, and its late answer is not taken for that of the next.
    server.pause(true);
    auto hangs = redis->run({"ECHO", "late"});
    server.pause(false);
    ASSERT_FALSE(hangs);
    EXPECT_NE(hangs.error().message.find("in time"), std::string::npos) << hangs.error().message;
    EXPECT_EQ(redis->run({"ECHO", "next"})->text, "next");
}

TEST_F(RedisClient, AnswersManyThreadsEachItsOwn) {
    RedisServer server;
    ASSERT_TRUE(server.start());
    auto redis = Redis::make({.url = server.url()});
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread)
        threads.emplace_back([&, thread] {
            for (int i = 0; i < 200; ++i) {
                auto text = fmt::format("{}/{}", thread, i);
                auto reply = redis->run({"ECHO", text});
                if (!reply || reply->text != text) ++wrong;
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

TEST_F(RedisClient, ErrorsSayWhatKindTheyAre) {
    RedisServer server({"--requirepass", "p@ss/wörd"});
    ASSERT_TRUE(server.start());
    auto kind = [](const Result<RedisReply>& reply) { return reply ? "answered" : name_of(reply.error().kind); };
    auto stranger = Redis::make({.url = server.url()})->run({"GET", "k"});
    EXPECT_STREQ(kind(stranger), "unavailable");
    auto wrong = Redis::make({.url = fmt::format("redis://:hush@127.0.0.1:{}", server.port())})->run({"GET", "k"});
    EXPECT_STREQ(kind(wrong), "unavailable");
    EXPECT_EQ(wrong.error().message.find("hush"), std::string::npos) << wrong.error().message;
    EXPECT_NE(wrong.error().message.find("WRONGPASS"), std::string::npos) << wrong.error().message;
    auto redis = Redis::make({.url = fmt::format("redis://default:p%40ss%2Fw%C3%B6rd@127.0.0.1:{}/1", server.port())});
    ASSERT_TRUE(redis->run({"SET", "k", "v"})) << redis->run({"PING"}).error().message;
    EXPECT_STREQ(kind(redis->run({"INCR", "k"})), "invalid");
    EXPECT_STREQ(kind(redis->run({"EVALSHA", std::string(40, '0'), "0"})), "not-found");
    EXPECT_STREQ(kind(redis->run({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">"})), "not-found");
    ASSERT_TRUE(redis->run({"XGROUP", "CREATE", "s", "g", "0", "MKSTREAM"}));
    EXPECT_STREQ(kind(redis->run({"XGROUP", "CREATE", "s", "g", "0"})), "conflict");
    ASSERT_TRUE(redis->run({"CONFIG", "SET", "maxmemory", "1"}));
    EXPECT_STREQ(kind(redis->run({"SET", "k", "w"})), "unavailable");
    auto small = Redis::make({.url = fmt::format("redis://:p%40ss%2Fw%C3%B6rd@127.0.0.1:{}", server.port()), .reply_bytes_max = 1000});
    EXPECT_STREQ(kind(small->run({"EVAL", "return string.rep('x', 2000)", "0"})), "too-large");
    EXPECT_STREQ(kind(small->run({"ECHO", "small"})), "answered") << "and the next one connects anew";
}

TEST_F(RedisClient, SpeaksTls) {
    if (!is_installed("openssl")) GTEST_SKIP() << "there is no openssl program";
    RedisServer plain;  // for its folder
    auto folder = plain.folder().string();
    auto make = fmt::format(
        "cd '{}' && openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost "
        "-addext subjectAltName=DNS:localhost 2>/dev/null",
        folder);
    ASSERT_EQ(std::system(make.c_str()), 0);
    auto tls_port = free_port();
    RedisServer server({"--tls-port", std::to_string(tls_port), "--tls-cert-file", folder + "/cert.pem", "--tls-key-file",
                        folder + "/key.pem", "--tls-ca-cert-file", folder + "/cert.pem", "--tls-auth-clients", "no"});
    if (!server.start()) GTEST_SKIP() << "this redis-server was built without TLS";
    auto url = fmt::format("rediss://localhost:{}/0", tls_port);
    auto redis = Redis::make({.url = url, .ca_file = folder + "/cert.pem"});
    std::string large(3'000'000, 'x');
    ASSERT_TRUE(redis->run({"SET", "k", large})) << redis->run({"PING"}).error().message;
    for (int i = 0; i < 3; ++i) EXPECT_EQ(redis->run({"GET", "k"})->text, large);
    EXPECT_EQ(redis->run({"CLIENT", "LIST"})->text.find("id=", 5), std::string::npos) << "one connection was enough";
    auto untrusted = Redis::make({.url = url})->run({"PING"});
    ASSERT_FALSE(untrusted);
    EXPECT_NE(untrusted.error().message.find("not trusted"), std::string::npos) << untrusted.error().message;
    auto other_host = Redis::make({.url = fmt::format("rediss://127.0.0.1:{}/0", tls_port), .ca_file = folder + "/cert.pem"})
                          ->run({"PING"});
    ASSERT_FALSE(other_host);
    EXPECT_NE(other_host.error().message.find("mismatch"), std::string::npos) << other_host.error().message;
    EXPECT_FALSE(Redis::make({.url = fmt::format("rediss://localhost:{}/0", server.port())})->run({"PING"}))
        << "the plain port speaks no TLS";
}

TEST(RedisUrl, IsReadWholeOrRefusedWithoutSecrets) {
    auto all = parse_redis_url("rediss://us%40er:p%3Aw@[::1]:7000/12");
    ASSERT_TRUE(all) << all.error().message;
    EXPECT_EQ(fmt::format("{} {} {} {} {} {}", all->tls, all->user, all->password, all->host, all->port, all->database),
              "true us@er p:w ::1 7000 12");
    auto least = parse_redis_url("redis://cache");
    EXPECT_EQ(fmt::format("{} {} {}", least->host, least->port, least->database), "cache 6379 0");
    for (auto bad : {"", "cache:6379", "http://cache", "redis://", "redis://:6379", "redis://h:0", "redis://h:65536", "redis://h:6379/x",
                     "redis://h:6379/-1", "redis://:hush%zz@h", "redis://hush@h", "redis://[::1", "redis://h?x=1"}) {
        auto refused = parse_redis_url(bad);
        ASSERT_FALSE(refused) << bad;
        EXPECT_EQ(refused.error().message.find("hush"), std::string::npos) << refused.error().message;
    }
}

}  // namespace
}  // namespace quoin
