#include "table/write.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <unordered_map>

#include "base/rng.h"
#include "table/read.h"

namespace quoin {
namespace {

class Write : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "quoin-write-XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    std::filesystem::path folder;
};

std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string random_text(Rng& rng) {
    static const std::vector<std::string> pieces = {
        "a",  "Zürich", "\"", "\"\"", ",", ";", "\n",   "\r\n", "\\", "'",  "日本", "\xF0\x9F\x8F\xA0",
        "\t", " ",      "{",  "}",    "5", "|", "\x01", "null", "-",  "NA", "#",    "é"};
    std::string text;
    for (auto length = rng.below(6); length > 0; --length) text += pieces[rng.below(pieces.size())];
    return "t" + text + (rng.below(2) == 0 ? " " : "");  // never one of the texts that mean missing
}

Table random_table(Rng& rng, std::size_t rows) {
    Numbers numbers;
    Categories categories;
    Times times;
    std::unordered_map<std::string, std::int32_t> codes;
    for (std::size_t i = 0; i < rows; ++i) {
        bool missing = rng.below(4) == 0;
        double number = rng.below(2) == 0 ? std::bit_cast<double>(rng.next()) : std::floor(rng.uniform() * 1e7);
        numbers.push_back(missing || !std::isfinite(number) ? std::numeric_limits<double>::quiet_NaN() : number);
        times.push_back(rng.below(4) == 0 ? EventTime::missing()
                                          : EventTime{static_cast<std::int64_t>(rng.below(4'000'000'000'000'000)) - 2'000'000'000'000'000});
        if (rng.below(4) == 0) {
            categories.codes.push_back(Categories::missing);
            continue;
        }
        auto text = random_text(rng);
        auto [known, added] = codes.emplace(text, static_cast<std::int32_t>(codes.size()));
        if (added) categories.levels.push_back(text);
        categories.codes.push_back(known->second);
    }
    return *Table::make({{"number", std::move(numbers)}, {"a \"name\", 'odd'", std::move(categories)}, {"Zeit", std::move(times)}});
}

TEST_F(Write, WhatIsWrittenReadsBackTheSame) {
    Rng rng(5);
    for (std::size_t rows : {1u, 2u, 50u, 5'000u}) {
        auto table = random_table(rng, rows);
        ReadOptions declared;
        for (const auto& column : table.columns()) declared.columns.push_back({column.name, column.kind()});
        for (auto extension : {".csv", ".parquet", ".ndjson"}) {
            auto path = folder / (std::string("t") + extension);
            auto written = write_table(table, path);
            ASSERT_TRUE(written) << written.error().message;
            auto back = read_table(path, declared);
            ASSERT_TRUE(back) << extension << ": " << back.error().message;
            ASSERT_EQ(back->rows(), rows) << extension;
            for (std::size_t j = 0; j < 3; ++j) {
                const auto &a = table.columns()[j], &b = back->columns()[j];
                ASSERT_EQ(a.name, b.name);
                ASSERT_EQ(a.kind(), b.kind());
                for (std::size_t i = 0; i < rows; ++i) {
                    ASSERT_EQ(a.is_missing(i), b.is_missing(i)) << extension << " row " << i << " of " << a.name;
                    ASSERT_EQ(a.text(i), b.text(i)) << extension << " row " << i;
                    if (a.kind() == ColumnKind::number && !a.is_missing(i)) {
                        ASSERT_EQ(a.numbers()[i], b.numbers()[i]);
                    }
                    if (a.kind() == ColumnKind::time) {
                        ASSERT_EQ(a.times()[i], b.times()[i]) << extension;
                    }
                }
                if (a.kind() == ColumnKind::category) {
                    EXPECT_EQ(a.categories().levels, b.categories().levels);
                }
            }
        }
    }
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 3) << "no temporary file is left";
}

TEST_F(Write, TextOfTheFormats) {
    auto table = *Table::make({{"n", Numbers{0.1, std::nan(""), -1e300}}, {"s", Categories{{0, 1, -1}, {"a,\"b\"", "two\nlines"}}}});
    ASSERT_TRUE(write_table(table, folder / "t.csv"));
    EXPECT_EQ(bytes_of(folder / "t.csv"), "n,s\n0.1,\"a,\"\"b\"\"\"\n,\"two\nlines\"\n-1e+300,\n");
    ASSERT_TRUE(write_table(table, folder / "t.ndjson"));
    EXPECT_EQ(bytes_of(folder / "t.ndjson"),
              "{\"n\":0.1,\"s\":\"a,\\\"b\\\"\"}\n{\"n\":null,\"s\":\"two\\u000alines\"}\n{\"n\":-1e+300,\"s\":null}\n");
    auto lonely = *Table::make({{"only", Numbers{1, std::nan(""), 3}}});
    ASSERT_TRUE(write_table(lonely, folder / "one.csv"));
    EXPECT_EQ(read_table(folder / "one.csv")->columns()[0].missing_count(), 1u);
    ASSERT_TRUE(write_table(*Table::make({{"a", Numbers{}}, {"b", Times{}}}), folder / "none.parquet"));
    EXPECT_EQ(read_table(folder / "none.parquet")->columns()[1].kind(), ColumnKind::time);
}

TEST_F(Write, AppearsWholeOrNotAtAll) {
    Rng rng(6);
    auto table = random_table(rng, 100);
    for (auto name : {"t.csv", "t.parquet", "t.ndjson"}) {
        auto path = folder / name;
        std::ofstream(path) << "old";
        {
            auto writer = *TableWriter::open(path);
            ASSERT_TRUE(writer.append(table));
            EXPECT_EQ(bytes_of(path), "old");
        }
        EXPECT_EQ(bytes_of(path), "old") << "not finished";
        auto writer = *TableWriter::open(path);
        ASSERT_TRUE(writer.append(table));
        ASSERT_TRUE(writer.append(table));
        EXPECT_EQ(writer.append(table.without("number")).error().kind, ErrorKind::invalid);
        ASSERT_TRUE(writer.finish());
        EXPECT_EQ(read_table(path)->rows(), 200u);
        EXPECT_FALSE(writer.finish());
    }
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 3) << "no temporary file is left";
}

TEST_F(Write, SameTableSameBytes) {
    Rng rng(9);
    auto table = random_table(rng, 5'000);
    ASSERT_TRUE(write_table(table, folder / "t.parquet"));
    auto first = bytes_of(folder / "t.parquet");
    setenv("QUOIN_THREADS", "5", 1);
    ASSERT_TRUE(write_table(table, folder / "t.parquet"));
    unsetenv("QUOIN_THREADS");
    EXPECT_EQ(bytes_of(folder / "t.parquet"), first);
}

TEST_F(Write, Refusals) {
    auto table = *Table::make({{"a", Numbers{1, std::numeric_limits<double>::infinity()}}});
    auto error = write_table(table, folder / "t.csv").error();
    EXPECT_EQ(error.kind, ErrorKind::invalid);
    EXPECT_THAT(error.message, testing::HasSubstr("row 2 of column 'a' is infinite"));
    EXPECT_EQ(write_table(*Table::make({{"a", Categories{{0}, {"\xE9"}}}}), folder / "t.csv").error().kind, ErrorKind::invalid);
    EXPECT_EQ(write_table(table, folder / "t.xlsx").error().kind, ErrorKind::unsupported);
    EXPECT_EQ(write_table(*Table::make({{"a", Numbers{1}}}), folder / "no/such/folder/t.csv").error().kind, ErrorKind::unavailable);
    EXPECT_EQ(write_table(Table{}, folder / "t.csv").error().kind, ErrorKind::invalid);
    EXPECT_TRUE(std::filesystem::is_empty(folder));
}

}  // namespace
}  // namespace quoin
