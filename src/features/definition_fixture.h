#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "features/view.h"

namespace quoin {

inline constexpr std::int64_t second = 1'000'000, minute = 60 * second, day = 86'400 * second;

/// One event of the only type: an amount, a kind, and whether it was paid.
struct Deed {
    std::int64_t time;
    std::optional<double> amount;
    std::string kind;
    bool is_paid;
};

/// The definitions of docs/formats/features.md, by hand and slowly, over the raw events.
class ByHand {
public:
    ByHand(const std::vector<Deed>& deeds, const CompiledFeature& feature, EventTime at) : at_(at), feature_(feature) {
        std::int64_t begin = std::numeric_limits<std::int64_t>::min();
        if (feature.tile_minutes > 0) {
            std::int64_t tile = feature.tile_minutes * minute;
            begin_ = begin = (at.value() - feature.window_minutes * minute) / tile * tile;
        }
        for (const Deed& deed : deeds)
            if (deed.time <= at.value() && deed.time >= begin) inside_.push_back(deed);
        // Of equal times the greater value is the later one; a text counts by its id.
        auto later_text = [](const Deed& a, const Deed& b) {
            if (a.time != b.time) return a.time < b.time;
            return static_cast<std::int64_t>(TextTable::id_of(a.kind)) < static_cast<std::int64_t>(TextTable::id_of(b.kind));
        };
        std::ranges::sort(inside_, later_text);
        std::vector<std::pair<std::int64_t, double>> timed;
        for (const Deed& deed : inside_)
            if (deed.amount) timed.emplace_back(deed.time, *deed.amount);
        std::ranges::sort(timed);
        for (std::size_t i = 0; i < timed.size(); ++i) {
            amounts_.push_back(timed[i].second);
            if (i + 1 == timed.size() || timed[i + 1].first != timed[i].first) latest_of_times_.push_back(timed[i].second);
        }
    }

    std::optional<double> number() const {
        const std::string& name = feature_.declaration->transform;
        auto n = static_cast<double>(inside_.size()), m = static_cast<double>(amounts_.size());
        long double sum = 0, squares = 0;
        for (double amount : amounts_) sum += amount;
        for (double amount : amounts_) squares += (amount - sum / m) * (amount - sum / m);
        if (name == "count") return n;
        if (name == "sum") return feature_.declaration->where.empty() ? static_cast<double>(sum) : paid_sum();
        if (name == "rate") return n / (feature_.window_minutes / 1440.0);
        if (name == "distinct") return static_cast<double>(counts().size());
        if (name == "ratio")
            return n == 0 ? std::nullopt : std::optional(static_cast<double>(std::ranges::count(inside_, true, &Deed::is_paid)) / n);
        if (name == "recency")
            return n == 0 ? std::nullopt : std::optional(static_cast<double>(at_.value() - inside_.back().time) / (60 * minute));
        if (name == "entropy") return n == 0 ? std::nullopt : std::optional(entropy());
        if (name == "streak") return streak();
        if (name == "slope") return slope();
        if (amounts_.empty()) return std::nullopt;
        if (name == "mean") return static_cast<double>(sum / m);
        if (name == "min") return *std::ranges::min_element(amounts_);
        if (name == "max") return *std::ranges::max_element(amounts_);
        if (name == "std") return m < 2 ? std::nullopt : std::optional(static_cast<double>(std::sqrt(squares / (m - 1))));
        if (name == "first") return amounts_.front();
        throw std::logic_error("no definition of " + name);
    }
    std::map<std::string, int> counts() const {
        std::map<std::string, int> counts;
        for (const Deed& deed : inside_) ++counts[deed.kind];
        return counts;
    }
    const std::vector<Deed>& inside() const { return inside_; }
    const std::vector<double>& amounts() const { return amounts_; }
    const std::vector<double>& latest_of_times() const { return latest_of_times_; }

private:
    double paid_sum() const {
        double sum = 0;
        for (const Deed& deed : inside_)
            if (deed.is_paid && deed.amount) sum += *deed.amount;
        return sum;
    }
    double entropy() const {
        double bits = 0;
        for (auto [kind, count] : counts()) bits -= count / double(inside_.size()) * std::log2(count / double(inside_.size()));
        return bits;
    }
    double streak() const {
        std::set<std::int64_t> days;
        for (const Deed& deed : inside_) days.insert(deed.time / day);
        std::int64_t today = at_.value() / day;
        if (!days.contains(today)) --today;
        double length = 0;
        for (; days.contains(today); --today) ++length;
        return length;
    }
    double slope() const {
        auto tiles = static_cast<std::size_t>((at_.value() - begin_) / day + 1);
        std::vector<double> sums(tiles);
        for (const Deed& deed : inside_)
            if (deed.amount) sums[static_cast<std::size_t>((deed.time - begin_) / day)] += *deed.amount;
        double mean_x = (double(tiles) - 1) / 2, mean_y = 0, xy = 0, xx = 0;
        for (double y : sums) mean_y += y / double(tiles);
        for (std::size_t x = 0; x < tiles; ++x)
            xy += (double(x) - mean_x) * (sums[x] - mean_y), xx += (double(x) - mean_x) * (double(x) - mean_x);
        return xy / xx;
    }

    EventTime at_;
    const CompiledFeature& feature_;
    std::int64_t begin_ = 0;
    std::vector<Deed> inside_;
    std::vector<double> amounts_, latest_of_times_;
};

}  // namespace quoin
