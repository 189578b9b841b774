#include "events/sources/source_set.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "events/sources/source_bench.h"

namespace quoin {
namespace {

class Sources : public testing::Test {
protected:
    Sources() { fs::create_directories(catalog); }
    /// A source that asks once a minute for one row a day; `value` makes it another file.
    void declare(const std::string& name, int value, std::string_view within = "15m") {
        std::ofstream file(catalog / (name + ".yaml.new"));
        file << fmt::format(R"(source: {}
description: d
owner: o
licence: l
events: rate.observed
http: {{url: "http://rates.example/{}/{}"}}
schedule: every 1m
freshness: {}
overlap: 5d
records: {{format: json, at: /rows/*}}
read: {{day: {{at: /day, type: time}}}}
event: {{id: "{}/{{day:date}}", time: day, data: {{series_id: '"R"', value: "{}"}}}}
)",
                            name, name, value, within, value, value);
        file.close();
        fs::rename(catalog / (name + ".yaml.new"), catalog / (name + ".yaml"));
    }
    std::unique_ptr<SourceSet> start(std::size_t threads, const Clock& clock) {
        return SourceSet::start(*bench.ingest, bench.telemetry,
                                {.catalog = catalog,
                                 .project = bench.scratch.folder,
                                 .clock = clock,
                                 .transport = [this](const SourceRequest& request) -> Result<HttpResponse> {
                                     std::lock_guard lock(mutex);
                                     asked.push_back(request.shown);
                                     hanging = hangs.load();
                                     while (hangs && !request.cancelled->load()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
                                     if (fails) return fail(ErrorKind::unavailable, "no route");
                                     auto day = date_text(bench.scratch.clock.now() - Duration::days(1));
                                     return HttpResponse{.status = 200, .body = R"({"rows": [{"day": ")" + day + "\"}]}"};
                                 },
                                 .environment = [](std::string_view) { return std::optional<std::string>(); },
                                 .threads = threads});
    }
    std::string metric(const std::string& line) {
        auto text = bench.telemetry.exposition();
        auto at = text.find(line);
        return at == std::string::npos ? "none" : text.substr(at + line.size() + 1, text.find('\n', at) - at - line.size() - 1);
    }

    SourceBench bench;
    fs::path catalog = bench.scratch.folder / "catalog";
    std::mutex mutex;
    std::vector<std::string> asked;
    bool fails = false;
    std::atomic<bool> hangs{false}, hanging{false};
};

TEST_F(Sources, StartReplaceAndStopWithTheirFiles) {
    auto set = start(0, bench.scratch.clock);
    EXPECT_TRUE(set->entries().empty());
    declare("alpha", 1);
    EXPECT_TRUE(set->rescan());
    EXPECT_FALSE(set->rescan());
    set->advance();
    EXPECT_EQ(asked, (std::vector<std::string>{"http://rates.example/alpha/1"}));
    EXPECT_EQ(bench.scratch.log->last_sequence(), 1u);
    bench.pass(Duration::minutes(1));
    set->advance();
    EXPECT_EQ(asked.size(), 2u);

    declare("alpha", 22);
    declare("beta", 333);
    EXPECT_TRUE(set->rescan());
    bench.pass(Duration::minutes(1));
    set->advance();
    EXPECT_EQ(asked.size(), 4u);
    EXPECT_EQ(bench.scratch.log->last_sequence(), 3u) << "the replaced source has other ids, and beta is new";

    // A file that does not read well leaves the source as it was.
    std::ofstream(catalog / "alpha.yaml") << "source: alpha\n";
    EXPECT_TRUE(set->rescan());
    EXPECT_NE(set->health().error().message.find("alpha.yaml, line 1: 'description' is missing"), std::string::npos);
    EXPECT_EQ(set->entries().size(), 2u);
    bench.pass(Duration::minutes(1));
    set->advance();
    EXPECT_EQ(asked.size(), 6u);

    fs::remove(catalog / "alpha.yaml");
    EXPECT_TRUE(set->rescan());
    EXPECT_TRUE(set->health());
    ASSERT_EQ(set->entries().size(), 1u);
    EXPECT_EQ(set->entries()[0].declaration.name, "beta");
    EXPECT_EQ(metric("quoin_source_freshness_seconds{source=\"alpha\"}"), "nan");
    bench.pass(Duration::minutes(1));
    set->advance();
    EXPECT_EQ(asked.size(), 7u);
}

TEST_F(Sources, ShowHowFreshTheyAre) {
    declare("alpha", 1);
    declare("beta", 2, "{within: 1h, alarm: false}");
    auto set = start(0, bench.scratch.clock);
    set->advance();
    EXPECT_EQ(metric("quoin_source_freshness_seconds{source=\"alpha\"}"), "0");
    EXPECT_EQ(metric("quoin_source_freshness_sla_seconds{source=\"alpha\"}"), "900");
    EXPECT_TRUE(set->freshness());
    fails = true;
    bench.pass(Duration::minutes(14));
    set->advance();
    EXPECT_TRUE(set->freshness());
    EXPECT_EQ(metric("quoin_source_up{source=\"alpha\"}"), "0");
    bench.pass(Duration::hours(2));
    auto stale = set->freshness();
    ASSERT_FALSE(stale);
    EXPECT_EQ(stale.error().message, "stale: alpha (2h old, 15m agreed; no route)");
    fails = false;
    set->advance();
    EXPECT_TRUE(set->freshness());
    EXPECT_EQ(metric("quoin_source_up{source=\"alpha\"}"), "1");
}

// The whole of it, with its threads and the machine's clock: a source that is added while it runs delivers within seconds.
TEST_F(Sources, ANewFileDeliversWithoutARestart) {
    bench.scratch.clock.set(system_clock().now());
    auto set = start(2, system_clock());
    declare("alpha", 1);
    auto waits = [&](auto until) {
        for (int i = 0; i < 1500 && !until(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return until();
    };
    EXPECT_TRUE(waits([&] { return bench.scratch.log->last_sequence() == 1; }));
    declare("beta", 2);
    EXPECT_TRUE(waits([&] { return bench.scratch.log->last_sequence() == 2; }));
    hangs = true;  // a source that goes gives its request up; else this would wait for ever
    declare("gamma", 3);
    EXPECT_TRUE(waits([&] { return hanging.load(); }));
    fs::remove(catalog / "gamma.yaml");
    EXPECT_TRUE(waits([&] { return set->entries().size() == 2; }));
    auto begin = std::chrono::steady_clock::now();
    set.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

}  // namespace
}  // namespace quoin
