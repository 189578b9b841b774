#include "features/point_in_time_join.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "features/point_in_time_table.h"

namespace quoin {
namespace {

struct Case {
    std::vector<std::uint32_t> entities, asked;
    std::vector<EventTime> times, available, at;
    Duration lag{};
    std::uint32_t entity_count = 0;
    std::optional<Duration> max_age;

    BitemporalRows rows() const { return {entities, times, available, lag, entity_count}; }
};

/// Few moments, so that many are equal; sometimes in order, sometimes about nobody, sometimes never.
Case random_case(Rng& rng) {
    Case made;
    std::size_t rows = rng.below(rng.below(10) == 0 ? 400 : 40), questions = rng.below(60);
    made.entity_count = static_cast<std::uint32_t>(1 + rng.below(6));
    std::uint64_t moments = 1 + rng.below(rng.below(2) == 0 ? 12 : 100'000);
    auto entity = [&] { return rng.below(20) == 0 ? no_entity : static_cast<std::uint32_t>(rng.below(made.entity_count)); };
    auto moment = [&] { return rng.below(30) == 0 ? EventTime::missing() : EventTime{static_cast<std::int64_t>(rng.below(moments)) - 5}; };
    for (std::size_t i = 0; i < rows; ++i) made.entities.push_back(entity()), made.times.push_back(moment());
    if (rng.below(3) == 0)
        for (std::size_t i = 0; i < rows; ++i) made.available.push_back(moment());
    if (rng.below(3) == 0) {  // stored in order
        std::vector<std::pair<std::uint32_t, EventTime>> sorted;
        for (std::size_t i = 0; i < rows; ++i)
            if (made.entities[i] != no_entity && !made.times[i].is_missing()) sorted.emplace_back(made.entities[i], made.times[i]);
        std::ranges::sort(sorted);
        made.entities.clear(), made.times.clear(), made.available.clear();
        for (auto [one, time] : sorted) made.entities.push_back(one), made.times.push_back(time);
    }
    if (rng.below(2) == 0) made.lag = Duration{static_cast<std::int64_t>(rng.below(5))};
    if (rng.below(2) == 0) made.max_age = Duration{static_cast<std::int64_t>(rng.below(moments))};
    for (std::size_t i = 0; i < questions; ++i) made.asked.push_back(entity()), made.at.push_back(moment());
    if (rng.below(2) == 0) std::ranges::sort(made.at);
    return made;
}

/// The definition, row by row.
std::uint32_t by_hand(const Case& made, std::size_t question, FeatureStatus& status) {
    std::optional<std::tuple<EventTime, EventTime, std::uint32_t>> best;
    for (std::uint32_t row = 0; row < made.entities.size(); ++row) {
        if (made.entities[row] == no_entity || made.entities[row] != made.asked[question] || made.times[row].is_missing()) continue;
        EventTime since = made.times[row] + made.lag;
        if (!made.available.empty()) {
            if (made.available[row].is_missing()) continue;
            since = std::max(since, made.available[row]);
        }
        if (made.at[question].is_missing() || since > made.at[question]) continue;
        auto candidate = std::tuple(made.times[row], since, row);
        if (!best || candidate > *best) best = candidate;
    }
    status = FeatureStatus::not_found;
    if (!best) return PointAnswers::no_row;
    bool is_old = made.max_age && made.at[question] - std::get<0>(*best) > *made.max_age;
    status = is_old ? FeatureStatus::outside_max_age : FeatureStatus::present;
    return is_old ? PointAnswers::too_old : std::get<2>(*best);
}

// The reference is the definition of point_in_time_join.h, in O(rows) per question.
TEST(PointInTimeJoin, IsWhatTheDefinitionSaysInTenThousandRandomCases) {
    Rng rng(11);
    std::size_t present = 0, outside = 0, in_order = 0;
    for (int n = 0; n < 10'000; ++n) {
        Case made = random_case(rng);
        auto index = PointInTimeIndex::make(made.rows(), 1 + n % 3);
        ASSERT_TRUE(index) << index.error().message;
        in_order += index->is_stored_in_order();
        auto answers = index->answer({made.asked, made.at}, made.max_age);
        ASSERT_TRUE(answers) << answers.error().message;
        for (std::size_t i = 0; i < made.asked.size(); ++i) {
            FeatureStatus status{};
            ASSERT_EQ(answers->rows[i], by_hand(made, i, status)) << "case " << n << ", question " << i;
            ASSERT_EQ(answers->status(i), status);
            present += status == FeatureStatus::present;
            outside += status == FeatureStatus::outside_max_age;
        }
    }
    EXPECT_GT(present, 50'000u);
    EXPECT_GT(outside, 5'000u);
    EXPECT_GT(in_order, 2'000u);
}

// Large enough for several threads, for sorting the questions, and for distribution by digits.
TEST(PointInTimeJoin, TheWaysOfFindingAnAnswerAgree) {
    Rng rng(12);
    constexpr std::uint32_t entities = 37;
    std::vector<std::uint32_t> stored, shuffled, asked;
    std::vector<EventTime> stored_times, shuffled_times, at;
    for (std::uint32_t entity = 0; entity < entities; ++entity) {
        std::vector<EventTime> times;
        for (std::uint64_t i = rng.below(9'000); i > 0; --i) times.push_back(EventTime{static_cast<std::int64_t>(rng.next() >> 20)});
        std::ranges::sort(times);
        times.erase(std::ranges::unique(times).begin(), times.end());
        for (EventTime time : times) stored.push_back(entity), stored_times.push_back(time);
    }
    std::vector<std::uint32_t> places(stored.size());
    for (std::uint32_t i = 0; i < places.size(); ++i) places[i] = i;
    rng.shuffle(std::span(places));
    for (auto place : places) shuffled.push_back(stored[place]), shuffled_times.push_back(stored_times[place]);
    for (std::size_t i = 0; i < 300'000; ++i) {
        asked.push_back(static_cast<std::uint32_t>(rng.below(entities + 1)));
        at.push_back(EventTime{static_cast<std::int64_t>(rng.next() >> 20)});
    }
    auto in_order = PointInTimeIndex::make({stored, stored_times, {}, {}, entities}, 3);
    auto sorted = PointInTimeIndex::make({shuffled, shuffled_times, {}, {}, entities}, 2);
    ASSERT_TRUE(in_order && sorted);
    EXPECT_TRUE(in_order->is_stored_in_order());
    EXPECT_FALSE(sorted->is_stored_in_order());
    auto expected = in_order->answer({asked, at}), found = sorted->answer({asked, at});
    ASSERT_TRUE(expected && found);
    auto narrow = PointInTimeIndex::make({stored, stored_times, {}, {}, entities}, 1);
    for (std::size_t i = 0; i < asked.size(); ++i) {
        auto one = i % 97 == 0 ? narrow->answer({std::span(asked).subspan(i, 1), std::span(at).subspan(i, 1)}) : Result<PointAnswers>();
        if (i % 97 == 0) {
            ASSERT_EQ(one->rows[0], expected->rows[i]);
        }
        auto row = !found->has_row(i) ? PointAnswers::no_row : places[found->rows[i]];
        ASSERT_EQ(row, expected->rows[i]) << i;
    }
}

TEST(PointInTimeJoin, RefusesColumnsThatDoNotFit) {
    std::vector<std::uint32_t> entities{0, 1};
    std::vector<EventTime> times{EventTime{1}};
    EXPECT_EQ(PointInTimeIndex::make({entities, times, {}, {}, 2}).error().message, "a join needs as many times as entities, not 1 and 2");
    times.push_back(EventTime{2});
    EXPECT_EQ(PointInTimeIndex::make({entities, times, {}, Duration{-1}, 2}).error().kind, ErrorKind::invalid);
    auto index = PointInTimeIndex::make({entities, times, {}, {}, 2});
    ASSERT_TRUE(index);
    EXPECT_EQ(index->answer({entities, std::span(times).first(1)}).error().kind, ErrorKind::invalid);
}

Table table_of(std::vector<Column> columns) { return Table::make(std::move(columns)).value(); }

TEST(PointInTimeTable, JoinsByTextOrNumberWithStatusesAndMaxAge) {
    auto day = [](int n) { return from_civil(2026, 1, static_cast<unsigned>(n)); };
    Table prices = table_of({{"zip", Categories{{0, 0, 1, 0}, {"94110", "10001"}}},
                             {"day", Times{day(1), day(5), day(2), day(3)}},
                             {"known", Times{day(2), day(9), day(2), day(3)}},
                             {"price", Numbers{100, 130, 900, std::nan("")}}});
    Table frame = table_of({{"area", Categories{{0, 0, 0, 1, 2, -1}, {"94110", "10001", "60601"}}},
                            {"at", Times{day(1), day(2), day(9), day(20), day(3), day(3)}}});
    auto joined = join_as_of({frame, "area", "at"}, {prices, "zip", "day", "known", {}, Duration::days(10), {}}, {"zip_", true});
    ASSERT_TRUE(joined) << joined.error().message;
    auto texts = [&](const char* name) {
        std::vector<std::string> all;
        for (std::size_t row = 0; row < joined->rows(); ++row) all.push_back(joined->find(name)->text(row));
        return all;
    };
    EXPECT_EQ(texts("zip_price"), (std::vector<std::string>{"", "100", "130", "", "", ""}));
    EXPECT_EQ(texts("zip_price__status"),
              (std::vector<std::string>{"NOT_FOUND", "PRESENT", "PRESENT", "OUTSIDE_MAX_AGE", "NOT_FOUND", "NOT_FOUND"}));
    // Without moments of availability a row is known at its time.
    auto at_once = join_as_of({frame, "area", "at"}, {prices, "zip", "day", "", {}, {}, {"price"}}, {"", true});
    ASSERT_TRUE(at_once) << at_once.error().message;
    EXPECT_EQ(at_once->find("price__status")->text(0), "PRESENT");
    EXPECT_EQ(at_once->find("price")->text(2), "130");
    Table numbered = table_of({{"zip", Numbers{0.0, 7}}, {"day", Times{day(1), day(1)}}, {"price", Numbers{1, 2}}});
    Table asked = table_of({{"zip", Numbers{-0.0, 7, std::nan("")}}, {"at", Times{day(1), day(1), day(1)}}});
    auto by_number = join_as_of({asked, "zip", "at"}, {numbered, "zip", "day"}, {"n_", false});
    ASSERT_TRUE(by_number) << by_number.error().message;
    EXPECT_EQ(by_number->find("n_price")->text(0), "1");
    EXPECT_EQ(by_number->find("n_price")->text(1), "2");
    EXPECT_TRUE(by_number->find("n_price")->is_missing(2));
    EXPECT_EQ(join_as_of({asked, "zip", "at"}, {prices, "zip", "day"}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(join_as_of({frame, "area", "at"}, {prices, "zip", "dya"}).error().kind, ErrorKind::not_found);
}

TEST(DenseCodes, NumberKeysInTheOrderOfTheirAppearance) {
    DenseCodes codes;
    std::vector<std::int64_t> keys{7, 7, -3, 0, 7};
    EXPECT_EQ(codes.add(keys), (std::vector<std::uint32_t>{0, 0, 1, 2, 0}));
    std::vector<std::int64_t> many(10'000);
    for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<std::int64_t>(i * i) << 20;
    auto added = codes.add(many);
    EXPECT_EQ(added[1], 3u);
    EXPECT_EQ(codes.find(many, 2), added);
    EXPECT_EQ(codes.find(std::vector<std::int64_t>{12345})[0], no_entity);
}

}  // namespace
}  // namespace quoin
