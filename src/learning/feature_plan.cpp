#include "learning/feature_plan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "base/rng.h"
#include "learning/column_roles.h"

namespace quoin {
namespace {

/// Beyond this many levels XGBoost reads the sorted codes as numbers: its partition splits on many levels overfit and are slow.
constexpr std::int32_t xgboost_levels_max = 16;
constexpr int rotations = 7;  ///< 11.25° apart, with the perpendicular of each
constexpr std::size_t waves_per_scale = 24;
constexpr double wave_scales[] = {0.35, 1.0, 3.0};  ///< in radians per standard deviation of the latitude

std::vector<std::string> sorted_levels(const Column& column) {
    std::map<std::string, std::size_t> counts;
    for (std::size_t i = 0; i < column.size(); ++i)
        if (!column.is_missing(i)) counts[column.text(i)]++;
    std::vector<std::pair<std::size_t, std::string>> order;
    for (const auto& [level, count] : counts) order.emplace_back(count, level);
    if (order.size() > limits::category_levels) {
        std::ranges::stable_sort(order, [](const auto& a, const auto& b) { return a.first > b.first; });
        order.resize(limits::category_levels);
    }
    std::vector<std::string> levels;
    for (auto& [count, level] : order) levels.push_back(std::move(level));
    std::ranges::sort(levels);
    return levels;
}

Status fill_range(const Column& column, InputColumn& input) {
    input.lower = INFINITY;
    input.upper = -INFINITY;
    for (std::size_t i = 0; i < column.size(); ++i) {
        if (column.is_missing(i)) continue;
        double value = column.kind() == ColumnKind::time ? column.times()[i].days() : column.numbers()[i];
        input.lower = std::min(input.lower, value);
        input.upper = std::max(input.upper, value);
    }
    if (input.lower > input.upper)
        return fail_field(ErrorKind::invalid, column.name, "column '{}' has no value at all; leave it out of the features", column.name);
    return {};
}

Result<InputColumn> input_for(const Table& table, const DeclaredFeature& feature) {
    TRY(column, table.column(feature.column));
    InputColumn input;
    input.name = feature.column;
    input.kind = feature.kind;
    input.label = feature.label.empty() ? guess_label(feature.column, feature.role) : feature.label;
    input.unit = feature.unit;
    input.movable = feature.movable;
    if (feature.kind == ColumnKind::category) {
        input.levels = sorted_levels(*column);
        return input;
    }
    if (column->kind() != feature.kind)
        return fail_field(ErrorKind::invalid, feature.column, "feature '{}' is declared as {} and the file holds {} values", feature.column,
                          name_of(feature.kind), name_of(column->kind()));
    TRY_VOID(fill_range(*column, input));
    return input;
}

Result<std::vector<InputColumn>> inputs_for(const Table& table, const Declaration& declaration) {
    std::vector<InputColumn> inputs;
    bool time_is_feature = std::ranges::any_of(declaration.features,
                                               [&](const auto& feature) { return feature.column == declaration.time; });
    if (!declaration.time.empty() && !time_is_feature) {
        TRY(time, input_for(table, {.column = declaration.time, .kind = ColumnKind::time}));
        inputs.push_back(std::move(time));
    }
    for (const auto& feature : declaration.features) {
        TRY(input, input_for(table, feature));
        inputs.push_back(std::move(input));
    }
    return inputs;
}

FeatureKind own_kind(ColumnKind kind) {
    return kind == ColumnKind::category ? FeatureKind::category : kind == ColumnKind::time ? FeatureKind::days : FeatureKind::number;
}

/// The features of one declaration in the making.
class Plan {
public:
    Plan(const Declaration& declaration, const std::vector<InputColumn>& inputs) : declaration_(declaration), inputs_(inputs) {}

    std::vector<EncodedFeature> features;

    void add_own_columns() {
        for (std::size_t i = 0; i < inputs_.size(); ++i) {
            if (inputs_[i].name == declaration_.time && !declaration_.time_as_input) continue;
            auto role = role_of(i);
            bool area = role == ColumnRole::area || role == ColumnRole::living_area || role == ColumnRole::lot_area;
            auto& own = add(inputs_[i].name, own_kind(inputs_[i].kind), {i});
            own.audience = area || role == ColumnRole::year_renovated ? Audience::trees : Audience::all;
            own.monotone = declared(i) == nullptr ? 0 : declared(i)->monotone;
            // Without a market index nothing carries the model beyond the last day it has seen.
            if (declared(i) == nullptr && !declaration_.has_market_index()) own.audience = Audience::nobody;
            if (area) add("log_" + inputs_[i].name, FeatureKind::logarithm, {i}).audience = Audience::smooth;
            if (area && inputs_[i].lower == 0) add("has_" + inputs_[i].name, FeatureKind::is_positive, {i}).audience = Audience::smooth;
            if (role == ColumnRole::year_renovated)
                add("has_" + inputs_[i].name, FeatureKind::is_positive, {i}).audience = Audience::smooth;
        }
    }
    void add_ratios() {
        int living = input_with(ColumnRole::living_area), lot = input_with(ColumnRole::lot_area), rooms = input_with(ColumnRole::rooms);
        for (std::size_t i = 0; i < inputs_.size(); ++i) {
            bool of_lot = normal_name(inputs_[i].name).find("lot") != std::string::npos;
            if (role_of(i) == ColumnRole::area) add_ratio(of_lot ? lot : living, static_cast<int>(i));
        }
        add_ratio(living, lot);
        if (living >= 0 && rooms >= 0) add_two(FeatureKind::ratio, living, rooms).audience = Audience::trees;
    }
    void add_years() {
        int built = input_with(ColumnRole::year_built), renovated = input_with(ColumnRole::year_renovated),
            time = index_of(declaration_.time);
        if (built >= 0 && time >= 0)
            add("age", FeatureKind::years_since, {std::size_t(time), std::size_t(built)}).reason = inputs_[std::size_t(built)].name;
        if (built >= 0 && renovated >= 0)
            add("effective_year", FeatureKind::later_year, {std::size_t(built), std::size_t(renovated)})
                .reason = inputs_[std::size_t(renovated)].name;
    }
    Plane add_location(const Table& table, std::uint64_t seed) {
        int latitude = input_with(ColumnRole::latitude), longitude = input_with(ColumnRole::longitude),
            postcode = input_with(ColumnRole::postcode);
        for (auto& feature : features)
            for (int index : {latitude, longitude, postcode})
                if (index >= 0 && feature.inputs.size() == 1 && feature.inputs[0] == std::size_t(index)) feature.reason = "location";
        if (latitude < 0 || longitude < 0) return {};
        auto moments = [&](int index) { return mean_and_deviation(table.find(inputs_[std::size_t(index)].name)->numbers()); };
        auto [latitude_mean, latitude_deviation] = moments(latitude);
        auto [longitude_mean, longitude_deviation] = moments(longitude);
        std::vector<std::size_t> both{std::size_t(latitude), std::size_t(longitude)};
        for (int step = 1; step <= 2 * rotations + 1; ++step) {
            if (step == rotations + 1) continue;  // 90° is the latitude itself
            auto& turned = add(fmt::format("rotation_{}", step * 11.25), FeatureKind::rotation, both);
            turned.parameters = {step * std::numbers::pi / 16};
            turned.audience = Audience::trees;
            turned.reason = "location";
        }
        Rng rng(seed);
        double deviation = std::max(latitude_deviation, 1e-6);
        for (double scale : wave_scales) {
            for (std::size_t k = 0; k < waves_per_scale; ++k) {
                double u = rng.normal() * scale / deviation, v = rng.normal() * scale / deviation,
                       phase = rng.uniform() * 2 * std::numbers::pi;
                auto& wave = add(fmt::format("wave_{}_{}", scale, k), FeatureKind::wave, both);
                wave.parameters = {u, v, phase};
                wave.audience = Audience::smooth;
                wave.reason = "location";
            }
        }
        return {latitude_mean, longitude_mean};
    }

private:
    EncodedFeature& add(std::string name, FeatureKind kind, std::vector<std::size_t> inputs) {
        auto reason = inputs_[inputs[0]].name;
        features.push_back({.name = std::move(name), .kind = kind, .inputs = std::move(inputs), .reason = std::move(reason)});
        return features.back();
    }
    EncodedFeature& add_two(FeatureKind kind, int first, int second) {
        return add(fmt::format("{}_per_{}", inputs_[std::size_t(first)].name, inputs_[std::size_t(second)].name), kind,
                   {std::size_t(first), std::size_t(second)});
    }
    void add_ratio(int whole, int part) {
        if (whole < 0 || part < 0 || whole == part) return;
        auto& tree = add_two(FeatureKind::ratio, part, whole);
        tree.audience = Audience::trees;
        auto& smooth = add_two(FeatureKind::log_ratio, part, whole);
        smooth.name = "log_" + smooth.name;
        smooth.audience = Audience::smooth;
    }
    const DeclaredFeature* declared(std::size_t input) const {
        auto found = std::ranges::find(declaration_.features, inputs_[input].name, &DeclaredFeature::column);
        return found == declaration_.features.end() ? nullptr : &*found;
    }
    ColumnRole role_of(std::size_t input) const { return declared(input) == nullptr ? ColumnRole::none : declared(input)->role; }
    int input_with(ColumnRole role) const {
        for (std::size_t i = 0; i < inputs_.size(); ++i)
            if (role_of(i) == role) return static_cast<int>(i);
        return -1;
    }
    int index_of(const std::string& name) const {
        for (std::size_t i = 0; i < inputs_.size(); ++i)
            if (inputs_[i].name == name) return static_cast<int>(i);
        return -1;
    }
    static std::pair<double, double> mean_and_deviation(const Numbers& values) {
        double sum = 0, square = 0, rows = 0;
        for (double value : values)
            if (!std::isnan(value)) sum += value, ++rows;
        double mean = rows > 0 ? sum / rows : 0;
        for (double value : values)
            if (!std::isnan(value)) square += (value - mean) * (value - mean);
        return {mean, rows > 0 ? std::sqrt(square / rows) : 0};
    }

    const Declaration& declaration_;
    const std::vector<InputColumn>& inputs_;
};

}  // namespace

Result<Encoder> plan_features(const Table& table, const Declaration& declaration) {
    TRY(inputs, inputs_for(table, declaration));
    Plan plan(declaration, inputs);
    plan.add_own_columns();
    plan.add_ratios();
    plan.add_years();
    auto plane = plan.add_location(table, declaration.seed);
    return Encoder::make(inputs, std::move(plan.features), plane);
}

Result<Encoder> plain_features(const Table& table, const Declaration& declaration) {
    TRY(inputs, inputs_for(table, declaration));
    std::vector<EncodedFeature> features;
    for (std::size_t i = 0; i < inputs.size(); ++i)
        if (inputs[i].name != declaration.time || declaration.time_as_input)
            features.push_back({.name = inputs[i].name, .kind = own_kind(inputs[i].kind), .inputs = {i}, .reason = inputs[i].name});
    return Encoder::make(inputs, std::move(features));
}

MemberColumns columns_for(const Encoder& encoder, const std::string& family) {
    bool smooth = family == "network" || family == "elastic_net";
    bool xgboost = family == "xgboost" || family == "random_forest";
    MemberColumns chosen;
    for (std::size_t j = 0; j < encoder.features().size(); ++j) {
        const auto& feature = encoder.features()[j];
        if (feature.audience == Audience::nobody || feature.audience == (smooth ? Audience::trees : Audience::smooth)) continue;
        FeatureUse use{.name = feature.name, .monotone = feature.monotone};
        if (feature.kind == FeatureKind::category)
            use.levels = static_cast<std::int32_t>(encoder.inputs()[feature.inputs[0]].levels.size());
        if (xgboost && use.levels > xgboost_levels_max) use.levels = 0;
        chosen.columns.push_back(j);
        chosen.uses.push_back(std::move(use));
    }
    return chosen;
}

}  // namespace quoin
