// How well are cap rates, incomes and vacancies of towns never seen predicted, beside plain learners on the same rows? Cook County's
// worksheets: trained on those of 2021 and 2022, tested on those of 2023, which are of other towns.
//   bench_cap_rates FILE.csv.gz ONE_IN [LABEL...]
// ONE_IN 1: all rows; 6: every sixth of a town. Labels: cap_rate, cap_rate_rating (with the investment rating), noi, vacancy_pct. One line
// of text per model and property group, and last a line of JSON.

#include <fmt/format.h>

#include <map>

#include "control/cook_county_fixture.h"
#include "control/evaluation_job.h"
#include "evaluation/metric.h"

using namespace quoin;

namespace {

double metric(const Scorecard& card, std::string_view name) {
    for (const auto& one : card.metrics)
        if (one.name == name) return one.value;
    return NAN;
}

std::string coverages(const Scorecard& card) {
    std::string text;
    for (const auto& [level, row] : card.coverage) text += fmt::format("  {:.0f} %: {:.1f}", 100 * level, 100 * row.coverage);
    return text;
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 3) return fmt::print("bench_cap_rates FILE.csv.gz ONE_IN [LABEL...]\n"), 2;
    std::vector<std::string> labels(arguments + 3, arguments + count);
    if (labels.empty()) labels = {"cap_rate", "cap_rate_rating", "noi", "vacancy_pct"};
    std::string json;
    for (const auto& label : labels) {
        bool rating = label.ends_with("_rating");
        auto declaration = cook_county_declaration(rating ? label.substr(0, label.size() - 7) : label, rating);
        auto rows = cook_county_rows(arguments[1], std::stoul(arguments[2]));
        auto evaluated = rows ? evaluate(*rows, declaration, {.by_time = true}) : tl::unexpected(rows.error());
        if (!evaluated) return fmt::print("{}\n", evaluated.error().message), 1;
        const auto& report = *evaluated;
        auto cards = report.baselines;
        cards.insert(cards.begin(), report.champion);
        for (const auto& card : cards) {
            fmt::print("{:16} {:10} MAE {:.6f}  MAPE {:.4f}  MdAPE {:.4f}{}\n", label, card.owner, metric(card, "mae"),
                       metric(card, "mape"), metric(card, "mdape"), coverages(card));
            json += fmt::format("{}\"{}.{}.mae\": {:.6f}", json.empty() ? "" : ", ", label, card.owner, metric(card, "mae"));
        }
        for (const auto& [group, share] : coverage_by_property_group(report.champion_forecasts))
            fmt::print("  {:24} {:6} rows  80 %: {:.1f}  95 %: {:.1f}\n", group, share.rows, 100 * share.covered[0],
                       100 * share.covered[1]);
    }
    fmt::print("{{\"bench\": \"cap_rates\", {}}}\n", json);
}
