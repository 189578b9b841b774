#include "prediction/product.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quoin {
namespace {

using testing::HasSubstr;

constexpr const char* lead = R"(product: lead_score
prediction_type: LEAD_SCORE
entity: lead
description: How likely a lead is to convert
model: lead_conversion_model
levels: [0.9]
days_ahead: 30
missing: {refused_above: 0.5}
)";

TEST(Product, ReadsItsFile) {
    auto product = Product::parse(lead, "lead_score.yaml").value();
    EXPECT_EQ(product.name, "lead_score");
    EXPECT_EQ(product.entity_type, "LEAD");
    EXPECT_EQ(product.model, "lead_conversion_model");
    EXPECT_FALSE(product.any_model);
    ASSERT_EQ(product.levels.size(), 1u);
    EXPECT_EQ(product.levels[0].value(), 0.9);
    EXPECT_EQ(product.days_ahead, 30);
    EXPECT_EQ(product.missing_refused_above, 0.5);
}

TEST(Product, RefusesWhatItDoesNotUnderstandAndSaysWhere) {
    auto refusal = [](std::string text, std::string_view from, std::string_view to) {
        text.replace(text.find(from), from.size(), to);
        return Product::parse(text, "lead_score.yaml").error().message;
    };
    EXPECT_THAT(refusal(lead, "model: ", "modle: "), HasSubstr("lead_score.yaml"));
    EXPECT_THAT(refusal(lead, "[0.9]", "[1.9]"), HasSubstr("between 0 and 1"));
    EXPECT_THAT(refusal(lead, "days_ahead: 30", "days_ahead: -1"), HasSubstr("above 0"));
    EXPECT_THAT(refusal(lead, "0.5", "5"), HasSubstr("refused_above"));
}

TEST(Product, AnswersUpToItsShareOfUnknownInputs) {
    TrainedModel model;
    model.name = "lead_conversion_model";
    model.encoder = Encoder::make({{.name = "a", .label = "a"}, {.name = "b", .label = "b"}}, {}).value();
    auto product = Product::parse(lead, "lead_score.yaml").value();
    double known[] = {1, NAN}, unknown[] = {NAN, NAN};
    EXPECT_TRUE(product.check_missing(model, known));
    auto refused = product.check_missing(model, unknown);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("(a, b)"));
    product.missing_refused_above = 1;
    EXPECT_TRUE(product.check_missing(model, unknown));
}

TEST(Product, IsFoundByNameAndType) {
    auto first = Product::parse(lead, "a").value(), second = first;
    EXPECT_EQ(ProductCatalog::make({first, second}).error().kind, ErrorKind::conflict);
    second.name = "other";
    EXPECT_THAT(ProductCatalog::make({first, second}).error().message, HasSubstr("LEAD_SCORE"));
    auto catalog = ProductCatalog::make({first}).value();
    EXPECT_EQ((*catalog.find("lead_score"))->prediction_type, "LEAD_SCORE");
    EXPECT_EQ((*catalog.of_type("LEAD_SCORE"))->name, "lead_score");
    EXPECT_THAT(catalog.find("cap_rate").error().message, HasSubstr("lead_score"));
    EXPECT_EQ(catalog.of_type("CAP_RATE").error().field, "/prediction_type");
}

}  // namespace
}  // namespace quoin
