#include <cmath>

#include "registry/card_sections.h"
#include "registry/metric_words.h"

namespace quoin {
namespace {

/// Acceptance band with the words that the table shows.
struct Band {
    double lower, upper;
    std::string words;
};

std::string fixed(double value, int digits) {
    if (!std::isfinite(value)) return short_number(value);
    std::string text = fmt::format("{:.{}f}", std::abs(value), digits);
    bool zero = text.find_first_not_of("0.") == std::string::npos;
    return (value < 0 && !zero ? "−" : "") + text;
}

CardCell judged(double value, const Band& band) {
    if (std::isnan(value)) return {"not measured", CellMark::attention};
    return value >= band.lower && value <= band.upper ? CardCell{"inside", CellMark::passed} : CardCell{"outside", CellMark::failed};
}

std::vector<CardCell> line(const std::string& name, double value, const Band& band, int digits) {
    return {{name}, {fixed(value, digits)}, {"–"}, {band.words}, judged(value, band)};
}

std::vector<CardCell> line_without_band(const std::string& name, std::string value) {
    return {{name}, {std::move(value)}, {"–"}, {"–"}, {"–"}};
}

void add_interval(std::vector<CardCell>& line, const WithInterval& interval, int digits) {
    line[2].text = fmt::format("{} to {}", fixed(interval.lower, digits), fixed(interval.upper, digits));
}

std::vector<CardCell> cod_line(double cod) {
    auto cells = line("COD (coefficient of dispersion)", cod, {5, 15, "5.0 to 15.0"}, 2);
    if (cod < 5) cells[4] = {"below 5: look for sales chasing", CellMark::attention};
    return cells;
}

/// The draft accepts an index outside ±10 if the groups' intervals are close enough (significance at most 10).
std::vector<CardCell> vei_line(const RatioStudy& study) {
    if (!study.vei) return line_without_band("VEI (vertical equity indicator)", "too few sales");
    auto cells = line("VEI (vertical equity indicator)", *study.vei, {-10, 10, "−10 to 10"}, 2);
    if (cells[4].mark == CellMark::failed && study.vei_significance && *study.vei_significance <= 10)
        cells[4] = {fmt::format("outside, not significant ({})", fixed(*study.vei_significance, 2)), CellMark::attention};
    return cells;
}

CardTable statistics_table(const RatioStudy& study, const std::optional<RatioIntervals>& intervals) {
    CardTable table{.head = {"Statistic", "Value", "Bootstrap interval", "Accepted", "Result"},
                    .numeric = {false, true, true, true, false}};
    auto median = line("Median ratio", study.median_ratio, {0.90, 1.10, "0.90 to 1.10"}, 3);
    auto cod = cod_line(study.cod);
    auto prd = line("PRD (price-related differential)", study.prd, {0.98, 1.03, "0.98 to 1.03"}, 3);
    auto prb = line("PRB (price-related bias)", study.prb, {-0.05, 0.05, "−0.05 to 0.05"}, 3);
    if (intervals) {
        add_interval(median, intervals->median_ratio, 3);
        add_interval(cod, intervals->cod, 2);
        add_interval(prd, intervals->prd, 3);
        add_interval(prb, intervals->prb, 3);
    }
    table.rows = {median,
                  cod,
                  prd,
                  prb,
                  vei_line(study),
                  line("MKI (modified Kakwani index)", study.mki, {0.95, 1.05, "0.95 to 1.05"}, 3),
                  line_without_band("KI (Kakwani index)", fixed(study.ki, 4)),
                  line_without_band("Mean ratio", fixed(study.mean_ratio, 3)),
                  line_without_band("Weighted mean ratio", fixed(study.weighted_mean_ratio, 3))};
    table.note =
        "Bands: median, COD, PRD and PRB from the IAAO Standard on Ratio Studies (2013) for single-family housing, VEI from its exposure "
        "draft "
        "of 2026, MKI from Quintos (2020). PRD above 1.03, and PRB, VEI or KI below zero, mean that dear houses are valued too low.";
    return table;
}

CardTable groups_table(const RatioStudy& study) {
    CardTable table{.title = "Groups of the vertical equity indicator, cheapest first",
                    .head = {"Group", "Sales", "Median ratio", "90 % interval"},
                    .numeric = {true, true, true, true}};
    for (std::size_t i = 0; i < study.vei_groups.size(); ++i) {
        const RatioStudy::Group& group = study.vei_groups[i];
        table.rows.push_back({{std::to_string(i + 1)},
                              {grouped_text(static_cast<double>(group.sales))},
                              {fixed(group.median_ratio, 3)},
                              {fmt::format("{} to {}", fixed(group.lower, 3), fixed(group.upper, 3))}});
    }
    return table;
}

}  // namespace

CardSection ratio_section(const CardContent& content) {
    CardSection section{.id = "ratio", .title = "Ratio study"};
    if (!content.ratio_study) return section;
    const RatioStudy& study = *content.ratio_study;
    section.lead = fmt::format("Estimate divided by sale price over {} sales that the model did not see in training.",
                               grouped_text(static_cast<double>(study.sales)));
    section.tables.push_back(statistics_table(study, content.ratio_intervals));
    if (!study.vei_groups.empty()) section.tables.push_back(groups_table(study));
    return section;
}

}  // namespace quoin
