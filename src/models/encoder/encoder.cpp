#include "models/encoder/encoder.h"

#include <cmath>
#include <limits>
#include <numbers>
#include <set>

namespace quoin {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

double year_angle(double days) {
    double year_share = std::fmod(days, 365.2425) / 365.2425;
    return 2 * std::numbers::pi * year_share;
}

double decimal_year(double days) { return 1970 + days / 365.2425; }

bool is_year(double value) { return !std::isnan(value) && value > 0; }

struct PlanePoint {
    double x, y;
};

PlanePoint project(const Plane& plane, double latitude, double longitude) {
    return {(longitude - plane.longitude) * std::cos(plane.latitude * std::numbers::pi / 180), latitude - plane.latitude};
}

double computed(const EncodedFeature& feature, const Plane& plane, std::span<const double> raw) {
    const auto& parameters = feature.parameters;
    double a = raw[feature.inputs[0]];
    double b = feature.inputs.size() > 1 ? raw[feature.inputs[1]] : missing;
    switch (feature.kind) {
        case FeatureKind::number:
        case FeatureKind::category:
        case FeatureKind::days: return a;
        case FeatureKind::season_sine: return std::sin(year_angle(a));
        case FeatureKind::season_cosine: return std::cos(year_angle(a));
        case FeatureKind::rotation: {
            auto [x, y] = project(plane, a, b);
            return x * std::cos(parameters[0]) + y * std::sin(parameters[0]);
        }
        case FeatureKind::wave: {
            auto [x, y] = project(plane, a, b);
            return std::sin(parameters[0] * x + parameters[1] * y + parameters[2]);
        }
        case FeatureKind::logarithm: return a >= 0 ? std::log1p(a) : missing;
        case FeatureKind::log_ratio: return a > 0 && b > 0 ? std::log(a / b) : missing;
        case FeatureKind::ratio: return b == 0 ? missing : a / b;
        case FeatureKind::difference: return a - b;
        case FeatureKind::sum: return (std::isnan(a) ? 0 : a) + (std::isnan(b) ? 0 : b);
        case FeatureKind::product: return a * b;
        case FeatureKind::years_since: return is_year(b) ? decimal_year(a) - b : missing;
        case FeatureKind::later_year: return is_year(a) && is_year(b) ? std::max(a, b) : is_year(a) ? a : is_year(b) ? b : missing;
        case FeatureKind::distance: return distance_km(a, b, plane.latitude, plane.longitude);
        case FeatureKind::is_positive: return a > 0 ? 1 : 0;
    }
    return missing;
}

std::size_t inputs_needed(FeatureKind kind) {
    switch (kind) {
        case FeatureKind::number:
        case FeatureKind::category:
        case FeatureKind::days:
        case FeatureKind::season_sine:
        case FeatureKind::season_cosine:
        case FeatureKind::logarithm:
        case FeatureKind::is_positive: return 1;
        default: return 2;
    }
}

std::size_t parameters_needed(FeatureKind kind) { return kind == FeatureKind::rotation ? 1 : kind == FeatureKind::wave ? 3 : 0; }

void fill_numbers(const Column& column, std::size_t j, Matrix& raw) {
    const auto& numbers = column.numbers();
    for (std::size_t i = 0; i < numbers.size(); ++i) raw(i, j) = numbers[i];
}

void fill_times(const Column& column, std::size_t j, Matrix& raw) {
    const auto& times = column.times();
    for (std::size_t i = 0; i < times.size(); ++i) raw(i, j) = times[i].is_missing() ? missing : times[i].days();
}

}  // namespace

double distance_km(double latitude_a, double longitude_a, double latitude_b, double longitude_b) {
    constexpr double radians = std::numbers::pi / 180;
    double half_lat = std::sin((latitude_b - latitude_a) * radians / 2), half_lon = std::sin((longitude_b - longitude_a) * radians / 2);
    double chord = half_lat * half_lat + std::cos(latitude_a * radians) * std::cos(latitude_b * radians) * half_lon * half_lon;
    return 2 * 6371.0088 * std::asin(std::min(1.0, std::sqrt(chord)));
}

Result<Encoder> Encoder::make(std::vector<InputColumn> inputs, std::vector<EncodedFeature> features, Plane plane) {
    std::set<std::string> names;
    for (const auto& input : inputs)
        if (!names.insert(input.name).second) return fail(ErrorKind::invalid, "input column '{}' is there twice", input.name);
    names.clear();
    for (const auto& feature : features) {
        if (!names.insert(feature.name).second) return fail(ErrorKind::invalid, "feature '{}' is there twice", feature.name);
        if (static_cast<int>(feature.kind) > static_cast<int>(FeatureKind::is_positive))
            return fail(ErrorKind::unsupported, "feature '{}' is of a kind that this version does not know", feature.name);
        if (feature.inputs.size() != inputs_needed(feature.kind))
            return fail(ErrorKind::invalid, "feature '{}' needs {} inputs and has {}", feature.name, inputs_needed(feature.kind),
                        feature.inputs.size());
        if (feature.parameters.size() != parameters_needed(feature.kind))
            return fail(ErrorKind::invalid, "feature '{}' has {} parameters", feature.name, feature.parameters.size());
        for (std::size_t index : feature.inputs)
            if (index >= inputs.size())
                return fail(ErrorKind::invalid, "feature '{}' reads input {} of {}", feature.name, index, inputs.size());
    }
    Encoder encoder;
    encoder.inputs_ = std::move(inputs);
    encoder.features_ = std::move(features);
    encoder.plane_ = plane;
    for (const auto& input : encoder.inputs_) {
        auto& codes = encoder.codes_.emplace_back();
        for (std::size_t code = 0; code < input.levels.size(); ++code) codes.emplace(input.levels[code], static_cast<std::int32_t>(code));
    }
    return encoder;
}

int Encoder::input_index(std::string_view name) const {
    for (std::size_t i = 0; i < inputs_.size(); ++i)
        if (inputs_[i].name == name) return static_cast<int>(i);
    return -1;
}

double Encoder::code(std::size_t input, std::string_view level) const {
    auto found = codes_[input].find(std::string(level));
    return found == codes_[input].end() ? missing : found->second;
}

Result<Matrix> Encoder::raw(const Table& table) const {
    Matrix raw(table.rows(), inputs_.size(), missing);
    for (std::size_t j = 0; j < inputs_.size(); ++j) {
        const Column* column = table.find(inputs_[j].name);
        if (column == nullptr) continue;
        auto kind = inputs_[j].kind;
        if (kind == ColumnKind::category) {  // codes of numbers too: "98103" read as a number is still the level "98103"
            for (std::size_t i = 0; i < table.rows(); ++i)
                if (!column->is_missing(i)) raw(i, j) = code(j, column->text(i));
        } else if (kind == column->kind()) {
            kind == ColumnKind::number ? fill_numbers(*column, j, raw) : fill_times(*column, j, raw);
        } else if (column->missing_count() < column->size()) {
            return fail_field(ErrorKind::invalid, inputs_[j].name, "column '{}' holds {} values; the model was trained on {} values",
                              inputs_[j].name, name_of(column->kind()), name_of(kind));
        }
    }
    return raw;
}

void Encoder::encode(std::span<const double> raw, std::span<double> out) const {
    assert(raw.size() == inputs_.size() && out.size() == features_.size());
    for (std::size_t j = 0; j < features_.size(); ++j) out[j] = computed(features_[j], plane_, raw);
}

Matrix Encoder::encode(MatrixView<const double> raw) const {
    Matrix encoded(raw.rows(), features_.size());
    for (std::size_t i = 0; i < raw.rows(); ++i) encode(raw.row(i), encoded.row(i));
    return encoded;
}

}  // namespace quoin
