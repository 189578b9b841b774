#include "registry/model_card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>

#include "registry/card_plots.h"
#include "registry/plot_axes.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// The sections of a card that say what the model is. All figures are invented.
CardContent described_card() {
    CardContent card;
    card.model = "king_county_value";
    card.version = "v3";
    card.owner = "valuation team";
    card.intended_use = "Estimate the market value of single-family houses for portfolio review, with a stated interval.";
    card.out_of_scope_use = "Tax assessment without a review by an appraiser; houses outside the county; plots without a building.";
    card.label = "sale price";
    card.entity = "house sold at arm's length";
    card.unit = "USD";
    card.trained_at = parse_time("2026-03-02T08:15:00Z").value();
    card.data_from = from_civil(2014, 5, 2);
    card.data_to = from_civil(2015, 5, 27);
    card.training_rows = 17'290;
    card.data_source = "county_sales.csv";
    card.data_digest = "9f2c4e1b7a60d3358c14f0ab5e7d92c6410b83f7e5ad6092c1784fb3e60a95d2";
    card.members = {{"xgboost", 0.46, "900 trees, 27,412 leaves"},
                    {"lightgbm", 0.39, "1,100 trees, 33,880 leaves"},
                    {"network", 0.15, "3 layers, 21,569 weights"}};
    return card;
}

/// A card with everything in it.
CardContent full_card() {
    CardContent card = described_card();
    card.metrics = {{"Newest 20 % of sales (split by time)",
                     {"champion", "xgboost", "lightgbm", "linear", "assessor"},
                     {{"mdape", {0.0812, 0.0846, 0.0853, 0.1391, 0.1120}},
                      {"mape", {0.1134, 0.1179, 0.1186, 0.1962, 0.1475}},
                      {"rmse", {108'412.4, 113'950.1, 112'207.7, 196'330.0, 151'004.2}},
                      {"r2", {0.9042, 0.8941, 0.8973, 0.6857, 0.8140}},
                      {"ppe10", {0.587, 0.569, 0.566, 0.378, std::nan("")}},
                      {"median_error", {0.004, -0.006, 0.009, 0.031, -0.022}},
                      {"cod", {11.31, 11.74, 11.82, 19.55, 14.71}}}},
                    {"Random 20 % of sales",
                     {"champion", "xgboost", "lightgbm", "linear", "assessor"},
                     {{"mdape", {0.0771, 0.0802, 0.0806, 0.1366, 0.1104}}, {"mape", {0.1079, 0.1120, 0.1131, 0.1927, 0.1452}}}}};
    card.gates = {{"time.mape < 0.12", 0.1134, 0.12, true, "MAPE (time) 0.1134 is below 0.12"},
                  {"0.93 <= coverage.0.95 <= 0.97", 0.951, 0.97, true, "95 % coverage 0.951 lies between 0.93 and 0.97"},
                  {"mdape <= 0.97 * xgboost", 0.0812, 0.0821, true, "MdAPE 0.0812 is at most 0.08206 (0.97 × xgboost's 0.0846)"},
                  {"-0.05 <= prb <= 0.05", -0.061, -0.05, false, "PRB -0.061 is below -0.05"}};
    card.coverage_curve = {{0.5, 0.507}, {0.6, 0.612}, {0.7, 0.709}, {0.8, 0.806}, {0.9, 0.904}, {0.95, 0.951}, {0.99, 0.986}};
    card.importance = {{"square feet of living area", 0.214},
                       {"latitude", 0.163},
                       {"grade of construction", 0.131},
                       {"longitude", 0.078},
                       {"median price of 15 neighbours", 0.071},
                       {"view", 0.042},
                       {"year built", 0.039},
                       {"distance to water", 0.036},
                       {"lot size", 0.031},
                       {"month of sale", 0.022},
                       {"bathrooms", 0.018},
                       {"condition", 0.014}};
    card.price_deciles = {{"$78k – $245k", 432, 1.081, 0.1120, 0.938},  {"$245k – $299k", 432, 1.032, 0.0843, 0.947},
                          {"$299k – $345k", 432, 1.018, 0.0791, 0.951}, {"$345k – $399k", 433, 1.009, 0.0760, 0.958},
                          {"$399k – $450k", 432, 1.004, 0.0744, 0.956}, {"$450k – $519k", 432, 0.999, 0.0752, 0.954},
                          {"$519k – $607k", 433, 0.991, 0.0770, 0.953}, {"$607k – $719k", 432, 0.985, 0.0788, 0.951},
                          {"$719k – $889k", 432, 0.967, 0.0841, 0.949}, {"$889k – $7.7M", 433, 0.893, 0.1093, 0.940}};
    RatioStudy study{.sales = 4323,
                     .median_ratio = 1.003,
                     .mean_ratio = 1.018,
                     .weighted_mean_ratio = 0.986,
                     .cod = 11.31,
                     .prd = 1.0325,
                     .prb = -0.061,
                     .ki = -0.0112,
                     .mki = 0.9641,
                     .vei = -12.4,
                     .vei_significance = 8.71,
                     .vei_groups = {}};
    study.vei_groups = {{1081, 1.049, 1.041, 1.056}, {1081, 1.009, 1.003, 1.015}, {1080, 0.993, 0.988, 0.999}, {1081, 0.925, 0.917, 0.934}};
    card.ratio_study = study;
    card.ratio_intervals = RatioIntervals{{1.003, 0.999, 1.007}, {11.31, 10.92, 11.74}, {1.0325, 1.0271, 1.0382}, {-0.061, -0.069, -0.052}};
    for (auto [family, rounds, floor] : {std::tuple{"xgboost", 900, 0.158}, {"lightgbm", 1100, 0.161}, {"network", 60, 0.183}}) {
        std::vector<double> losses;
        for (int round = 0; round < rounds; ++round)
            losses.push_back(floor + 0.36 * std::exp(-7.0 * round / rounds) + 0.004 * std::max(0.0, round / (0.7 * rounds) - 1));
        card.learning_curves.emplace_back(family, losses);
    }
    for (double predicted : {176e3, 254e3, 312e3, 366e3, 421e3, 484e3, 561e3, 668e3, 842e3, 1490e3})
        card.calibration.emplace_back(predicted, predicted * (1 + 0.05 * std::sin(predicted / 9e4)));
    card.warnings = {"The column 'assessed_value' was left out: it holds the label in 61 % of its rows.",
                     "PRB −0.061: dear houses tend to be valued too low; see the ratio study.",
                     "The segment 'Vashon' has 19 sales in the test period."};
    return card;
}

std::string file_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A plain reader of tags: every element is closed in order, attributes are quoted, no bare < or &. Returns the first fault or "".
std::string markup_fault(const std::string& html) {
    std::vector<std::string> open;
    std::size_t at = html.find("<html");
    while (at < html.size()) {
        std::size_t begin = html.find_first_of("<&", at);
        if (begin == std::string::npos) break;
        if (html[begin] == '&') {
            std::size_t end = html.find(';', begin);
            if (end == std::string::npos || end - begin > 6) return "bare & at " + html.substr(begin, 30);
            at = end + 1;
            continue;
        }
        std::size_t end = begin + 1;
        bool inside_quotes = false;
        for (; end < html.size() && (inside_quotes || html[end] != '>'); ++end) {
            if (html[end] == '"') inside_quotes = !inside_quotes;
            if (html[end] == '<') return "< inside a tag at " + html.substr(begin, 60);
        }
        std::string tag = html.substr(begin + 1, end - begin - 1), name = tag.substr(0, tag.find_first_of(" /", 1));
        if (tag[0] == '/') {
            if (open.empty() || open.back() != tag.substr(1)) return "closing " + tag + " without its start";
            open.pop_back();
        } else if (tag.back() != '/') {
            open.push_back(name);
        }
        at = end + 1;
    }
    return open.empty() ? "" : open.back() + " is not closed";
}

TEST(ModelCard, MarkdownIsTheGoldenOne) {
    std::string path = QUOIN_SOURCE_DIR "/tests/golden/model_card.md", card = render_card_markdown(full_card());
    if (std::getenv("QUOIN_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << card;
    EXPECT_EQ(card, file_text(path)) << "if the change is meant, run make golden and review the difference";
}

TEST(ModelCard, MarkdownTablesAreAligned) {
    std::istringstream lines(render_card_markdown(full_card()));
    std::size_t previous = 0, tables = 0;
    for (std::string line; std::getline(lines, line);) {
        std::size_t width = 0;
        for (char c : line) width += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
        bool row = line.starts_with("|");
        if (row && previous != 0) {
            EXPECT_EQ(width, previous) << line;
        }
        if (row && previous == 0) ++tables;
        previous = row ? width : 0;
    }
    EXPECT_GE(tables, 9u);
}

TEST(ModelCard, PageIsWellFormedAndSelfContained) {
    std::string page = render_card_html(full_card());
    EXPECT_EQ(markup_fault(page), "");
    EXPECT_THAT(page, Not(HasSubstr("<script")));
    EXPECT_THAT(page, Not(HasSubstr("http:")));
    EXPECT_THAT(page, Not(HasSubstr("https:")));
    EXPECT_THAT(page, Not(HasSubstr("url(")));
    EXPECT_THAT(page, HasSubstr("prefers-color-scheme:dark"));
    for (const char* text : {"1 of 4 gates failed", "Median ratio by price decile", "Coverage of the prediction intervals", "below -0.05",
                             "outside, not significant (8.71)", "assessed_value", "best baseline"})
        EXPECT_THAT(page, HasSubstr(text));
    EXPECT_EQ(page, render_card_html(full_card())) << "same content, same bytes";
}

TEST(ModelCard, NoNameCanInjectMarkup) {
    const std::string attack = "\"><script>alert('x')</script>|&\n# [a](b) `c`";
    CardContent card = full_card();
    card.model = card.version = card.owner = card.intended_use = card.out_of_scope_use = card.label = card.entity = attack;
    card.data_source = card.data_digest = attack;
    card.members[0] = {attack, 0.5, attack};
    card.metrics[0].title = card.metrics[0].owners[1] = card.metrics[0].rows[0].first = attack;
    card.gates[0].gate = card.gates[0].message = attack;
    card.importance[0].first = card.price_deciles[0].name = card.learning_curves[0].first = card.warnings[0] = attack;
    std::string page = render_card_html(card);
    EXPECT_EQ(markup_fault(page), "");
    EXPECT_THAT(page, Not(HasSubstr("<script")));
    std::string markdown = render_card_markdown(card);
    EXPECT_THAT(markdown, Not(HasSubstr("<script")));
    EXPECT_THAT(markdown, Not(HasSubstr("\n# [")));
    EXPECT_THAT(markdown, HasSubstr("\\|&amp; # \\[a\\]"));
}

TEST(ModelCard, EmptyAndBrokenContentStillRenders) {
    CardContent card;
    EXPECT_EQ(markup_fault(render_card_html(card)), "");
    EXPECT_THAT(render_card_markdown(card), HasSubstr("No gates were declared"));
    double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
    card = full_card();
    card.coverage_curve = {{nan, 0.5}, {0.5, infinity}, {7, 7}};
    card.calibration = {{nan, nan}, {1, 1}};
    card.learning_curves = {{"flat", std::vector<double>(50, 0.25)}, {"one", {1}}, {"none", {}}, {"broken", {nan, infinity, nan}}};
    card.importance = {{"x", nan}, {"y", -1}};
    card.price_deciles = {{"all", 0, nan, nan, nan}, {"huge", 3, infinity, infinity, 2}};
    card.metrics[0].rows.push_back({"mae", {nan, -infinity}});
    card.metrics[0].rows.push_back({"short", {}});
    card.ratio_study = RatioStudy{.cod = nan, .prd = infinity};
    std::string page = render_card_html(card);
    EXPECT_EQ(markup_fault(page), "");
    EXPECT_THAT(page, Not(HasSubstr("nan,")));
    EXPECT_THAT(page, Not(HasSubstr("\"inf")));
    EXPECT_THAT(page, Not(HasSubstr("\"nan")));
}

TEST(ModelCard, RatioResultsFollowTheBandsOfTheStandard) {
    CardContent card;
    card.ratio_study = RatioStudy{
        .sales = 40, .median_ratio = 0.90, .cod = 4.2, .prd = 1.0301, .prb = 0.05, .mki = 1.0, .vei = 10.5, .vei_significance = 10.2};
    std::string markdown = render_card_markdown(card);
    auto result_of = [&](const std::string& statistic) {
        std::size_t begin = markdown.find("| " + statistic), end = markdown.find('\n', begin);
        std::string line = markdown.substr(begin, end - begin);
        for (const char* mark : {"✓", "✗", "!"})
            if (line.find(mark) != std::string::npos) return std::string(mark);
        return std::string();
    };
    EXPECT_EQ(result_of("Median"), "✓") << "the band includes its ends";
    EXPECT_EQ(result_of("COD"), "!") << "too good: sales chasing";
    EXPECT_EQ(result_of("PRD"), "✗");
    EXPECT_EQ(result_of("PRB"), "✓");
    EXPECT_EQ(result_of("VEI"), "✗") << "significance above 10";
}

TEST(CardPlots, TicksAreRoundNumbers) {
    EXPECT_THAT(nice_ticks(0, 1, 6),
                ElementsAre(0, testing::DoubleEq(0.2), testing::DoubleEq(0.4), testing::DoubleEq(0.6), testing::DoubleEq(0.8), 1));
    EXPECT_THAT(nice_ticks(-3, 12, 5), ElementsAre(0, 5, 10));
    EXPECT_THAT(nice_ticks(78e3, 512e3, 5), ElementsAre(200e3, 400e3));
    EXPECT_TRUE(nice_ticks(1, 1, 5).empty());
    EXPECT_TRUE(nice_ticks(std::nan(""), 1, 5).empty());
    EXPECT_EQ(nice_range(0.03, 0.97, 6), (std::pair{0.0, 1.0}));
    for (double upper : {1e-9, 3.7e-3, 0.11, 17.3, 9.99e5, 4e12}) {
        auto ticks = nice_ticks(0, upper, 6);
        EXPECT_GE(ticks.size(), 2u) << upper;
        EXPECT_LE(ticks.size(), 6u) << upper;
    }
    EXPECT_EQ(money_label(1'250'000), "$1.25M");
    EXPECT_EQ(money_label(-450'000), "−$450k");
}

}  // namespace
}  // namespace quoin
