#include "learning/family.h"

#include <cmath>

namespace quoin {

#define FAMILY(name) FamilyEntry name();
namespace family {
#include "learning/families.list"
}
#undef FAMILY

namespace {

/// Whole-number parameters beyond this (rounds, depths, leaves) are a slip of the pen.
constexpr double whole_number_max = 1'000'000;

std::string known_names(std::span<const HyperParameter> space) {
    std::string names;
    for (const HyperParameter& parameter : space) names += (names.empty() ? "" : ", ") + parameter.name;
    return names;
}

Status check_value(const FamilyEntry& family, const HyperParameter& parameter, double value) {
    auto refuse = [&](std::string_view reason) {
        return fail_field(ErrorKind::invalid, parameter.name, "{}: {} = {} {}; try {}", family.name, parameter.name, value, reason,
                          parameter.default_value);
    };
    if (!std::isfinite(value)) return refuse("is not a finite number");
    if (parameter.integer && value != std::floor(value)) return refuse("is not a whole number");
    if (parameter.integer && std::abs(value) > whole_number_max) return refuse("is beyond 1,000,000");
    if (parameter.lower >= 0 && value < 0) return refuse("is negative");
    if (parameter.integer && parameter.lower >= 1 && value < 1) return refuse("is below 1");
    if (parameter.name == "huber_slope" && value == 0) return refuse("divides by zero");
    if (parameter.upper == 1 && value > 1) return refuse("is above 1, but it is a share");
    return {};
}

}  // namespace

std::span<const FamilyEntry> families() {
    static const std::vector<FamilyEntry> entries = {
#define FAMILY(name) family::name(),
#include "learning/families.list"
#undef FAMILY
    };
    return entries;
}

Result<const FamilyEntry*> find_family(std::string_view name) {
    std::string known;
    for (const FamilyEntry& entry : families()) {
        if (entry.name == name) return &entry;
        known += (known.empty() ? "" : ", ") + entry.name;
    }
    return fail(ErrorKind::not_found, "no model family is called '{}'; there are {}", name, known);
}

Result<HyperParameters> with_defaults(const FamilyEntry& family, const HyperParameters& given) {
    HyperParameters all;
    for (const HyperParameter& parameter : family.space) all[parameter.name] = parameter.default_value;
    for (const auto& [name, value] : given) {
        auto found = std::find_if(family.space.begin(), family.space.end(),
                                  [&](const HyperParameter& known) { return known.name == name; });
        if (found == family.space.end()) {
            return fail_field(ErrorKind::invalid, name, "{} has no parameter '{}'; it has {}", family.name, name,
                              known_names(family.space));
        }
        TRY_VOID(check_value(family, *found, value));
        all[name] = value;
    }
    return all;
}

}  // namespace quoin
