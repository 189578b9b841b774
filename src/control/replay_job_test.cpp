#include "control/replay_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.h"
#include "control/product_files.h"
#include "control/project_fixture.h"
#include "control/training_job.h"
#include "prediction/prediction_id.h"
#include "prediction/predictor.h"
#include "store/blobs.h"

namespace quoin {
namespace {

using testing::HasSubstr;

constexpr const char* model_name = "property_value_model";
constexpr int answers_each = 150;

/// A project in which three versions were promoted one after the other and each has answered; opened anew before every one.
class PromotedTwice : public testing::Test, protected SharedProject<PromotedTwice> {
protected:
    static void SetUpTestSuite() {
        make_project();
        Rng rng(5);
        std::string rows = "id,sqft,grade,price\n";
        for (int i = 1; i <= 200; ++i) {
            double sqft = 800 + 2400 * rng.uniform(), grade = 3 + static_cast<double>(rng.below(8));
            rows += fmt::format("home_{},{:.0f},{},{:.0f}\n", i, sqft, grade, (150 * sqft + 20'000 * grade) * (0.9 + 0.2 * rng.uniform()));
        }
        ASSERT_TRUE(write_file_atomically(folder() / "sales.csv", std::as_bytes(std::span(rows))));
        for (const char* features : {"grade", "sqft", "sqft, grade"}) {
            train_version(features);
            project() = std::make_unique<Project>(Project::open(folder()).value());  // a restart: models come from what was prepared
            answer_questions();
        }
    }
    static void TearDownTestSuite() { drop_project(); }

    static void train_version(const char* features) {
        auto text = fmt::format("model: {}\nsource: sales.csv\nid: id\nlabel: {{column: price, unit: USD, scale: log}}\n"
                                "features: [{}]\nmembers: [elastic_net]\nfolds: 2\n",
                                model_name, features);
        ASSERT_TRUE(write_file_atomically(project()->declaration_file(model_name), std::as_bytes(std::span(text))));
        auto report = run_training(*project(), {.model = model_name, .evaluate = false});
        ASSERT_TRUE(report) << report.error().message;
        ASSERT_TRUE(report->promoted);
    }
    static void answer_questions() {
        Telemetry telemetry;
        Predictor predictor(RecordLog::open(project()->records(), telemetry).value(), telemetry);
        predictor.set_products(default_products().value());
        predictor.swap(project()->load(model_name, "champion").value());
        for (int i = 0; i < answers_each; ++i) {
            PredictionQuery query;
            query.entity = EntityId{fmt::format("home_{}", 1 + i)};
            query.drivers = static_cast<std::size_t>(i % 3);
            ASSERT_TRUE(predictor.predict("property_value", query));
        }
    }
    /// Puts a record beside the others whose answer says something else.
    static void append_altered(const char* from, const char* to) {
        Telemetry telemetry;
        auto log = RecordLog::open(project()->records(), telemetry).value();
        PredictionRecord altered;
        ASSERT_TRUE(log->scan({}, [&](const PredictionRecordView& record) {
            altered = PredictionRecord(record);
            return false;
        }));
        altered.id = prediction_id(altered.asked_at);
        auto at = altered.answer_json.find(from);
        ASSERT_NE(at, std::string::npos);
        altered.answer_json.replace(at, std::string(from).size(), to);
        PredictionRecordView view(altered);
        ASSERT_TRUE(log->append({&view, 1}));
    }
};

TEST_F(PromotedTwice, ReproducesTheAnswersOfAllThreeVersions) {
    auto report = replay_records(*project(), {.records = 300, .seed = 7}).value();
    EXPECT_EQ(report.recorded, 3u * answers_each);
    EXPECT_EQ(report.equal(), 300u);
    EXPECT_EQ(report.different() + report.not_replayable(), 0u);
    ASSERT_EQ(report.versions.size(), 3u);
    for (const auto& version : report.versions) EXPECT_NEAR(static_cast<double>(version.equal), 100, 30) << version.version;
}

TEST_F(PromotedTwice, DrawsTheSameRecordsFromTheSameSeed) {
    auto counts = [&](std::uint64_t seed) {
        std::vector<std::uint64_t> equal;
        auto report = replay_records(*project(), {.records = 100, .seed = seed}).value();
        for (const auto& version : report.versions) equal.push_back(version.equal);
        return equal;
    };
    EXPECT_EQ(counts(3), counts(3));
    EXPECT_NE(counts(3), counts(4));
}

TEST_F(PromotedTwice, FindsAnAnswerThatSaysSomethingElse) {
    append_altered(R"("confidence":0.)", R"("confidence":1.)");
    auto report = replay_records(*project(), {.records = 1000}).value();
    EXPECT_EQ(report.equal(), 3u * answers_each);
    EXPECT_EQ(report.different(), 1u);
    ASSERT_EQ(report.failures.size(), 1u);
    EXPECT_THAT(report.failures[0].reason, HasSubstr(R"("confidence":1.)"));
}

TEST_F(PromotedTwice, SaysWhichVersionIsGone) {
    auto first = project()->registry().version(model_name, 1).value();
    std::filesystem::path blob;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder()))
        if (entry.is_regular_file() && entry.path().string().find(first.artifact.substr(8)) != std::string::npos) blob = entry.path();
    ASSERT_FALSE(blob.empty());
    auto aside = folder() / "aside";
    std::filesystem::rename(blob, aside);
    auto report = replay_records(*project(), {.records = 1000}).value();
    EXPECT_EQ(report.not_replayable(), report.versions[0].not_replayable);
    EXPECT_GE(report.versions[0].not_replayable, static_cast<std::uint64_t>(answers_each));
    EXPECT_EQ(report.failures.size(), limits::replay_failures_named);
    std::filesystem::rename(aside, blob);
}

TEST_F(PromotedTwice, RefusesWhatItCannotDraw) {
    EXPECT_EQ(replay_records(*project(), {.records = 0}).error().kind, ErrorKind::too_large);
    EXPECT_EQ(replay_records(*project(), {.model = "other_model"}).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace quoin
