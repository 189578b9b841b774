#include "features/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "features/quality.h"
#include "features/random_world_fixture.h"

namespace quoin {
namespace {

ValueSketch sketch_of(const std::vector<double>& values) {
    ValueSketch sketch;
    for (double value : values) sketch.add_number(value);
    return sketch;
}

std::vector<double> normal_values(std::uint64_t seed, std::size_t count, double mean) {
    Rng rng(seed);
    std::vector<double> values(count);
    for (double& value : values) value = mean + rng.normal();
    return values;
}

TEST(ValueSketch, QuantilesAreWithinAHundredthOfTheSortedValues) {
    auto values = normal_values(1, 20'000, 50);
    auto sketch = sketch_of(values);
    std::ranges::sort(values);
    for (double q : {0.0, 0.01, 0.25, 0.5, 0.9, 1.0}) {
        double exact = values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
        EXPECT_NEAR(sketch.quantile(q), exact, 0.008 * exact) << q;
    }
    EXPECT_TRUE(std::isnan(ValueSketch().quantile(0.5)));
}

TEST(ValueSketch, HalvesMergeToTheWholeAndTextBringsItBack) {
    auto values = normal_values(2, 5'000, 0);
    ValueSketch first = sketch_of({values.begin(), values.begin() + 1'700}), second = sketch_of({values.begin() + 1'700, values.end()});
    auto whole = sketch_of(values);
    first.merge(second);
    EXPECT_EQ(first.buckets(), whole.buckets());
    EXPECT_EQ(first.count(), 5'000u);
    auto again = ValueSketch::read(whole.text());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->text(), whole.text());
    EXPECT_EQ(again->quantile(0.3), whole.quantile(0.3));
    EXPECT_EQ(ValueSketch::read(R"({"count": 1, "buckets": [[5, 2]], "texts": []})").error().kind, ErrorKind::corrupt);
    EXPECT_EQ(ValueSketch::read("[]").error().kind, ErrorKind::corrupt);
}

// By hand: shares 0.5 and 0.5 against 0.8 and 0.2, so (0.5 - 0.8) ln(0.5 / 0.8) + (0.5 - 0.2) ln(0.5 / 0.2) = 0.415888.
TEST(PopulationStability, IsTheSumOfTheDefinition) {
    std::vector<double> before, now;
    for (int i = 0; i < 1000; ++i) before.push_back(i < 800 ? 1 : 2), now.push_back(i < 500 ? 1 : 2);
    EXPECT_NEAR(*population_stability(sketch_of(before), sketch_of(now)), 0.4158883, 1e-6);
    EXPECT_EQ(*population_stability(sketch_of(before), sketch_of(before)), 0);
    ValueSketch texts_before, texts_now;
    texts_before.add_text("a", 800), texts_before.add_text("b", 200);
    texts_now.add_text("a", 500), texts_now.add_text("b", 500);
    EXPECT_NEAR(*population_stability(texts_before, texts_now), 0.4158883, 1e-6);
    EXPECT_FALSE(population_stability(sketch_of(before), texts_now));
    EXPECT_FALSE(population_stability(sketch_of({1, 2, 3}), sketch_of(now)));
}

// A shift by half a deviation moves about a quarter of a normal population; the usual thresholds are 0.1 and 0.25.
TEST(PopulationStability, TellsAShiftFromNoise) {
    auto reference = sketch_of(normal_values(3, 20'000, 10));
    EXPECT_LT(*population_stability(reference, sketch_of(normal_values(4, 20'000, 10))), 0.01);
    EXPECT_NEAR(*population_stability(reference, sketch_of(normal_values(5, 20'000, 10.5))), 0.25, 0.05);
    EXPECT_GT(*population_stability(reference, sketch_of(normal_values(6, 20'000, 12))), 1);
}

TEST(FeatureStatistics, BlocksMergeToWhatTheDefinitionsSay) {
    RandomWorld world(201);
    world.live(80, 0);
    ASSERT_EQ(world.error, "");
    auto view = read_view(
        "view: acts\nentity: user\ndescription: d\nowner: o\ncategory: c\nfeatures:\n"
        "  - {name: total, description: d, type: number, range: [-100, 100], from: act, value: amount, transform: sum, window: lifetime}\n"
        "  - {name: kind, description: d, type: text, from: act, value: kind, transform: last, window: lifetime}\n",
        "acts.yaml");
    auto catalog = FeatureCatalog::make(world.catalog->shared_types(), {*view});
    ASSERT_TRUE(catalog) << catalog.error().message;
    std::vector<FeaturePlace> features{{(*catalog)->views()[0].get(), 0}, {(*catalog)->views()[0].get(), 1}};
    auto replay = FeatureReplay::read(*catalog, features, world.events(), {});
    ASSERT_TRUE(replay);
    auto frame = replay->everyone("user", world.clock.now());
    ASSERT_TRUE(frame);
    auto answers = replay->answer(*frame);
    ASSERT_TRUE(answers);
    AnsweredFeature total{*answers, answers->views[0], 0}, kind{*answers, answers->views[0], 1};
    std::vector<std::size_t> rows(frame->rows()), some, rest;
    double sum = 0, squares = 0, outside = 0;
    std::vector<double> values;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        rows[row] = row;
        (row % 3 == 0 ? some : rest).push_back(row);
        values.push_back(answers->value(answers->views[0], row, 0).number());
        sum += values.back();
        outside += std::abs(values.back()) > 100;
    }
    double mean = sum / static_cast<double>(values.size());
    for (double value : values) squares += (value - mean) * (value - mean);
    auto whole = statistics_of(total, frame->at, rows), merged = statistics_of(total, frame->at, some);
    merged.merge(statistics_of(total, frame->at, rest));
    for (const FeatureStatistics& one : {whole, merged}) {
        EXPECT_EQ(one.rows, values.size());
        EXPECT_EQ(one.present, values.size());
        EXPECT_NEAR(one.mean, mean, 1e-9 * std::abs(mean));
        EXPECT_NEAR(one.deviation(), std::sqrt(squares / static_cast<double>(values.size() - 1)), 1e-6);
        EXPECT_EQ(one.least, *std::ranges::min_element(values));
        EXPECT_EQ(one.greatest, *std::ranges::max_element(values));
        EXPECT_EQ(static_cast<double>(one.outside_range), outside);
    }
    EXPECT_GT(outside, 0);
    auto texts = statistics_of(kind, frame->at, rows);
    EXPECT_TRUE(texts.sketch.is_of_texts());
    EXPECT_EQ(texts.present, texts.sketch.count());
    EXPECT_LE(texts.sketch.different_texts(), 4u);
    EXPECT_TRUE(std::isnan(texts.deviation()));
}

TEST(QualityRules, OverridesGoFromTheDefaultsOverTheViewToTheFeature) {
    auto rules = QualityRules::parse("defaults: {null_rate_max: 0.5}\nfeatures:\n  v: {stability_max: 0.4}\n  v:f: {null_rate_max: 0.1}\n",
                                     "q.yaml");
    ASSERT_TRUE(rules) << rules.error().message;
    EXPECT_EQ(rules->of("v", "f").null_rate_max, 0.1);
    EXPECT_EQ(rules->of("v", "f").stability_max, 0.4);
    EXPECT_EQ(rules->of("v", "g").null_rate_max, 0.5);
    EXPECT_EQ(rules->of("w", "f").stability_max, 0.25);
    EXPECT_EQ(QualityRules::parse("defaults: {null_rate_max: 2}\n", "q.yaml").error().message,
              "q.yaml, line 1: 'null_rate_max' must be from 0 to 1, not 2");
    EXPECT_EQ(QualityRules::parse("defaults: {nul_rate: 1}\n", "q.yaml").error().kind, ErrorKind::invalid);
}

TEST(QualityRules, EachGateJudgesItsOwnMeasure) {
    FeatureStatistics one{.view = "v", .feature = "f", .rows = 1000, .present = 700, .null_values = 300, .outside_range = 35};
    one.sketch.add_text("a", 700);
    FeatureStatistics former = one;
    former.sketch = {};
    former.sketch.add_text("b", 700);
    auto rules = QualityRules::parse("defaults: {null_rate_max: 0.3, outside_range_max: 0.04, rows_min: 1001}\n", "q.yaml");
    auto results = judge_quality({&one, 1}, {{"v:f", former}}, *rules);
    ASSERT_EQ(results.size(), 4u);
    std::map<std::string, bool> passed;
    for (const auto& result : results) passed[result.gate] = result.passed;
    EXPECT_EQ(passed, (std::map<std::string, bool>{{"rows", false}, {"null_rate", true}, {"range", false}, {"distribution", false}}));
    EXPECT_EQ(results[2].message, "5.00 % of the values of v:f are outside the declared range, at most 4.00 % may");
}

}  // namespace
}  // namespace quoin
