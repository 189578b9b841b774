#include "table/read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/rng.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Read : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "quoin-read-XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    std::filesystem::path write(const std::string& name, std::string_view text) {
        std::ofstream(folder / name, std::ios::binary) << text;
        return folder / name;
    }
    /// "<kind>: <message>" of what must fail, without the folder's name.
    std::string error_of(std::string_view text, const ReadOptions& options = {}, const std::string& name = "f.csv") {
        auto table = read_table(write(name, text), options);
        if (table) return "no error";
        auto message = fmt::format("{}: {}", name_of(table.error().kind), table.error().message);
        auto at = message.find(folder.string() + "/");
        return at == std::string::npos ? message : message.erase(at, folder.string().size() + 1);
    }

    std::filesystem::path folder;
};

/// A table as text: name:kind, then its values.
std::string shown(const Result<Table>& table) {
    if (!table) return "error: " + table.error().message;
    std::string text;
    for (const auto& column : table->columns()) {
        text += fmt::format("{}:{}", column.name, name_of(column.kind()));
        for (std::size_t i = 0; i < column.size(); ++i) text += fmt::format(" [{}]", column.is_missing(i) ? "·" : column.text(i));
        text += "\n";
    }
    return text;
}

TEST_F(Read, KindsAreToldFromAllValues) {
    auto path = write("f.csv", "id,zip,price,sold,note,empty,flag,day\n"
                               "7129300520,02134,\"$540,000\",20141013T000000,12,,true,20141013\n"
                               "0629000550,98178, -  ,2014-12-09,twelve,NA,false,20150225\n"
                               "1954400510,98074,\"$1,225,000.50\",,N/A, ,TRUE,\n");
    EXPECT_EQ(shown(read_table(path)), "id:category [7129300520] [0629000550] [1954400510]\n"
                                       "zip:category [02134] [98178] [98074]\n"
                                       "price:number [540000] [·] [1225000.5]\n"
                                       "sold:time [2014-10-13T00:00:00Z] [2014-12-09T00:00:00Z] [·]\n"
                                       "note:category [12] [twelve] [·]\n"
                                       "empty:number [·] [·] [·]\n"
                                       "flag:number [1] [0] [1]\n"
                                       "day:time [2014-10-13T00:00:00Z] [2015-02-25T00:00:00Z] [·]\n");
}

TEST_F(Read, ALateValueChangesTheKindOfTheWholeColumn) {
    std::string text = "number_then_text,day_then_number,missing_then_text,always_number\n";
    for (int i = 0; i < 20'000; ++i) text += fmt::format("{},{},,{}\n", i, i % 2 == 0 ? "20240115" : "20240116", i * 0.25);
    text += "x 1,99999999,late,\n";
    auto table = read_table(write("f.csv", text));
    ASSERT_TRUE(table) << table.error().message;
    ASSERT_EQ(table->rows(), 20'001u);
    const auto& columns = table->columns();
    EXPECT_EQ(columns[0].kind(), ColumnKind::category);
    EXPECT_EQ(columns[0].text(123), "123");
    EXPECT_EQ(columns[0].text(20'000), "x 1");
    EXPECT_EQ(columns[1].numbers()[0], 20240115);
    EXPECT_EQ(columns[2].missing_count(), 20'000u);
    EXPECT_EQ(columns[2].text(20'000), "late");
    EXPECT_EQ(columns[3].numbers()[19'999], 19'999 * 0.25);
}

TEST_F(Read, DeclaredKindsAreKept) {
    ReadOptions options{
        .columns = {{"a", ColumnKind::number}, {"b", ColumnKind::category}, {"c", ColumnKind::time}, {"d", ColumnKind::number, false}}};
    EXPECT_EQ(shown(read_table(write("f.csv", "a,b,c\n007,1.50,20241301\n"), options)).substr(0, 6), "error:");
    EXPECT_EQ(shown(read_table(write("f.csv", "a,b,c\n007,1.50,20241201\n"), options)),
              "a:number [7]\nb:category [1.50]\nc:time [2024-12-01T00:00:00Z]\n");
    EXPECT_THAT(error_of("a,b,c\n1,x,\n2,y,\nthree,z,\n", options), "invalid: 'f.csv', row 3, column 'a': 'three' is no number");
    EXPECT_THAT(error_of("a,b,c\n1,x,soon\n", options), HasSubstr("row 1, column 'c': 'soon' is no time"));
    EXPECT_THAT(error_of("a,b\n1,x\n", options), AllOf(HasSubstr("'f.csv'"), HasSubstr("no column 'c'")));
    // A Parquet or JSON column of another type is read the way the declaration says.
    EXPECT_EQ(shown(read_table(write("f.ndjson", "{\"a\":\"7\",\"b\":1.5,\"c\":\"2024-12-01\"}\n"), options)),
              "a:number [7]\nb:category [1.5]\nc:time [2024-12-01T00:00:00Z]\n");
}

TEST_F(Read, DelimitersQuotesAndLineEnds) {
    const std::string expected = "a b:number [1] [2]\nc:category [x, \"y\"\nz] [Zürich]\n";
    for (std::string delimiter : {",", ";", "\t", "|"}) {
        for (std::string end : {"\n", "\r\n", "\r"}) {
            auto text = "a b" + delimiter + "\"c\"" + end + "1" + delimiter + "\"x, \"\"y\"\"\nz\"" + end + "2" + delimiter + "Zürich";
            EXPECT_EQ(shown(read_table(write("f.csv", text))), expected) << delimiter;
            EXPECT_EQ(shown(read_table(write("f.csv", "\xEF\xBB\xBF" + text + end + end))), expected) << delimiter;
        }
    }
    EXPECT_EQ(shown(read_table(write("f.csv", "a,b\n1,2\r\n3,4\r5,6\n"))), "a:number [1] [3] [5]\nb:number [2] [4] [6]\n")
        << "mixed line ends";
    EXPECT_EQ(shown(read_table(write("f.csv", "a\n1\n\n3\n"))), "a:number [1] [·] [3]\n");
    EXPECT_EQ(shown(read_table(write("f.csv", " a , \"b\",\n1,2,3\n"))).substr(0, 9), "a:number ");
    EXPECT_EQ(shown(read_table(write("f.csv", "a,b\n"))), "a:number\nb:number\n") << "a header alone is a table without rows";
    EXPECT_EQ(shown(read_table(write("f.csv", "a;b\n1,5;2,5\n"))), "a:category [1,5]\nb:category [2,5]\n");
    EXPECT_EQ(shown(read_table(write("f.txt", "size,unit\n5\" pipe,x\n"))), "size:category [5\" pipe]\nunit:category [x]\n");
}

TEST_F(Read, ErrorsNameFileRowColumnAndRemedy) {
    EXPECT_THAT(error_of("a,b,c\n1,2,3\n\n4,5\n"), "invalid: 'f.csv', row 2: 2 values where the header names 3 columns (divided at ',')");
    EXPECT_THAT(error_of("a,b\r\n1,2\r\n3,4,5\r\n"), HasSubstr("row 2: 3 values where the header names 2 columns"));
    EXPECT_THAT(error_of("a,b\n1,2\n", {.delimiter = ';'}),
                HasSubstr("single column when divided at ';'; its header looks divided at ','"));
    EXPECT_THAT(error_of("a,b\n1,2\n", {.delimiter = '"'}), HasSubstr("cannot be the delimiter"));
    EXPECT_THAT(error_of("price,rooms, price\n1,2,3\n"), HasSubstr("two columns named 'price'"));
    EXPECT_THAT(error_of("a,street\n1,Main\n2,Stra\xDF"
                         "e\n"),
                AllOf(HasSubstr("row 2: column 'street' is not UTF-8"), HasSubstr("iconv")));
    EXPECT_THAT(error_of("a,stra\xDF"
                         "e\n1,2\n"),
                AllOf(HasSubstr("header line"), HasSubstr("not UTF-8")));
    EXPECT_THAT(error_of(std::string_view("\xFF\xFE"
                                          "a\0,\0",
                                          6)),
                HasSubstr("UTF-16"));
    EXPECT_THAT(error_of("a,b\n1,\"2\n3,4\n"), HasSubstr("row 1: the quotation mark that opens column 'b' is never closed"));
    EXPECT_THAT(error_of("a,b\n1,\"2\" x\n"), HasSubstr("row 1: column 'b' goes on after its closing quotation mark"));
    EXPECT_THAT(error_of(""), "invalid: 'f.csv' is empty");
    EXPECT_THAT(error_of("\n\r\n"), HasSubstr("is empty"));
    EXPECT_THAT(error_of("a,b\n1,2\n3,inf\n"), "invalid: 'f.csv', row 2, column 'b': 'inf' is infinite or too large for a number");
    EXPECT_THAT(error_of("a,b\n1e400,2\n"), HasSubstr("row 1, column 'a': '1e400' is infinite or too large"));
    EXPECT_THAT(error_of("a,b\n1,2\n", {.columns_max = 1}), HasSubstr("too-large: 'f.csv' has 2 columns; the limit is 1"));
    EXPECT_THAT(error_of("a,b\n1,2\n3,4\n", {.rows_max = 1}), HasSubstr("too-large: 'f.csv' has more than 1 rows"));
    EXPECT_THAT(error_of("PK", {}, "f.xlsx"), HasSubstr("unsupported"));
    EXPECT_EQ(read_table(folder / "nowhere.csv").error().kind, ErrorKind::not_found);
    EXPECT_EQ(read_table(folder).error().kind, ErrorKind::invalid);
    EXPECT_THAT(error_of("a\n\"" + std::string(17u << 20, 'x')), AllOf(HasSubstr("too-large"), HasSubstr("row 1"), HasSubstr("16 MiB")));
}

TEST_F(Read, ErrorsOfOtherFormatsAreSentencesWithoutSql) {
    auto is_clean = AllOf(Not(HasSubstr("SELECT")), Not(HasSubstr("/proc")), Not(HasSubstr("\n")), Not(HasSubstr("LINE")));
    EXPECT_THAT(error_of("{\"a\":1}\n{\"a\":}\n{\"a\":3}\n", {}, "f.ndjson"),
                AllOf(HasSubstr("'f.ndjson', row 2: the line is no JSON object"), is_clean));
    EXPECT_THAT(error_of("{\"a\":1}\n{\"a\":\"\xE9\"}\n", {}, "f.ndjson"), AllOf(HasSubstr("row 2: the text is not UTF-8"), is_clean));
    EXPECT_THAT(error_of("{\"a\":1}\n[1]\n", {}, "f.ndjson"), AllOf(HasSubstr("every line has to be one JSON object"), is_clean));
    EXPECT_THAT(error_of("{\"a\":1,\"a\":2}\n", {}, "f.ndjson"), AllOf(HasSubstr("duplicate key \"a\""), is_clean));
    EXPECT_THAT(error_of("\n\n", {}, "f.ndjson"), is_clean);
    EXPECT_THAT(error_of("hello, I am no Parquet file", {}, "f.parquet"), AllOf(HasSubstr("'f.parquet' is no Parquet file"), is_clean));
    EXPECT_THAT(error_of("\x1f\x8b\x08 damaged", {}, "f.csv.gz"), HasSubstr("corrupt: 'f.csv.gz' cannot be unpacked"));
}

TEST_F(Read, JsonLines) {
    auto path = write("f.ndjson", "{\"n\":1,\"s\":\"a \\\"b\\\"\\n{\",\"t\":\"2024-01-02\"}\n"
                                  "{\"n\":null,\"big\":12345678901234567890,\"nested\":{\"k\":[1]}}\n"
                                  "{\"n\":2.5,\"s\":\"NaN\",\"flag\":true}\n");
    EXPECT_EQ(shown(read_table(path)), "n:number [1] [·] [2.5]\n"
                                       "s:category [a \"b\"\n{] [·] [·]\n"
                                       "t:time [2024-01-02T00:00:00Z] [·] [·]\n"
                                       "big:category [·] [12345678901234567890] [·]\n"
                                       "nested:category [·] [{\"k\":[1]}] [·]\n"
                                       "flag:number [·] [·] [1]\n");
}

TEST_F(Read, NamesOfFilesAreNeitherSqlNorPatterns) {
    for (std::string name : {"o'brien'); DROP TABLE x; --", "a*b?[c]", "back\\slash [x]", "\"quoted\" $HOME", "Zürich"}) {
        EXPECT_EQ(shown(read_table(write(name + ".csv", "a,b\n1,2\n"))), "a:number [1]\nb:number [2]\n") << name;
        EXPECT_EQ(shown(read_table(write(name + ".ndjson", "{\"a\":1}\n"))), "a:number [1]\n") << name;
    }
}

TEST_F(Read, ChunksAreTheTableInPieces) {
    std::string text = "x,late,city\n";
    for (int i = 0; i < 12'345; ++i) text += fmt::format("{},{},City {}\n", i, i == 12'000 ? "text" : "5", i % 7);
    auto path = write("f.csv", text);
    auto whole = *read_table(path);
    for (std::size_t chunk_rows : {1'000u, 12'345u, 100'000u}) {
        std::size_t row = 0;
        auto status = read_chunks(path, {}, chunk_rows, [&](const Table& chunk) -> Status {
            EXPECT_LE(chunk.rows(), chunk_rows);
            EXPECT_EQ(chunk.columns()[1].kind(), ColumnKind::category);
            for (std::size_t i = 0; i < chunk.rows(); ++i, ++row)
                for (std::size_t j = 0; j < 3; ++j)
                    if (chunk.columns()[j].text(i) != whole.columns()[j].text(row)) return fail(ErrorKind::internal, "row {} differs", row);
            return {};
        });
        EXPECT_TRUE(status) << status.error().message;
        EXPECT_EQ(row, whole.rows());
    }
    auto stopped = read_chunks(path, {}, 10, [](const Table&) -> Status { return fail(ErrorKind::conflict, "enough"); });
    EXPECT_EQ(stopped.error().kind, ErrorKind::conflict);
    ReadOptions declared{.columns = {{"late", ColumnKind::number}}};
    auto misfit = read_chunks(path, declared, 1'000, [](const Table&) -> Status { return {}; });
    EXPECT_THAT(misfit.error().message, HasSubstr("row 12001, column 'late': 'text' is no number"));
    EXPECT_EQ(read_chunks(path, {}, 0, [](const Table&) -> Status { return {}; }).error().kind, ErrorKind::invalid);
}

TEST_F(Read, AMillionEmptyCells) {
    std::string text = "a,b,c,d,e,f,g,h,i,j\n";
    for (int i = 0; i < 100'000; ++i) text += ",,,,,,,,,\n";
    auto table = read_table(write("f.csv", text));
    ASSERT_TRUE(table);
    ASSERT_EQ(table->rows(), 100'000u);
    for (const auto& column : table->columns()) {
        EXPECT_EQ(column.missing_count(), 100'000u);
    }
}

// Splices of a small grammar's pieces: whatever the bytes, an answer or an error, and the same for the whole and in chunks.
TEST_F(Read, AnyBytesGiveATableOrAnError) {
    Rng rng(11);
    const std::vector<std::string> pieces = {
        "a", "1",     ",", ",",  "\n",         "\r\n", "\"", "\"\"", ";",      "\t", "|",
        " ", "1e400", "-", "NA", "2024-01-15", "\xFF", "é",  "0",    "$1,000", "\r", std::string(1, '\0')};
    for (int i = 0; i < 600; ++i) {
        std::string text;
        for (auto length = rng.below(40); length > 0; --length) text += pieces[rng.below(pieces.size())];
        auto path = write("f.csv", text);
        auto table = read_table(path);
        std::size_t rows = 0;
        auto chunks = read_chunks(path, {}, 2, [&](const Table& chunk) -> Status {
            rows += chunk.rows();
            return {};
        });
        ASSERT_EQ(table.has_value(), chunks.has_value()) << text;
        if (table) {
            ASSERT_EQ(rows, table->rows()) << text;
        }
        if (!table) {
            ASSERT_EQ(chunks.error().message, table.error().message) << text;
        }
    }
}

// Figures: the data folder's README, published with the data sets.
TEST_F(Read, RealFiles) {
    const char* data = std::getenv("QUOIN_DATA");
    if (data == nullptr) GTEST_SKIP() << "set QUOIN_DATA to the folder of data sets";
    std::filesystem::path root = data;
    auto king = read_table(root / "housing/kc_house_data.csv.gz");
    ASSERT_TRUE(king) << king.error().message;
    EXPECT_EQ(king->rows(), 21'613u);
    EXPECT_EQ((*king->column("id"))->kind(), ColumnKind::category);
    EXPECT_EQ((*king->column("id"))->text(0), "7129300520");
    EXPECT_EQ((*king->column("date"))->times()[0], from_civil(2014, 10, 13));
    EXPECT_EQ((*king->column("price"))->numbers()[0], 221'900);
    auto sales = read_table(root / "housing/nyc_rolling_sales_2016_2017.csv.gz");
    ASSERT_TRUE(sales) << sales.error().message;
    EXPECT_EQ(sales->rows(), 84'548u);
    auto prices = (*sales->column("SALE PRICE"))->numbers();
    EXPECT_EQ(std::ranges::count_if(prices, [](double price) { return price > 10'000; }), 58'400);
    auto california = read_table(root / "housing/california_housing.csv.gz");
    ASSERT_TRUE(california) << california.error().message;
    double sum = 0;
    for (double value : (*california->column("median_house_value"))->numbers()) sum += value;
    EXPECT_NEAR(sum / 20'640, 206'855.8, 0.05);
    EXPECT_EQ((*california->column("total_bedrooms"))->missing_count(), 207u);
    auto commercial = read_table(root / "cre/cook_commercial_valuation_2021_2023.csv.gz");
    ASSERT_TRUE(commercial) << commercial.error().message;
    EXPECT_EQ(commercial->rows(), 62'833u);
    EXPECT_EQ((*commercial->column("keypin"))->kind(), ColumnKind::category) << "parcel numbers with leading zeros";
}

}  // namespace
}  // namespace quoin
