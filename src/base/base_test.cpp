#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/digest.h"
#include "base/event_time.h"
#include "base/json.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "base/telemetry.h"

namespace quoin {
namespace {

using testing::HasSubstr;

TEST(EventTime, ReadsTheFormatsOfRealFilesAndWritesRfc3339) {
    for (auto text : {"2014-10-13", "20141013T000000", "20141013", "10/13/2014", "2014-10-13 00:00:00", "2014-10-13T02:00:00+02:00"})
        EXPECT_EQ(to_text(parse_time(text).value()), "2014-10-13T00:00:00Z") << text;
    EXPECT_EQ(to_text(parse_time("1969-12-31T23:59:59.5Z").value()), "1969-12-31T23:59:59.500Z");
}

TEST(EventTime, RefusesWhatIsNoTime) {
    for (auto text : {"", "2014", "2014-13-01", "2014-02-30", "2014-10-13T25:00", "2014-10-13x", "98103", "2014-10-13T10:00:00+"})
        EXPECT_FALSE(parse_time(text)) << text;
}

TEST(Json, RefusesDuplicateKeysDepthAndTrailingText) {
    EXPECT_THAT(parse_json(R"({"a":1,"b":{"a":2},"a":3})").error().message, HasSubstr("key 'a' twice"));
    EXPECT_THAT(parse_json(std::string(100, '[')).error().message, HasSubstr("nested deeper"));
    for (auto text : {"", "{", "nan", "[1,]", "{} x", "{'a':1}", "// c\n1", "\"\xff\""}) EXPECT_FALSE(parse_json(text)) << text;
    EXPECT_EQ(parse_json("[1]", {.bytes_max = 2}).error().kind, ErrorKind::too_large);
}

TEST(Json, WritesNumbersAsPeopleDo) {
    auto value = parse_json(R"({"half":0.5,"big":1e300,"int":7,"text":"a\"\u0001\n","list":[true,null]})").value();
    EXPECT_EQ(json_text(value), R"({"half":0.5,"big":1e+300,"int":7,"text":"a\"\u0001\n","list":[true,null]})");
    EXPECT_EQ(parse_json(json_text(value, 2)).value(), value);
}

TEST(Digest, IsSha256) {  // FIPS 180-4 example "abc"
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Rng, IsTheSameEverywhereAndUniform) {
    Rng rng(42);
    EXPECT_EQ(rng.next(), 1546998764402558742ULL);  // xoshiro256** of the authors' C code, seeded by SplitMix64(42)
    double sum = 0;
    for (int i = 0; i < 100000; ++i) sum += rng.uniform();
    EXPECT_NEAR(sum / 100000, 0.5, 0.005);
    EXPECT_NE(Rng(1).split(1).next(), Rng(1).split(2).next());
}

TEST(Parallel, RunsEachJobOnceAndRethrows) {
    std::vector<int> runs(1000);
    parallel_for(
        runs.size(), [&](std::size_t i) { runs[i]++; }, 4);
    EXPECT_EQ(std::count(runs.begin(), runs.end(), 1), 1000);
    EXPECT_THROW(parallel_for(
                     8,
                     [](std::size_t i) {
                         if (i == 3) throw std::runtime_error("x");
                     },
                     4),
                 std::runtime_error);
}

TEST(Telemetry, ExposesPrometheusText) {
    Telemetry telemetry;
    telemetry.counter("quoin_x_total", "x", {{"model", "a\"b"}}).add(2);
    telemetry.histogram("quoin_y_seconds", "y", {}, {0.1, 1}).observe(0.1);
    auto text = telemetry.exposition();
    EXPECT_THAT(text, HasSubstr("# TYPE quoin_x_total counter\nquoin_x_total{model=\"a\\\"b\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("quoin_y_seconds_bucket{le=\"0.1\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("quoin_y_seconds_bucket{le=\"+Inf\"} 1\n"));
}

}  // namespace
}  // namespace quoin
