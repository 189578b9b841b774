#include "registry/gate.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "registry/metric_words.h"
#include "registry/names.h"

namespace quoin {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t gate_bytes_max = 512;

enum class TokenKind { name, number, comparison, times, end };

struct Token {
    TokenKind kind;
    std::string_view text;
    double number = 0;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_name(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }
bool continues_name(char c) { return starts_name(c) || is_digit(c) || c == '.'; }

std::optional<Token> number_token(std::string_view text) {
    double value = 0;
    const char* begin = text.data() + (text[0] == '+' ? 1 : 0);
    auto [end, code] = std::from_chars(begin, text.data() + text.size(), value);
    if (code != std::errc{} || !std::isfinite(value)) return std::nullopt;
    return Token{TokenKind::number, text.substr(0, static_cast<std::size_t>(end - text.data())), value};
}

/// The first token of `text`, which does not start with a space; nothing if there is none.
std::optional<Token> first_token(std::string_view text) {
    if (text.empty()) return Token{TokenKind::end, text};
    if (starts_name(text[0])) {
        std::size_t length = 1;
        while (length < text.size() && continues_name(text[length])) ++length;
        return Token{TokenKind::name, text.substr(0, length)};
    }
    for (std::string_view symbol : {"<=", ">=", "==", "<", ">"})
        if (text.starts_with(symbol)) return Token{TokenKind::comparison, text.substr(0, symbol.size())};
    if (text[0] == '*') return Token{TokenKind::times, text.substr(0, 1)};
    bool number = is_digit(text[0]) || text[0] == '.' ||
                  ((text[0] == '-' || text[0] == '+') && text.size() > 1 && (is_digit(text[1]) || text[1] == '.'));
    return number ? number_token(text) : std::nullopt;
}

tl::unexpected<Error> no_gate(std::string_view text, std::string_view why) {
    return fail_field(ErrorKind::invalid, "gate",
                      "'{}' is not a gate ({}); write `mape < 0.12`, `0.94 <= coverage.0.95 <= 0.97` or `mdape <= 0.97 * xgboost`, with <, "
                      "<=, >, >= or ==",
                      shown_text(text), why);
}

Result<std::vector<Token>> tokens_of(std::string_view text) {
    if (text.size() > gate_bytes_max) return no_gate(text, fmt::format("it has {} bytes, the limit is {}", text.size(), gate_bytes_max));
    std::vector<Token> tokens;
    std::string_view rest = text;
    for (;;) {
        rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
        auto token = first_token(rest);
        if (!token) return no_gate(text, fmt::format("'{}' is not understood", shown_text(rest.substr(0, 12))));
        tokens.push_back(*token);
        if (token->kind == TokenKind::end) return tokens;
        rest.remove_prefix(token->text.size());
    }
}

bool has_form(const std::vector<Token>& tokens, std::initializer_list<TokenKind> form) {
    return std::equal(tokens.begin(), tokens.end(), form.begin(), form.end(),
                      [](const Token& token, TokenKind kind) { return token.kind == kind; });
}

/// Narrows the gate by `metric comparison bound`.
void add_bound(Gate& gate, std::string_view comparison, double bound) {
    if (comparison[0] != '>') gate.upper = bound, gate.upper_strict = comparison == "<";
    if (comparison[0] != '<') gate.lower = bound, gate.lower_strict = comparison == ">";
}

/// `0.9 < x` says the same as `x > 0.9`.
std::string mirrored(std::string_view comparison) {
    std::string text(comparison);
    if (text[0] == '<') text[0] = '>';
    else if (text[0] == '>') text[0] = '<';
    return text;
}

const MetricSet* set_of(std::span<const MetricSet> sets, std::string_view owner) {
    auto found = std::find_if(sets.begin(), sets.end(), [&](const MetricSet& set) { return set.owner == owner; });
    return found == sets.end() ? nullptr : &*found;
}

double value_in(const MetricSet* set, std::string_view metric) {
    if (set == nullptr) return not_measured;
    auto found = std::find_if(set->metrics.begin(), set->metrics.end(), [&](const NamedValue& value) { return value.name == metric; });
    return found == set->metrics.end() ? not_measured : found->value;
}

/// The two numbers with so many digits that they look as different as they are: 0.12004 is not shown as 0.12 beside a limit of 0.12.
std::pair<std::string, std::string> told_apart(double measured, double limit) {
    for (int digits = 4; digits < 17; ++digits) {
        auto first = fmt::format("{:.{}g}", measured, digits), second = fmt::format("{:.{}g}", limit, digits);
        if (first != second || measured == limit) return {first, second};
    }
    return {fmt::format("{}", measured), fmt::format("{}", limit)};
}

struct Bound {
    double limit;
    bool upper, strict;
    bool holds(double value) const {
        if (upper) return strict ? value < limit : value <= limit;
        return strict ? value > limit : value >= limit;
    }
    std::string_view words(bool passed) const {
        if (upper) return passed ? (strict ? "is below" : "is at most") : (strict ? "is not below" : "is above");
        return passed ? (strict ? "is above" : "is at least") : (strict ? "is not above" : "is below");
    }
};

/// Lower and upper bound with the factor applied; open sides left out.
std::vector<Bound> bounds_of(const Gate& gate, double scale) {
    std::vector<Bound> bounds;
    if (std::isfinite(gate.lower)) bounds.push_back({gate.lower * scale, false, gate.lower_strict});
    if (std::isfinite(gate.upper)) bounds.push_back({gate.upper * scale, true, gate.upper_strict});
    return bounds;
}

std::string possessive(std::string_view owner) { return owner == "champion" ? "the champion's" : fmt::format("{}'s", owner); }

/// Against which value the limit was computed: " (0.97 × xgboost's 0.0892)".
std::string origin_of(const Gate& gate, double reference) {
    if (gate.relative_to.empty()) return "";
    double factor = std::isfinite(gate.upper) ? gate.upper : gate.lower;
    return fmt::format(" ({:.6g} × {} {:.4g})", factor, possessive(gate.relative_to), reference);
}

GateOutcome compare_with_bounds(const Gate& gate, double measured, double reference) {
    std::string words = metric_words(gate.metric);
    std::vector<Bound> bounds = bounds_of(gate, gate.relative_to.empty() ? 1.0 : reference);
    auto broken = std::find_if(bounds.begin(), bounds.end(), [&](const Bound& bound) { return !bound.holds(measured); });
    bool passed = broken == bounds.end();
    bool exact = bounds.size() == 2 && bounds[0].limit == bounds[1].limit;
    const Bound& shown = passed ? bounds.front() : *broken;
    auto [value, limit] = told_apart(measured, shown.limit);
    GateOutcome outcome{gate.text, measured, shown.limit, passed, {}};
    if (exact) {
        outcome.message = fmt::format("{} {} {} {}", words, value, passed ? "equals" : "does not equal", limit);
    } else if (passed && bounds.size() == 2) {
        bool nearer_upper = bounds[1].limit - measured < measured - bounds[0].limit;
        outcome.limit = bounds[nearer_upper ? 1 : 0].limit;
        outcome.message = fmt::format("{} {:.4g} lies between {:.4g} and {:.4g}", words, measured, bounds[0].limit, bounds[1].limit);
    } else {
        outcome.message = fmt::format("{} {} {} {}", words, value, shown.words(passed), limit);
    }
    outcome.message += origin_of(gate, reference);
    return outcome;
}

GateOutcome check_gate(const Gate& gate, std::span<const MetricSet> measured) {
    std::string words = metric_words(gate.metric);
    double value = value_in(set_of(measured, ""), gate.metric);
    auto outcome = [&](bool passed, std::string message) {
        return GateOutcome{gate.text, value, not_measured, passed, std::move(message)};
    };
    if (std::isnan(value)) return outcome(false, fmt::format("{} was not measured", words));
    if (gate.relative_to.empty()) return compare_with_bounds(gate, value, not_measured);
    const MetricSet* reference = set_of(measured, gate.relative_to);
    if (reference == nullptr && gate.relative_to == "champion")
        return outcome(true, fmt::format("there is no champion yet to compare the {} of {:.4g} with", words, value));
    if (reference == nullptr)
        return outcome(false, fmt::format("the baseline {} was not trained, so {} has no limit", gate.relative_to, words));
    double limit = value_in(reference, gate.metric);
    if (!std::isfinite(limit)) return outcome(false, fmt::format("{} {} was not measured", possessive(gate.relative_to), words));
    return compare_with_bounds(gate, value, limit);
}

}  // namespace

Result<Gate> parse_gate(std::string_view text) {
    using enum TokenKind;
    TRY(tokens, tokens_of(text));
    Gate gate{.text = std::string(text), .lower = -infinity, .upper = infinity};
    if (has_form(tokens, {name, comparison, number, end}) || has_form(tokens, {name, comparison, number, times, name, end})) {
        gate.metric = tokens[0].text;
        add_bound(gate, tokens[1].text, tokens[2].number);
        if (tokens.size() == 6) gate.relative_to = tokens[4].text;
    } else if (has_form(tokens, {number, comparison, name, comparison, number, end})) {
        if (tokens[1].text[0] != tokens[3].text[0] || tokens[1].text == "==")
            return no_gate(text, "both comparisons must point the same way");
        gate.metric = tokens[2].text;
        add_bound(gate, mirrored(tokens[1].text), tokens[0].number);
        add_bound(gate, tokens[3].text, tokens[4].number);
        if (gate.lower > gate.upper || (gate.lower == gate.upper && (gate.lower_strict || gate.upper_strict)))
            return no_gate(text, "no number lies between its limits");
    } else {
        return no_gate(text, "it has another form");
    }
    if (gate.metric.ends_with('.') || gate.relative_to.ends_with('.')) return no_gate(text, "a name ends in a dot");
    return gate;
}

std::vector<GateOutcome> check_gates(std::span<const Gate> gates, std::span<const MetricSet> measured) {
    std::vector<GateOutcome> outcomes;
    outcomes.reserve(gates.size());
    for (const Gate& gate : gates) outcomes.push_back(check_gate(gate, measured));
    return outcomes;
}

}  // namespace quoin
