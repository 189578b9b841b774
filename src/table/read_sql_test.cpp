#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "table/read.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ReadSql : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "quoin-sql-XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    std::filesystem::path write(const std::string& name, std::string_view text) {
        std::ofstream(folder / name, std::ios::binary) << text;
        return folder / name;
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

TEST_F(ReadSql, AnswersOverFiles) {
    auto path = write("f.csv", "city,price\nKent,3\nSeattle,1\nKent,2\n");
    auto from = fmt::format("FROM '{}'", path.string());
    EXPECT_EQ(shown(read_sql("SELECT city, price::INTEGER AS price " + from + " ORDER BY price -- a comment")),
              "city:category [Seattle] [Kent] [Kent]\nprice:number [1] [2] [3]\n");
    EXPECT_EQ(shown(read_sql("WITH kent AS (SELECT * " + from +
                             " WHERE city = 'Kent') SELECT count(*) AS n, DATE '2024-01-15' AS day, "
                             "9007199254740993 AS id, 1.5::DECIMAL(8,2) AS share, true AS yes FROM kent ;\n")),
              "n:number [2]\nday:time [2024-01-15T00:00:00Z]\nid:category [9007199254740993]\nshare:number [1.5]\nyes:number [1]\n");
    // Order and count survive the many cores behind it.
    auto sorted = read_sql("SELECT hash(range)::DOUBLE AS h FROM range(300000) ORDER BY h");
    ASSERT_TRUE(sorted) << sorted.error().message;
    EXPECT_EQ(sorted->rows(), 300'000u);
    EXPECT_TRUE(std::ranges::is_sorted(sorted->columns()[0].numbers()));
    EXPECT_THAT(read_sql("SELECT nosuch " + from).error().message, AllOf(HasSubstr("nosuch"), Not(HasSubstr("\n"))));
    EXPECT_EQ(read_sql("SELECT * FROM 'nowhere.csv'").error().kind, ErrorKind::not_found);
    EXPECT_EQ(read_sql("SELECT 'inf'::DOUBLE AS x").error().kind, ErrorKind::invalid);
}

TEST_F(ReadSql, IsForReadingOnly) {
    auto target = (folder / "written").string();
    const std::vector<std::string> queries = {"COPY (SELECT 1) TO '" + target + "'",
                                              "ATTACH '" + target + "'",
                                              "SELECT 1; SELECT 2",
                                              "SELECT 1; COPY (SELECT 1) TO '" + target + "'",
                                              "PRAGMA version",
                                              "INSTALL httpfs",
                                              "LOAD httpfs",
                                              "SET threads = 1",
                                              "CREATE TABLE t AS SELECT 1",
                                              "INSERT INTO t VALUES (1)",
                                              "DROP TABLE t",
                                              "CALL pragma_version()",
                                              "EXPORT DATABASE 'x'",
                                              "EXPLAIN SELECT 1",
                                              "SELECT 1) UNION (SELECT 2",
                                              "",
                                              "SELECT * FROM read_text('/etc/hostname')",
                                              "SELECT * FROM query('SELECT 1')",
                                              "SELECT * FROM arrow_scan(1, 2, 3)",
                                              "WITH a AS (SELECT * FROM main.\"ENABLE_LOGGING\"()) SELECT 1 FROM a",
                                              "SELECT (SELECT count(*) FROM duckdb_logs_parsed('x'))",
                                              "SELECT write_log('x')",
                                              "SELECT * FROM enable_logging(storage := 'file', storage_config := {'path': '" + target +
                                                  "'})",
                                              "SELECT * FROM 'https://127.0.0.1:9/x.csv'"};
    for (const auto& query : queries) {
        auto table = read_sql(query);
        ASSERT_FALSE(table) << query;
        EXPECT_EQ(table.error().kind, ErrorKind::invalid) << query << ": " << table.error().message;
        EXPECT_THAT(table.error().message, Not(HasSubstr("\n"))) << query;
    }
    EXPECT_FALSE(std::filesystem::exists(target));
}

}  // namespace
}  // namespace quoin
