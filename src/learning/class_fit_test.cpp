#include "learning/class_fit.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <numeric>

#include "evaluation/multiclass.h"

namespace quoin {
namespace {

/// The clouds of tests/oracles/multiclass.py and what scikit-learn reaches on them.
struct Clouds {
    boost::json::value oracle;
    Table table;
    std::vector<std::size_t> labels;

    Clouds() {
        std::ifstream file(QUOIN_SOURCE_DIR "/tests/oracles/multiclass.json");
        std::string text{std::istreambuf_iterator<char>(file), {}};
        oracle = boost::json::parse(text);
        labels = boost::json::value_to<std::vector<std::size_t>>(oracle.at("labels"));
        Numbers x, y;
        Categories kind{{}, {"BUY", "REFINANCE", "SELL"}};
        for (std::size_t i = 0; i < labels.size(); ++i) {
            auto point = boost::json::value_to<std::vector<double>>(oracle.at("features").at(i));
            x.push_back(point[0]), y.push_back(point[1]);
            kind.codes.push_back(static_cast<std::int32_t>(labels[i]));
        }
        table = Table::make({{"x", x}, {"y", y}, {"kind", kind}}).value();
    }
    Table rows(std::size_t first, std::size_t last) const {
        std::vector<std::size_t> places(last - first);
        std::iota(places.begin(), places.end(), first);
        return table.take(places);
    }
    static Declaration declaration() {
        Declaration declared{.model = "clouds", .source = "clouds.csv", .label = "kind", .task = Task::multiclass};
        declared.features = {{.column = "x"}, {.column = "y"}};
        declared.members = {
            {.family = "elastic_net", .parameters = {{"alpha", 1e-4}}, .name = "elastic_net"},
            {.family = "xgboost",
             .parameters =
                 {{"num_boost_round", 60}, {"learning_rate", 0.08}, {"max_depth", 3}, {"colsample_bytree", 1}, {"colsample_bynode", 1}},
             .name = "xgboost"}};
        return declared;
    }
};

TEST(MulticlassTraining, IsAsGoodAsScikitLearnsCalibratedOneVsRest) {
    Clouds clouds;
    auto trained = train(clouds.rows(0, 1000), Clouds::declaration());
    ASSERT_TRUE(trained) << trained.error().message;
    auto answers = predict_rows(trained->model, clouds.rows(1000, 1500), {}).value();
    auto score = score_classes({std::span(clouds.labels).subspan(1000), answers.class_probabilities.view()}).value();
    // scikit-learn: logistic regression 0.777 log loss, 0.876 macro AUC, 0.724 accuracy; gradient boosting 0.778, 0.859, 0.698.
    EXPECT_LT(score.log_loss, 0.80);
    EXPECT_GT(score.macro_auc, 0.86);
    EXPECT_GT(score.accuracy, 0.69);
    EXPECT_LT(score.ece, 0.07);
    for (std::size_t i = 0; i < answers.class_probabilities.rows(); ++i) {
        auto row = answers.class_probabilities.row(i);
        EXPECT_NEAR(std::accumulate(row.begin(), row.end(), 0.0), 1, 1e-12);
        for (double probability : row) EXPECT_TRUE(probability > 0 && probability < 1);
    }
}

TEST(MulticlassTraining, AModelIsOneArtifactThatReadsBackTheSame) {
    Clouds clouds;
    auto trained = train(clouds.rows(0, 600), Clouds::declaration());
    ASSERT_TRUE(trained) << trained.error().message;
    auto bytes = trained->model.save();
    auto read = TrainedModel::load(bytes);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->save(), bytes);
    auto before = predict_rows(trained->model, clouds.rows(600, 700), {}).value(),
         after = predict_rows(*read, clouds.rows(600, 700), {}).value();
    EXPECT_TRUE(std::ranges::equal(before.class_probabilities.values(), after.class_probabilities.values()));
    EXPECT_EQ(read->classes[1].level, "REFINANCE");
}

TEST(MulticlassTraining, AClassTooRareForTheFoldsIsNamed) {
    Clouds clouds;
    auto rows = clouds.rows(0, 200);
    auto kinds = rows.find("kind")->categories();
    kinds.levels.push_back("INVESTMENT");
    kinds.codes[7] = 3;
    rows = rows.without("kind");
    ASSERT_TRUE(rows.add({"kind", kinds}));
    auto refused = train(rows, Clouds::declaration());
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("'INVESTMENT'"), std::string::npos);
}

TEST(MulticlassTraining, ADeclarationIsReadBackAsItWasWritten) {
    auto declared = Clouds::declaration();
    declared.time_as_input = false;
    auto read = parse_declaration(render_declaration(declared));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->task, Task::multiclass);
    EXPECT_FALSE(read->time_as_input);
    declared.task = Task::binary;
    declared.bands = {{"LOW", 0}, {"HIGH", 0.4}};
    read = parse_declaration(render_declaration(declared));
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->bands.size(), 2u);
    EXPECT_EQ(read->bands[1].name, "HIGH");
    declared.bands = {{"LOW", 0.1}};
    EXPECT_FALSE(parse_declaration(render_declaration(declared)));
    declared.bands.clear(), declared.task = Task::timing;
    EXPECT_FALSE(parse_declaration(render_declaration(declared)));
}

}  // namespace
}  // namespace quoin
