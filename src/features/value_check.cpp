#include "features/value_check.h"

#include <cmath>

namespace quoin {

std::string problem_of(const FeatureDeclaration& feature, double number) {
    if (feature.range && (number < feature.range->first || number > feature.range->second))
        return fmt::format("outside {} to {}", feature.range->first, feature.range->second);
    if (feature.type == FeatureType::integer && number != std::floor(number)) return "no whole number";
    if (feature.type == FeatureType::boolean && number != 0 && number != 1) return "neither true nor false";
    return {};
}

Result<ValueCheck> check_values(const Table& table, const FeatureCatalog& catalog) {
    ValueCheck check;
    for (const Column& column : table.columns()) {
        auto place = catalog.place(column.name);
        if (!place) continue;
        const FeatureDeclaration& declared = place->view->declaration().features[place->slot];
        if (is_list(declared.type)) continue;
        ++check.features;
        bool wants_text = declared.type == FeatureType::text;
        for (std::size_t row = 0; row < table.rows(); ++row) {
            if (column.is_missing(row) || wants_text) continue;  // whatever is written can be read as text
            std::string problem = column.kind() == ColumnKind::number ? problem_of(declared, column.numbers()[row]) : "no number";
            if (problem.empty()) continue;
            ++check.problem_count;
            if (check.problems.size() < ValueCheck::problems_max)
                check.problems.push_back({row + 1, column.name, column.text(row), std::move(problem)});
        }
    }
    if (check.features == 0) return fail(ErrorKind::not_found, "no column of the table is called as a feature of the catalog");
    return check;
}

}  // namespace quoin
