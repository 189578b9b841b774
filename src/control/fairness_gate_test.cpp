#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "control/project_fixture.h"
#include "control/training_job.h"
#include "store/blobs.h"

namespace quoin {
namespace {

using testing::HasSubstr;

constexpr const char* model_name = "approval_model";

/// Applicants of two groups in a file, and their group in another. What is approved depends on income alone; group b has less of it.
class FairnessGates : public testing::Test, protected SharedProject<FairnessGates> {
protected:
    void SetUp() override { make_project(); }
    void TearDown() override { drop_project(); }

    /// `gap`: how much less income group b has, in standard deviations. `postcode`: a column that tells the group, or nearly.
    void write_applicants(double gap, bool has_postcode) {
        Rng rng(11);
        std::string rows = has_postcode ? "id,income,tenure,postcode,approved\n" : "id,income,tenure,approved\n", groups = "id,race\n";
        for (int i = 1; i <= 900; ++i) {
            bool is_b = i % 3 == 0;
            double income = rng.normal() - (is_b ? gap : 0), chance = 1 / (1 + std::exp(-3 * income));
            auto postcode = has_postcode ? fmt::format("{},", is_b ? 9.0 + rng.uniform() : rng.uniform()) : "";
            rows += fmt::format("p{},{:.4f},{:.4f},{}{}\n", i, income, rng.normal(), postcode, rng.uniform() < chance ? "yes" : "no");
            groups += fmt::format("p{},{}\n", i, is_b ? "b" : "a");
        }
        ASSERT_TRUE(write_file_atomically(folder() / "applicants.csv", std::as_bytes(std::span(rows))));
        ASSERT_TRUE(write_file_atomically(folder() / "groups.csv", std::as_bytes(std::span(groups))));
    }
    Result<TrainingReport> train_on(const std::string& features) {
        auto text = fmt::format(R"(model: {}
source: applicants.csv
id: id
label: {{column: approved, positive: "yes"}}
task: binary
features: [{}]
members: [elastic_net]
folds: 3
protected:
  source: groups.csv
  favourable: positive
  attributes: [{{column: race, reference: a}}]
gates: ["test.fairness.race.adverse_impact_ratio >= 0.8"]
)",
                                model_name, features);
        EXPECT_TRUE(write_file_atomically(project()->declaration_file(model_name), std::as_bytes(std::span(text))));
        return run_training(*project(), {.model = model_name, .baselines = false});
    }
    std::string card_of(const TrainingReport& report) {
        return std::string(project()->blobs().get(report.version.card_markdown).value().text());
    }
};

TEST_F(FairnessGates, RefuseAModelThatFavoursAGroup) {
    write_applicants(1.5, false);
    auto report = train_on("income, tenure");
    ASSERT_TRUE(report) << report.error().message;
    ASSERT_EQ(report->gates.size(), 1u);
    EXPECT_FALSE(report->gates[0].passed);
    EXPECT_LT(report->gates[0].measured, 0.6);
    EXPECT_FALSE(report->promoted);
    EXPECT_FALSE(project()->registry().find(model_name, "champion"));
}

TEST_F(FairnessGates, LetAModelThroughThatDoesNot) {
    write_applicants(0, false);
    auto report = train_on("income, tenure");
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(report->gates.at(0).passed) << report->gates[0].measured;
    EXPECT_TRUE(report->promoted);
}

TEST_F(FairnessGates, ShowTheGroupsInTheCard) {
    write_applicants(1.5, false);
    auto report = train_on("income, tenure").value();
    auto card = card_of(report);
    EXPECT_THAT(card, HasSubstr("## Groups of people"));
    EXPECT_THAT(card, HasSubstr("### race, beside a"));
    const auto& audit = report.test->fairness.decisions.at(0);
    EXPECT_THAT(card, HasSubstr(fmt::format("{:.3f} ({:.3f} to {:.3f})", audit.comparisons.at(0).adverse_impact_ratio,
                                            audit.comparisons[0].ratio_lower, audit.comparisons[0].ratio_upper)));
    for (const auto& group : audit.groups) EXPECT_THAT(card, HasSubstr(fmt::format("{:.1f} %", 100 * group.favourable_rate)));
}

TEST_F(FairnessGates, RefuseAnInputThatTellsTheGroup) {
    write_applicants(0, true);
    auto refused = train_on("income, tenure, postcode");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().field, "postcode");
    EXPECT_THAT(refused.error().message, HasSubstr("alone tells who is of the group"));
    EXPECT_TRUE(train_on("income, tenure"));  // in the file, but no feature
}

TEST_F(FairnessGates, RefuseTheAttributeItselfAsAFeature) {
    write_applicants(0, false);
    auto refused = train_on("income, race");
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("race"));
}

}  // namespace
}  // namespace quoin
