#include "finance/internal_rate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.h"

namespace quoin {
namespace {

using testing::HasSubstr;

std::vector<CashFlow> yearly(std::initializer_list<double> amounts) {
    std::vector<CashFlow> flows;
    std::int64_t year = 0;
    for (double amount : amounts) flows.push_back({EventTime{365 * 86'400'000'000 * year++}, amount});
    return flows;
}

// The example of the spreadsheet function XIRR in its makers' documentation: 0.373362535 (Excel) for these dates and amounts.
TEST(InternalRates, EqualTheSpreadsheetsOwnExample) {
    std::vector<CashFlow> flows{{from_civil(2008, 1, 1), -10000},
                                {from_civil(2008, 3, 1), 2750},
                                {from_civil(2008, 10, 30), 4250},
                                {from_civil(2009, 2, 15), 3250},
                                {from_civil(2009, 4, 1), 2750}};
    auto rates = internal_rates(flows).value();
    ASSERT_TRUE(rates.is_unique());
    EXPECT_NEAR(rates.roots[0], 0.373362535, 1e-8);
    EXPECT_NEAR(net_present_value(flows, 0.09), 2086.647602, 1e-5);  // XNPV's example, the same flows at 9 %
}

TEST(InternalRates, FindEveryRootWhereFlowsChangeSignTwice) {
    auto rates = internal_rates(yearly({-1000, 2300, -1320})).value();  // 1000 x² − 2300 x + 1320: x = 1.1 and 1.2
    EXPECT_EQ(rates.sign_changes, 2u);
    ASSERT_EQ(rates.roots.size(), 2u);
    EXPECT_NEAR(rates.roots[0], 0.1, 1e-10);
    EXPECT_NEAR(rates.roots[1], 0.2, 1e-10);
    EXPECT_FALSE(rates.is_unique());
}

TEST(InternalRates, SayWhenThereIsNone) {
    auto none = internal_rates(yearly({-1000, 2000, -1100})).value();  // discriminant below 0
    EXPECT_TRUE(none.roots.empty());
    EXPECT_THAT(internal_rates(yearly({-1000, -5})).error().message, HasSubstr("all cash flows are paid"));
    EXPECT_THAT(internal_rates(yearly({10, 5})).error().message, HasSubstr("received"));
    EXPECT_EQ(internal_rates(yearly({10})).error().kind, ErrorKind::invalid);
    EXPECT_EQ(internal_rates(yearly({-10, NAN})).error().kind, ErrorKind::invalid);
}

TEST(InternalRates, AreWhereTheNetPresentValueVanishes) {
    Rng rng(7);
    for (int world = 0; world < 500; ++world) {
        std::vector<CashFlow> flows{{from_civil(2020, 1, 1), -1e6}};
        for (std::uint64_t k = 1 + rng.below(40); k > 0; --k)
            flows.push_back(
                {EventTime{flows[0].at.value() + static_cast<std::int64_t>(rng.below(3650)) * 86'400'000'000}, 2e5 * rng.normal()});
        auto rates = internal_rates(flows);
        if (!rates) continue;
        EXPECT_LE(rates->roots.size(), std::max<std::size_t>(rates->sign_changes, 1));
        for (double root : rates->roots) {
            double scale = 0;
            for (const auto& flow : flows) scale += std::abs(net_present_value(std::vector{flows[0], flow}, root));
            EXPECT_NEAR(net_present_value(flows, root), 0, 1e-7 * std::max(1.0, scale)) << root;
        }
    }
}

TEST(InternalRates, CountDaysAsAsked) {
    std::vector<CashFlow> flows{{from_civil(2020, 1, 1), -100}, {from_civil(2024, 1, 1), 121}};  // 1461 days
    EXPECT_NEAR(internal_rates(flows, DayCount::actual_36525).value().roots[0], std::pow(1.21, 0.25) - 1, 1e-10);
    EXPECT_NEAR(internal_rates(flows).value().roots[0], std::pow(1.21, 365.0 / 1461) - 1, 1e-10);
}

}  // namespace
}  // namespace quoin
