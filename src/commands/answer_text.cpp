#include "commands/answer_text.h"

#include <cmath>

#include "commands/terminal.h"
#include "prediction/wording.h"

namespace quoin {
namespace {

std::string head(const Prediction& prediction, const std::string& unit) {
    auto text = fmt::format("{} {}\n", prediction.entity_id.empty() ? "this property" : prediction.entity_id,
                            level_text(prediction.value, unit));
    for (const auto& interval : prediction.intervals)
        text += fmt::format("  {:>6}  {} to {}\n", percent_text(interval.level), level_text(interval.lower, unit),
                            level_text(interval.upper, unit));
    for (const auto& quantile : prediction.quantiles)
        text += fmt::format("  {:>6}  below {}\n", percent_text(quantile.level), level_text(quantile.bound, unit));
    if (!prediction.intervals.empty())
        text += fmt::format("  confidence score {:.0f}, forecast standard deviation {}\n", prediction.confidence * 100,
                            percent_text(prediction.forecast_standard_deviation));
    return text + fmt::format("  by {} {} as of {}\n", prediction.model, prediction.model_version, date_text(prediction.as_of));
}

}  // namespace

std::string answer_text(const Prediction& prediction, const std::string& unit) {
    auto text = head(prediction, unit);
    if (!prediction.drivers.empty()) text += fmt::format("\nWhy, from the typical {}:\n", level_text(prediction.typical_value, unit));
    for (const auto& driver : prediction.drivers)
        text += fmt::format("  {:>12}  {}\n", (driver.amount >= 0 ? "+" : "") + amount_text(driver.amount, unit), driver.sentence);
    if (!prediction.comparables.empty()) {
        TerminalTable table{{"comparable", "sold", "price", "adjusted", "alike", "km"}, {}};
        for (const auto& one : prediction.comparables)
            table.rows.push_back({one.id, one.sold.is_missing() ? "–" : date_text(one.sold), amount_text(one.price, unit),
                                  amount_text(one.adjusted_price, unit), percent_text(one.similarity),
                                  std::isnan(one.distance_km) ? "–" : fmt::format("{:.1f}", one.distance_km)});
        text += "\n" + render(table, terminal_width());
    }
    if (!prediction.what_if.empty()) text += "\nWhat if:\n";
    for (const auto& what_if : prediction.what_if)
        text += fmt::format("  {:>12}  {}\n", (what_if.change >= 0 ? "+" : "") + amount_text(what_if.change, unit), what_if.name);
    for (const auto& note : prediction.notes) text += fmt::format("  ! {}\n", note);
    return text;
}

namespace {

std::string plain(const FeatureValue& value) {
    if (const auto* named = std::get_if<std::string>(&value)) return *named;
    const auto* number = std::get_if<double>(&value);
    return number == nullptr ? "not known" : fmt::format("{:.6g}", *number);
}

std::string change_line(const Counterfactual& change, const std::string& unit) {
    std::string text;
    for (const auto& one : change.changes)
        text += fmt::format("{}{} {} → {}", text.empty() ? "" : ", ", one.label, plain(one.from), plain(one.to));
    return fmt::format("  {:>12}  {}\n", level_text(change.value, unit), text);
}

}  // namespace

std::string explanation_text(const PredictionRecord& record, const Explanation& explanation, const std::string& unit) {
    auto text = fmt::format("{} by {} {}, asked {}\n{}\n", record.id, record.model, record.model_version, to_text(record.asked_at),
                            explanation.summary);
    if (!explanation.is_identical) text += "  ! the version that answered does not give the recorded answer again\n";
    if (!explanation.reasons.empty()) text += "\nPrincipal reasons:\n";
    for (const auto& reason : explanation.reasons)
        text += fmt::format("  {:>6}  {:>4.0f} %  {}\n", reason.code, 100 * reason.share, reason.text);
    if (explanation.smallest_change)
        text += "\nThe smallest change that the model would answer better to:\n" + change_line(*explanation.smallest_change, unit);
    if (!explanation.single_changes.empty()) text += "\nWhat each change does alone:\n";
    for (const auto& change : explanation.single_changes) text += change_line(change, unit);
    for (const auto& note : explanation.notes) text += fmt::format("  ! {}\n", note);
    return text;
}

}  // namespace quoin
