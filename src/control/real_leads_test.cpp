#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "control/evaluation_job.h"
#include "learning/draft.h"
#include "learning/feature_plan.h"
#include "learning/trainer.h"
#include "table/read.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::Ge;
using testing::Le;

constexpr std::int64_t day_us = 86'400'000'000;

/// 9,240 leads of a seller of courses, 3,561 converted, in the order of their numbers.
std::optional<Table> real_leads() {
    const char* data = std::getenv("QUOIN_DATA");
    if (data == nullptr) return std::nullopt;
    auto table = read_table(std::filesystem::path(data) / "leads/x_education_leads.csv.gz").value();
    Times order;  // the lead number rises with time; one a "day" lets the last fifth be held out
    for (double number : table.find("Lead Number")->numbers()) order.push_back(EventTime{static_cast<std::int64_t>(number) * day_us});
    auto plain = table.without("Lead Number");
    EXPECT_TRUE(plain.add({"created", order}));
    return plain;
}

double value(const Scorecard& card, std::string_view name) {
    for (const auto& metric : card.metrics)
        if (metric.name == name) return metric.value;
    return -1;
}

TEST(RealLeads, ColumnsThatPeopleFillInAfterContactAreFlagged) {
    auto table = real_leads();
    if (!table) GTEST_SKIP() << "QUOIN_DATA is not set";
    auto draft = draft_declaration(*table, {.target = "Converted", .source = "leads.csv"}).value();
    for (const char* column : {"Tags", "Lead Quality", "Lead Profile", "Last Notable Activity", "Last Activity",
                               "Asymmetrique Activity Index", "Asymmetrique Profile Score"})
        EXPECT_TRUE(std::ranges::any_of(draft.leaks, [&](const auto& leak) { return leak.column == column; })) << column;
    for (const char* column : {"Lead Source", "Total Time Spent on Website", "What is your current occupation", "City"})
        EXPECT_TRUE(std::ranges::none_of(draft.leaks, [&](const auto& leak) { return leak.column == column; })) << column;
}

TEST(RealLeads, WithoutThemLeadsHeldOutAreRankedAndCalibrated) {
    auto table = real_leads();
    if (!table) GTEST_SKIP() << "QUOIN_DATA is not set";
    auto declared = draft_declaration(*table, {.target = "Converted", .source = "leads.csv"}).value();
    auto& declaration = declared.declaration;
    for (const auto& leak : declared.leaks)
        std::erase_if(declaration.features, [&](const auto& feature) { return feature.column == leak.column; });
    declaration.time_as_input = false;
    declaration.members = {
        {.family = "lightgbm", .parameters = {{"num_boost_round", 150}, {"learning_rate", 0.05}, {"num_leaves", 15}}, .name = "lightgbm"},
        {.family = "xgboost", .parameters = {{"num_boost_round", 150}, {"learning_rate", 0.06}, {"max_depth", 4}}, .name = "xgboost"},
        {.family = "elastic_net", .parameters = {{"alpha", 0.001}}, .name = "elastic_net"}};
    auto later = evaluate(*table, declaration, {.by_time = true, .baselines = false}).value().champion;
    later.owner = "later";
    declaration.time.clear();  // a fifth at random from here on
    auto report = evaluate(*table, declaration, {.by_time = true}).value();
    auto logistic = declaration;
    logistic.members = {{.family = "elastic_net", .parameters = {{"alpha", 1e-6}}, .name = "logistic"}};
    auto plain = evaluate(*table, logistic, {.by_time = true, .baselines = false}).value();
    plain.champion.owner = "logistic";
    auto cards = report.baselines;
    cards.insert(cards.begin(), report.champion);
    cards.push_back(plain.champion);
    cards.push_back(later);
    for (const auto& card : cards)
        fmt::print("{:10} AUC {:.4f}  precision@20% {:.4f}  ECE {:.4f}\n", card.owner, value(card, "auc"),
                   value(card, "precision_at_20pct"), value(card, "ece"));
    // scikit-learn on a random fifth, without Last Activity: logistic regression 0.871, 0.832, 0.039; boosted trees 0.874, 0.854, 0.028.
    EXPECT_THAT(value(report.champion, "auc"), AllOf(Ge(0.85), Le(0.93)));
    EXPECT_THAT(value(report.champion, "precision_at_20pct"), AllOf(Ge(0.75), Le(0.97)));
    EXPECT_THAT(value(report.champion, "ece"), AllOf(Ge(0), Le(0.05)));
    for (const auto& card : report.baselines) EXPECT_GE(value(report.champion, "auc"), value(card, "auc") - 0.01) << card.owner;
    EXPECT_GE(value(report.champion, "auc"), value(plain.champion, "auc") - 0.01);
    // The last fifth by number is another time, and calibration drifts: scikit-learn's logistic regression has an ECE of 0.046 there.
    EXPECT_THAT(value(later, "auc"), AllOf(Ge(0.87), Le(0.92)));
    EXPECT_THAT(value(later, "precision_at_20pct"), AllOf(Ge(0.85), Le(0.93)));
    EXPECT_THAT(value(later, "ece"), AllOf(Ge(0.02), Le(0.07)));
}

}  // namespace
}  // namespace quoin
