#include "features/statistics.h"

#include <algorithm>
#include <bit>
#include <boost/json.hpp>
#include <cmath>

#include "base/json.h"
#include "features/transform.h"
#include "features/value_check.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::uint64_t values_min = 100;  ///< for a stability index
constexpr double share_min = 1e-4;
constexpr std::size_t bins = 10;

/// Numbers into bins of about equal reference counts. A bucket is never divided, so that a frequent value is a bin of its own.
std::pair<std::vector<double>, std::vector<double>> binned_numbers(const ValueSketch& reference, const ValueSketch& current) {
    std::vector<double> shares, references;
    std::vector<std::int64_t> ends;  // last bucket of each bin
    double total = static_cast<double>(reference.count()), in_bin = 0;
    auto buckets = reference.buckets();
    for (auto [bucket, count] : buckets) {
        in_bin += static_cast<double>(count);
        if (in_bin < total / bins && bucket != buckets.back().first) continue;
        ends.push_back(bucket);
        references.push_back(std::exchange(in_bin, 0) / total);
    }
    shares.resize(references.size());
    for (auto [bucket, count] : current.buckets()) {
        auto bin = std::min<std::size_t>(static_cast<std::size_t>(std::ranges::lower_bound(ends, bucket) - ends.begin()), ends.size() - 1);
        shares[bin] += static_cast<double>(count) / static_cast<double>(current.count());
    }
    return {shares, references};
}

std::pair<std::vector<double>, std::vector<double>> binned_texts(const ValueSketch& reference, const ValueSketch& current) {
    std::map<std::string, std::uint64_t> counts;
    for (auto& [text, count] : current.frequent_texts()) counts[text] = count;
    std::vector<double> shares, references;
    double rest = 1, reference_rest = 1;
    for (const auto& [text, count] : reference.frequent_texts()) {
        references.push_back(static_cast<double>(count) / static_cast<double>(reference.count()));
        shares.push_back(static_cast<double>(counts[text]) / static_cast<double>(current.count()));
        rest -= shares.back(), reference_rest -= references.back();
    }
    shares.push_back(std::max(0.0, rest));
    references.push_back(std::max(0.0, reference_rest));
    return {shares, references};
}

}  // namespace

void ValueSketch::add_number(double value) {
    ++count_;
    ++buckets_[quantile_bucket(value)];
}

void ValueSketch::add_text(std::string_view text, std::uint64_t count) {
    count_ += count;
    auto found = texts_.find(text);
    if (found != texts_.end()) found->second += count;
    else if (texts_.size() < texts_max) texts_.emplace(text, count);
    else other_texts_ += count;
}

void ValueSketch::merge(const ValueSketch& other) {
    for (auto [bucket, count] : other.buckets_) buckets_[bucket] += count, count_ += count;
    other_texts_ += other.other_texts_, count_ += other.other_texts_;
    for (const auto& [text, count] : other.texts_) add_text(text, count);
}

std::vector<std::pair<std::int64_t, std::uint64_t>> ValueSketch::buckets() const {
    std::vector<std::pair<std::int64_t, std::uint64_t>> sorted(buckets_.begin(), buckets_.end());
    std::ranges::sort(sorted);
    return sorted;
}

std::vector<std::pair<std::string, std::uint64_t>> ValueSketch::frequent_texts() const {
    std::vector<std::pair<std::string, std::uint64_t>> frequent(texts_.begin(), texts_.end());
    std::ranges::sort(frequent,
                      [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : a.first < b.first; });
    if (frequent.size() > texts_kept) frequent.resize(texts_kept);
    return frequent;
}

double ValueSketch::quantile(double q) const {
    auto sorted = buckets();
    if (sorted.empty()) return std::numeric_limits<double>::quiet_NaN();
    double rank = q * static_cast<double>(count_ - 1), seen = 0;
    for (auto [bucket, count] : sorted) {
        seen += static_cast<double>(count);
        if (seen > rank) return quantile_bucket_middle(bucket);
    }
    return quantile_bucket_middle(sorted.back().first);
}

std::string ValueSketch::text() const {
    json::array numbers, texts;
    for (auto [bucket, count] : buckets()) numbers.push_back({bucket, count});
    for (const auto& [text, count] : frequent_texts()) texts.push_back({text, count});
    return json_text(json::object{{"count", count_}, {"buckets", std::move(numbers)}, {"texts", std::move(texts)}});
}

Result<ValueSketch> ValueSketch::read(std::string_view text) {
    auto corrupt = [] { return fail(ErrorKind::corrupt, "a stored distribution is not what was written"); };
    auto parsed = parse_json(text);
    if (!parsed || !parsed->is_object()) return corrupt();
    ValueSketch sketch;
    const json::object& object = parsed->get_object();
    auto count_of = [](const json::value& value) { return value.is_int64() && value.get_int64() >= 0 ? value.get_int64() : -1; };
    const auto* total = object.if_contains("count");
    if (!total || count_of(*total) < 0) return corrupt();
    sketch.count_ = sketch.other_texts_ = static_cast<std::uint64_t>(total->get_int64());
    for (const char* kind : {"buckets", "texts"}) {
        const auto* pairs = object.if_contains(kind);
        if (!pairs || !pairs->is_array()) return corrupt();
        for (const json::value& pair : pairs->get_array()) {
            if (!pair.is_array() || pair.get_array().size() != 2 || count_of(pair.get_array()[1]) < 0) return corrupt();
            auto count = static_cast<std::uint64_t>(pair.get_array()[1].get_int64());
            const json::value& key = pair.get_array()[0];
            if (count > sketch.other_texts_) return corrupt();
            if (key.is_int64()) sketch.buckets_[key.get_int64()] = count;
            else if (key.is_string()) sketch.texts_.emplace(key.get_string(), count);
            else return corrupt();
            sketch.other_texts_ -= count;
        }
    }
    return sketch;
}

std::optional<double> population_stability(const ValueSketch& reference, const ValueSketch& current) {
    if (reference.count() < values_min || current.count() < values_min || reference.is_of_texts() != current.is_of_texts())
        return std::nullopt;
    auto [shares, references] = reference.is_of_texts() ? binned_texts(reference, current) : binned_numbers(reference, current);
    double index = 0;
    for (std::size_t bin = 0; bin < shares.size(); ++bin) {
        double share = std::max(share_min, shares[bin]), before = std::max(share_min, references[bin]);
        index += (share - before) * std::log(share / before);
    }
    return index;
}

double FeatureStatistics::deviation() const {
    return present < 2 || sketch.is_of_texts() ? std::numeric_limits<double>::quiet_NaN()
                                               : std::sqrt(squares / static_cast<double>(present - 1));
}

void FeatureStatistics::merge(const FeatureStatistics& other) {
    auto mine = static_cast<double>(present), theirs = static_cast<double>(other.present);
    if (other.present > 0) {
        double distance = other.mean - mean;
        squares += other.squares + distance * distance * mine * theirs / (mine + theirs);
        mean += distance * theirs / (mine + theirs);
    }
    rows += other.rows, present += other.present, null_values += other.null_values;
    not_found += other.not_found, outside_max_age += other.outside_max_age, outside_range += other.outside_range;
    least = std::min(least, other.least), greatest = std::max(greatest, other.greatest);
    sketch.merge(other.sketch);
}

FeatureStatistics statistics_of(const AnsweredFeature& feature, std::span<const EventTime> at, std::span<const std::size_t> kept) {
    const FeatureDeclaration& declared = feature.declaration();
    FeatureStatistics statistics{.view = feature.view.view().name(), .feature = declared.name, .rows = kept.size()};
    bool is_text = field_kind(declared.type) == FieldKind::text;
    std::unordered_map<std::uint64_t, std::uint64_t> texts;
    // A mean that is carried along (Welford 1962): no sum that could run over.
    for (std::size_t row : kept) {
        switch (feature.view.status(row, feature.place, at[row])) {
            case FeatureStatus::null_value: ++statistics.null_values; continue;
            case FeatureStatus::not_found: ++statistics.not_found; continue;
            case FeatureStatus::outside_max_age: ++statistics.outside_max_age; continue;
            case FeatureStatus::present: break;
        }
        ++statistics.present;
        if (is_list(declared.type)) continue;
        auto bits = feature.view.bits(row, feature.place);
        if (is_text) {
            ++texts[bits];
            continue;
        }
        auto number = std::bit_cast<double>(bits);
        double distance = number - statistics.mean;
        statistics.mean += distance / static_cast<double>(statistics.present);
        statistics.squares += distance * (number - statistics.mean);
        statistics.least = std::min(statistics.least, number);
        statistics.greatest = std::max(statistics.greatest, number);
        bool is_within = !declared.range || (number >= declared.range->first && number <= declared.range->second);
        if (!is_within || (declared.type != FeatureType::number && !problem_of(declared, number).empty())) ++statistics.outside_range;
        statistics.sketch.add_number(number);
    }
    std::map<std::string_view, std::uint64_t> sorted;  // so that the same ones are kept whatever the table's order
    for (auto [id, count] : texts) sorted[feature.answers.texts->find(id)] = count;
    for (auto [text, count] : sorted) statistics.sketch.add_text(text, count);
    return statistics;
}

}  // namespace quoin
