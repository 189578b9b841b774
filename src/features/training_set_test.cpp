#include "features/training_set.h"

#include <gtest/gtest.h>

#include <bit>
#include <fstream>

#include "features/random_world_fixture.h"
#include "table/read.h"

namespace quoin {
namespace {

/// A world with an entity frame about users and homes: event_timestamp, user_id, seller (a home), label.
class FramedWorld : public RandomWorld {
public:
    explicit FramedWorld(std::uint64_t seed, std::size_t rows) : RandomWorld(seed) {
        live(100, 0);
        Rng rng(seed);
        std::ofstream file(folder / "frame.csv");
        file << "label,event_timestamp,seller,user_id\n";
        for (std::size_t row = 0; row < rows; ++row) {
            at.push_back(EventTime{(clock.now().value() - static_cast<std::int64_t>(rng.below(40 * day))) / 1'000'000 * 1'000'000});
            users.push_back(random_id("user"));
            homes.push_back(rng.below(8) == 0 ? "" : random_id("home"));
            file << row % 2 << ',' << to_text(at[row]) << ',' << homes[row] << ',' << users[row] << '\n';
        }
    }
    TrainingSetOptions options(const std::string& output) {
        return {.frame = folder / "frame.csv",
                .output = folder / output,
                .features = {"user_acts:f0", "home_deeds:blend", "home_deeds:area_id", "user_acts:mood", "all", "hour_sin"},
                .entity_columns = {{"home", "seller"}}};
    }
    std::vector<EventTime> at;
    std::vector<std::string> users, homes;
};

void expect_same_tables(const Table& a, const Table& b) {
    ASSERT_EQ(a.rows(), b.rows());
    ASSERT_EQ(a.columns().size(), b.columns().size());
    for (std::size_t i = 0; i < a.columns().size(); ++i) {
        EXPECT_EQ(a.columns()[i].name, b.columns()[i].name);
        for (std::size_t row = 0; row < a.rows(); ++row) ASSERT_EQ(a.columns()[i].text(row), b.columns()[i].text(row));
    }
}

// The reference is the replay itself, asked row by row; that it answers as serving is tested with it.
TEST(TrainingSet, HasTheFramesRowsInOrderWithWhatServingWouldHaveAnswered) {
    FramedWorld world(101, 250);
    ASSERT_EQ(world.error, "");
    auto options = world.options("set.csv");
    auto report = make_training_set(world.catalog, world.events(), options);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->rows, 250u);
    auto set = read_table(world.folder / "set.csv");
    ASSERT_TRUE(set) << set.error().message;
    ASSERT_EQ(set->rows(), 250u);
    std::vector<FeaturePlace> places;
    for (const auto& name : options.features) places.push_back(world.catalog->place(name).value());
    auto replay = FeatureReplay::read(world.catalog, places, world.events(), {});
    ASSERT_TRUE(replay) << replay.error().message;
    std::size_t present = 0;
    for (std::size_t row = 0; row < 250; row += 7) {
        EntityFrame one{.at = {world.at[row]}};
        one.ids["user"] = {{0}, {world.users[row]}};
        one.ids["home"] = {{world.homes[row].empty() ? -1 : 0}, {world.homes[row]}};
        auto answers = replay->answer(one);
        ASSERT_TRUE(answers) << answers.error().message;
        for (std::size_t i = 0; i < places.size(); ++i) {
            const Column& column = *set->find(options.features[i]);
            const ViewAnswers& view = *answers->find(places[i].view->name());
            auto place = *view.place_of(places[i].slot);
            bool is_present = view.status(0, place, world.at[row]) == FeatureStatus::present;
            present += is_present;
            ASSERT_EQ(column.is_missing(row), !is_present) << row << " " << options.features[i];
            if (!is_present) continue;
            auto value = answers->value(view, 0, place);
            if (value.is_number()) EXPECT_EQ(column.numbers()[row], value.number());
            else EXPECT_EQ(column.text(row), value.text());
        }
    }
    EXPECT_GT(present, 40u);
    EXPECT_EQ(set->find("label")->text(3), "1");
}

TEST(TrainingSet, ChunksAndFormatsChangeNothing) {
    FramedWorld world(102, 300);
    ASSERT_EQ(world.error, "");
    auto make = [&](const std::string& output, std::size_t chunk_rows) {
        auto options = world.options(output);
        options.chunk_rows = chunk_rows;
        options.wants_statuses = true;
        auto report = make_training_set(world.catalog, world.events(), options);
        EXPECT_TRUE(report) << report.error().message;
        auto table = read_table(world.folder / output);
        EXPECT_TRUE(table) << table.error().message;
        return table ? std::move(*table) : Table();
    };
    auto whole = make("whole.parquet", 1'000'000);
    EXPECT_EQ(whole.columns().size(), 4u + 2 * 6);
    expect_same_tables(whole, make("parts.parquet", 37));
    expect_same_tables(whole, make("parts.ndjson", 41));
    expect_same_tables(whole, make("parts.csv", 299));
}

TEST(TrainingSet, DefaultsStandWhereNothingWasEverSeen) {
    FramedWorld world(103, 40);
    ASSERT_EQ(world.error, "");
    std::ofstream(world.folder / "frame.csv") << "event_timestamp,user_id\n2026-03-10,nobody\n2026-03-10,user_1\n";
    auto view = read_view(
        "view: acts\nentity: user\ndescription: d\nowner: o\ncategory: c\nfeatures:\n"
        "  - {name: acts, description: d, type: integer, default: 7, from: act, transform: count, window: lifetime}\n"
        "  - {name: kind, description: d, type: text, default: none, from: act, value: kind, transform: last, window: lifetime}\n",
        "acts.yaml");
    ASSERT_TRUE(view) << view.error().message;
    auto catalog = FeatureCatalog::make(world.catalog->shared_types(), {*view});
    ASSERT_TRUE(catalog);
    TrainingSetOptions options{.frame = world.folder / "frame.csv", .output = world.folder / "out.csv", .features = {"acts:acts", "kind"}};
    ASSERT_TRUE(make_training_set(*catalog, world.events(), options));
    auto plain = read_table(world.folder / "out.csv").value();
    EXPECT_TRUE(plain.find("acts:acts")->is_missing(0));
    options.uses_defaults = true;
    auto report = make_training_set(*catalog, world.events(), options);
    ASSERT_TRUE(report);
    auto filled = read_table(world.folder / "out.csv").value();
    EXPECT_EQ(filled.find("acts:acts")->text(0), "7");
    EXPECT_EQ(filled.find("kind")->text(0), "none");
    EXPECT_EQ(filled.find("acts:acts")->text(1), plain.find("acts:acts")->text(1));
    EXPECT_EQ(report->features[0].by_status[static_cast<std::size_t>(FeatureStatus::not_found)], 1u);
}

TEST(TrainingSet, RefusesAFrameThatDoesNotSayWhoOrWhen) {
    FramedWorld world(104, 5);
    ASSERT_EQ(world.error, "");
    auto refusal = [&](const std::string& frame, std::vector<std::string> features) {
        std::ofstream(world.folder / "frame.csv") << frame;
        TrainingSetOptions options{
            .frame = world.folder / "frame.csv", .output = world.folder / "out.csv", .features = std::move(features)};
        auto report = make_training_set(world.catalog, world.events(), options);
        return report ? std::string("accepted") : report.error().message;
    };
    EXPECT_EQ(refusal("event_timestamp,who\n2026-03-10,a\n", {"user_acts:f0"}),
              "the features are about a 'user', but the frame has no column 'user_id' or 'user'; it has event_timestamp, who");
    EXPECT_EQ(refusal("user_id,label\na,1\n", {"user_acts:f0"}), "the frame has 0 columns of times; say which one a row is as of");
    EXPECT_EQ(refusal("user_id,event_timestamp\na,2026-03-10\nb,\n", {"user_acts:f0"}),
              "a row has no 'event_timestamp' (row 2 of its part of the frame)");
    EXPECT_EQ(refusal("user_id,event_timestamp,mood\na,2026-03-10,x\n", {"user_acts:mood", "user_acts:mood"}),
              "feature 'user_acts:mood' is asked for twice");
    EXPECT_EQ(refusal("user_id,event_timestamp,all\na,2026-03-10,1\n", {"all"}),
              "the frame has a column 'all' already, which is to be a feature");
    EXPECT_EQ(refusal("user_id,event_timestamp\na,2026-03-10\n", {"user_acts:f99"}),
              "there is no feature 'user_acts:f99'; `quoin features list` shows them all");
}

}  // namespace
}  // namespace quoin
