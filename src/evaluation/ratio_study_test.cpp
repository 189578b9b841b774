#include "evaluation/ratio_study.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>

#include "base/rng.h"
#include "evaluation/metric.h"

namespace quoin {
namespace {

using testing::HasSubstr;

/// The first two columns of a CSV file with a header.
std::vector<RatioSale> sales_in(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    std::vector<RatioSale> sales;
    while (std::getline(file, line)) {
        std::istringstream fields(line);
        char comma;
        RatioSale sale{};
        if (fields >> sale.estimate >> comma >> sale.price) sales.push_back(sale);
    }
    return sales;
}

std::vector<RatioSale> iaao_example() { return sales_in(QUOIN_SOURCE_DIR "/tests/oracles/iaao_vertical_equity.csv"); }

// IAAO, Standard on Ratio Studies, exposure draft of May 2026: sales of section 6.1 table 1; medians, intervals, VEI and its significance
// of appendix E.4 table 25 (0.7280 [0.6429, 0.8476], 1.1491 [1.0000, 1.2476], 48.53, 17.57).
TEST(RatioStudy, ReproducesTheExampleOfTheStandard) {
    auto study = ratio_study(iaao_example()).value();
    EXPECT_EQ(study.sales, 54u);
    EXPECT_NEAR(study.median_ratio, 0.86778, 5e-6);
    EXPECT_NEAR(study.mean_ratio, 0.89380, 5e-6);
    EXPECT_NEAR(study.weighted_mean_ratio, 0.90030, 5e-6);
    EXPECT_NEAR(study.cod, 24.651, 5e-4);
    EXPECT_NEAR(study.prd, 0.99279, 5e-6);
    EXPECT_NEAR(study.prb, 0.18713, 5e-6);
    EXPECT_NEAR(study.ki, 0.01540, 5e-6);
    EXPECT_NEAR(study.mki, 1.06944, 5e-6);
    ASSERT_EQ(study.vei_groups.size(), 4u);
    std::vector<std::size_t> sizes;
    for (const auto& group : study.vei_groups) sizes.push_back(group.sales);
    EXPECT_EQ(sizes, (std::vector<std::size_t>{14, 13, 13, 14}));
    const auto &first = study.vei_groups.front(), &last = study.vei_groups.back();
    EXPECT_NEAR(first.median_ratio, 0.72797, 5e-6);
    EXPECT_NEAR(first.lower, 0.64286, 5e-6);
    EXPECT_NEAR(first.upper, 0.84757, 5e-6);
    EXPECT_NEAR(last.median_ratio, 1.14911, 5e-6);
    EXPECT_NEAR(last.lower, 1.00000, 5e-6);
    EXPECT_NEAR(last.upper, 1.24762, 5e-6);
    EXPECT_NEAR(study.vei.value(), 48.530, 5e-4);
    EXPECT_NEAR(study.vei_significance.value(), 17.566, 5e-4);
}

// tests of ccao-data/assessr on 979 Cook County sales.
TEST(RatioStudy, EqualsAssessrOnCookCountySales) {
    const char* data = std::getenv("QUOIN_DATA");
    if (!data) GTEST_SKIP() << "QUOIN_DATA is not set to the folder with housing/ratio_study_sample.csv";
    auto sales = sales_in(std::string(data) + "/housing/ratio_study_sample.csv");
    ASSERT_EQ(sales.size(), 979u);
    auto study = ratio_study(sales).value();
    EXPECT_NEAR(study.cod, 17.81457, 5e-6);
    EXPECT_NEAR(study.prd, 1.048419, 5e-7);
    EXPECT_NEAR(study.prb, 0.0024757, 1e-7);
}

// The 30 sales of Quintos (2020), "A Gini measure for vertical equity in property assessments", as in the tests of assessr: MKI 0.79, KI
// -0.0595.
TEST(RatioStudy, ReproducesTheKakwaniIndicesOfQuintos) {
    auto study = ratio_study(sales_in(QUOIN_SOURCE_DIR "/tests/oracles/quintos_kakwani.csv")).value();
    EXPECT_EQ(study.sales, 30u);
    EXPECT_NEAR(study.mki, 0.79, 5e-3);
    EXPECT_NEAR(study.ki, -0.0595, 5e-5);
}

TEST(RatioStudy, DoesNotDependOnTheOrderOfSalesAndIsTheMetrics) {
    auto sales = iaao_example();
    auto study = ratio_study(sales).value();
    std::vector<double> labels, predictions;
    for (const auto& sale : sales) {
        labels.push_back(sale.price);
        predictions.push_back(sale.estimate);
    }
    for (auto [name, value] : std::initializer_list<std::pair<const char*, double>>{
             {"cod", study.cod}, {"prd", study.prd}, {"prb", study.prb}, {"vei", *study.vei}})
        EXPECT_EQ(find_metric(name).value()->compute({labels, predictions}).value(), value) << name;
    std::reverse(sales.begin(), sales.end());
    auto back = ratio_study(sales).value();
    EXPECT_NEAR(back.cod, study.cod, 1e-10);
    EXPECT_NEAR(back.prb, study.prb, 1e-12);
    EXPECT_NEAR(back.mki, study.mki, 1e-12);
    EXPECT_EQ(back.vei, study.vei);
}

TEST(RatioStudy, RefusesBadSalesAndDefinesSmallStudies) {
    std::vector<RatioSale> bad{{100, 100}, {0, 100}};
    EXPECT_THAT(ratio_study(bad).error().message, HasSubstr("sale 1 has estimate 0"));
    bad[1] = {100, std::numeric_limits<double>::infinity()};
    EXPECT_FALSE(ratio_study(bad));
    EXPECT_FALSE(ratio_study({}));
    std::vector<RatioSale> one{{90, 100}};
    auto study = ratio_study(one).value();
    EXPECT_DOUBLE_EQ(study.median_ratio, 0.9);
    EXPECT_EQ(study.cod, 0);
    EXPECT_TRUE(std::isnan(study.prb));
    EXPECT_FALSE(study.vei);
    auto json = to_json(study);
    EXPECT_TRUE(json.at("vei").is_null());
}

TEST(RatioIntervals, AreTheSameOnAnyNumberOfThreadsAndNarrowWithSales) {
    auto sales = iaao_example();
    setenv("QUOIN_THREADS", "1", 1);
    auto one = ratio_intervals(sales).value();
    setenv("QUOIN_THREADS", "3", 1);
    auto three = ratio_intervals(sales).value();
    unsetenv("QUOIN_THREADS");
    for (auto statistic : {&RatioIntervals::median_ratio, &RatioIntervals::cod, &RatioIntervals::prd, &RatioIntervals::prb}) {
        EXPECT_EQ((one.*statistic).lower, (three.*statistic).lower);
        EXPECT_EQ((one.*statistic).upper, (three.*statistic).upper);
        EXPECT_LT((one.*statistic).lower, (one.*statistic).value);
        EXPECT_GT((one.*statistic).upper, (one.*statistic).value);
    }
    std::vector<RatioSale> many;
    for (int copy = 0; copy < 9; ++copy) many.insert(many.end(), sales.begin(), sales.end());
    auto nine = ratio_intervals(many).value();
    // Nine times the sales: a third of the width.
    EXPECT_NEAR((nine.cod.upper - nine.cod.lower) / (one.cod.upper - one.cod.lower), 1.0 / 3, 0.06);
    EXPECT_FALSE(ratio_intervals(sales, {.level = 95}));
}

TEST(RatioSegments, StudyEachSegmentAndSuppressSmallOnes) {
    auto sales = iaao_example();
    std::vector<std::string> names(54, "west");
    for (std::size_t i = 0; i < 14; ++i) names[i] = "east";
    auto segments = ratio_study_by(sales, names).value();
    ASSERT_EQ(segments.size(), 2u);
    EXPECT_EQ(segments[0].name, "east");
    EXPECT_TRUE(segments[0].suppressed);
    EXPECT_EQ(segments[0].study.sales, 14u);
    EXPECT_FALSE(segments[1].suppressed);
    EXPECT_EQ(segments[1].study.cod, ratio_study(std::span(sales).subspan(14)).value().cod);
    names.pop_back();
    EXPECT_FALSE(ratio_study_by(sales, names));
}

TEST(RatioSegments, DecilesHaveEqualSizesAndNeverPartEqualPrices) {
    std::vector<double> prices;
    for (int i = 100; i > 0; --i) prices.push_back(i * 1000);
    auto names = decile_names(prices);
    EXPECT_EQ(names[0], "decile 10: 91000 to 100000");
    EXPECT_EQ(names[99], "decile 01: 1000 to 10000");
    EXPECT_EQ(std::count(names.begin(), names.end(), "decile 04: 31000 to 40000"), 10);
    std::vector<double> tied(30, 5.0);
    EXPECT_EQ(decile_names(tied)[0], "decile 01: 5 to 5");
    EXPECT_TRUE(decile_names({}).empty());
}

// The two samples of assessr's documentation: 1,000 normal ratios, and 900 with 100 of exactly 1.
TEST(SalesChasing, IsSeenInABunchAtOneAndNotInANormalSample) {
    Rng rng(4);
    std::vector<RatioSale> honest, chased;
    for (int i = 0; i < 1000; ++i) honest.push_back({100'000 * std::max(0.3, 1 + 0.15 * rng.normal()), 100'000});
    chased = honest;
    for (int i = 0; i < 100; ++i) chased[i].estimate = chased[i].price;
    auto clean = sales_chasing(honest).value(), found = sales_chasing(chased).value();
    EXPECT_FALSE(clean.suspected);
    EXPECT_NEAR(clean.near_one_share_normal, std::erf(0.02 / 0.15 / std::sqrt(2.0)), 0.01);
    EXPECT_TRUE(found.suspected);
    EXPECT_DOUBLE_EQ(found.jump_share, 0.1);
    EXPECT_FALSE(sales_chasing(std::span(honest).first(29)));
}

}  // namespace
}  // namespace quoin
