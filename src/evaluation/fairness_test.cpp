#include "evaluation/fairness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "table/read.h"

namespace quoin {
namespace {

std::optional<Table> real_data(const std::string& file) {
    const char* data = std::getenv("QUOIN_DATA");
    if (data == nullptr) return std::nullopt;
    return read_table(std::filesystem::path(data) / "fairness" / file).value();
}

std::vector<std::string> texts(const Table& table, const std::string& name) {
    std::vector<std::string> all;
    const Column* column = table.find(name);
    for (std::size_t i = 0; i < column->size(); ++i) all.push_back(column->is_missing(i) ? "" : column->text(i));
    return all;
}

// tests/oracles/competing_risks.R
TEST(Fairness, FishersTestIsRs) {
    EXPECT_NEAR(fisher_exact_p(3, 1, 1, 3), 0.485714285714, 1e-11);
    EXPECT_NEAR(fisher_exact_p(120, 80, 90, 110), 0.00363518555588, 1e-11);
    EXPECT_NEAR(fisher_exact_p(10, 190, 40, 260), 0.00217098639989, 1e-11);
    EXPECT_EQ(fisher_exact_p(0, 5, 0, 9), 1);
}

TEST(Fairness, FiguresOfAHandMadeTable) {
    std::vector<double> scores, labels;
    std::vector<std::string> groups;
    auto add = [&](const char* group, double score, double label, int times) {
        for (int i = 0; i < times; ++i) groups.emplace_back(group), scores.push_back(score), labels.push_back(label);
    };
    add("a", 0.8, 1, 30), add("a", 0.8, 0, 10), add("a", 0.2, 0, 40), add("a", 0.2, 1, 20);
    add("b", 0.8, 1, 12), add("b", 0.8, 0, 4), add("b", 0.2, 0, 60), add("b", 0.2, 1, 24);
    auto audit = audit_fairness({scores, labels, groups}, "origin", "a").value();
    ASSERT_EQ(audit.comparisons.size(), 1u);
    const auto& gap = audit.comparisons[0];
    EXPECT_DOUBLE_EQ(gap.adverse_impact_ratio, 0.16 / 0.4);
    EXPECT_NEAR(gap.ratio_lower, 0.4 * std::exp(-1.959963984540054 * std::sqrt(0.6 / 40 + 0.84 / 16)), 1e-12);
    EXPECT_NEAR(gap.equal_opportunity_difference, 12.0 / 36 - 30.0 / 50, 1e-12);
    EXPECT_NEAR(gap.equalised_odds_gap, 30.0 / 50 - 12.0 / 36, 1e-12);
    EXPECT_NEAR(gap.calibration_gap, (0.296 - 0.36) - (0.44 - 0.5), 1e-12);
    auto denial = audit_fairness({scores, labels, groups, 0.5, false}, "origin", "a").value();
    EXPECT_DOUBLE_EQ(denial.comparisons[0].adverse_impact_ratio, 0.84 / 0.6);
    EXPECT_NEAR(denial.comparisons[0].equal_opportunity_difference, 60.0 / 64 - 40.0 / 50, 1e-12);
    EXPECT_FALSE(audit_fairness({scores, labels, groups}, "origin", "c")) << "no such reference";
    groups[0] = "tiny";
    EXPECT_EQ(audit_fairness({scores, labels, groups}, "origin", "a")->notes.size(), 1u);
}

TEST(Fairness, CompasRatesAreThoseThatWerePublished) {
    const char* data = std::getenv("QUOIN_DATA");
    if (data == nullptr) GTEST_SKIP() << "QUOIN_DATA is not set";
    // The file has columns of one name; the first of each counts.
    std::optional<Table> table = read_sql(fmt::format("SELECT decile_score, two_year_recid, race FROM read_csv('{}/fairness/{}')", data,
                                                      "compas_two_years.csv.gz"),
                                          {})
                                     .value();
    auto groups = texts(*table, "race");
    auto audit = audit_fairness({.scores = table->find("decile_score")->numbers(),
                                 .labels = table->find("two_year_recid")->numbers(),
                                 .groups = groups,
                                 .threshold = 5,
                                 .positive_is_favourable = false},
                                "race", "Caucasian")
                     .value();
    auto group = [&](const std::string& name) { return *std::ranges::find(audit.groups, name, &GroupFairness::group); };
    auto black = group("African-American"), white = group("Caucasian");
    // ProPublica 2016: 44.9 %, 23.5 %, 28.0 %, 47.7 %.
    EXPECT_NEAR(100 * black.false_positive_rate, 44.85, 0.005);
    EXPECT_NEAR(100 * white.false_positive_rate, 23.45, 0.005);
    EXPECT_NEAR(100 * (1 - black.true_positive_rate), 27.99, 0.005);
    EXPECT_NEAR(100 * (1 - white.true_positive_rate), 47.72, 0.005);
    EXPECT_TRUE(std::isnan(black.calibration_error)) << "deciles are no probabilities";
}

TEST(Fairness, TheAdjustedGapOfBostonMortgagesIsThatOfTheTextbook) {
    auto table = real_data("hmda_boston.csv");
    if (!table) GTEST_SKIP() << "QUOIN_DATA is not set";
    auto deny = texts(*table, "deny"), black = texts(*table, "black");
    auto ratios = table->find("dir")->numbers();
    std::vector<double> denied, is_black, controls;
    for (std::size_t i = 0; i < deny.size(); ++i) {
        if (deny[i].empty() || black[i].empty() || std::isnan(ratios[i])) continue;
        denied.push_back(deny[i] == "yes"), is_black.push_back(black[i] == "yes"), controls.push_back(ratios[i]);
    }
    EXPECT_EQ(denied.size(), 2381u);
    auto gap = adjusted_gap(denied, {controls.data(), controls.size(), 1}, is_black).value();
    // Stock & Watson: −0.091 + 0.559 dir + 0.177 black, robust errors 0.032, 0.089 (later printings), 0.025.
    EXPECT_NEAR(gap.coefficients[0], -0.0906, 5e-5);
    EXPECT_NEAR(gap.coefficients[1], 0.5592, 5e-5);
    EXPECT_NEAR(gap.gap(), 0.1775, 6e-5);
    EXPECT_NEAR(gap.standard_errors[2], 0.025, 5e-4);
    EXPECT_FALSE(adjusted_gap(denied, {is_black.data(), is_black.size(), 1}, is_black));
}

TEST(Fairness, ValuesOfHomesByGroup) {
    std::vector<double> values, labels;
    std::vector<std::string> groups;
    for (int i = 0; i < 40; ++i) {
        groups.push_back(i % 2 == 0 ? "low" : "high");
        labels.push_back(100);
        values.push_back(i % 2 == 0 ? (i < 20 ? 80 : 95) : 101);
    }
    EXPECT_TRUE(audit_valuation({values, labels, {}, groups}, "high")->empty()) << "twenty rows are too few";
    auto copy = [](auto& all) {
        auto same = all;
        all.insert(all.end(), same.begin(), same.end());
    };
    copy(values), copy(labels), copy(groups);
    std::vector<std::pair<double, double>> intervals(values.size(), {90, 110});
    auto audit = audit_valuation({values, labels, intervals, groups}, "high").value();
    ASSERT_EQ(audit.size(), 2u);
    EXPECT_EQ(audit[0].group, "high");
    EXPECT_NEAR(audit[0].median_error, 0.01, 1e-12);
    EXPECT_NEAR(audit[1].median_error, -0.125, 1e-12);
    EXPECT_NEAR(audit[1].undervalued15, 0.5, 1e-12);
    EXPECT_NEAR(audit[1].ppe10, 0.5, 1e-12);
    EXPECT_NEAR(*audit[1].coverage, 1, 1e-12);  // of the sales at 100
}

}  // namespace
}  // namespace quoin
