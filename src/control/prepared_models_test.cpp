#include "control/prepared_models.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "base/digest.h"
#include "base/rng.h"
#include "models/forest/random_forest_fixture.h"

namespace quoin {
namespace {

namespace fs = std::filesystem;

/// A forest of two numbers, with sales that can be comparables.
TrainedModel forest_model() {
    TrainedModel model;
    model.name = "price_model";
    model.label = "price";
    model.entity = "home";
    std::vector<InputColumn> inputs = {{.name = "area", .label = "area"}, {.name = "rooms", .label = "rooms"}};
    std::vector<EncodedFeature> features = {{.name = "area", .inputs = {0}, .reason = "area"},
                                            {.name = "rooms", .inputs = {1}, .reason = "rooms"}};
    model.encoder = Encoder::make(inputs, features).value();
    RandomForestFixture fixture(5, {.features = 2, .trees = 60});
    model.ensemble.members.push_back({"xgboost", 1.0, Regressor(Forest::make(fixture.parts()).value())});
    std::vector<CalibrationRow> rows;
    for (int i = 0; i < 400; ++i) rows.push_back({0.01 * i, 0.01 * i + std::sin(i), 1, -1});
    model.conformal = Conformal::fit(rows).value();
    model.reference.raw = Matrix(50, 2);
    Rng rng(3);
    for (std::size_t i = 0; i < 50; ++i) {
        model.reference.ids.push_back("home_" + std::to_string(i));
        for (double& x : model.reference.raw.row(i)) x = 4 * rng.normal();
        model.reference.labels.push_back(rng.uniform());
        model.reference.days.push_back(16'000);
    }
    return model;
}

class Prepared : public testing::Test {
protected:
    Prepared()
        : folder(fs::temp_directory_path() / ("quoin-prepared-models-" + random_hex_id())),
          blobs(BlobStore::open((fs::create_directories(folder), folder / "blobs")).value()), prepared(folder / "prepared", blobs) {
        version.model = "price_model";
        version.number = 1;
        version.artifact = blobs.put(forest_model().save()).value();
    }
    ~Prepared() override { fs::remove_all(folder); }

    std::vector<fs::path> files() const {
        std::vector<fs::path> found;
        for (const auto& entry : fs::directory_iterator(folder / "prepared")) found.push_back(entry.path());
        return found;
    }
    /// Value, interval and comparables of one home, as bits.
    std::string answer() {
        auto live = prepared.load(version);
        if (!live) return live.error().message;
        auto answer = (*live)->answer((*live)->fill({.entity = EntityId("home_7")}, EventTime{0}).value()).value();
        auto text = fmt::format("{:a} {:a} {}", answer.score, answer.value, answer.drivers.size());
        for (const auto& one : answer.comparables) text += fmt::format(" {} {:a} {:a}", one.id, one.similarity, one.adjusted_price);
        return text;
    }
    void flip_bit(const fs::path& file, std::size_t byte) {
        fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
        std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekg(static_cast<std::streamoff>(byte));
        char old = static_cast<char>(stream.get());
        stream.seekp(static_cast<std::streamoff>(byte));
        stream.put(static_cast<char>(old ^ 4));
    }

    fs::path folder;
    BlobStore blobs;
    PreparedModels prepared;
    ModelVersion version;
};

TEST_F(Prepared, TheSecondLoadAnswersFromTheFileWithTheSameBits) {
    auto first = answer();
    ASSERT_EQ(files().size(), 1u);
    auto written = fs::file_time_type::clock::now() - std::chrono::hours(1);
    fs::last_write_time(files()[0], written);
    EXPECT_EQ(answer(), first);
    EXPECT_GT(fs::last_write_time(files()[0]), written) << "its use is noted";
    EXPECT_NE(first.find("home_"), std::string::npos) << "there are comparables: " << first;
}

TEST_F(Prepared, ADamagedFileIsMadeAgain) {
    auto first = answer();
    auto file = files()[0];
    auto size = fs::file_size(file);
    for (std::size_t byte : {std::size_t{3}, std::size_t{100}, size / 2, size - 65}) {
        flip_bit(file, byte);
        EXPECT_FALSE(ArrayFile::open(file)) << byte;
        EXPECT_EQ(answer(), first) << byte;
        EXPECT_TRUE(ArrayFile::open(file)) << "made again, " << byte;
    }
    fs::remove_all(folder / "prepared");
    EXPECT_EQ(answer(), first);
}

TEST_F(Prepared, ADamagedArtifactIsFoundAlthoughThePreparedFileIsWhole) {
    answer();
    auto artifact = blobs.path(version.artifact);
    for (std::size_t byte = 5; byte < fs::file_size(artifact); byte += 997) {
        flip_bit(artifact, byte);
        auto loaded = prepared.load(version);
        ASSERT_FALSE(loaded) << byte;
        EXPECT_EQ(loaded.error().kind, ErrorKind::corrupt);
        flip_bit(artifact, byte);
    }
    EXPECT_TRUE(prepared.load(version));
}

TEST_F(Prepared, FilesThatWereNotUsedForLongestGoWhenThereAreMany) {
    fs::create_directories(folder / "prepared");
    for (int k = 0; k < 80; ++k) {
        auto file = folder / "prepared" / fmt::format("{:064}.0000000000000000", k);
        std::ofstream(file) << "old";
        fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(80 - k));
    }
    answer();
    EXPECT_EQ(files().size(), 64u);
    EXPECT_FALSE(fs::exists(folder / "prepared" / fmt::format("{:064}.0000000000000000", 0)));
    EXPECT_TRUE(fs::exists(folder / "prepared" / fmt::format("{:064}.0000000000000000", 79)));
}

}  // namespace
}  // namespace quoin
