#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/matrix.h"
#include "base/result.h"
#include "table/table.h"

namespace quoin {

/// What somebody can move an input to, as its model's file declares it: what a counterfactual may change, and nothing else.
struct Movable {
    double lower = 0, upper = 0, step = 1;  ///< a number: lower, lower + step, … upper
    int direction = 0;                      ///< +1: only upwards from where it is; −1: only downwards
    std::vector<std::string> values;        ///< a category: in the order in which they come; `direction` counts along it
};

/// One column that a model reads, as it was in training.
struct InputColumn {
    std::string name;
    ColumnKind kind = ColumnKind::number;
    std::vector<std::string> levels;  ///< category: code → level, most frequent first
    std::string label;                ///< in words: "living area"
    std::string unit;                 ///< "sq ft", "" if none
    double lower = 0, upper = 0;      ///< range seen in training; numbers and times (days)
    std::optional<Movable> movable;   ///< nothing: nobody can change it
};

/// How an encoded feature is computed from the raw inputs. The number of inputs each needs is given.
enum class FeatureKind : std::uint8_t {
    number,         ///< 1: the value
    category,       ///< 1: the code; a level not seen in training is missing
    days,           ///< 1 time: days since 1970-01-01
    season_sine,    ///< 1 time: sin of the day of the year
    season_cosine,  ///< 1 time: cos of the day of the year
    rotation,       ///< 2 (latitude, longitude), parameters {angle in radians}: x cos a + y sin a on the plane below
    wave,           ///< 2 (latitude, longitude), parameters {u, v, phase}: sin(u x + v y + phase) on the plane below (Rahimi & Recht 2007)
    logarithm,      ///< 1: log(1 + value); missing below 0
    log_ratio,      ///< 2: log(first / second); missing unless both are positive
    ratio,          ///< 2: first / second; missing where the second is 0
    difference,     ///< 2: first − second
    sum,            ///< 2: first + second, a missing one counts 0
    product,        ///< 2: first · second
    years_since,    ///< 2 (time, year): year of the time with its fraction − year; missing where the year is 0
    later_year,     ///< 2: the larger of two years, 0 and missing ignored
    distance,       ///< 2 (latitude, longitude): kilometres from the origin of the plane
    is_positive,    ///< 1: 1 if > 0, else 0
};

/// Which learners get a feature: trees need neither logarithms nor waves, smooth models cannot do without.
enum class Audience : std::uint8_t { all, trees, smooth, nobody };

/// The local plane of `rotation` and `wave`: x = (longitude − origin) · cos(origin latitude), y = latitude − origin, in degrees of
/// latitude.
struct Plane {
    double latitude = 0, longitude = 0;
};

/// One encoded feature: what learners see.
struct EncodedFeature {
    std::string name;
    FeatureKind kind = FeatureKind::number;
    std::vector<std::size_t> inputs;  ///< indices of InputColumn
    std::vector<double> parameters;   ///< as FeatureKind says
    std::string reason;               ///< what it is told under: an input column's name, or "location"
    Audience audience = Audience::all;
    int monotone = 0;  ///< +1, −1 or 0: constraint for learners that have it
};

/// Turns raw rows into what learners see, without ever looking at a label: the same function in training and in serving. Immutable,
/// thread-safe.
///
/// A raw row has one double per input column: a number as it is, a category's code, a time in days since 1970-01-01; NaN is missing.
class Encoder {
public:
    /// Error: invalid (an index out of range, a wrong number or kind of inputs, a duplicate name).
    static Result<Encoder> make(std::vector<InputColumn> inputs, std::vector<EncodedFeature> features, Plane plane = {});

    std::span<const InputColumn> inputs() const { return inputs_; }
    std::span<const EncodedFeature> features() const { return features_; }
    const Plane& plane() const { return plane_; }
    /// −1 if there is no such input.
    int input_index(std::string_view name) const;
    /// Code of a level of input `input`; NaN if it was not seen in training.
    double code(std::size_t input, std::string_view level) const;

    /// Raw rows of a table: a column that is absent is missing everywhere. Error: invalid (a column of another kind), naming it.
    Result<Matrix> raw(const Table& table) const;
    /// out.size() == features().size(); raw.size() == inputs().size().
    void encode(std::span<const double> raw, std::span<double> out) const;
    Matrix encode(MatrixView<const double> raw) const;

private:
    std::vector<InputColumn> inputs_;
    std::vector<EncodedFeature> features_;
    Plane plane_;
    std::vector<std::unordered_map<std::string, std::int32_t>> codes_;
};

/// Great-circle distance in kilometres (haversine, radius 6371.0088 km).
double distance_km(double latitude_a, double longitude_a, double latitude_b, double longitude_b);

boost::json::object to_json(const Encoder& encoder);
Result<Encoder> encoder_from_json(const boost::json::value& value);

}  // namespace quoin
