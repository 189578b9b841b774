#include "prediction/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/json.h"

namespace quoin {
namespace {

using testing::HasSubstr;

Result<PredictionQuery> parsed(std::string_view text) { return parse_query(parse_json(text).value()); }

TEST(Query, ReadsBackWhatItWrites) {
    auto query = parsed(R"({"entity_id":"prop_1","entity_type":"PROPERTY","features":{"a":1.5,"b":"x","c":null,"d":true},
                            "as_of_date":"2024-01-15T00:00:00Z","confidence_levels":[0.5,0.99],"drivers":3,"comparables":0,
                            "what_if":{"a":2}})")
                     .value();
    EXPECT_EQ(query_text(parse_query(parse_json(query_text(query)).value()).value()), query_text(query));
    EXPECT_EQ(query.levels.size(), 2u);
    EXPECT_EQ(query.features.size(), 4u);
}

TEST(Query, NamesTheFieldAndTheRemedy) {
    struct Case {
        std::string_view text, field, message;
    };
    for (const auto& [text, field, message] :
         {Case{"{}", "/entity_id", "neither"}, Case{R"({"entity_id":7})", "/entity_id", "must be text"},
          Case{R"({"entity_id":"a","x":1})", "/x", "unknown field 'x'"}, Case{R"({"features":[1]})", "/features", "must be an object"},
          Case{R"({"features":{"a":[1]}})", "/features/a", "must be a number"},
          Case{R"({"entity_id":"a","confidence_levels":[95]})", "/confidence_levels", "0.95"},
          Case{R"({"entity_id":"a","drivers":-1})", "/drivers", "from 0 to"},
          Case{R"({"entity_id":"a","as_of_date":"soon"})", "/as_of_date", "is not a time"}, Case{R"([])", "", "must be a JSON object"}}) {
        auto query = parsed(text);
        ASSERT_FALSE(query) << text;
        EXPECT_EQ(query.error().field, field) << text;
        EXPECT_THAT(query.error().message, HasSubstr(std::string(message))) << text;
    }
}

}  // namespace
}  // namespace quoin
