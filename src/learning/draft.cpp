#include "learning/draft.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "learning/column_roles.h"
#include "learning/draft_learners.h"
#include "learning/unseen_groups.h"

namespace quoin {
namespace {

constexpr double unique_share_of_id = 0.5;    ///< King County sells some homes twice: 99.2 % distinct
constexpr double unique_share_of_text = 0.3;  ///< a text column with more distinct values than this names rows, not kinds of rows
constexpr std::size_t category_levels_max = 2000;

struct Named {
    std::string_view name;
    const char* why;
};

/// Names of labels in order of preference.
constexpr Named label_names[] = {{"sale_price", "a sale price"},
                                 {"price", "a price"},
                                 {"saleprice", "a sale price"},
                                 {"sold_price", "a sale price"},
                                 {"close_price", "a sale price"},
                                 {"median_house_value", "a house value"},
                                 {"market_value", "a market value"},
                                 {"value", "a value"},
                                 {"property_value", "a property value"},
                                 {"cap_rate", "a cap rate"},
                                 {"rent", "a rent"},
                                 {"monthly_rent", "a rent"},
                                 {"converted", "an outcome"},
                                 {"conversion", "an outcome"},
                                 {"target", "a target"},
                                 {"label", "a label"},
                                 {"outcome", "an outcome"},
                                 {"y", "a target"}};

bool has_word(const Column& column, std::initializer_list<std::string_view> wanted) {
    auto words = name_words(column.name);
    return std::ranges::any_of(words, [&](const auto& word) { return std::ranges::find(wanted, word) != wanted.end(); });
}

bool is_binary(const Column& column) { return distinct_count(column) == 2; }

bool can_be_label(const Column& column) {
    return column.kind() == ColumnKind::number || (column.kind() == ColumnKind::category && is_binary(column));
}

std::string candidates_text(const Table& table) {
    std::vector<std::string> names;
    for (const auto& column : table.columns())
        if (can_be_label(column) && names.size() < 8) names.push_back(column.name);
    return fmt::format("{}", fmt::join(names, ", "));
}

/// One file being read: the parts of the draft that depend on each other.
class Drafting {
public:
    Drafting(const Table& table, const DraftHints& hints) : table_(table), hints_(hints) {}

    Result<Draft> run() {
        TRY_VOID(choose_label());
        TRY_VOID(choose_time());
        TRY_VOID(choose_id());
        draft_.leaks = search_leaks(table_, declaration().label, declaration().task, declaration().time);
        for (const auto& column : table_.columns()) place(column);
        if (declaration().features.empty())
            return fail(ErrorKind::invalid, "no column of the file can be a feature of '{}'", declaration().label);
        choose_folds();
        choose_learners(declaration(), table_.rows());
        describe();
        return draft_;
    }

private:
    Declaration& declaration() { return draft_.declaration; }
    void choose(std::string text) { draft_.choices.push_back(std::move(text)); }
    void doubt(std::string text) { draft_.doubts.push_back(std::move(text)); }

    Status choose_label() {
        const Column* label = nullptr;
        if (!hints_.target.empty()) {
            TRY(column, table_.column(hints_.target));
            label = column;
            choose(fmt::format("'{}' is the label, as asked", label->name));
        } else {
            for (const auto& known : label_names) {
                for (const auto& column : table_.columns())
                    if (label == nullptr && normal_name(column.name) == known.name && can_be_label(column)) label = &column;
                if (label != nullptr) {
                    choose(fmt::format("'{}' is the label: its name says that it is {}", label->name, known.why));
                    break;
                }
            }
        }
        if (label == nullptr)
            return fail_field(ErrorKind::invalid, "--target",
                              "cannot tell which column to predict; name it with --target, for example one of {}", candidates_text(table_));
        if (!can_be_label(*label))
            return fail_field(ErrorKind::invalid, "--target", "'{}' holds {} values; a label must be a number or have exactly two levels",
                              label->name, name_of(label->kind()));
        declaration().label = label->name;
        return label->kind() == ColumnKind::category || is_zero_one(*label) ? binary_label(*label) : number_label(*label);
    }

    static bool is_zero_one(const Column& column) {
        return is_binary(column) && std::ranges::all_of(column.numbers(), [](double v) { return std::isnan(v) || v == 0 || v == 1; });
    }

    Status binary_label(const Column& label) {
        declaration().task = Task::binary;
        if (label.kind() == ColumnKind::category) {
            auto levels = label.categories().levels;
            static const std::set<std::string> yes = {"yes", "y", "true", "1", "converted", "won", "closed", "sold", "default", "deny"};
            auto found = std::ranges::find_if(levels, [&](const auto& level) { return yes.contains(normal_name(level)); });
            declaration().positive_level = found == levels.end() ? levels.back() : *found;
            if (found == levels.end())
                doubt(fmt::format("'{}' of '{}' was taken as the positive level", declaration().positive_level, label.name));
        }
        choose(fmt::format("'{}' has two levels: a binary model that answers with a calibrated probability", label.name));
        return {};
    }

    Status number_label(const Column& label) {
        std::vector<double> values;
        for (double value : label.numbers())
            if (!std::isnan(value)) values.push_back(value);
        if (values.empty()) return fail_field(ErrorKind::invalid, label.name, "label '{}' has no value at all", label.name);
        std::ranges::sort(values);
        if (values.front() == values.back())
            return fail_field(ErrorKind::invalid, label.name, "label '{}' is {} in every row: there is nothing to learn", label.name,
                              values.front());
        double median = values[values.size() / 2];
        bool price = has_word(label, {"price", "value", "rent", "noi", "saleprice"});
        if (price) declaration().label_unit = "USD";
        auto nominal = static_cast<std::size_t>(std::ranges::lower_bound(values, median / 20) - values.begin());
        if (price && median > 0 && nominal * 100 > values.size()) {
            declaration().label_lower = std::pow(10, std::floor(std::log10(median / 20)));
            doubt(fmt::format(
                "{} rows have a '{}' below a twentieth of the median {:.0f}: sales below {:.0f} are taken as nominal and left out", nominal,
                label.name, median, declaration().label_lower));
            std::erase_if(values, [&](double value) { return value < declaration().label_lower; });
        }
        if (price && median > 0 && median < 1000)
            doubt(fmt::format("the median '{}' is {:.4g}: is it in thousands of dollars?", label.name, median));
        declaration().log_label = values.front() > 0 && skewness(values, false) > 1 &&
                                  std::abs(skewness(values, true)) < skewness(values, false);
        if (declaration().log_label) choose(fmt::format("'{}' is learned on a log scale: it is positive and right-skewed", label.name));
        if (values.back() > 50 * median && median > 0)
            doubt(fmt::format("the largest '{}' is {:.0f} times the median; check its unit", label.name, values.back() / median));
        return {};
    }

    static double skewness(const std::vector<double>& values, bool logarithm) {
        double n = static_cast<double>(values.size()), mean = 0, second = 0, third = 0;
        auto scaled = [&](double value) { return logarithm ? std::log(value) : value; };
        for (double value : values) mean += scaled(value) / n;
        for (double value : values) {
            double d = scaled(value) - mean;
            second += d * d / n;
            third += d * d * d / n;
        }
        return second > 0 ? third / std::pow(second, 1.5) : 0;
    }

    Status choose_time() {
        if (!hints_.time.empty()) {
            TRY(column, table_.column(hints_.time));
            if (column->kind() != ColumnKind::time)
                return fail_field(ErrorKind::invalid, "--time", "'{}' holds {} values, not times (row 1: '{}')", column->name,
                                  name_of(column->kind()), column->size() > 0 ? column->text(0) : "");
            declaration().time = column->name;
            choose(fmt::format("'{}' is the time, as asked", column->name));
            return {};
        }
        std::vector<const Column*> times;
        for (const auto& column : table_.columns())
            if (column.kind() == ColumnKind::time && column.missing_count() * 2 < column.size()) times.push_back(&column);
        if (times.empty()) {
            doubt("no time column was found: the model cannot be tested on later data than it was trained on");
            return {};
        }
        auto chosen = std::ranges::find_if(times, [](auto* column) {
            return has_word(*column, {"sale", "sold", "close", "closing", "closed", "date"});
        });
        declaration().time = chosen == times.end() ? times.front()->name : (*chosen)->name;
        choose(fmt::format("'{}' is the time: it holds dates", declaration().time));
        if (times.size() > 1)
            doubt(fmt::format("{} columns hold dates; '{}' was taken as the time of the label (option --time)", times.size(),
                              declaration().time));
        return {};
    }

    Status choose_id() {
        if (!hints_.id.empty()) {
            TRY(column, table_.column(hints_.id));
            declaration().id = column->name;
            choose(fmt::format("'{}' is the id, as asked", column->name));
            return {};
        }
        for (const auto& column : table_.columns()) {
            if (column.name == declaration().label || column.kind() == ColumnKind::time) continue;
            auto name = normal_name(column.name);
            bool named = name == "id" || name.ends_with("_id") || name == "pin" || name == "keypin" || name == "apn" ||
                         name == "parcel_number" || name == "uuid" || name == "key" || name == "lead_number" || name == "prospect_id";
            if (!named || distinct_count(column) < unique_share_of_id * static_cast<double>(table_.rows())) continue;
            declaration().id = column.name;
            choose(fmt::format("'{}' is the id: it names rows", column.name));
            return {};
        }
        doubt("no id column was found: predictions can be asked by features only");
        return {};
    }

    void ignore(const Column& column, std::string why) { declaration().ignored.push_back({column.name, std::move(why)}); }

    void place(const Column& column) {
        if (column.name == declaration().label || column.name == declaration().time || column.name == declaration().id) return;
        auto leak = std::ranges::find(draft_.leaks, column.name, &LeakFinding::column);
        if (leak != draft_.leaks.end() && leak->certain) {
            ignore(column, leak->message);
            return;
        }
        auto distinct = distinct_count(column);
        if (distinct < 2) {
            ignore(column, distinct == 0 ? "it has no value" : "it has the same value in every row");
            return;
        }
        if (column.kind() == ColumnKind::time) {
            ignore(column, "a second date; declare it as a feature of kind time to use it");
            return;
        }
        DeclaredFeature feature{.column = column.name, .kind = column.kind(), .role = free_role(column)};
        if (numbers_are_names(column)) feature.kind = ColumnKind::category;
        if (feature.kind == ColumnKind::category) {
            bool names_rows = static_cast<double>(distinct) > unique_share_of_text * static_cast<double>(table_.rows());
            if (names_rows || distinct > category_levels_max) {
                ignore(column, fmt::format("its {} different values name rows rather than describe them", distinct));
                return;
            }
        } else if (looks_like_row_number(column)) {
            ignore(column, "it counts or names rows");
            return;
        }
        feature.label = guess_label(column.name, feature.role);
        feature.unit = guess_unit(column.name, feature.role);
        if (feature.role == ColumnRole::postcode) declaration().interval_group = column.name;
        declaration().features.push_back(std::move(feature));
    }

    /// Each role but `area` is given once; a second living area is just an area.
    ColumnRole free_role(const Column& column) {
        auto role = guess_role(column);
        if (role == ColumnRole::none || role == ColumnRole::area) return role;
        bool taken = std::ranges::find(declaration().features, role, &DeclaredFeature::role) != declaration().features.end();
        if (!taken) return role;
        return role == ColumnRole::living_area || role == ColumnRole::lot_area ? ColumnRole::area : ColumnRole::none;
    }

    bool looks_like_row_number(const Column& column) {
        auto name = normal_name(column.name);
        bool named = name == "id" || name.ends_with("_id") || name == "index" || name == "unnamed_0" || name == "rownum" ||
                     name == "row_number" || name == "x";
        if (!named) return false;
        const auto& numbers = column.numbers();
        return distinct_count(column) * 10 > 9 * numbers.size();
    }

    /// Rows to come are of groups never seen: what tells groups apart is no input, nor what tells times apart.
    void choose_folds() {
        auto group = unseen_group_column(table_, declaration().time, declaration().test_share);
        if (group.empty()) return;
        declaration().fold_kind = "grouped", declaration().fold_group = group;
        declaration().market_index = false, declaration().time_as_input = false;
        if (declaration().task == Task::regression) declaration().objective = Objective::absolute_error;
        if (std::erase_if(declaration().features, [&](const auto& feature) { return feature.column == group; }) > 0)
            ignore(*table_.find(group), "its values are new in the latest rows");
        choose(fmt::format(
            "folds keep the values of '{}' apart: the latest rows are all of new ones, and so will those be that are asked about", group));
    }

    void describe() {
        auto& d = declaration();
        auto base = normal_name(d.label);
        bool property_price = d.label_unit == "USD" && d.task == Task::regression &&
                              (base.find("price") != std::string::npos || base.find("value") != std::string::npos);
        d.model = !hints_.model.empty() ? hints_.model : property_price ? "property_value_model" : base + "_model";
        d.source = hints_.source;
        d.entity = d.task == Task::binary ? "lead" : "property";
        d.owner = "unassigned";
        d.intended_use = d.task == Task::binary
                             ? fmt::format("Ranking and probability of '{}' for cases like those in the file.", d.label)
                             : fmt::format("Estimating '{}' of properties like those in the file, with a calibrated interval.", d.label);
        d.out_of_scope_use = "Properties, places or times unlike those in the file; any decision about a person without a human review.";
    }

    const Table& table_;
    const DraftHints& hints_;
    Draft draft_;
};

}  // namespace

Result<Draft> draft_declaration(const Table& table, const DraftHints& hints) {
    if (table.rows() < 2) return fail(ErrorKind::invalid, "the file has {} rows; a model needs more", table.rows());
    return Drafting(table, hints).run();
}

}  // namespace quoin
