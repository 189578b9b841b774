#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "control/mover_features.h"
#include "control/product_files.h"
#include "learning/declaration.h"

namespace quoin {
namespace {

std::vector<std::string> inputs_of(const std::string& model) {
    std::ifstream file(std::filesystem::path(QUOIN_SOURCE_DIR) / "catalog/simulated" / (model + ".yaml"));
    std::ostringstream text;
    text << file.rdbuf();
    std::vector<std::string> inputs;
    auto declaration = parse_declaration(text.str()).value();
    for (const auto& feature : declaration.features) inputs.push_back(feature.column);
    return inputs;
}

/// Whatever a product of the demo says no to, it says why under a code.
TEST(ProductReasons, NameEveryInputOfTheDemosModels) {
    auto products = default_products().value();
    auto check = [&](const char* name, const std::vector<std::string>& inputs) {
        const Product* product = products.find(name).value();
        EXPECT_FALSE(inputs.empty());
        for (const auto& input : inputs) EXPECT_NE(product->explanation.reason_of(input), nullptr) << name << ": " << input;
        for (const auto& reason : product->explanation.reasons)
            EXPECT_TRUE(std::ranges::any_of(reason.inputs, [&](const auto& input) { return std::ranges::count(inputs, input) > 0; }))
                << name << " " << reason.code << " names nothing that the model reads";
    };
    for (const char* name : {"cap_rate", "noi_growth", "lead_time_to_close"}) check(name, inputs_of(std::string(name) + "_model"));
    check("lead_score", inputs_of("lead_conversion_model"));
    for (const char* name : {"move_probability", "transaction_type", "email_engagement"}) check(name, mover_features());
}

}  // namespace
}  // namespace quoin
