#include "serving/router.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace quoin {
namespace {

std::string found(std::string_view method, std::string_view path) {
    static const Router router({{"GET", "/"},
                                {"GET", "/v1/models/status"},
                                {"GET", "/v1/models/{name}/health"},
                                {"POST", "/v1/models/{name}/health"},
                                {"GET", "/assets/{name}"},
                                {"GET", "/assets/{library}/{name}"},
                                {"GET", "/assets/fixed.js"},
                                {"POST", "/v1/predict/batch"}});
    auto match = router.find(method, path);
    auto text = match.route ? fmt::format("{}", *match.route) : "-";
    for (const auto& [name, value] : match.parameters) text += fmt::format(" {}={}", name, value);
    if (!match.allow.empty()) text += fmt::format(" ({})", match.allow);
    return text;
}

TEST(Router, FindsRoutes) {
    EXPECT_EQ(found("GET", "/"), "0");
    EXPECT_EQ(found("HEAD", "/v1/models/status"), "1");
    EXPECT_EQ(found("GET", "/v1/models/property_value_model/health"), "2 name=property_value_model");
    EXPECT_EQ(found("POST", "/v1/models/a/health"), "3 name=a");
    EXPECT_EQ(found("GET", "/assets/a.js"), "4 name=a.js");
    EXPECT_EQ(found("GET", "/assets/a/b.js"), "5 library=a name=b.js");
    EXPECT_EQ(found("GET", "/assets/fixed.js"), "6") << "a path without braces wins over one with";
}

TEST(Router, DecodesWithinSegmentsOnly) {
    EXPECT_EQ(found("GET", "/v1/models/a%2Fb%20c/health"), "2 name=a/b c");
    EXPECT_EQ(found("GET", "/v1/models%2Fa/health"), "-");
    EXPECT_EQ(found("GET", "/v1/m%6Fdels/status"), "1");
    EXPECT_EQ(found("GET", "/assets/%zz"), "-");
}

TEST(Router, TellsUnknownPathsFromWrongMethods) {
    EXPECT_EQ(found("GET", "/v1/predict/batch"), "- (POST, OPTIONS)");
    EXPECT_EQ(found("DELETE", "/v1/models/a/health"), "- name=a (GET, HEAD, POST, OPTIONS)");
    for (const char* path :
         {"", "*", "v1", "/v1", "//", "/v1/models/status/", "/v1/models//health", "/V1/models/status", "/assets/a/b/c"}) {
        EXPECT_EQ(found("GET", path), "-") << path;
    }
}

}  // namespace
}  // namespace quoin
