#include "features/pipeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "features/random_world_fixture.h"
#include "features/statistics_store.h"
#include "table/read.h"

namespace quoin {
namespace {

class PipelineTest : public testing::Test {
protected:
    void SetUp() override {
        world.live(120, 0);
        ASSERT_EQ(world.error, "");
        as_of = EventTime{world.clock.now().value() - 3 * RandomWorld::day};
    }
    PipelineOptions options() {
        PipelineOptions made{.folder = world.folder / "features",
                             .day = "2026-04-01",
                             .sequence = world.log->last_sequence(),
                             .as_of = as_of,
                             .clock = world.clock};
        made.rules = QualityRules::parse("defaults: {outside_range_max: 1, null_rate_max: 1}\n", "q.yaml").value();
        made.wait = [this](Duration) { ++waits; };
        made.block_rows = 20;
        return made;
    }
    /// The log, and how often it was read.
    EventSource counted() {
        return [this](const std::function<Status(const Event&)>& take) {
            ++reads;
            if (failures > 0) return --failures, Status(fail(ErrorKind::unavailable, "the disk does not answer"));
            return world.events()(take);
        };
    }
    /// Every file under the features' folder, with its bytes and time.
    std::map<std::string, std::pair<std::string, std::filesystem::file_time_type>> files() {
        std::map<std::string, std::pair<std::string, std::filesystem::file_time_type>> found;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(world.folder / "features")) {
            if (!entry.is_regular_file() || entry.path().string().find("statistics.db-") != std::string::npos) continue;
            std::ifstream file(entry.path(), std::ios::binary);
            found[entry.path().lexically_relative(world.folder).string()] = {std::string((std::istreambuf_iterator<char>(file)), {}),
                                                                             entry.last_write_time()};
        }
        return found;
    }
    RandomWorld world{301};
    EventTime as_of;
    int reads = 0, waits = 0, failures = 0;
};

// The reference is the replay's own answer; that it is what serving answers is tested with it.
TEST_F(PipelineTest, StoresWhatAReplayAnswersForEveryone) {
    auto report = run_pipeline(world.catalog, counted(), options());
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(report->is_finished());
    EXPECT_EQ(report->run, fmt::format("2026-04-01-{:012}", world.log->last_sequence()));
    ASSERT_EQ(report->steps.size(), 7u);
    for (const auto& step : report->steps) EXPECT_EQ(step.state, PipelineStep::State::done) << step.name;
    EXPECT_EQ(report->views.size(), world.catalog->views().size());
    auto replay = FeatureReplay::read(world.catalog, world.all_features(), world.events(), {.wants_lists = true});
    ASSERT_TRUE(replay);
    for (const auto& view : world.catalog->views()) {
        SCOPED_TRACE(view->name());
        auto stored = read_table(world.folder / "features" / "values" / view->name() / "day=2026-04-01" / "values.parquet",
                                 {.columns = {{view->entity() + "_id", ColumnKind::category}}});
        ASSERT_TRUE(stored) << stored.error().message;
        ASSERT_GT(stored->rows(), 0u);
        EntityFrame frame{.at = std::vector(stored->rows(), as_of)};
        for (const auto& entity : {"user", "home", "area"}) frame.ids[entity].codes.assign(stored->rows(), Categories::missing);
        frame.ids[view->entity()] = stored->find(view->entity() + "_id")->categories();
        frame.tenants = stored->find("tenant")->categories();
        auto answers = replay->answer(frame);
        ASSERT_TRUE(answers) << answers.error().message;
        const ViewAnswers& expected = *answers->find(view->name());
        for (std::size_t slot = 0; slot < view->features().size(); ++slot) {
            auto column = value_column("x", {*answers, expected, slot}, frame.at);
            for (std::size_t row = 0; row < stored->rows(); ++row)
                ASSERT_EQ(stored->find(view->declaration().features[slot].name)->text(row), column.text(row)) << slot << " " << row;
        }
    }
}

TEST_F(PipelineTest, ASecondRunChangesNothingAndReadsNothing) {
    auto first = run_pipeline(world.catalog, counted(), options());
    ASSERT_TRUE(first) << first.error().message;
    auto before = files();
    world.clock.set(EventTime{world.clock.now().value() + RandomWorld::day});
    auto second = run_pipeline(world.catalog, counted(), options());
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(reads, 1);
    EXPECT_EQ(second->finished, first->finished);
    EXPECT_EQ(files(), before);
    EXPECT_FALSE(std::filesystem::exists(world.folder / "features" / "runs" / first->run / "staging"));
    // The same run made from nothing gives the same values, to the byte.
    std::filesystem::rename(world.folder / "features" / "values", world.folder / "former");
    std::filesystem::remove_all(world.folder / "features" / "runs");
    ASSERT_TRUE(run_pipeline(world.catalog, counted(), options()));
    for (const auto& [name, content] : files())
        if (name.find("values.parquet") != std::string::npos) {
            EXPECT_EQ(content.first, before.at(name).first) << name;
        }
}

TEST_F(PipelineTest, TriesAgainWhatWasUnavailableAndNothingElse) {
    failures = 2;
    auto report = run_pipeline(world.catalog, counted(), options());
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->steps[0].attempts, 3u);
    EXPECT_EQ(waits, 2);
    failures = 100;
    auto later = options();
    later.day = "2026-04-02";
    auto refused = run_pipeline(world.catalog, counted(), later);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(waits, 5);
}

TEST_F(PipelineTest, AnInterruptedRunGoesOnWithTheViewItWasAt) {
    auto uninterrupted = options();
    uninterrupted.folder = world.folder / "other";
    ASSERT_TRUE(run_pipeline(world.catalog, counted(), uninterrupted));
    // Killed while it computed: some views are whole, one has values without statistics, the rest is not there.
    auto interrupted = options();
    auto strict = QualityRules::parse("defaults: {rows_min: 1000000}\n", "q.yaml").value();
    interrupted.rules = strict;
    auto refused = run_pipeline(world.catalog, counted(), interrupted);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
    auto staging = world.folder / "features" / "runs" / fmt::format("2026-04-01-{:012}", world.log->last_sequence()) / "staging";
    std::filesystem::remove(staging / "home_acts.json");
    std::filesystem::remove(staging / "user_acts.json");
    std::filesystem::remove(staging / "user_acts.parquet");
    auto kept = std::filesystem::last_write_time(staging / "area_levels.parquet");
    auto report_file = staging.parent_path() / "report.json";
    std::ifstream in(report_file);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    auto report = read_report(text).value();
    report.step("compute_behavioral_features").state = PipelineStep::State::failed;
    std::ofstream(report_file) << report_json_text(report);
    reads = 0;
    auto resumed = run_pipeline(world.catalog, counted(), options());
    ASSERT_TRUE(resumed) << resumed.error().message;
    EXPECT_EQ(reads, 1);
    for (const char* view : {"area_levels", "home_acts", "user_acts"}) {
        auto file = std::filesystem::path("values") / view / "day=2026-04-01" / "values.parquet";
        std::ifstream a(world.folder / "other" / file, std::ios::binary), b(world.folder / "features" / file, std::ios::binary);
        EXPECT_EQ(std::string((std::istreambuf_iterator<char>(a)), {}), std::string((std::istreambuf_iterator<char>(b)), {})) << view;
    }
    EXPECT_EQ(std::filesystem::last_write_time(world.folder / "features" / "values" / "area_levels" / "day=2026-04-01" / "values.parquet"),
              kept);
}

TEST_F(PipelineTest, AGateThatDoesNotPassStoresNothingAndIsReported) {
    auto strict = options();
    strict.rules = QualityRules::parse("features: {user_acts: {rows_min: 1000000}}\n", "q.yaml").value();
    auto refused = run_pipeline(world.catalog, counted(), strict);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
    EXPECT_NE(refused.error().message.find("user_acts"), std::string::npos) << refused.error().message;
    EXPECT_FALSE(std::filesystem::exists(world.folder / "features" / "values"));
    auto run = world.folder / "features" / "runs" / fmt::format("2026-04-01-{:012}", world.log->last_sequence());
    std::ifstream markdown(run / "report.md");
    std::string text((std::istreambuf_iterator<char>(markdown)), {});
    EXPECT_NE(text.find("at least 1000000 are needed"), std::string::npos);
    // With other rules the run goes on where it stood, without computing anything anew.
    reads = 0;
    ASSERT_TRUE(run_pipeline(world.catalog, counted(), options()));
    EXPECT_EQ(reads, 0);
}

TEST_F(PipelineTest, StatisticsAreKeptByRunAndComparedWithTheRunBefore) {
    ASSERT_TRUE(run_pipeline(world.catalog, counted(), options()));
    auto next = options();
    next.day = "2026-04-02";
    next.as_of = EventTime{as_of.value() + RandomWorld::day};
    auto second = run_pipeline(world.catalog, counted(), next);
    ASSERT_TRUE(second) << second.error().message;
    auto store = StatisticsStore::open(world.folder / "features" / "statistics.db");
    ASSERT_TRUE(store) << store.error().message;
    auto runs = store->runs();
    ASSERT_TRUE(runs);
    ASSERT_EQ(runs->size(), 2u);
    EXPECT_EQ((*runs)[0].day, "2026-04-02");
    auto lines = store->lines("area_levels:level", 10);
    ASSERT_TRUE(lines) << lines.error().message;
    ASSERT_EQ(lines->size(), 2u);
    EXPECT_EQ((*lines)[0].day, "2026-04-02");
    auto before = store->before((*runs)[0]);
    ASSERT_TRUE(before);
    EXPECT_EQ(before->size(), world.all_features().size());
    std::vector<StatisticsStore::Importance> weights{{"homes", "v1", "area_levels:level", 0.5, as_of}};
    ASSERT_TRUE(store->put_importance(weights));
    ASSERT_TRUE(store->put_importance(weights));
    EXPECT_EQ(store->importance("area_levels:level")->size(), 1u);
}

TEST_F(PipelineTest, TheTimeOutEndsARunThatCanGoOn) {
    auto hasty = options();
    hasty.time_out = Duration{0};
    auto refused = run_pipeline(world.catalog, counted(), hasty);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
    EXPECT_NE(refused.error().message.find("start it again and it goes on"), std::string::npos);
    ASSERT_TRUE(run_pipeline(world.catalog, counted(), options()));
}

}  // namespace
}  // namespace quoin
