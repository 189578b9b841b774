#include "prediction/wording.h"

#include <cmath>

namespace quoin {
namespace {

std::string grouped(double number) {
    auto digits = fmt::format("{:.0f}", std::abs(number));
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<std::size_t>(at), ",");
    return (number < 0 && digits != "0" ? "-" : "") + digits;
}

}  // namespace

std::string amount_text(double amount, const std::string& unit) {
    if (unit == "rate") return fmt::format("{:.0f} basis points", amount * 10'000);
    if (unit == "USD") return (amount < 0 ? "-$" : "$") + grouped(std::abs(amount));
    auto text = std::abs(amount) >= 1000 ? grouped(amount) : fmt::format("{:.4g}", amount);
    return unit.empty() ? text : text + " " + unit;
}

std::string level_text(double level, const std::string& unit) {
    return unit == "rate" ? fmt::format("{:.2f} %", level * 100) : amount_text(level, unit);
}

bool is_year(const InputColumn& input) {
    return input.kind == ColumnKind::number && input.unit.empty() && input.lower >= 0 && input.upper > 1500 && input.upper < 2200 &&
           input.name.find_first_of("yY") != std::string::npos;
}

std::string value_text(const InputColumn& input, const FeatureValue& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    const auto* number = std::get_if<double>(&value);
    if (number == nullptr || std::isnan(*number)) return "not known";
    if (is_year(input)) return *number == 0 ? "never" : fmt::format("{:.0f}", *number);
    if (input.unit == "USD" || input.unit == "rate") return level_text(*number, input.unit);
    auto text = std::abs(*number) >= 1000 ? grouped(*number) : fmt::format("{:.6g}", *number);
    return input.unit.empty() ? text : text + " " + input.unit;
}

FeatureValue feature_value(const InputColumn& input, double raw) {
    if (std::isnan(raw)) return nullptr;
    if (input.kind == ColumnKind::category) return input.levels[static_cast<std::size_t>(raw)];
    if (input.kind == ColumnKind::time) return date_text(EventTime{static_cast<std::int64_t>(raw * 86'400e6)});
    return raw;
}

}  // namespace quoin
