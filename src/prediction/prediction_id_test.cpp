#include "prediction/prediction_id.h"

#include <gtest/gtest.h>

#include <set>

namespace quoin {
namespace {

TEST(PredictionId, HasItsTimeWhereTheStandardSays) {
    // RFC 9562, appendix A.6: 017F22E2-79B0-7CC3-98C4-DC0C0C07398F was made at 1645557742000 ms.
    EXPECT_EQ(time_of_prediction("pred_017f22e279b07cc398c4dc0c0c07398f"), EventTime{1'645'557'742'000'000});
    EXPECT_EQ(prediction_id(EventTime{1'645'557'742'000'000}).substr(0, 18), "pred_017f22e279b07");
}

TEST(PredictionId, SortsByTimeAndIsNeverTheSame) {
    std::set<std::string> ids;
    std::string last;
    for (std::int64_t microsecond = 1'795'846'565'307'000; microsecond < 1'795'846'565'311'000; ++microsecond) {
        auto id = prediction_id(EventTime{microsecond});
        EXPECT_EQ(time_of_prediction(id), EventTime{microsecond - microsecond % 1000});
        EXPECT_LT(last.substr(0, 21), id.substr(0, 21)) << "48 bits of milliseconds and 12 of their fraction tell microseconds apart";
        EXPECT_TRUE(std::string_view("89ab").find(id[21]) != std::string_view::npos) << id;
        last = id;
        ids.insert(id);
        ids.insert(prediction_id(EventTime{microsecond}));
    }
    EXPECT_EQ(ids.size(), 8000u);
}

TEST(PredictionId, AFormerOrForeignIdHasNoTime) {
    for (const char* id :
         {"", "pred_", "pred_1", "pred_017f22e279b04cc398c4dc0c0c07398f", "pred_017f22e279b07cc3c8c4dc0c0c07398f",
          "pred_017f22e279b07cc398c4dc0c0c07398g", "prod_017f22e279b07cc398c4dc0c0c07398f", "pred_017f22e279b07cc398c4dc0c0c07398f0"})
        EXPECT_FALSE(time_of_prediction(id)) << id;
}

}  // namespace
}  // namespace quoin
