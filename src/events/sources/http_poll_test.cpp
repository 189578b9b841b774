#include "events/sources/http_poll.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "events/sources/source_bench.h"
#include "remote/http_fixture.h"

namespace quoin {
namespace {

constexpr std::string_view secret = "k3y&v3ry/s3cret";

/// A source asked over HTTP at a server of the test, and what `more` says of its section http.
class HttpSource : public testing::Test {
protected:
    std::shared_ptr<const Source> declare(std::string_view http, std::string_view more = "overlap: 5d",
                                          std::string_view query = R"(api_key: "${KEY}", from: "{since:date}")") {
        auto source = bench.make(fmt::format(R"(source: rates
description: d
owner: o
licence: l
events: rate.observed
http:
  url: ${{BASE}}/rates
  query: {{{}}}
{}
schedule: every 5m
freshness: 15m
{}
records: {{format: json, at: /rows/*}}
read:
  day: {{at: /day, type: time}}
  rate: {{at: /rate, type: number}}
event:
  id: "{{day:date}}"
  time: day
  known: day + 1d
  data: {{series_id: '"R"', value: rate}}
)",
                                             query, http, more));
        EXPECT_TRUE(source) << bench.wrong;
        return source;
    }
    SourcePoller poller_of(std::shared_ptr<const Source> source) {
        bench.tools->environment = &environment;
        return bench.poller(std::move(source), http_transport(client));
    }
    std::vector<SeenRequest> seen() {
        std::lock_guard lock(mutex);
        return requests;
    }
    void answer(std::function<std::string(const SeenRequest&)> with) {
        std::lock_guard lock(mutex);
        answers = std::move(with);
    }

    SourceBench bench;
    std::shared_ptr<const HttpClient> client = std::make_shared<HttpClient>();
    std::mutex mutex;
    std::vector<SeenRequest> requests;
    std::function<std::string(const SeenRequest&)> answers;
    HttpPeer peer{[this](const SeenRequest& request) {
        std::lock_guard lock(mutex);
        requests.push_back(request);
        return answers(request);
    }};
    Environment environment = [this](std::string_view name) -> std::optional<std::string> {
        if (name == "BASE") return peer.url("");
        if (name == "KEY") return std::string(secret);
        return {};
    };
};

TEST_F(HttpSource, AsksForWhatChangedOnly) {
    answer([](const SeenRequest& request) {
        if (request.headers.contains("if-none-match")) return http_answer("304 Not Modified");
        return http_answer("200 OK", R"({"rows": [{"day": "2024-01-15", "rate": 3.96}]})",
                           "ETag: \"v1\"\r\nLast-Modified: Tue, 16 Jan 2024 08:00:00 GMT\r\n");
    });
    auto source = declare("");
    auto first = poller_of(source);
    EXPECT_EQ(bench.run(first), "");
    EXPECT_EQ(first.status().tally.stored, 1u);
    // It looks from the newest event now, so this is another question: it cannot be conditional.
    bench.pass(Duration::minutes(5));
    EXPECT_EQ(bench.run(first), "");
    bench.pass(Duration::minutes(5));
    auto next_process = poller_of(source);
    EXPECT_EQ(bench.run(next_process), "");
    ASSERT_EQ(seen().size(), 3u);
    EXPECT_EQ(seen()[0].target, "/rates?api_key=k3y%26v3ry%2Fs3cret&from=2024-01-11");
    EXPECT_EQ(seen()[1].target, "/rates?api_key=k3y%26v3ry%2Fs3cret&from=2024-01-10");
    EXPECT_FALSE(seen()[1].headers.contains("if-none-match"));
    EXPECT_EQ(seen()[2].headers["if-none-match"], "\"v1\"");
    EXPECT_EQ(seen()[2].headers["if-modified-since"], "Tue, 16 Jan 2024 08:00:00 GMT");
    EXPECT_EQ(next_process.status().last_answer, bench.scratch.clock.now()) << "not modified is an answer";
    EXPECT_EQ(bench.scratch.log->last_sequence(), 1u);
}

TEST_F(HttpSource, BacksOffWithJitterAndDoesAsItIsAsked) {
    answer([](const SeenRequest&) { return http_answer("503 Service Unavailable", "busy"); });
    auto poller = poller_of(declare("  back_off: {first: 10s, most: 60s}\n  rate_limit: {requests: 1000, burst: 1000}"));
    Duration bound = Duration::seconds(10), longest{0};
    std::set<std::int64_t> waits;
    for (int i = 0; i < 40; ++i) {
        auto wait = poller.step() - bench.scratch.clock.now();
        EXPECT_GE(wait.value(), 0);
        EXPECT_LE(wait, bound) << "attempt " << i;
        bound = std::min(Duration{bound.value() * 2}, Duration::seconds(60));
        longest = std::max(longest, wait);
        waits.insert(wait.value());
        bench.scratch.clock.set(poller.due());
    }
    EXPECT_GT(longest, Duration::seconds(40));  // uniform in 0 to 60 s: 35 draws all below 40 s have a chance of 10^-6
    EXPECT_GT(waits.size(), 30u);
    EXPECT_EQ(poller.status().failures, 40);
    answer([](const SeenRequest&) { return http_answer("429 Too Many Requests", "slow down", "Retry-After: 97\r\n"); });
    EXPECT_GE(poller.step() - bench.scratch.clock.now(), Duration::seconds(97));
    answer([](const SeenRequest&) { return http_answer("200 OK", R"({"rows": []})"); });
    EXPECT_EQ(bench.run(poller), "");
    EXPECT_EQ(poller.status().failures, 0);
    for (int i = 0; i < 20; ++i) {
        answer([](const SeenRequest&) { return std::string(); });  // hangs up
        bench.pass(Duration::minutes(5));
        EXPECT_LE(poller.step() - bench.scratch.clock.now(), Duration::seconds(10)) << "after a success the first wait is the first again";
        answer([](const SeenRequest&) { return http_answer("200 OK", R"({"rows": []})"); });
        bench.pass(Duration::minutes(5));
        EXPECT_EQ(bench.run(poller), "");
    }
}

TEST_F(HttpSource, APageThatFailsIsAskedAgainAndNoneTwice) {
    bool broken = true;
    answer([&](const SeenRequest& request) {
        auto offset = std::stoi(request.target.substr(request.target.find("offset=") + 7));
        if (offset == 4 && broken) return http_answer("500 Internal Server Error");
        std::string rows;
        for (int i = offset; i < std::min(offset + 2, 5); ++i)
            rows += fmt::format(R"({}{{"day": "2024-01-{:02}", "rate": {}}})", rows.empty() ? "" : ",", 11 + i, i);
        return http_answer("200 OK", R"({"rows": [)" + rows + "]}");
    });
    auto source = declare("  pages: {by: offset, parameter: offset, size_parameter: limit, size: 2}", "overlap: 9d");
    auto first = poller_of(source);
    EXPECT_NE(bench.run(first), "");
    EXPECT_EQ(bench.scratch.log->last_sequence(), 4u);
    EXPECT_TRUE(first.status().last_answer.is_missing());
    broken = false;
    auto next_process = poller_of(source);
    EXPECT_EQ(bench.run(next_process), "");
    ASSERT_EQ(seen().size(), 4u);
    EXPECT_TRUE(seen()[3].target.ends_with("from=2024-01-07&offset=4&limit=2")) << seen()[3].target;
    EXPECT_EQ(bench.scratch.log->last_sequence(), 5u);
    EXPECT_EQ(next_process.status().tally.duplicates, 0u);
}

TEST_F(HttpSource, OnePartThatIsRefusedDoesNotStopTheOthers) {
    answer([](const SeenRequest& request) {
        if (request.target.find("of=b") != std::string::npos) return http_answer("400 Bad Request", "no such series");
        auto rate = request.target.find("of=a") != std::string::npos ? 1 : 3;
        return http_answer("200 OK", fmt::format(R"({{"rows": [{{"day": "2024-01-1{}", "rate": {}}}]}})", rate + 2, rate));
    });
    auto poller = poller_of(declare("  for_each: [{of: a}, {of: b}, {of: c}]", "", R"(of: "{of}")"));
    EXPECT_EQ(bench.run(poller), "${BASE}/rates?of=b answers 400: no such series");
    EXPECT_EQ(poller.status().tally.stored, 2u);
    EXPECT_TRUE(poller.status().last_answer.is_missing());
    EXPECT_EQ(poller.due(), poller.source().declaration().schedule.next(bench.scratch.clock.now())) << "asking sooner would not help";
}

TEST_F(HttpSource, ShowsNoSecretAnywhere) {
    std::string echo(secret), encoded = "k3y%26v3ry%2Fs3cret";
    std::string shown;
    auto poll = [&](std::string answered) {
        answer([answered](const SeenRequest&) { return answered; });
        auto poller = poller_of(declare(R"(  headers: {Authorization: "Bearer ${KEY}"})"));
        testing::internal::CaptureStderr();
        shown += bench.run(poller);
        shown += testing::internal::GetCapturedStderr();
    };
    poll(http_answer("401 Unauthorized", "the key " + echo + " is none"));
    poll(http_answer("200 OK", "<html>" + encoded + "</html>"));
    poll(http_answer("200 OK",
                     R"({"rows": [{"day": "key )" + echo + R"(", "rate": 1}, {"day": "2024-01-15", "rate": ")" + encoded + "\"}]}"));
    poll(http_answer("302 Found", "", "Location: http://127.0.0.1:1/?api_key=" + encoded + "\r\n"));
    poll("");  // hangs up: the error of the connection
    poll(http_answer("400 Bad Request", "from http://x/?api_key=" + encoded));
    EXPECT_EQ(seen()[0].headers["authorization"], "Bearer " + echo) << "the provider gets it";
    for (const auto& letter : bench.dead_letters()) shown += letter.event.id + letter.event.data + letter.reason;
    auto kept = bench.scratch.log->position("source:rates:part:");
    shown += kept ? *kept : "";
    EXPECT_NE(shown.find("${BASE}/rates?api_key=${KEY}&from=2024-01-11 answers 401, it refuses the credentials: the key ${KEY} is none"),
              std::string::npos)
        << shown;
    EXPECT_GE(bench.dead_letters().size(), 2u);
    for (const auto& written : {echo, encoded, std::string("s3cret"), peer.url("")})
        EXPECT_EQ(shown.find(written), std::string::npos) << shown;
}

TEST_F(HttpSource, APoisonRecordIsRefusedOnceAndMovesNothing) {
    answer([](const SeenRequest&) {
        return http_answer("200 OK", R"({"rows": [{"day": "2100-01-01", "rate": 1}, {"day": "2024-01-15", "rate": "oops"},
                                                  {"day": "2024-01-15", "rate": 4e12}, {"day": "2024-01-14", "rate": 3.9}]})");
    });
    auto source = declare("");
    auto first = poller_of(source);
    EXPECT_EQ(bench.run(first), "");
    std::vector<std::string> reasons;
    for (const auto& letter : bench.dead_letters()) reasons.push_back(letter.reason);
    ASSERT_EQ(reasons.size(), 3u);
    EXPECT_EQ(bench.scratch.log->last_sequence(), 1u);
    bench.pass(Duration::minutes(5));
    EXPECT_EQ(bench.run(first), "");
    EXPECT_EQ(first.status().tally.refused, 3u) << "not six: it was handed in once";
    auto next_process = poller_of(source);
    EXPECT_EQ(bench.run(next_process), "");
    EXPECT_EQ(bench.dead_letters().size(), 3u) << "what is repeated at every poll is refused once";
    EXPECT_TRUE(seen()[2].target.ends_with("from=2024-01-10")) << "newest is the 15th, not in 2100: " << seen()[2].target;
}

TEST_F(HttpSource, TheFirstRunIsHistoryAndLaterOnesAreNot) {
    answer([](const SeenRequest&) {
        return http_answer(
            "200 OK",
            R"({"rows": [{"day": "2020-01-15", "rate": 1.8}, {"day": "2024-01-15", "rate": 3.9}, {"day": "2024-01-16", "rate": 4}]})");
    });
    auto source = declare("", "history: 3650d\noverlap: 5d");
    auto first = poller_of(source);
    EXPECT_EQ(bench.run(first), "");
    EXPECT_TRUE(seen()[0].target.ends_with("from=2014-01-18")) << seen()[0].target;
    auto events = bench.scratch.events();
    ASSERT_EQ(events.size(), 3u);
    EXPECT_EQ(to_text(events[0].known), "2020-01-16T00:00:00Z");
    EXPECT_EQ(to_text(events[1].known), "2024-01-16T00:00:00Z");
    EXPECT_FALSE(events[2].is_history) << "the 16th could be known on the 17th only, and it is the 16th";
    EXPECT_GE(events[2].known, *parse_time("2024-01-16T12:00:00Z"));
    answer([](const SeenRequest&) { return http_answer("200 OK", R"({"rows": [{"day": "2024-01-12", "rate": 4.1}]})"); });
    bench.pass(Duration::days(1));
    EXPECT_EQ(bench.run(first), "");
    EXPECT_FALSE(bench.scratch.events()[3].is_history) << "it came late, and is known since it came";
    // Asked for by hand, history is taken once more.
    answer([](const SeenRequest&) { return http_answer("200 OK", R"({"rows": [{"day": "2019-01-15", "rate": 2.7}]})"); });
    bench.tools->environment = &environment;
    auto by_hand = bench.poller(source, http_transport(client), *parse_time("2019-01-01"));
    EXPECT_EQ(bench.run(by_hand), "");
    EXPECT_EQ(to_text(bench.scratch.events()[4].known), "2019-01-16T00:00:00Z");
}

TEST_F(HttpSource, FollowsLinksOnTheSameServerOnly) {
    answer([&](const SeenRequest& request) {
        if (request.target == "/rates?page=2")
            return http_answer("200 OK", R"({"rows": [{"day": "2024-01-14", "rate": 2}], "next": "http://evil.example/?page=3"})");
        return http_answer("200 OK", R"({"rows": [{"day": "2024-01-15", "rate": 1}], "next": "?page=2"})");
    });
    auto poller = poller_of(declare("  pages: {by: link, at: /next}", "overlap: 5d"));
    auto failure = bench.run(poller);
    EXPECT_NE(failure.find("on another server, 'http://evil.example'"), std::string::npos) << failure;
    EXPECT_EQ(seen().size(), 2u);
    EXPECT_EQ(bench.scratch.log->last_sequence(), 2u);
    EXPECT_EQ(link_to_next(R"(<https://a/1>; rel="prev", <https://a/3>; title="x"; rel="next")"), "https://a/3");
    EXPECT_EQ(link_to_next(R"(<https://a/1>; rel="prev")"), "");
}

TEST_F(HttpSource, IsOffWithoutItsKey) {
    environment = [](std::string_view) { return std::optional<std::string>(); };
    auto poller = poller_of(declare(""));
    EXPECT_EQ(bench.run(poller), "the environment variable BASE is not set");
    EXPECT_TRUE(poller.status().is_off);
    EXPECT_EQ(peer.requests(), 0);
}

TEST_F(HttpSource, RecordsWhatItCanReplay) {
    answer([](const SeenRequest&) {
        return http_answer("200 OK", R"({"rows": [{"day": "2024-01-15", "rate": 3.96}], "asked_with": "k3y&v3ry/s3cret"})",
                           "Set-Cookie: session=1\r\nETag: \"e\"\r\n");
    });
    auto source = declare("", "overlap: 5d");
    SourceRecorder recorder(http_transport(client), 10);
    bench.tools->environment = &environment;
    auto recorded_at = bench.scratch.clock.now();
    auto live = bench.poller(source, recorder.transport());
    EXPECT_EQ(bench.run(live), "");
    auto text = recorder.text("rates", recorded_at);
    EXPECT_EQ(text.find("s3cret"), std::string::npos) << text;
    EXPECT_EQ(text.find("session"), std::string::npos) << text;
    auto file = bench.scratch.folder / "rates.json";
    std::ofstream(file) << text;
    auto fixture = SourceFixture::load(file);
    ASSERT_TRUE(fixture) << fixture.error().message;
    SourceBench other((*fixture)->recorded());
    auto replay = other.poller(source, (*fixture)->transport());
    EXPECT_EQ(other.run(replay), "");
    ASSERT_EQ(other.scratch.events().size(), 1u);
    EXPECT_EQ(other.scratch.events()[0].data, bench.scratch.events()[0].data);
    EXPECT_EQ(peer.requests(), 1);
}

}  // namespace
}  // namespace quoin
