#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "features/feature_audit.h"
#include "serving/feature_server_fixture.h"

namespace quoin {
namespace {

/// A server that logs what it serves, by the machine's own clock: events and reads race as they do in life.
class ServedVectors : public testing::Test, protected FeatureServer {
protected:
    ServedVectors() : FeatureServer(FeatureStore::Options{.logs_vectors = true}) {}
    void SetUp() override {
        ASSERT_EQ(error, "");
        for (int i = 0; i < 40; ++i) ASSERT_TRUE(push_documents(fmt::format("user_{}", i % 8), 1));
    }
    std::filesystem::path vectors() const { return folder.path / "features/vectors"; }
    AuditReport audited(const std::filesystem::path& where) {
        auto report = audit_vectors(where, store->online().catalog(), events_of(store->log()));
        EXPECT_TRUE(report) << report.error().message;
        return report ? *report : AuditReport{};
    }
};

TEST_F(ServedVectors, AreProvenByReplayThoughEventsComeInMeanwhile) {
    std::atomic<bool> has_ended{false};
    std::thread writer([&] {
        for (int i = 0; !has_ended; ++i)
            ask("POST", "/push",
                fmt::format(R"({{"push_source_name": "document.accessed",
                                 "df": {{"user_id": ["user_{}"], "document_id": ["more_{}"], "seconds": [{}]}}}})",
                            i % 8, i, i % 50));
    });
    std::vector<std::thread> readers;
    for (int reader = 0; reader < 2; ++reader)
        readers.emplace_back([&, reader] {
            for (int i = 0; i < 150; ++i) {
                auto id = fmt::format("user_{}", (i + reader) % 9);
                EXPECT_EQ(ask("GET", "/v1/features/user_documents/" + id).status, 200);
                EXPECT_EQ(ask("POST", "/get-online-features",
                              fmt::format(R"({{"entities": {{"user_id": ["{}", "user_1"]}}, "feature_service": "user_documents"}})", id))
                              .status,
                          200);
            }
        });
    for (auto& reader : readers) reader.join();
    has_ended = true;
    writer.join();
    auto unlogged = store->served()->unlogged();
    ASSERT_TRUE(store->served()->flush());
    auto report = audited(vectors());
    EXPECT_EQ(report.vectors + unlogged, 2u * 150 * 3);
    EXPECT_GT(report.vectors, 400u) << unlogged << " were given up";
    EXPECT_EQ(report.equal, report.vectors);
    for (const auto& one : report.differences)
        ADD_FAILURE() << one.feature << " of " << one.id << " at " << one.at.value() << " after event " << one.sequence << ": "
                      << one.served << " served, " << one.recomputed << " recomputed";
    EXPECT_TRUE(report.is_proven());
}

TEST_F(ServedVectors, APredictionsFeaturesAreLoggedToo) {
    auto live = LiveModel::make(small_model(), "v1", "digest of the artifact", system_clock().now()).value();
    ASSERT_TRUE(feed->publish(*live));
    predictor.swap(live);
    ASSERT_EQ(ask("POST", "/v1/predict/property-value", R"({"entity_id": "prop_123"})").status, 200);
    ASSERT_TRUE(store->served()->flush());
    std::vector<std::string> views;
    ASSERT_TRUE(VectorLog::read(vectors(), [&](const ServedVector& vector) -> Status {
        views.push_back(vector.view + " " + vector.id);
        return {};
    }));
    EXPECT_THAT(views, testing::ElementsAre("property_value_model_inputs prop_123"));
    EXPECT_EQ(audited(vectors()).equal, 1u);
}

TEST_F(ServedVectors, OneThatWasTamperedWithIsFound) {
    for (int i = 0; i < 8; ++i) ASSERT_EQ(ask("GET", fmt::format("/v1/features/user_documents/user_{}", i)).status, 200);
    ASSERT_TRUE(store->served()->flush());
    EXPECT_TRUE(audited(vectors()).is_proven());
    auto forged = std::move(*VectorLog::open({.folder = folder.path / "forged"}));
    std::size_t number = 0;
    ASSERT_TRUE(VectorLog::read(vectors(), [&](ServedVector vector) -> Status {
        if (number++ == 3) vector.bits[0] ^= 1;
        forged->add(vector);
        return {};
    }));
    ASSERT_TRUE(forged->flush());
    auto report = audited(folder.path / "forged");
    EXPECT_EQ(report.vectors, 8u);
    EXPECT_EQ(report.different, 1u);
    EXPECT_FALSE(report.is_proven());
    ASSERT_EQ(report.differences.size(), 1u);
    EXPECT_EQ(report.differences[0].id, "user_3");
    EXPECT_EQ(report.differences[0].served ^ report.differences[0].recomputed, 1u);
}

}  // namespace
}  // namespace quoin
