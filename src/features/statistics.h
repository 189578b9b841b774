#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "features/feature_columns.h"

namespace quoin {

/// How values are distributed, in memory that does not grow with their number. Numbers: counts by quantile_bucket(), within 0.8 % of the
/// value; texts: counts of at most texts_max different ones, the rest together. Merging two gives the sketch of both.
class ValueSketch {
public:
    static constexpr std::size_t texts_max = 65'536, texts_kept = 64;

    void add_number(double value);
    void add_text(std::string_view text, std::uint64_t count = 1);
    void merge(const ValueSketch& other);
    std::uint64_t count() const { return count_; }
    bool is_of_texts() const { return !texts_.empty() || other_texts_ > 0; }

    /// The value below which a share `q` of the numbers lies; NaN without numbers.
    double quantile(double q) const;
    /// Different texts seen (at most texts_max).
    std::size_t different_texts() const { return texts_.size(); }

    /// Ascending by bucket, with counts.
    std::vector<std::pair<std::int64_t, std::uint64_t>> buckets() const;
    /// The texts_kept most frequent, by count and then by text; the rest is the difference to count().
    std::vector<std::pair<std::string, std::uint64_t>> frequent_texts() const;

    /// As JSON, and back (of texts only the most frequent). Error: corrupt.
    std::string text() const;
    static Result<ValueSketch> read(std::string_view json);

private:
    std::uint64_t count_ = 0, other_texts_ = 0;
    std::unordered_map<std::int64_t, std::uint64_t> buckets_;
    std::map<std::string, std::uint64_t, std::less<>> texts_;
};

/// The population stability index of two distributions (Siddiqi 2006): Σ (share − reference share) · ln(share / reference share) over ten
/// bins of about equal reference counts (texts: the most frequent ones and the rest), each share at least 0.0001. Usual reading: below 0.1
/// nothing, above 0.25 another population. Nothing if either has fewer than 100 values.
std::optional<double> population_stability(const ValueSketch& reference, const ValueSketch& current);

/// What the values of one feature look like.
struct FeatureStatistics {
    std::string view, feature;
    std::uint64_t rows = 0, present = 0, null_values = 0, not_found = 0, outside_max_age = 0;
    std::uint64_t outside_range = 0;  ///< of the present ones: outside the declared range, or not of the declared type
    double least = std::numeric_limits<double>::infinity(), greatest = -std::numeric_limits<double>::infinity();
    double mean = 0, squares = 0;  ///< of the present numbers; squares: sum of the squared distances to the mean
    ValueSketch sketch;

    std::string name() const { return view + ":" + feature; }
    bool is_of_numbers() const { return present > 0 && !sketch.is_of_texts(); }
    /// Share of the rows without a value.
    double null_rate() const { return rows == 0 ? 0 : static_cast<double>(rows - present) / static_cast<double>(rows); }
    double outside_range_rate() const { return present == 0 ? 0 : static_cast<double>(outside_range) / static_cast<double>(present); }
    /// Sample standard deviation; NaN below two values.
    double deviation() const;
    /// Takes the statistics of further rows in (Chan, Golub & LeVeque 1979). The same blocks in the same order give the same bits.
    void merge(const FeatureStatistics& other);
};

/// Of the rows `kept`.
FeatureStatistics statistics_of(const AnsweredFeature& feature, std::span<const EventTime> at, std::span<const std::size_t> kept);

}  // namespace quoin
