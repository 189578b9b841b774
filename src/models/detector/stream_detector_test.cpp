#include "models/detector/stream_detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"

namespace quoin {
namespace {

using testing::HasSubstr;

TEST(StreamDetector, AlarmsAtWhatIsUnusualAndNamesTheColumn) {
    auto detector = StreamDetector::make({.columns = 3}).value();
    Rng rng(5);
    std::vector<double> shares(3);
    std::vector<int> alarms;
    for (int i = 0; i < 3000; ++i) {
        std::vector row{100 + 5 * std::sin(i / 20.0) + rng.normal(), rng.normal(), 1e6 + 1e3 * rng.normal()};
        if (i >= 2000 && i < 2005) row[2] += 3e4;
        auto judged = detector.update(row, shares).value();
        ASSERT_TRUE(judged.score >= 0 && judged.score <= 1);
        double sum = shares[0] + shares[1] + shares[2];
        ASSERT_TRUE(std::abs(sum - 1) < 1e-9 || sum == 0);
        if (judged.alarm) alarms.push_back(i);
        if (i == 2000) {
            EXPECT_TRUE(judged.alarm);
            EXPECT_GT(shares[2], 0.9);
        }
    }
    EXPECT_LE(alarms.size(), 8u) << "one event and few others";
}

TEST(StreamDetector, RestsAfterTheMostUnusualRow) {
    auto detector = StreamDetector::make({.warm_up = 100, .rest = 50}).value();
    Rng rng(1);
    double last = 0;
    for (int i = 0; i < 1000; ++i) {
        auto judged = detector.update(std::vector{rng.normal() + (i == 500 ? 30 : 0)}).value();
        if (i == 500) last = judged.evidence;
        if (i > 500 && i <= 550) {
            EXPECT_TRUE(judged.score == 0 || judged.evidence > last) << i;
        }
    }
}

TEST(StreamDetector, GoesOnAfterLoadingAsIfNothingHadHappened) {
    for (auto members : {StreamMembers::all, StreamMembers::forest})
        for (int learnt : {0, 20, 50, 400}) {
            StreamOptions options{.columns = 2, .members = members, .warm_up = 50, .shingle = 4, .rest = 20};
            auto detector = StreamDetector::make(options).value();
            Rng rng(3);
            auto next = [&] { return std::vector{rng.normal(), rng.uniform()}; };
            for (int i = 0; i < learnt; ++i) ASSERT_TRUE(detector.update(next()));
            auto loaded = StreamDetector::load(detector.save()).value();
            for (int i = 0; i < 100; ++i) {
                auto row = next();
                ASSERT_EQ(detector.update(row).value().evidence, loaded.update(row).value().evidence) << learnt << " then " << i;
            }
            EXPECT_EQ(detector.save(), loaded.save());
        }
}

TEST(StreamDetector, ConstantsAndAbsurdValuesAreAnswered) {
    auto detector = StreamDetector::make({.warm_up = 20}).value();
    for (int i = 0; i < 500; ++i) EXPECT_FALSE(detector.update(std::vector{3.0}).value().alarm);
    for (double value : {1e90, -1e90, 3.0, 0.0}) {
        auto judged = detector.update(std::vector{value}).value();
        EXPECT_TRUE(std::isfinite(judged.evidence) && judged.score >= 0 && judged.score <= 1) << value;
    }
    EXPECT_THAT(detector.update(std::vector{std::nan("")}).error().message, HasSubstr("cannot judge"));
    EXPECT_EQ(StreamDetector::make({.columns = 0}).error().field, "columns");
    EXPECT_EQ(StreamDetector::make({.alarm = 0}).error().field, "alarm");
}

}  // namespace
}  // namespace quoin
