#include "prediction/what_if.h"

#include <algorithm>
#include <cmath>

#include "prediction/wording.h"

namespace quoin {
namespace {

bool named(const InputColumn& input, std::initializer_list<std::string_view> parts) {
    return input.kind == ColumnKind::number &&
           std::ranges::any_of(parts, [&](auto part) { return input.name.find(part) != std::string::npos; });
}

/// One step up for each kind of thing that an owner can change; 0: not changeable.
double renovation_step(const InputColumn& input) {
    if (named(input, {"condition", "grade", "quality"})) return 1;
    if (named(input, {"bathroom", "baths"})) return input.upper > 4 ? 0.5 : 1;
    if (named(input, {"garage"})) return 1;
    return 0;
}

}  // namespace

std::vector<Scenario> renovation_scenarios(const TrainedModel& model, std::span<const double> raw) {
    std::vector<Scenario> scenarios;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        const auto& input = model.encoder.inputs()[i];
        if (std::isnan(raw[i])) continue;
        if (named(input, {"renovat", "remodel"}) && is_year(input)) {
            double year = std::floor(1970 + model.day(raw) / 365.2425);
            if (!std::isnan(year) && year > raw[i] + 5 && year <= input.upper + 1)
                scenarios.push_back({fmt::format("renovated in {:.0f}", year), {{i, year}}});
            continue;
        }
        double step = renovation_step(input);
        if (step == 0 || raw[i] + step > input.upper) continue;
        scenarios.push_back(
            {fmt::format("{} {} → {}", input.label, value_text(input, raw[i]), value_text(input, raw[i] + step)), {{i, raw[i] + step}}});
    }
    return scenarios;
}

}  // namespace quoin
