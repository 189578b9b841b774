#include "expression/nearest_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace quoin {
namespace {

constexpr std::size_t listed_names_max = 8, compared_bytes_max = 128;

char folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::size_t spelling_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            std::size_t above = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (folded(a[i - 1]) != folded(b[j - 1]))});
            diagonal = above;
        }
    }
    return row.back();
}

}  // namespace

std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known) {
    if (name.size() > compared_bytes_max) return {};
    std::string_view nearest;
    std::size_t least = (name.size() + 2) / 3 + 1;
    for (auto candidate : known) {
        std::size_t shorter = std::min(name.size(), candidate.size()), longer = std::max(name.size(), candidate.size());
        if (longer - shorter >= least) continue;
        std::size_t distance = spelling_distance(name, candidate);
        if (distance < least && distance < shorter) least = distance, nearest = candidate;
    }
    return nearest;
}

std::string suggestion_text(std::string_view name, std::span<const std::string_view> known) {
    auto nearest = nearest_name(name, known);
    return nearest.empty() ? std::string() : fmt::format("; did you mean '{}'?", nearest);
}

std::string known_names_text(std::string_view name, std::span<const std::string_view> known) {
    if (auto suggestion = suggestion_text(name, known); !suggestion.empty()) return suggestion;
    std::vector<std::string_view> listed(known.begin(), known.end());
    std::erase(listed, std::string_view());
    if (listed.empty()) return "; none are known here";
    std::size_t count = std::min(listed.size(), listed_names_max), more = listed.size() - count;
    listed.resize(count);
    return fmt::format("; known are {}{}", fmt::join(listed, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
}

}  // namespace quoin
