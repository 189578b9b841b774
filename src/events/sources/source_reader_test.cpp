#include "events/sources/source_reader.h"

#include <gtest/gtest.h>

#include <fstream>

#include "events/sources/source_bench.h"

namespace quoin {
namespace {

/// A source that only reads: `records` as in a declaration, and the values day and n from `day` and `n`.
SourceDeclaration reading(std::string_view records, std::string_view day, std::string_view n, std::string_view more = "") {
    auto declared = SourceDeclaration::parse(fmt::format(R"(source: s
description: d
owner: o
licence: l
events: rate.observed
files: {{folder: f, pattern: "*"}}
schedule: every 5m
freshness: 15m
records: {}
read:
  day: "{}"
  n: "{}"
event: {{id: "{{day}}", time: "0", data: {{value: "1"}}}}
{})",
                                                         records, day, n, more),
                                             "s.yaml");
    return declared ? *declared : SourceDeclaration{.description = declared.error().message};
}

std::string text_of(const SourceCell& cell) {
    switch (cell.kind) {
        case SourceCell::Kind::missing: return "-";
        case SourceCell::Kind::text: return std::string(cell.text);
        case SourceCell::Kind::number: return cell.text.empty() ? fmt::format("#{}", cell.number) : "#" + std::string(cell.text);
        case SourceCell::Kind::truth: return cell.number != 0 ? "yes" : "no";
        case SourceCell::Kind::nested: break;
    }
    return "nested";
}

/// "day n" of every record, or its problem; and at the end the error.
struct Collector {
    std::vector<std::string> lines;
    SourceReader::Visit visit() {
        return [this](const SourceRecord& record) -> Result<bool> {
            lines.push_back(record.problem.empty() ? text_of(record.cells[0]) + " " + text_of(record.cells[1])
                                                   : fmt::format("{}: {} [{}]", record.number, record.problem, record.raw()));
            return true;
        };
    }
};

std::vector<std::string> read(const SourceDeclaration& declared, std::string_view document) {
    auto reader = SourceReader::make(declared);
    if (!reader) return {reader.error().message};
    Collector collector;
    if (auto status = reader->read_text(document, collector.visit()); !status) collector.lines.push_back("! " + status.error().message);
    return collector.lines;
}

using Lines = std::vector<std::string>;

TEST(SourceReader, ReadsJsonValuesAsTheyAre) {
    auto declared = reading("{format: json, at: /rows/*}", "/d", "/n");
    EXPECT_EQ(read(declared, R"({"rows": [{"d": "x", "n": 1.5}, {"n": true}, {"d": null, "n": {}}, {"d": 9007199254740993, "n": -0.25}]})"),
              (Lines{"x #1.5", "- yes", "- nested", "#9007199254740993 #-0.25"}));
    EXPECT_EQ(read(declared, "<html>Service unavailable</html>").front().find("! the text is not JSON: "), 0u);
    EXPECT_EQ(read(declared, R"({"Information": "rate limit reached"})").front(),
              "! the answer has no 'rows', where '/rows/*' says that the records are; it starts with '{\"Information\": \"rate limit "
              "reached\"}'");
}

TEST(SourceReader, ADamagedLineSpoilsItselfOnly) {
    auto json_lines = reading("{format: ndjson}", "/d", "/n");
    EXPECT_EQ(read(json_lines, "{\"d\": \"a\", \"n\": 1}\n\n{\"d\": \"b\"\n{\"d\": \"c\", \"n\": 3}"),
              (Lines{"a #1", "2: the text is not JSON: incomplete JSON at byte 9 [{\"d\": \"b\"]", "c #3"}));
    auto csv = reading("{format: csv}", "day", "n");
    EXPECT_EQ(read(csv, "\xEF\xBB\xBF n ,day,x\r\n1,\"a, \"\"b\"\"\",\n2,b\n3,\xFF,\n\"4\"5,c,\n6,d,\n"),
              (Lines{"a, \"b\" 1", "2: 2 columns where the header has 3 [2,b\n]", "3: byte 2 is no UTF-8 [3,\xFF,\n]",
                     "4: a column goes on after its closing quotation mark [\"4\"5,c,\n]", "d 6"}));
    EXPECT_EQ(read(csv, "day,n\na,1\n\"never closed,2\nb,3\n"),
              (Lines{"a 1", "2: a quotation mark is never closed [\"never closed,2\n]", "b 3"}));
    EXPECT_EQ(read(csv, "day,m\na,1\n"), (Lines{"! there is no column 'n'; the header has day, m"}));
    EXPECT_EQ(read(csv, ""), (Lines{"! the document is empty: there is not even a header line"}));
}

TEST(SourceReader, MakesARecordOfEachItem) {
    auto csv = reading("{format: csv, each_item_of: visits, delimiter: tab}", "item_number", "item");
    EXPECT_EQ(read(csv, "id\tvisits\na\t[3, null, \"5\"]\nb\t[]\nc\toops\n"),
              (Lines{"#0 #3", "#1 -", "#2 5", "3: 'visits' is no JSON list of at most 10000 items [c\toops\n]"}));
}

// gzip.compress(b"day,n\n2024-01-15,7\n") of Python 3.11.
constexpr std::string_view packed("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\x4b\x49\xac\xd4\xc9\xe3\x32\x32\x30\x32\xd1\x35\x30\xd4\x35"
                                  "\x34\xd5\x31\xe7\x02\x00\x65\x1a\x66\xa3\x13\x00\x00\x00",
                                  39);

TEST(SourceReader, KeepsToItsLimits) {
    auto csv = reading("{format: csv}", "day", "n", "limits: {bytes: 100, records: 3}");
    EXPECT_EQ(read(csv, "day,n\n" + std::string(100, 'a')), (Lines{"! the document has more than 100 bytes; raise 'bytes' in 'limits'"}));
    EXPECT_EQ(read(csv, "day,n\na,1\nb,2\nc,3\nd,4\n").back(), "! the document has more than 3 records; raise 'records' in 'limits'");
    auto json = reading("{format: json}", "/d", "/n");
    auto deep = std::string(100'000, '[') + std::string(100'000, ']');
    EXPECT_EQ(read(json, deep).size(), 1u);
    EXPECT_EQ(read(json, deep).front().find("! "), 0u);
    auto plain = reading("{format: csv}", "day", "n");
    EXPECT_EQ(read(plain, packed), (Lines{"2024-01-15 7"}));
    EXPECT_EQ(read(plain, packed.substr(0, packed.size() - 9)).back().find("! "), 0u);
    // A line of 20 MB without an end is refused with bounded memory.
    SourceBench bench;
    auto file = bench.scratch.folder / "long.csv";
    std::ofstream(file) << "day,n\n" << std::string(20 << 20, 'a');
    auto reader = SourceReader::make(reading("{format: csv}", "day", "n"));
    Collector collector;
    auto status = reader->read_file(file, collector.visit());
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, ErrorKind::too_large);
}

}  // namespace
}  // namespace quoin
