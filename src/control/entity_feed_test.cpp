#include "control/entity_feed.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "base/digest.h"
#include "features/training_set.h"
#include "store/blobs.h"
#include "table/read.h"

namespace quoin {
namespace {

const std::vector<std::string> columns = {"user_documents:doc_access_count_7d", "user_documents:doc_access_count_30d",
                                          "user_documents:last_doc_access_days_ago", "user_documents:doc_access_trend"};

/// A store on a clock of its own, and a model that reads four features of it.
struct PastInputs : testing::Test {
    PastInputs() {
        model.name = "document_model", model.entity = "user";
        std::vector<InputColumn> inputs;
        for (const auto& name : columns) inputs.push_back({.name = name, .label = name});
        model.encoder = Encoder::make(inputs, {{.name = columns[0], .inputs = {0}, .reason = columns[0]}}).value();
    }
    ~PastInputs() override {
        store.reset();
        std::filesystem::remove_all(folder);
    }
    /// Somebody reads `count` documents now.
    void read_documents(const std::string& user, int count) {
        EventLog::Batch batch;
        for (int i = 0; i < count; ++i) {
            Event event;
            event.source = "/test", event.type = "document.accessed", event.id = random_hex_id(), event.time = clock.now();
            event.data = fmt::format(R"({{"user_id":"{}","document_id":"doc_{}","seconds":40}})", user, i);
            batch.events.push_back(std::move(event));
        }
        ASSERT_TRUE(store->ingest().submit_and_wait(std::move(batch)));
    }
    /// What training has of the same moments, by column.
    Result<Table> training_rows(const std::vector<EntitySource::Past>& asked) {
        std::string frame = "user_id,event_timestamp\n";
        for (const auto& one : asked) frame += fmt::format("{},{}\n", one.entity.value(), to_text(one.at));
        TRY_VOID(write_file_atomically(folder / "frame.csv", std::as_bytes(std::span(frame))));
        TRY(made, make_training_set(store->online().catalog(), events_of(store->log()),
                                    {.frame = folder / "frame.csv", .output = folder / "rows.parquet", .features = columns}));
        EXPECT_EQ(made.rows, asked.size());
        return read_table(folder / "rows.parquet");
    }

    std::filesystem::path folder = std::filesystem::temp_directory_path() / ("quoin-past-" + random_hex_id());
    ManualClock clock{from_civil(2026, 3, 2)};
    Telemetry telemetry;
    std::unique_ptr<FeatureStore> store = FeatureStore::open({.project = folder, .clock = clock, .follows_catalog = false}, telemetry)
                                              .value();
    EntityFeed feed{*store};
    TrainedModel model;
};

/// The one operator computes both, so every bit is the same.
TEST_F(PastInputs, AreTheRowThatTrainingHasOfThatDay) {
    auto first = clock.now();
    std::vector<EntitySource::Past> asked;
    for (int day = 0; day < 40; ++day) {
        clock.set(first + Duration::days(day));
        read_documents(fmt::format("user_{}", day % 3), 1 + day % 4);
        asked.push_back({EntityId{fmt::format("user_{}", (day + 1) % 3)}, first + Duration::days(day) + Duration::minutes(1)});
    }
    clock.set(first + Duration::days(60));
    auto rows = training_rows(asked).value();
    auto found = feed.find_past(model, asked).value();
    std::size_t known = 0;
    for (std::size_t i = 0; i < asked.size(); ++i)
        for (std::size_t j = 0; j < columns.size(); ++j) {
            double expected = rows.column(columns[j]).value()->numbers()[i];
            const double* value = found[i] ? std::get_if<double>(&(*found[i])[j].second) : nullptr;
            ASSERT_EQ(std::isnan(expected), value == nullptr) << columns[j] << " of row " << i;
            if (value == nullptr) continue;
            EXPECT_EQ(std::bit_cast<std::uint64_t>(*value), std::bit_cast<std::uint64_t>(expected)) << columns[j] << " of row " << i;
            ++known;
        }
    EXPECT_GT(known, 140u);
}

TEST_F(PastInputs, AreAsKnownThenAndNobodysBeforeTheFirstEvent) {
    auto first = clock.now();
    clock.set(first + Duration::days(10));
    read_documents("ann", 3);
    clock.set(first + Duration::days(20));
    read_documents("ann", 2);
    auto found = feed.find_past(model, std::vector<EntitySource::Past>{{EntityId{"ann"}, first + Duration::days(11)},
                                                                       {EntityId{"ann"}, first + Duration::days(5)},
                                                                       {EntityId{"bob"}, first + Duration::days(11)}})
                     .value();
    EXPECT_EQ((*found[0])[0].second, FeatureValue{3.0});
    EXPECT_FALSE(found[1]);
    EXPECT_FALSE(found[2]);
}

}  // namespace
}  // namespace quoin
