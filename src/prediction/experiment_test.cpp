#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "prediction/assignment.h"
#include "prediction/outcome_loss.h"

namespace quoin {
namespace {

TEST(Assignment, IsUniformIndependentAndStable) {
    constexpr int entities = 100'000, cells = 100;
    std::array<double, cells> counts{};
    int both = 0;
    Assignment one("experiment one"), other("experiment two");
    for (int i = 0; i < entities; ++i) {
        EntityId id("prop_" + std::to_string(i));
        double place = one.place(id);
        ASSERT_TRUE(place >= 0 && place < 1);
        counts[static_cast<std::size_t>(place * cells)] += 1;
        both += one.is_challenger(id, 0.1) && other.is_challenger(id, 0.1);
        EXPECT_TRUE(!one.is_challenger(id, 0.05) || one.is_challenger(id, 0.25)) << "who is in stays in";
    }
    double chi_square = 0;
    for (double count : counts) chi_square += (count - entities / cells) * (count - entities / cells) / (entities / cells);
    EXPECT_LT(chi_square, 148.2) << "99.9 % point of chi-square with 99 degrees of freedom";
    EXPECT_GT(chi_square, 60.0) << "nor too even: 0.1 % point";
    EXPECT_NEAR(both, 1000, 100) << "two experiments assign independently of each other";
    // printf 'experiment one\0prop_1' | sha256sum: the first 13 digits / 16^13. The same on every machine, after every restart.
    EXPECT_DOUBLE_EQ(one.place(EntityId("prop_1")), static_cast<double>(0x297f52b9ea90e) / 0x1p52);
}

TEST(OutcomeLoss, FollowsItsDefinition) {
    const char*
        price = R"({"predicted_value": 110, "quantiles": [{"level": 0.9, "predicted": 120, "bound": 125}, {"level": 0.5, "predicted": 90,
        "bound": 90}]})";
    EXPECT_DOUBLE_EQ(loss_of(OutcomeLoss::absolute_percentage_error, price, 100.0).value(), 0.1);
    EXPECT_DOUBLE_EQ(loss_of(OutcomeLoss::absolute_error, price, 100.0).value(), 10);
    EXPECT_DOUBLE_EQ(loss_of(OutcomeLoss::squared_error, price, 100.0).value(), 100);
    EXPECT_DOUBLE_EQ(loss_of(OutcomeLoss::pinball, price, 100.0).value(), (0.1 * 20 + 0.5 * 10) / 2);
    const char* chance = R"({"predicted_value": 0.2})";
    EXPECT_DOUBLE_EQ(loss_of(OutcomeLoss::brier, chance, 1.0).value(), 0.64);
    EXPECT_DOUBLE_EQ(loss_of(OutcomeLoss::log_loss, chance, 0.0).value(), -std::log(0.8));
    const char* classes = R"({"predicted_value": 0.5, "class_probabilities": {"buy": 0.5, "sell": 0.3, "none": 0.2}})";
    EXPECT_DOUBLE_EQ(loss_of(OutcomeLoss::brier, classes, std::string("sell")).value(), (0.25 + 0.49 + 0.04) / 2);
    EXPECT_FALSE(loss_of(OutcomeLoss::brier, classes, std::string("rent")));
    EXPECT_FALSE(loss_of(OutcomeLoss::brier, chance, 0.5));
    EXPECT_FALSE(loss_of(OutcomeLoss::brier, price, 1.0));
    EXPECT_FALSE(loss_of(OutcomeLoss::absolute_percentage_error, price, 0.0));
    EXPECT_FALSE(loss_of(OutcomeLoss::squared_error, price, 1e200)) << "overflow is no loss";
    EXPECT_FALSE(loss_of(OutcomeLoss::pinball, chance, 1.0));
    EXPECT_FALSE(loss_of(OutcomeLoss::brier, "{", 1.0));
}

}  // namespace
}  // namespace quoin
