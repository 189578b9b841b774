#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "prediction/replay.h"
#include "serving/feature_server_fixture.h"

namespace quoin {
namespace {

using testing::HasSubstr;

/// A model of one feature of the catalog, score = documents of seven days.
std::shared_ptr<const TrainedModel> document_model(const std::string& column) {
    auto model = std::make_shared<TrainedModel>(*small_model());
    model->name = "document_model";
    model->entity = "user";
    model->unit = "";
    model->log_label = false;
    model->encoder = Encoder::make({{.name = column, .label = "documents of seven days", .lower = 0, .upper = 100}},
                                   {{.name = column, .inputs = {0}, .reason = column}})
                         .value();
    model->ensemble.members.clear();
    LinearModel linear{.features = 1, .intercept = 0, .terms = {{.feature = 0, .mean = 0, .scale = 1, .coefficient = 1}}};
    model->ensemble.members.push_back({"linear", 1.0, Regressor(linear)});
    model->reference = {};
    return model;
}

constexpr const char* product_yaml =
    "product: documents\nprediction_type: DOCUMENTS\nentity: user\ndescription: d\nmodel: document_model\nmissing: {refused_above: 0.5}\n";

struct StoreInputs : testing::Test {
    void go_live(const std::string& column) {
        server.predictor.set_products(ProductCatalog::make({Product::parse(product_yaml, "documents.yaml").value()}).value());
        auto live = LiveModel::make(document_model(column), "v1", "artifact", server.clock.now()).value();
        published = server.feed->publish(*live);
        server.predictor.swap(live);
    }
    Result<Prediction> ask(const std::string& user, std::optional<EventTime> as_of = {}) {
        PredictionQuery query;
        query.entity = EntityId{user};
        query.as_of = as_of;
        return server.predictor.predict("documents", query);
    }
    FeatureServer server;
    Status published;
};

TEST_F(StoreInputs, AreTheFeaturesOfTheCatalogAsOfNow) {
    go_live("user_documents:doc_access_count_7d");
    ASSERT_TRUE(published) << published.error().message;
    EXPECT_FALSE(std::filesystem::exists(server.store->catalog_folder() / "features/document_model_inputs.yaml"));
    EXPECT_EQ(ask("ann").error().kind, ErrorKind::not_found);
    ASSERT_TRUE(server.push_documents("ann", 3));
    EXPECT_EQ(ask("ann").value().value, 3);
    ASSERT_TRUE(server.push_documents("ann", 2));
    EXPECT_EQ(ask("ann").value().value, 5);
    server.clock.set(EventTime{server.clock.now().value() + 8 * 86'400'000'000});
    EXPECT_EQ(ask("ann").value().value, 0);
}

TEST_F(StoreInputs, GivenInTheRequestWinOverTheStore) {
    go_live("user_documents:doc_access_count_7d");
    ASSERT_TRUE(server.push_documents("ann", 3));
    PredictionQuery query;
    query.entity = EntityId{"ann"};
    query.features = {{"user_documents:doc_access_count_7d", 40.0}};
    EXPECT_EQ(server.predictor.predict("documents", query).value().value, 40);
}

TEST_F(StoreInputs, OfAnotherEntityAreRefusedWhereTheyAreAskedFor) {
    go_live("property_characteristics:square_footage");
    ASSERT_FALSE(published);
    EXPECT_THAT(published.error().message, HasSubstr("is about a user"));
    ASSERT_TRUE(server.push_documents("ann", 3));
    EXPECT_FALSE(ask("ann"));
}

TEST_F(StoreInputs, ThatNobodyKnowsAreRefusedByTheProductsPolicy) {
    go_live("user_documents:doc_access_count_7d");
    PredictionQuery query;
    query.features = {{"user_documents:doc_access_count_7d", nullptr}};
    auto refused = server.predictor.predict("documents", query);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("user_documents:doc_access_count_7d"));
}

TEST_F(StoreInputs, WithoutACodeAreReasonsInTheWordsOfTheCatalog) {
    go_live("user_documents:doc_access_count_7d");
    auto yaml = std::string(product_yaml) + "explanation: {better: lower}\n";
    server.predictor.set_products(ProductCatalog::make({Product::parse(yaml, "documents.yaml").value()}).value());
    ASSERT_TRUE(server.push_documents("ann", 3));
    auto explained = server.ask("GET", "/v1/predictions/" + ask("ann").value().id + "/explanation");
    ASSERT_EQ(explained.status, 200) << explained.body;
    auto place = server.store->online().catalog()->place("user_documents:doc_access_count_7d").value();
    auto description = place.view->features()[place.slot].declaration->description;
    EXPECT_THAT(explained.body, HasSubstr(fmt::format(R"("principal_reasons":[{{"code":"user_documents:doc_access_count_7d","text":"{}")",
                                                      description.substr(0, description.find(';')))));
}

TEST_F(StoreInputs, AsOfAPastDayAreThoseOfThatDay) {
    go_live("user_documents:doc_access_count_7d");
    auto first = server.clock.now();
    ASSERT_TRUE(server.push_documents("ann", 3));
    server.clock.set(first + Duration::days(10));
    ASSERT_TRUE(server.push_documents("ann", 2));
    EXPECT_EQ(ask("ann").value().as_of, server.clock.now());
    EXPECT_EQ(ask("ann").value().value, 2);
    EXPECT_EQ(ask("ann", first + Duration::days(1)).value().value, 3);
    EXPECT_EQ(ask("ann", first + Duration::days(8)).value().value, 0);
    auto before = ask("ann", first - Duration::days(30));
    ASSERT_FALSE(before);
    EXPECT_EQ(before.error().kind, ErrorKind::not_found);
    EXPECT_THAT(before.error().message, HasSubstr("as of 2026-01-31"));
}

TEST_F(StoreInputs, AsOfAPastDayAreRecordedAndReplayed) {
    go_live("user_documents:doc_access_count_7d");
    auto first = server.clock.now();
    ASSERT_TRUE(server.push_documents("ann", 3));
    server.clock.set(first + Duration::days(10));
    auto answer = ask("ann", first + Duration::days(1)).value();
    auto record = server.predictor.records().find(answer.id).value();
    EXPECT_THAT(record.query_json, HasSubstr(R"("user_documents:doc_access_count_7d":3)"));
    EXPECT_THAT(record.query_json, HasSubstr("2026-03-03"));
    EXPECT_TRUE(replay(record, *server.predictor.live("document_model")).value().identical);
}

TEST_F(StoreInputs, AsOfPastDaysAreFoundTogetherInABatch) {
    go_live("user_documents:doc_access_count_7d");
    auto first = server.clock.now();
    for (int day = 0; day < 5; ++day) {
        server.clock.set(first + Duration::days(day));
        ASSERT_TRUE(server.push_documents(fmt::format("user_{}", day), day + 1));
    }
    server.clock.set(first + Duration::days(20));
    std::vector<PredictionQuery> queries;
    for (int day = 0; day < 5; ++day) {
        PredictionQuery query{.entity = EntityId{fmt::format("user_{}", day)}, .prediction_type = "DOCUMENTS"};
        query.as_of = first + Duration::days(day + 1);
        queries.push_back(query);
    }
    queries.push_back({.entity = EntityId{"nobody"}, .prediction_type = "DOCUMENTS", .as_of = first});
    auto answers = server.predictor.predict_batch(queries);
    for (std::size_t day = 0; day < 5; ++day) EXPECT_EQ(answers[day].value().value, static_cast<double>(day + 1));
    EXPECT_EQ(answers[5].error().kind, ErrorKind::not_found);
}

TEST_F(StoreInputs, OfADayToComeAreRefusedUnlessTheyAreAllGiven) {
    go_live("user_documents:doc_access_count_7d");
    ASSERT_TRUE(server.push_documents("ann", 3));
    auto later = server.clock.now() + Duration::days(30);
    auto refused = ask("ann", later);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().field, "/as_of_date");
    PredictionQuery query{.entity = EntityId{"ann"}, .features = {{"user_documents:doc_access_count_7d", 2.0}}, .as_of = later};
    EXPECT_EQ(server.predictor.predict("documents", query).value().value, 2);
}

/// The small model of homes without their living area.
std::shared_ptr<const TrainedModel> model_of_grades() {
    auto model = std::make_shared<TrainedModel>(*small_model());
    model->encoder = Encoder::make({{.name = "grade", .label = "grade", .unit = "", .lower = 1, .upper = 13}},
                                   {{.name = "grade", .inputs = {0}, .reason = "grade"}})
                         .value();
    LinearModel linear{.features = 1, .intercept = 13, .terms = {{.feature = 0, .mean = 7, .scale = 1.2, .coefficient = 0.2}}};
    model->ensemble.members.clear();
    model->ensemble.members.push_back({"linear", 1.0, Regressor(linear)});
    model->reference.raw = Matrix(3, 1);
    for (std::size_t i = 0; i < 3; ++i) model->reference.raw(i, 0) = 6.0 + static_cast<double>(i);
    return model;
}

TEST_F(StoreInputs, OfAChampionStayWhenItsChallengerHasFewer) {
    auto champion = LiveModel::make(small_model(), "v1", "artifact of v1", server.clock.now()).value();
    auto challenger = LiveModel::make(model_of_grades(), "v2", "artifact of v2", server.clock.now()).value();
    ASSERT_TRUE(server.feed->publish(*champion));
    ASSERT_TRUE(server.feed->publish(*challenger, champion.get()));
    auto of_champion = server.feed->find(champion->model(), EntityId{"prop_1"}).value().value();
    auto of_challenger = server.feed->find(challenger->model(), EntityId{"prop_1"}).value().value();
    EXPECT_EQ(of_champion, (NamedFeatures{{"sqft_living", 2570.0}, {"grade", 7.0}}));
    EXPECT_EQ(of_challenger, (NamedFeatures{{"grade", 7.0}}));
}

}  // namespace
}  // namespace quoin
