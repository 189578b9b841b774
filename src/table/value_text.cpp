#include "table/value_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace quoin {
namespace {

constexpr std::size_t value_bytes_max = 64;  ///< no number or time is longer
constexpr std::size_t exact_digits = 15;     ///< whole numbers of so many digits are always exact doubles
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::array<std::string_view, 4> currencies = {"$", "€", "£", "US$"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_digits(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_digit); }

std::string_view without_sign(std::string_view text) {
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
    return text;
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
    return std::ranges::equal(text, lower, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

/// 1,234,567.8 without its commas; nothing if commas stand elsewhere.
std::optional<std::string> without_thousands(std::string_view text) {
    auto whole = text.substr(0, text.find_first_of(".eE"));
    std::string plain;
    std::size_t digits = 0, groups = 0;
    for (char c : whole) {
        if (c != ',') {
            plain += c;
            ++digits;
            continue;
        }
        if (digits == 0 || digits > 3 || (groups > 0 && digits != 3)) return std::nullopt;
        ++groups;
        digits = 0;
    }
    if (digits != 3) return std::nullopt;
    return plain.append(text.substr(whole.size()));
}

/// Digits, point and exponent, all of `text`. Too small for a double is 0, too large infinite.
std::optional<double> parse_plain(std::string_view text) {
    if (text.empty() || !(is_digit(text.front()) || text.front() == '.')) return std::nullopt;
    double value = 0;
    auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end != text.data() + text.size() || code == std::errc::invalid_argument) return std::nullopt;
    if (code == std::errc::result_out_of_range) {
        auto exponent = text.find_first_of("eE");
        return exponent != std::string_view::npos && text.substr(exponent + 1).starts_with('-') ? 0 : infinity;
    }
    return value;
}

std::optional<double> parse_word(std::string_view text) {
    if (equals_ignoring_case(text, "true")) return 1;
    if (equals_ignoring_case(text, "false")) return 0;
    auto word = without_sign(text);
    if (equals_ignoring_case(word, "inf") || equals_ignoring_case(word, "infinity")) return text.front() == '-' ? -infinity : infinity;
    return std::nullopt;
}

/// Length of the UTF-8 character that starts `text`; 0 if it is none.
std::size_t character_bytes(std::string_view text) {
    auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) { return byte(i) >= low && byte(i) <= high; };
    unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) return follows(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF) && follows(2) ? 3 : 0;
    if (first >= 0xF0 && first <= 0xF4)
        return follows(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF) && follows(2) && follows(3) ? 4 : 0;
    return 0;
}

}  // namespace

std::string_view without_outer_spaces(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::optional<double> parse_number(std::string_view text) {
    text = without_outer_spaces(text);
    if (text.empty() || text.size() > value_bytes_max) return std::nullopt;
    if (auto plain = parse_plain(text)) return plain;
    bool negative = text.front() == '-';
    auto amount = without_sign(text);
    for (auto currency : currencies) {
        if (!amount.starts_with(currency)) continue;
        amount.remove_prefix(currency.size());
        break;
    }
    if (amount.empty() || !(is_digit(amount.front()) || amount.front() == '.')) return parse_word(text);
    std::optional<double> value;
    if (amount.find(',') == std::string_view::npos) {
        value = parse_plain(amount);
    } else if (auto joined = without_thousands(amount)) {
        value = parse_plain(*joined);
    }
    return value && negative ? -*value : value;
}

bool number_keeps_text(std::string_view text, double number) {
    auto digits = without_sign(without_outer_spaces(text));
    if (digits.size() > 1 && digits[0] == '0' && is_digit(digits[1])) return false;
    if (digits.size() <= exact_digits || !all_digits(digits)) return true;
    return fmt::format("{:.0f}", std::abs(number)) == digits;
}

std::optional<EventTime> parse_plausible_time(std::string_view text) {
    if (text.size() < 8 || text.size() > value_bytes_max) return std::nullopt;
    if (!is_digit(text.front())) return std::nullopt;
    if (all_digits(text)) {
        auto century = text.substr(0, 4);
        if (text.size() != 8 || century < "1800" || century > "2200") return std::nullopt;
    } else if (text[2] != '/' && text[4] != '-' && text[8] != 'T' && text[8] != 't' && text[8] != ' ') {
        return std::nullopt;  // no error text is built for the many numbers that come by here
    }
    auto time = parse_time(text);
    return time ? std::optional(*time) : std::nullopt;
}

std::string number_text(double number) {
    if (number == std::floor(number) && std::abs(number) < 1e15) return fmt::format("{:.0f}", number == 0 ? 0.0 : number);
    return fmt::format("{}", number);
}

std::string time_text(EventTime time) {
    constexpr std::int64_t second_us = 1'000'000;
    auto fraction_us = (time.value() % second_us + second_us) % second_us;
    if (fraction_us % 1000 == 0) return to_text(time);
    auto text = to_text(EventTime{time.value() - fraction_us});
    text.pop_back();
    return fmt::format("{}.{:06}Z", text, fraction_us);
}

std::size_t utf8_length(std::string_view text) {
    std::size_t place = 0;
    while (place < text.size()) {
        std::uint64_t eight;
        if (place + sizeof eight <= text.size()) {
            std::memcpy(&eight, text.data() + place, sizeof eight);
            if ((eight & 0x8080808080808080u) == 0) {
                place += sizeof eight;
                continue;
            }
        }
        auto bytes = character_bytes(text.substr(place, 4));
        if (bytes == 0) return place;
        place += bytes;
    }
    return place;
}

}  // namespace quoin
