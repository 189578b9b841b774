#include "control/feature_flags.h"

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"

namespace quoin {
namespace {

using testing::HasSubstr;

struct Flags : testing::Test {
    Flags() { std::filesystem::create_directories(project / "catalog"); }
    ~Flags() override {
        unsetenv("ENABLE_CHALLENGER_MODELS");
        unsetenv("ENABLE_FEEDBACK_LOOP");
        std::filesystem::remove_all(project);
    }
    void write(const std::string& text) { std::ofstream(project / "catalog" / "flags.yaml") << text; }

    std::filesystem::path project = std::filesystem::temp_directory_path() / ("quoin-flags-" + random_hex_id());
};

TEST_F(Flags, AreOnWithoutAFile) { EXPECT_EQ(read_feature_flags(project).value(), FeatureFlags{}); }

TEST_F(Flags, AreReadFromTheFileAndTheEnvironmentWins) {
    write("challenger_models: false\n");
    EXPECT_EQ(read_feature_flags(project).value(), (FeatureFlags{.challenger_models = false}));
    setenv("ENABLE_CHALLENGER_MODELS", "true", 1);
    setenv("ENABLE_FEEDBACK_LOOP", "0", 1);
    EXPECT_EQ(read_feature_flags(project).value(), (FeatureFlags{.challenger_models = true, .feedback_loop = false}));
}

TEST_F(Flags, ThatAreNoneAreRefused) {
    write("feedback_lop: false\n");
    auto unknown = read_feature_flags(project);
    ASSERT_FALSE(unknown);
    EXPECT_THAT(unknown.error().message, HasSubstr("feedback_lop"));
    write("feedback_loop: perhaps\n");
    EXPECT_FALSE(read_feature_flags(project));
    write("feedback_loop: true\n");
    setenv("ENABLE_FEEDBACK_LOOP", "perhaps", 1);
    auto wrong = read_feature_flags(project);
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().field, "ENABLE_FEEDBACK_LOOP");
}

}  // namespace
}  // namespace quoin
