#include "control/protected_attributes.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "learning/column_roles.h"
#include "learning/leak_search.h"
#include "learning/trainer.h"
#include "table/read.h"

namespace quoin {
namespace {

/// The attribute's column of `other`, in the order of the ids.
Result<Column> joined(const Column& ids, const Table& other, const std::string& id, const std::string& attribute) {
    TRY(keys, other.column(id));
    TRY(values, other.column(attribute));
    std::unordered_map<std::string, std::string> group_of;
    for (std::size_t i = 0; i < keys->size(); ++i) {
        if (keys->is_missing(i)) continue;
        if (!group_of.emplace(keys->text(i), values->is_missing(i) ? "" : values->text(i)).second)
            return fail_field(ErrorKind::invalid, id, "the file of protected attributes has '{}' twice", keys->text(i).substr(0, 80));
    }
    Categories groups;
    std::unordered_map<std::string, std::int32_t> codes;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        auto found = ids.is_missing(i) ? group_of.end() : group_of.find(ids.text(i));
        if (found == group_of.end() || found->second.empty()) {
            groups.codes.push_back(-1);
            continue;
        }
        auto [code, is_new] = codes.emplace(found->second, static_cast<std::int32_t>(groups.levels.size()));
        if (is_new) groups.levels.push_back(found->second);
        groups.codes.push_back(code->second);
    }
    return Column{attribute, std::move(groups)};
}

/// The worst of a figure over the groups: the lowest ratio, or what is largest in size.
template <class Item, class Figure>
double worst(const std::vector<Item>& items, const Figure& figure) {
    double found = 0;
    for (const auto& one : items)
        if (double value = figure(one); std::abs(value) > std::abs(found)) found = value;
    return found;
}

void add_decisions(const FairnessAudit& audit, const std::string& prefix, std::vector<NamedValue>& metrics) {
    const auto& groups = audit.comparisons;
    if (groups.empty()) return;
    double ratio = INFINITY;
    for (const auto& one : groups)
        if (!std::isnan(one.adverse_impact_ratio)) ratio = std::min(ratio, one.adverse_impact_ratio);
    if (std::isfinite(ratio)) metrics.push_back({prefix + "adverse_impact_ratio", ratio});
    auto add = [&](const char* name, double GroupComparison::*figure) {
        metrics.push_back({prefix + name, worst(groups, [&](const auto& one) { return one.*figure; })});
    };
    add("equal_opportunity_difference", &GroupComparison::equal_opportunity_difference);
    add("equalised_odds_gap", &GroupComparison::equalised_odds_gap);
    add("calibration_gap", &GroupComparison::calibration_gap);
    add("smd", &GroupComparison::standardised_mean_difference);
}

void add_valuations(const std::vector<GroupValuation>& groups, const std::string& prefix, std::vector<NamedValue>& metrics) {
    if (groups.size() < 2) return;
    auto add = [&](const char* name, const auto& figure) {
        metrics.push_back({prefix + name, worst(groups, [&](const auto& one) { return figure(one) - figure(groups.front()); })});
    };
    add("median_error_gap", [](const auto& one) { return one.median_error; });
    add("ppe10_gap", [](const auto& one) { return one.ppe10; });
    add("undervalued15_gap", [](const auto& one) { return one.undervalued15; });
    if (groups.front().coverage) add("coverage_gap", [](const auto& one) { return one.coverage.value_or(0); });
}

}  // namespace

Result<Table> with_protected(const Project& project, const Declaration& declaration, Table rows) {
    if (declaration.protected_source.empty()) {
        for (const auto& attribute : declaration.protected_attributes) TRY_VOID(rows.column(attribute.column).map([](auto*) {}));
        return rows;
    }
    std::filesystem::path file = declaration.protected_source;
    ReadOptions kinds{.columns = {{declaration.id, ColumnKind::category, true}}};
    for (const auto& attribute : declaration.protected_attributes) kinds.columns.push_back({attribute.column, ColumnKind::category, true});
    TRY(other, read_table(file.is_relative() ? project.folder() / file : file, kinds));
    TRY(ids, rows.column(declaration.id));
    std::vector<Column> columns;
    for (const auto& attribute : declaration.protected_attributes) {
        TRY(column, joined(*ids, other, declaration.id, attribute.column));
        columns.push_back(std::move(column));
    }
    for (auto& column : columns) {
        rows = rows.without(column.name);
        TRY_VOID(rows.add(std::move(column)));
    }
    return rows;
}

Table without_protected(Table rows, const Declaration& declaration) {
    for (const auto& attribute : declaration.protected_attributes) rows = rows.without(attribute.column);
    return rows;
}

Status check_proxies(const Table& audited, const Declaration& declaration) {
    for (const auto& attribute : declaration.protected_attributes) {
        const Column* group = audited.find(attribute.column);
        if (group == nullptr) continue;
        std::vector<std::string> texts, levels;
        for (std::size_t i = 0; i < group->size(); ++i) {
            texts.push_back(group->is_missing(i) ? "" : group->text(i));
            if (texts.back().empty() || std::ranges::find(levels, texts.back()) != levels.end()) continue;
            if (levels.size() == limits::classes_max)
                return fail_field(ErrorKind::too_large, attribute.column, "'{}' has more than {} groups", attribute.column,
                                  limits::classes_max);
            levels.push_back(texts.back());
        }
        for (const auto& level : levels) {
            Numbers is_level;
            for (const auto& text : texts) is_level.push_back(text.empty() ? NAN : text == level ? 1 : 0);
            std::vector<Column> columns{{"\x01group", std::move(is_level)}};  // no declared column is called so
            for (const auto& feature : declaration.features)
                if (const Column* column = audited.find(feature.column)) columns.push_back(*column);
            TRY(table, Table::make(std::move(columns)));
            for (const auto& found : search_leaks(table, "\x01group", Task::binary, ""))
                if (found.certain)
                    return fail_field(ErrorKind::invalid, found.column,
                                      "'{}' alone tells who is of the group '{}' of the protected '{}' (AUC {:.3f}): the model would read "
                                      "the attribute through it; take it out of the features",
                                      found.column, level, attribute.column, found.strength);
        }
    }
    return {};
}

Result<FairnessReport> fairness_of(const Forecasts& forecasts, const Declaration& declaration) {
    FairnessReport report;
    for (std::size_t k = 0; k < forecasts.protected_groups.size(); ++k) {
        const auto& attribute = declaration.protected_attributes[k];
        const auto& groups = forecasts.protected_groups[k];
        auto prefix = "fairness." + normal_name(attribute.column) + ".";
        if (declaration.task == Task::binary) {
            TRY(audit, audit_fairness({.scores = forecasts.values,
                                       .labels = forecasts.labels,
                                       .groups = groups,
                                       .threshold = declaration.decision_threshold,
                                       .positive_is_favourable = declaration.favourable == "positive"},
                                      attribute.column, attribute.reference));
            add_decisions(audit, prefix, report.metrics);
            report.decisions.push_back(std::move(audit));
        } else if (declaration.task == Task::regression) {
            auto highest = std::ranges::max_element(forecasts.levels) - forecasts.levels.begin();
            std::span<const std::pair<double, double>> intervals;
            if (!forecasts.intervals.empty()) intervals = forecasts.intervals[static_cast<std::size_t>(highest)];
            TRY(audit, audit_valuation({forecasts.values, forecasts.labels, intervals, groups}, attribute.reference));
            add_valuations(audit, prefix, report.metrics);
            report.valuations.emplace_back(attribute.column, std::move(audit));
        }
    }
    return report;
}

}  // namespace quoin
