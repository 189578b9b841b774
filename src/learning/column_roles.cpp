#include "learning/column_roles.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <set>
#include <unordered_set>

namespace quoin {
namespace {

struct Range {
    double lower = INFINITY, upper = -INFINITY;
    bool whole = true;
};

Range range_of(const Column& column) {
    Range range;
    if (column.kind() != ColumnKind::number) return range;
    for (double value : column.numbers()) {
        if (std::isnan(value)) continue;
        range.lower = std::min(range.lower, value);
        range.upper = std::max(range.upper, value);
        range.whole = range.whole && value == std::floor(value);
    }
    return range;
}

bool any_word(const std::vector<std::string>& words, std::initializer_list<std::string_view> wanted) {
    return std::ranges::any_of(words, [&](const auto& word) { return std::ranges::find(wanted, word) != wanted.end(); });
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, name) != names.end();
}

bool is_area_name(const std::string& name, const std::vector<std::string>& words) {
    return any_word(words, {"sqft", "sf", "area", "sqm", "m2", "acres", "acreage", "footage"}) ||
           name.find("square_f") != std::string::npos || name.find("sq_ft") != std::string::npos || name.find("sqft") != std::string::npos;
}

ColumnRole area_role(const std::string& name, const std::vector<std::string>& words) {
    if (any_word(words, {"lot", "land", "acres", "acreage"})) return ColumnRole::lot_area;
    if (is_one_of(name, {"sqft_living",       "living_area", "gross_living_area", "gla",         "sqft",          "square_feet",
                         "square_footage",    "total_sqft",  "bldg_sf",           "building_sf", "building_area", "building_sqft",
                         "gross_square_feet", "gr_liv_area", "liv_area",          "living_sqft", "area",          "floor_area",
                         "size_sqft",         "house_area",  "finished_sqft"}))
        return ColumnRole::living_area;
    return ColumnRole::area;
}

ColumnRole year_role(const std::string& name, const std::vector<std::string>& words, const Range& range) {
    bool year_like = range.upper >= 1500 && range.upper <= 2200 && range.whole;
    bool year_word = any_word(words, {"yr", "year"}) || name.starts_with("yr") || name.starts_with("year");
    if (!year_like) return ColumnRole::none;
    if (year_word && (any_word(words, {"renovated", "remodeled", "remod", "renovation", "remodel"}))) return ColumnRole::year_renovated;
    if ((year_word && any_word(words, {"built", "construction", "constructed"})) || is_one_of(name, {"yearbuilt", "yrbuilt", "built"}))
        return ColumnRole::year_built;
    return ColumnRole::none;
}

}  // namespace

std::string normal_name(std::string_view column) {
    std::string name;
    char before = '_';
    for (char c : column) {
        auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) == 0 && byte < 0x80) {
            if (!name.empty() && name.back() != '_') name += '_';
        } else {
            if (std::isupper(byte) != 0 && std::islower(static_cast<unsigned char>(before)) != 0) name += '_';
            name += static_cast<char>(std::tolower(byte));
        }
        before = c;
    }
    while (!name.empty() && name.back() == '_') name.pop_back();
    return name;
}

std::vector<std::string> name_words(std::string_view column) {
    std::vector<std::string> words;
    std::string name = normal_name(column), word;
    for (char c : name + "_") {
        if (c != '_') {
            word += c;
        } else if (!word.empty()) {
            words.push_back(std::move(word));
            word.clear();
        }
    }
    return words;
}

ColumnRole guess_role(const Column& column) {
    auto name = normal_name(column.name);
    auto words = name_words(column.name);
    auto range = range_of(column);
    bool number = column.kind() == ColumnKind::number;
    if (any_word(words, {"zip", "zipcode", "postcode", "postal", "zip5"})) return ColumnRole::postcode;
    if (!number) return ColumnRole::none;
    if (is_one_of(name, {"lat", "latitude", "y_lat"}) && range.lower >= -90 && range.upper <= 90) return ColumnRole::latitude;
    if (is_one_of(name, {"long", "lon", "lng", "longitude", "x_lon"}) && range.lower >= -180 && range.upper <= 180)
        return ColumnRole::longitude;
    if (auto role = year_role(name, words, range); role != ColumnRole::none) return role;
    if (range.lower >= 0 && range.upper > 30 && is_area_name(name, words)) return area_role(name, words);
    if (range.lower >= 0 && any_word(words, {"bedrooms", "beds", "bed", "bedroom", "bedroom_abv_gr"})) return ColumnRole::rooms;
    return ColumnRole::none;
}

bool numbers_are_names(const Column& column) {
    if (column.kind() != ColumnKind::number || !range_of(column).whole) return false;
    auto words = name_words(column.name);
    return any_word(words, {"zip", "zipcode", "postcode", "postal", "code", "district", "borough", "neighborhood", "neighbourhood",
                            "township", "tract", "fips", "county", "region", "subclass", "type", "class", "category"}) &&
           distinct_count(column) > 2;
}

std::string guess_label(std::string_view column, ColumnRole role) {
    auto name = normal_name(column);
    struct Named {
        std::string_view name, label;
    };
    static constexpr std::array known = {Named{"sqft_living15", "living area of the nearest 15 homes"},
                                         Named{"sqft_lot15", "lot area of the nearest 15 homes"},
                                         Named{"sqft_above", "area above ground"},
                                         Named{"sqft_basement", "basement area"},
                                         Named{"lat", "latitude"},
                                         Named{"long", "longitude"},
                                         Named{"lng", "longitude"},
                                         Named{"lon", "longitude"},
                                         Named{"view", "view rating"}};
    for (const auto& entry : known)
        if (entry.name == name) return std::string(entry.label);
    switch (role) {
        case ColumnRole::living_area: return "living area";
        case ColumnRole::year_built: return "year built";
        case ColumnRole::year_renovated: return "year of renovation";
        case ColumnRole::postcode: return "postcode";
        default: break;
    }
    if (role == ColumnRole::lot_area && name.find("sqft") != std::string::npos) return "lot area";
    std::ranges::replace(name, '_', ' ');
    return name;
}

std::string guess_unit(std::string_view column, ColumnRole role) {
    auto words = name_words(column);
    auto name = normal_name(column);
    bool area = role == ColumnRole::living_area || role == ColumnRole::area || role == ColumnRole::lot_area;
    if (area && any_word(words, {"acres", "acreage"})) return "acres";
    if (area && any_word(words, {"sqm", "m2"})) return "m²";
    if (area && (name.find("sqft") != std::string::npos || name.find("square_f") != std::string::npos || any_word(words, {"sf"})))
        return "sq ft";
    if (any_word(words, {"price", "income", "rent", "noi", "usd", "tax", "taxes", "hoa", "cost"})) return "USD";
    return "";
}

std::size_t distinct_count(const Column& column) {
    if (column.kind() == ColumnKind::category) {
        std::unordered_set<std::int32_t> seen(column.categories().codes.begin(), column.categories().codes.end());
        return seen.size() - seen.count(Categories::missing);
    }
    if (column.kind() == ColumnKind::time) {
        std::set<EventTime> seen(column.times().begin(), column.times().end());
        return seen.size() - seen.count(EventTime::missing());
    }
    std::unordered_set<double> seen;
    for (double value : column.numbers())
        if (!std::isnan(value)) seen.insert(value);
    return seen.size();
}

}  // namespace quoin
