// Every source of the catalog against its recording: a new file without one fails here.

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "base/json.h"
#include "events/sources/source_bench.h"

namespace quoin {
namespace {

const fs::path root = QUOIN_SOURCE_DIR;

std::vector<std::string> catalog_names() {
    std::vector<std::string> names;
    auto files = source_files(root / "catalog/sources");
    if (files)
        for (const auto& file : *files) names.push_back(file.stem().string());
    return names;
}

fs::path fixture_file(const std::string& name) { return root / "tests/fixtures/sources" / (name + ".json"); }

/// How many events, and left out records, the recording says that it gives.
std::pair<std::int64_t, std::int64_t> expected(const std::string& name) {
    std::ifstream stream(fixture_file(name));
    std::stringstream text;
    text << stream.rdbuf();
    auto document = parse_json(text.str());
    if (!document || document->at("expected").as_object().size() != 2) return {-1, -1};
    return {document->at("expected").at("stored").as_int64(), document->at("expected").at("left_out").as_int64()};
}

class CatalogSource : public testing::TestWithParam<std::string> {};

TEST_P(CatalogSource, MapsItsRecordingToValidEvents) {
    auto fixture = SourceFixture::load(fixture_file(GetParam()));
    ASSERT_TRUE(fixture) << fixture.error().message << "; every source of the catalog has a recording in tests/fixtures/sources";
    EXPECT_EQ((*fixture)->source(), GetParam());
    SourceBench bench((*fixture)->recorded());
    auto declared = SourceDeclaration::load(root / "catalog/sources" / (GetParam() + ".yaml"));
    ASSERT_TRUE(declared) << declared.error().message;
    auto source = bench.make(std::move(*declared));
    ASSERT_TRUE(source) << bench.wrong;
    if (source->declaration().way == SourceDeclaration::Way::pushed) {
        std::set<std::string> arrived;
        Record scratch;
        for (const auto& event : (*fixture)->events()) {
            auto checked = check_event(event, *bench.types, (*fixture)->recorded(), scratch);
            EXPECT_TRUE(checked) << event.id << ": " << checked.error().message;
            arrived.insert(event.type);
        }
        const auto& types = source->declaration().events;
        EXPECT_EQ(arrived, std::set<std::string>(types.begin(), types.end())) << "the recording has an event of each type";
        return;
    }
    if (source->declaration().way == SourceDeclaration::Way::files) {
        auto folder = source->folder().render({});
        ASSERT_TRUE((*fixture)->write_files(bench.scratch.folder / *folder));
    }
    auto poller = bench.poller(source, (*fixture)->transport());
    EXPECT_EQ(bench.run(poller), "");
    for (const auto& letter : bench.dead_letters()) ADD_FAILURE() << letter.event.id << ": " << letter.reason;
    auto [stored, left_out] = expected(GetParam());
    EXPECT_EQ(poller.status().tally.stored, stored);
    EXPECT_EQ(poller.status().tally.left_out, left_out);
    for (const auto& event : bench.scratch.events()) EXPECT_EQ(event.source, "/sources/" + GetParam());

    // Whoever asks again adds nothing, neither in this process nor in the next one.
    auto last = bench.scratch.log->last_sequence();
    bench.pass(Duration::minutes(30));
    EXPECT_EQ(bench.run(poller), "");
    auto next_process = bench.poller(source, (*fixture)->transport());
    EXPECT_EQ(bench.run(next_process), "");
    EXPECT_EQ(bench.scratch.log->last_sequence(), last);
    EXPECT_EQ(bench.dead_letters().size(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Every, CatalogSource, testing::ValuesIn(catalog_names()), [](const auto& tested) { return tested.param; });

TEST(CatalogSources, AreAllOfTheIssueAndAgreeOnSharedLimits) {
    SourceBench bench;
    auto sources = load_sources(root / "catalog/sources", bench.types);
    ASSERT_TRUE(sources) << sources.error().message;
    std::map<std::string, Duration> within;
    for (const auto& source : *sources) within[source->declaration().name] = source->declaration().freshness.within;
    for (const char* name : {"treasury_yields", "macro_series", "mortgage_pricing", "market_data", "mobility", "reit_prices",
                             "news_sentiment", "building_permits", "listings", "transactions", "assessments", "census_demographics",
                             "document_access", "email_engagement", "platform_activity", "alerts", "search", "deals_outreach"})
        EXPECT_TRUE(within.contains(name)) << name;
    // The freshness targets of document 000: treasury 15 minutes, mortgage pricing 60, mobility 24 hours, news 60 minutes.
    EXPECT_EQ(within["treasury_yields"], Duration::minutes(15));
    EXPECT_EQ(within["mortgage_pricing"], Duration::minutes(60));
    EXPECT_EQ(within["mobility"], Duration::hours(24));
    EXPECT_EQ(within["news_sentiment"], Duration::minutes(60));
}

}  // namespace
}  // namespace quoin
