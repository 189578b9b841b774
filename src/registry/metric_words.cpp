#include "registry/metric_words.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

namespace quoin {
namespace {

enum class Kind { number, share, money };

struct MetricWord {
    std::string_view name, words;
    Kind kind;
};

constexpr std::array known_words{
    MetricWord{"mape", "MAPE", Kind::share},
    MetricWord{"mdape", "MdAPE", Kind::share},
    MetricWord{"wape", "WAPE", Kind::share},
    MetricWord{"smape", "sMAPE", Kind::share},
    MetricWord{"mean_error", "mean error", Kind::share},
    MetricWord{"median_error", "median error", Kind::share},
    MetricWord{"ppe10", "within 10 %", Kind::share},
    MetricWord{"ppe20", "within 20 %", Kind::share},
    MetricWord{"right_tail10", "over 10 % too high", Kind::share},
    MetricWord{"right_tail20", "over 20 % too high", Kind::share},
    MetricWord{"mae", "MAE", Kind::money},
    MetricWord{"rmse", "RMSE", Kind::money},
    MetricWord{"pinball05", "pinball loss 5 %", Kind::money},
    MetricWord{"pinball50", "pinball loss 50 %", Kind::money},
    MetricWord{"pinball95", "pinball loss 95 %", Kind::money},
    MetricWord{"rmsle", "RMSLE", Kind::number},
    MetricWord{"r2", "R²", Kind::number},
    MetricWord{"auc", "AUC", Kind::number},
    MetricWord{"log_loss", "log loss", Kind::number},
    MetricWord{"brier", "Brier score", Kind::number},
    MetricWord{"ece", "ECE", Kind::number},
    MetricWord{"f1", "F1", Kind::number},
    MetricWord{"mcc", "MCC", Kind::number},
    MetricWord{"ks", "KS distance", Kind::number},
    MetricWord{"precision_at_20pct", "precision at 20 %", Kind::number},
    MetricWord{"ndcg_at_10", "NDCG at 10", Kind::number},
    MetricWord{"mrr", "MRR", Kind::number},
    MetricWord{"map_at_10", "MAP at 10", Kind::number},
    MetricWord{"c_index", "C-index", Kind::number},
    MetricWord{"uno_c_index", "Uno's C", Kind::number},
    MetricWord{"ibs", "integrated Brier score", Kind::number},
    MetricWord{"ibs_skill", "Brier skill over the population's curve", Kind::share},
    MetricWord{"incidence_ece", "calibration error at the horizon", Kind::number},
    MetricWord{"incidence_error", "bias at the horizon", Kind::number},
    MetricWord{"cod", "COD", Kind::number},
    MetricWord{"prd", "PRD", Kind::number},
    MetricWord{"prb", "PRB", Kind::number},
    MetricWord{"vei", "VEI", Kind::number},
    MetricWord{"ki", "KI", Kind::number},
    MetricWord{"mki", "MKI", Kind::number},
};

std::optional<double> number_of(std::string_view text) {
    double value = 0;
    auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// "time.coverage.0.95" → split "time", metric "coverage.0.95"; a split is a first part that is followed by another name.
std::pair<std::string_view, std::string_view> split_and_metric(std::string_view name) {
    std::size_t dot = name.find('.');
    if (dot == std::string_view::npos || dot + 1 >= name.size()) return {"", name};
    char next = name[dot + 1];
    bool named = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') || next == '_';
    return named ? std::pair{name.substr(0, dot), name.substr(dot + 1)} : std::pair{std::string_view{}, name};
}

std::optional<double> level_of(std::string_view metric) {
    constexpr std::string_view prefix = "coverage.";
    return metric.starts_with(prefix) ? number_of(metric.substr(prefix.size())) : std::nullopt;
}

const MetricWord* find_word(std::string_view metric) {
    auto found = std::find_if(known_words.begin(), known_words.end(), [&](const auto& word) { return word.name == metric; });
    return found == known_words.end() ? nullptr : found;
}

}  // namespace

std::string grouped_text(double whole_number) {
    std::string digits = fmt::format("{:.0f}", std::abs(whole_number)), text = whole_number < 0 && digits != "0" ? "−" : "";
    for (std::size_t at = 0; at < digits.size(); ++at) {
        if (at > 0 && (digits.size() - at) % 3 == 0) text += ',';
        text += digits[at];
    }
    return text;
}

std::string short_number(double value) {
    if (std::isnan(value)) return "–";
    if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
    double size = std::abs(value);
    std::string text;
    if (size >= 10'000) return size < 1e15 ? grouped_text(value) : fmt::format("{:.3e}", value);
    if (size == 0 || size >= 1e-4) {
        int whole_digits = size < 1 ? 0 : static_cast<int>(std::floor(std::log10(size))) + 1;
        text = fmt::format("{:.{}f}", size, size == 0 ? 0 : std::max(0, 4 - whole_digits));
        if (text.find('.') != std::string::npos) text.erase(text.find_last_not_of('0') + 1);
        if (text.back() == '.') text.pop_back();
    } else {
        text = fmt::format("{:.3g}", size);
    }
    return (value < 0 && text != "0" ? "−" : "") + text;
}

namespace {

/// Like short_number, but zeros after the point stay, so that the numbers of a column line up: 0.8140 below 0.9042.
std::string table_number(double value) {
    double size = std::abs(value);
    if (value == std::floor(value) || size < 1e-4 || size >= 1000) return short_number(value);
    int whole_digits = size < 1 ? 0 : static_cast<int>(std::floor(std::log10(size))) + 1;
    return fmt::format("{}{:.{}f}", value < 0 ? "−" : "", size, 4 - whole_digits);
}

}  // namespace

std::string metric_words(std::string_view name) {
    auto [split, metric] = split_and_metric(name);
    std::string words;
    if (auto level = level_of(metric)) words = fmt::format("{} % coverage", short_number(*level * 100));
    else if (const MetricWord* word = find_word(metric)) words = word->words;
    else words = metric;
    std::replace(words.begin(), words.end(), '_', ' ');
    return split.empty() ? words : fmt::format("{} ({})", words, split);
}

std::string metric_text(std::string_view name, double value, std::string_view unit) {
    if (!std::isfinite(value)) return short_number(value);
    std::string_view metric = split_and_metric(name).second;
    const MetricWord* word = find_word(metric);
    Kind kind = level_of(metric) ? Kind::share : word == nullptr ? Kind::number : word->kind;
    if (kind == Kind::share) return fmt::format("{}{:.1f} %", value < -0.0005 ? "−" : "", std::abs(value) * 100);
    if (kind == Kind::money && unit == "USD") return value < 0 ? "−$" + grouped_text(-value) : "$" + grouped_text(value);
    return table_number(value);
}

}  // namespace quoin
