#include <algorithm>
#include <cmath>

#include "models/bundle.h"
#include "models/calibration/conformal.h"

namespace quoin {
namespace {

constexpr double format_version = 1;
constexpr double whole_max = 2147483647;

/// Whole numbers from `least` to 2³¹ − 1 that were stored as doubles.
template <class Integer>
Result<std::vector<Integer>> whole_numbers(std::span<const double> values, double least) {
    std::vector<Integer> numbers;
    for (double value : values) {
        if (!(value >= least && value <= whole_max) || value != std::floor(value))
            return fail(ErrorKind::corrupt, "the conformal calibration has {} where a whole number is expected", value);
        numbers.push_back(static_cast<Integer>(value));
    }
    return numbers;
}

Result<std::vector<double>> numbers_in(const BundleView& bundle, std::string_view name) {
    TRY(bytes, section(bundle, name));
    return doubles_of(bytes);
}

bool strictly_ascending(const auto& values) {
    return std::adjacent_find(values.begin(), values.end(), [](auto a, auto b) { return !(a < b); }) == values.end();
}

}  // namespace

std::vector<std::byte> Conformal::save() const {
    std::vector<double> ends(bin_ends_.begin(), bin_ends_.end()), groups(groups_.begin(), groups_.end());
    std::vector<double> head{format_version, margin_deviations_};
    std::vector<BundleSection> sections;
    sections.push_back({"head", bytes_of(head)});
    sections.push_back({"nodes", bytes_of(nodes_)});
    sections.push_back({"bin_ends", bytes_of(ends)});
    sections.push_back({"scores", bytes_of(scores_)});
    sections.push_back({"groups", bytes_of(groups)});
    sections.push_back({"group_factors", bytes_of(group_factors_)});
    return save_bundle(sections);
}

Result<Conformal> Conformal::load(std::span<const std::byte> bytes) {
    TRY(bundle, open_bundle(bytes));
    TRY(head, numbers_in(bundle, "head"));
    if (head.size() != 2) return fail(ErrorKind::corrupt, "the conformal calibration's head has {} numbers instead of 2", head.size());
    if (head[0] != format_version)
        return fail(ErrorKind::unsupported, "the conformal calibration has format {}; this program reads format {}", head[0],
                    format_version);
    Conformal conformal;
    conformal.margin_deviations_ = head[1];
    TRY(nodes, numbers_in(bundle, "nodes"));
    TRY(ends, numbers_in(bundle, "bin_ends"));
    TRY(scores, numbers_in(bundle, "scores"));
    TRY(groups, numbers_in(bundle, "groups"));
    TRY(factors, numbers_in(bundle, "group_factors"));
    TRY(bin_ends, whole_numbers<std::size_t>(ends, 1));
    TRY(group_codes, whole_numbers<std::int32_t>(groups, 0));
    conformal.nodes_ = std::move(nodes);
    conformal.bin_ends_ = std::move(bin_ends);
    conformal.scores_ = std::move(scores);
    conformal.groups_ = std::move(group_codes);
    conformal.group_factors_ = std::move(factors);
    TRY_VOID(conformal.check());
    return conformal;
}

Status Conformal::check() const {
    auto finite_from = [](double least) { return [least](double value) { return std::isfinite(value) && value >= least; }; };
    bool bins = !nodes_.empty() && nodes_.size() == bin_ends_.size() && bin_ends_.back() == scores_.size() &&
                std::all_of(nodes_.begin(), nodes_.end(), [](double node) { return std::isfinite(node); }) && strictly_ascending(nodes_) &&
                strictly_ascending(bin_ends_);
    bool scores = bins && std::all_of(scores_.begin(), scores_.end(), finite_from(0));
    for (std::size_t bin = 0, begin = 0; scores && bin < bin_ends_.size(); begin = bin_ends_[bin++])
        scores = std::is_sorted(scores_.begin() + static_cast<std::ptrdiff_t>(begin),
                                scores_.begin() + static_cast<std::ptrdiff_t>(bin_ends_[bin]));
    bool groups = groups_.size() == group_factors_.size() && strictly_ascending(groups_) &&
                  std::all_of(group_factors_.begin(), group_factors_.end(), finite_from(1e-3));
    if (!scores || !groups || !(margin_deviations_ >= 0 && margin_deviations_ <= 10))
        return fail(ErrorKind::corrupt, "the conformal calibration's bins, scores or groups do not fit together");
    return {};
}

}  // namespace quoin
