#include "learning/declaration_names.h"

#include <algorithm>
#include <array>

namespace quoin {
namespace {

constexpr std::array<std::string_view, 10> role_names = {"none",     "latitude", "longitude",  "living_area",    "area",
                                                         "lot_area", "rooms",    "year_built", "year_renovated", "postcode"};
constexpr std::array<std::string_view, 5> objective_names = {"squared_error", "absolute_error", "pseudo_huber", "binary_logistic",
                                                             "quantile"};

template <class Kind, class Names>
Result<Kind> named(const Names& names, std::string_view text, const char* what) {
    auto found = std::ranges::find(names, text);
    if (found == names.end())
        return fail_field(ErrorKind::invalid, what, "'{}' is no {}; known are {}", text, what, fmt::join(names, ", "));
    return static_cast<Kind>(found - names.begin());
}

}  // namespace

const char* name_of(Objective objective) { return objective_names[static_cast<std::size_t>(objective)].data(); }

const char* name_of(ColumnRole role) { return role_names[static_cast<std::size_t>(role)].data(); }

Result<ColumnRole> role_from(std::string_view text) { return named<ColumnRole>(role_names, text, "role"); }

Result<Objective> objective_from(std::string_view text) { return named<Objective>(objective_names, text, "objective"); }

}  // namespace quoin
