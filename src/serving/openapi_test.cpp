#include "serving/openapi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>

#include "base/json.h"
#include "serving/schemas.h"

namespace quoin {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;

std::vector<std::string> words(const json::array& array) {
    std::vector<std::string> out;
    for (const auto& word : array) out.emplace_back(word.as_string());
    return out;
}

/// Every "$ref" below a value.
void collect_references(const json::value& value, std::set<std::string>& found) {
    if (const auto* array = value.if_array()) {
        for (const auto& item : *array) collect_references(item, found);
    } else if (const auto* object = value.if_object()) {
        for (const auto& member : *object) {
            if (member.key() == "$ref") found.emplace(member.value().as_string());
            collect_references(member.value(), found);
        }
    }
}

TEST(OpenApi, HasEachRouteWithWhatItPromises) {
    auto document = openapi_document(endpoints());
    EXPECT_EQ(document["openapi"], "3.1.0");
    std::set<std::string> ids;
    std::size_t operations = 0;
    for (const auto& entry : endpoints()) {
        ASSERT_TRUE(document["paths"].as_object().contains(entry.path)) << entry.path;
        std::string method = entry.method == "GET" ? "get" : "post";
        const auto& operation = document["paths"].at(entry.path).at(method).as_object();
        ++operations;
        EXPECT_TRUE(ids.insert(std::string(operation.at("operationId").as_string())).second) << entry.path;
        EXPECT_TRUE(operation.at("responses").as_object().contains("200")) << entry.path;
        EXPECT_EQ(operation.contains("requestBody"), entry.method == "POST") << entry.path;
        auto braces = std::ranges::count(entry.path, '{');
        EXPECT_EQ(operation.contains("parameters") ? operation.at("parameters").as_array().size() : 0u, braces) << entry.path;
        for (const auto& text : {entry.summary, entry.description, entry.tag}) EXPECT_FALSE(text.empty()) << entry.path;
    }
    std::size_t documented = 0;
    for (const auto& path : document["paths"].as_object()) documented += path.value().as_object().size();
    EXPECT_EQ(documented, operations) << "two entries have the same method and path";
}

TEST(OpenApi, ReferencesOnlySchemasThatExist) {
    std::set<std::string> references;
    collect_references(openapi_document(endpoints()), references);
    for (const auto& reference : references) {
        const std::string prefix = "#/components/schemas/";
        ASSERT_TRUE(reference.starts_with(prefix)) << reference;
        EXPECT_TRUE(schemas().contains(reference.substr(prefix.size()))) << reference;
    }
    EXPECT_EQ(references.size(), schemas().size()) << "a schema that nobody uses";
}

// Document 003 section "Model Serving API" is the oracle of these field names.
TEST(OpenApi, DescribesThePredictionOfDocument003) {
    auto document = openapi_document(endpoints());
    const auto& post = document["paths"].at("/v1/predict/property-value").at("post");
    const auto& media = post.at("requestBody").at("content").at("application/json");
    EXPECT_EQ(json_text(media.at("example")), R"({"entity_id":"prop_123","entity_type":"PROPERTY","prediction_type":"PROPERTY_VALUE"})");
    EXPECT_THAT(words(schemas().at("Prediction").at("required").as_array()),
                ElementsAre("prediction_id", "entity_id", "prediction_type", "predicted_value", "confidence", "top_features",
                            "prediction_date", "model_version", "latency_ms"));
    EXPECT_THAT(words(schemas().at("ModelHealth").at("required").as_array()),
                ElementsAre("model_name", "model_version", "status", "deployed_at", "prediction_count", "avg_latency_ms", "error_rate",
                            "drift_detected", "last_prediction_at"));
}

}  // namespace
}  // namespace quoin
