#include "commands/forecast/panel_task.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "learning/torch_module.h"

namespace quoin {
namespace {

/// Two cities by month, the second with a gap and, where `ahead` > 0, rows of the future with an empty value.
std::filesystem::path write_cities(int ahead) {
    auto file = std::filesystem::path(testing::TempDir()) / "panel_cities.csv";
    std::ofstream out(file);
    out << "city,month,rent,jobs\n";
    for (int city = 0; city < 2; ++city)
        for (int m = 0; m < 60 + ahead; ++m) {
            if (city == 1 && m == 20) continue;
            out << "c" << city << ',' << fmt::format("{}-{:02}-01", 2019 + m / 12, m % 12 + 1) << ',';
            if (m < 60) out << 100 * (city + 1) + m + 10 * std::sin(m * 0.5236);
            out << ',' << m % 5 << '\n';
        }
    return file;
}

CommandLine line_of(const std::filesystem::path& file, std::map<std::string, std::string, std::less<>> more) {
    more.merge(std::map<std::string, std::string, std::less<>>{{"file", file.string()},
                                                               {"series", "city"},
                                                               {"time", "month"},
                                                               {"value", "rent"},
                                                               {"horizon", "6"},
                                                               {"level", "0.8"},
                                                               {"seed", "1"},
                                                               {"steps", "3"},
                                                               {"method", "combination"}});
    return CommandLine(more);
}

TEST(Panel, ForecastsEverySeriesBesideTheBaselines) {
    auto task = read_panel_task(line_of(write_cities(0), {}));
    ASSERT_TRUE(task) << task.error().message;
    ASSERT_EQ(task->series.size(), 2u);
    EXPECT_EQ(task->series[1].inputs.target.size(), 60u) << "the gap is filled";
    auto answer = forecast_panel(*task, no_progress());
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_NEAR(answer->forecasts[1].point[0], 260, 6);
    for (const char* name : {"naive", "seasonal_naive", "theta", "ets"})
        EXPECT_NE(std::ranges::find(answer->scores, name, &PanelScore::method), answer->scores.end()) << name;
}

TEST(Panel, TrainsNetworksThatJoinTheCombination) {
    if (!torch_available()) GTEST_SKIP() << "built without libtorch";
    auto task = read_panel_task(line_of(write_cities(6), {{"learn", "nbeats,tft"}, {"known", "jobs"}}));
    ASSERT_TRUE(task) << task.error().message;
    EXPECT_EQ(task->series[0].inputs.target.size(), 60u) << "rows of the future are no history";
    auto answer = forecast_panel(*task, no_progress());
    ASSERT_TRUE(answer) << answer.error().message;
    for (const char* name : {"nbeats", "tft"}) {
        auto score = std::ranges::find(answer->scores, name, &PanelScore::method);
        ASSERT_NE(score, answer->scores.end()) << name;
        EXPECT_GT(score->weight, 0) << name;
    }
    EXPECT_NE(std::ranges::find(answer->reasons, "jobs", &PanelReason::input), answer->reasons.end());
}

TEST(Panel, NamesWhatIsWrong) {
    auto file = write_cities(0);
    EXPECT_NE(read_panel_task(line_of(file, {{"known", "jobs"}, {"method", "tft"}})).error().message.find("series 'c0'"),
              std::string::npos);
    EXPECT_EQ(read_panel_task(line_of(file, {{"learn", "magic"}})).error().kind, ErrorKind::invalid);
    EXPECT_EQ(read_panel_task(line_of(file, {{"learn", "tft"}, {"method", "ets"}})).error().kind, ErrorKind::invalid);
    EXPECT_EQ(read_panel_task(line_of(file, {{"method", "prophet"}})).error().kind, ErrorKind::unsupported);
}

/// Asked again from a file, a network foresees what it did after training; a series that it does not know counts as unknown.
TEST(Panel, SavedNetworksForecastAgain) {
    if (!torch_available()) GTEST_SKIP() << "built without libtorch";
    auto kept = std::filesystem::path(testing::TempDir()) / "panel.safetensors";
    for (const char* method : {"nbeats", "tft"}) {
        auto task = read_panel_task(line_of(write_cities(0), {{"method", method}}));
        ASSERT_TRUE(task) << task.error().message;
        auto answer = forecast_panel(*task, no_progress());
        ASSERT_TRUE(answer) << answer.error().message;
        ASSERT_TRUE(write_network(kept, answer->networks[0]));
        auto again = read_panel_task(line_of(write_cities(0), {{"network", kept.string()}}));
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_EQ(again->method, method);
        auto same = forecast_panel(*again, no_progress());
        ASSERT_TRUE(same) << same.error().message;
        for (std::size_t i = 0; i < 2; ++i) {
            EXPECT_EQ(same->forecasts[i].point, answer->forecasts[i].point) << method;
            EXPECT_EQ(same->forecasts[i].bands[0].upper, answer->forecasts[i].bands[0].upper) << method;
        }
        EXPECT_EQ(std::ranges::find(same->scores, method, &PanelScore::method), same->scores.end()) << "it is not back-tested";
        auto longer = read_panel_task(line_of(write_cities(0), {{"network", kept.string()}, {"horizon", "7"}}));
        EXPECT_NE(forecast_panel(*longer, no_progress()).error().message.find("6 steps ahead, not 7"), std::string::npos);
    }
    EXPECT_NE(read_panel_task(line_of(write_cities(0), {{"network", kept.string()}, {"known", "jobs"}}))
                  .error()
                  .message.find("trained with --known left out, not jobs"),
              std::string::npos);
    EXPECT_FALSE(read_panel_task(line_of(write_cities(0), {{"network", kept.string()}, {"method", "tft"}})));
    EXPECT_FALSE(read_panel_task(line_of(write_cities(0), {{"network", write_cities(0).string()}})));
    EXPECT_FALSE(read_panel_task(line_of(write_cities(0), {{"save", "x"}, {"method", "theta"}})));
}

TEST(Panel, UnknownSeriesHaveCodeZero) {
    if (!torch_available()) GTEST_SKIP() << "built without libtorch";
    auto file = write_cities(0), kept = std::filesystem::path(testing::TempDir()) / "other.safetensors";
    auto task = read_panel_task(line_of(file, {{"method", "tft"}}));
    ASSERT_TRUE(task);
    auto answer = forecast_panel(*task, no_progress());
    ASSERT_TRUE(answer) << answer.error().message;
    ASSERT_TRUE(write_network(kept, answer->networks[0]));
    std::ifstream in(file);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    for (std::size_t at = text.find("\nc0,"); at != std::string::npos; at = text.find("\nc0,", at)) text.replace(at, 4, "\nnew,");
    std::ofstream(file) << text;
    auto other = read_panel_task(line_of(file, {{"network", kept.string()}}));
    ASSERT_TRUE(other) << other.error().message;
    EXPECT_EQ(other->series[0].inputs.categories, std::vector<std::size_t>{0});
    EXPECT_EQ(other->series[1].inputs.categories, std::vector<std::size_t>{2});
    EXPECT_TRUE(forecast_panel(*other, no_progress()));
}

/// Counts have no calendar, so no season is guessed; they are written as they were read.
TEST(Panel, TakesCountsForTimes) {
    auto file = std::filesystem::path(testing::TempDir()) / "counted.csv";
    std::ofstream out(file);
    out << "city,month,rent\n";
    for (int t = 1; t <= 40; ++t) out << "a," << t << ',' << 100 + t << '\n';
    out.close();
    auto task = read_panel_task(line_of(file, {{"method", "theta"}}));
    ASSERT_TRUE(task) << task.error().message;
    EXPECT_EQ(task->seasons.period, 1u);
    EXPECT_EQ(time_text(task->series[0].time(40), task->form), "41");
}

}  // namespace
}  // namespace quoin
