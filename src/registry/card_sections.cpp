#include "registry/card_sections.h"

#include <algorithm>
#include <cmath>

#include "evaluation/metric.h"
#include "registry/metric_words.h"

namespace quoin {
namespace {

std::string or_dash(const std::string& text) { return text.empty() ? "–" : text; }

std::string count_text(std::size_t count) { return grouped_text(static_cast<double>(count)); }

/// How good a value is, more being better; nothing for a metric without a known direction. The split's name in front is left out.
std::optional<double> merit(const std::string& metric, double value) {
    std::string name = metric.substr(metric.find('.') == std::string::npos ? 0 : metric.find('.') + 1);
    if (name == "prd") return -std::abs(value - 1);
    for (std::string_view signed_metric : {"mean_error", "median_error", "prb", "vei"})
        if (name == signed_metric) return -std::abs(value);
    auto entry = find_metric(name);
    if (!entry) return std::nullopt;
    return (*entry)->higher_is_better ? value : -value;
}

/// Positions of the best finite values, more than one if they are equal; nothing if fewer than `measured_min` were measured.
std::vector<std::size_t> best_columns(const std::string& metric, const std::vector<double>& values, std::size_t measured_min) {
    std::vector<std::size_t> best;
    std::size_t measured = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        auto here = merit(metric, values[i]);
        if (!here || !std::isfinite(values[i])) continue;
        ++measured;
        double lead = best.empty() ? 1 : *here - *merit(metric, values[best[0]]);
        if (lead > 0) best = {i};
        else if (lead == 0) best.push_back(i);
    }
    return measured < measured_min ? std::vector<std::size_t>{} : best;
}

CardTable metric_table(const CardContent::MetricTable& metrics, const std::string& unit) {
    CardTable table{.title = metrics.title, .head = {"Metric"}, .numeric = {false}};
    for (const std::string& owner : metrics.owners) {
        table.head.push_back(owner);
        table.numeric.push_back(true);
    }
    for (const auto& [name, values] : metrics.rows) {
        std::vector<CardCell> cells{{metric_words(name)}};
        for (std::size_t i = 0; i < metrics.owners.size(); ++i)
            cells.push_back({i < values.size() ? metric_text(name, values[i], unit) : "–"});
        for (std::size_t column : best_columns(name, values, 2))
            if (column + 1 < cells.size()) cells[column + 1].mark = CellMark::best;
        table.rows.push_back(std::move(cells));
    }
    return table;
}

CardSection gate_section(const CardContent& content) {
    CardSection section{
        .id = "gates", .title = "Gates", .lead = "Conditions that this version must meet before it may go into production."};
    CardTable table{.head = {"Gate", "Result", "In words"}, .numeric = {false, false, false}};
    for (const GateOutcome& gate : content.gates)
        table.rows.push_back({{gate.gate, CellMark::code},
                              gate.passed ? CardCell{"passed", CellMark::passed} : CardCell{"failed", CellMark::failed},
                              {gate.message}});
    if (!table.rows.empty()) section.tables.push_back(std::move(table));
    return section;
}

CardSection warning_section(const CardContent& content) {
    CardSection section{.id = "warnings", .title = "Warnings", .points = content.warnings};
    if (section.points.empty()) section.lead = "None were recorded while this version was trained and evaluated.";
    return section;
}

CardSection use_section(const CardContent& content) {
    CardSection section{.id = "use", .title = "Purpose"};
    std::string predicts = content.unit.empty() ? content.label : fmt::format("{} in {}", content.label, content.unit);
    section.tables.push_back({.rows = {{{"Predicts"}, {or_dash(predicts)}},
                                       {{"For each"}, {or_dash(content.entity)}},
                                       {{"Intended use"}, {or_dash(content.intended_use)}},
                                       {{"Not intended for"}, {or_dash(content.out_of_scope_use)}},
                                       {{"Owner"}, {or_dash(content.owner)}}}});
    return section;
}

CardSection metric_section(const CardContent& content) {
    CardSection section{.id = "metrics",
                        .title = "Accuracy",
                        .lead = "Measured on rows that were not used for training. The best value of a row is marked."};
    for (const auto& metrics : content.metrics) section.tables.push_back(metric_table(metrics, content.unit));
    return section;
}

CardSection uncertainty_section(const CardContent& content) {
    CardSection section{.id = "uncertainty",
                        .title = "Uncertainty and calibration",
                        .lead = "An honest interval contains the truth as often as it says. On the diagonal, stated and observed agree."};
    CardTable coverage{.title = "Coverage of the prediction intervals",
                       .head = {"Stated level", "Observed", "Difference"},
                       .numeric = {true, true, true},
                       .plotted = true};
    for (const auto& [nominal, empirical] : content.coverage_curve)
        coverage.rows.push_back({{short_number(nominal * 100) + " %"},
                                 {metric_text("coverage.0", empirical, "")},
                                 {fmt::format("{}{:.1f} points", empirical < nominal ? "−" : "+", std::abs(empirical - nominal) * 100)}});
    CardTable bins{
        .title = "Calibration: observed against predicted", .head = {"Predicted", "Observed"}, .numeric = {true, true}, .plotted = true};
    for (const auto& [predicted, observed] : content.calibration)
        bins.rows.push_back({{metric_text("mae", predicted, content.unit)}, {metric_text("mae", observed, content.unit)}});
    if (!coverage.rows.empty()) section.tables.push_back(std::move(coverage));
    if (!bins.rows.empty()) section.tables.push_back(std::move(bins));
    return section;
}

CardSection decile_section(const CardContent& content) {
    CardSection section{.id = "deciles",
                        .title = "Equity by price",
                        .lead = "The same model for cheap and dear properties: each tenth of the sales by price on its own."};
    CardTable table{.head = {"Price", "Sales", "Median ratio", "MdAPE", "95 % coverage"}, .numeric = {false, true, true, true, true}};
    for (const auto& decile : content.price_deciles)
        table.rows.push_back({{decile.name},
                              {count_text(decile.rows)},
                              {std::isfinite(decile.median_ratio) ? fmt::format("{:.3f}", decile.median_ratio) : "–"},
                              {metric_text("mdape", decile.mdape, "")},
                              {metric_text("coverage.0", decile.coverage95, "")}});
    if (!table.rows.empty()) section.tables.push_back(std::move(table));
    return section;
}

CardSection importance_section(const CardContent& content) {
    CardSection section{.id = "importance", .title = "What drives the predictions"};
    CardTable table{.head = {"Feature", "Share"}, .numeric = {false, true}, .plotted = true};
    for (const auto& [feature, share] : content.importance) table.rows.push_back({{feature}, {metric_text("mape", share, "")}});
    if (!table.rows.empty()) section.tables.push_back(std::move(table));
    return section;
}

std::string period_text(const CardContent& content) {
    if (content.data_from.is_missing() || content.data_to.is_missing()) return "–";
    return fmt::format("{} to {}", date_text(content.data_from), date_text(content.data_to));
}

CardSection training_section(const CardContent& content) {
    CardSection section{.id = "training", .title = "Training"};
    section.tables.push_back({.rows = {{{"Trained"}, {content.trained_at.is_missing() ? "–" : to_text(content.trained_at)}},
                                       {{"Training rows"}, {count_text(content.training_rows)}},
                                       {{"Period of the data"}, {period_text(content)}},
                                       {{"Source"}, {or_dash(content.data_source)}},
                                       {{"Digest of the data"}, {or_dash(content.data_digest), CellMark::code}}}});
    CardTable members{.title = "Members of the ensemble", .head = {"Family", "Weight", "Size"}, .numeric = {false, true, false}};
    for (const auto& member : content.members)
        members.rows.push_back({{member.family}, {fmt::format("{:.1f} %", member.weight * 100)}, {or_dash(member.summary)}});
    if (!members.rows.empty()) section.tables.push_back(std::move(members));
    CardTable curves{.title = "Learning curves",
                     .head = {"Family", "Rounds", "First loss", "Last loss", "Lowest loss"},
                     .numeric = {false, true, true, true, true},
                     .plotted = true};
    for (const auto& [family, losses] : content.learning_curves)
        if (!losses.empty())
            curves.rows.push_back({{family},
                                   {count_text(losses.size())},
                                   {short_number(losses.front())},
                                   {short_number(losses.back())},
                                   {short_number(*std::min_element(losses.begin(), losses.end()))}});
    if (!curves.rows.empty()) section.tables.push_back(std::move(curves));
    return section;
}

}  // namespace

std::vector<CardSection> card_sections(const CardContent& content) {
    std::vector<CardSection> sections{warning_section(content), gate_section(content),        use_section(content),
                                      metric_section(content),  uncertainty_section(content), ratio_section(content),
                                      decile_section(content),  group_section(content),       importance_section(content),
                                      training_section(content)};
    std::erase_if(sections, [](const CardSection& section) { return section.id != "warnings" && section.tables.empty(); });
    return sections;
}

CardCell gate_verdict(const CardContent& content) {
    auto failed = std::count_if(content.gates.begin(), content.gates.end(), [](const GateOutcome& gate) { return !gate.passed; });
    if (content.gates.empty()) return {"No gates were declared", CellMark::attention};
    if (failed > 0) return {fmt::format("{} of {} gates failed", failed, content.gates.size()), CellMark::failed};
    return {content.gates.size() == 1 ? "The gate passed" : fmt::format("All {} gates passed", content.gates.size()), CellMark::passed};
}

std::vector<CardFigure> card_figures(const CardContent& content) {
    constexpr std::size_t figures_max = 4;
    std::vector<CardFigure> figures;
    auto coverage = std::find_if(content.coverage_curve.begin(), content.coverage_curve.end(),
                                 [](const auto& p) { return std::abs(p.first - 0.95) < 1e-9; });
    std::size_t metrics_max = coverage == content.coverage_curve.end() ? figures_max : figures_max - 1;
    if (!content.metrics.empty()) {
        const CardContent::MetricTable& table = content.metrics[0];
        for (const auto& [name, values] : table.rows) {
            if (figures.size() == metrics_max) break;
            if (values.empty() || !std::isfinite(values[0])) continue;
            std::string comparison;
            std::vector<double> baselines(values.begin() + 1, values.end());
            if (auto best = best_columns(name, baselines, 1); !best.empty() && best[0] + 1 < table.owners.size())
                comparison = fmt::format("best baseline {} ({})", metric_text(name, baselines[best[0]], content.unit),
                                         table.owners[best[0] + 1]);
            figures.push_back({metric_words(name), metric_text(name, values[0], content.unit), comparison});
        }
    }
    if (coverage != content.coverage_curve.end())
        figures.push_back({"95 % interval", metric_text("coverage.0", coverage->second, ""), "of sales inside; stated 95 %"});
    return figures;
}

}  // namespace quoin
