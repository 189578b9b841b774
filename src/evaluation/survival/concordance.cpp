#include "evaluation/survival/concordance.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

namespace quoin {
namespace {

/// Sums of weights below, at and above a rank, in O(log ranks): a Fenwick tree.
class RankedWeights {
public:
    explicit RankedWeights(std::size_t ranks) : sums_(ranks + 1, 0.0), own_(ranks, 0.0) {}

    void add(std::size_t rank, double weight) {
        own_[rank] += weight;
        total_ += weight;
        for (std::size_t i = rank + 1; i < sums_.size(); i += i & (~i + 1)) sums_[i] += weight;
    }
    double below(std::size_t rank) const {
        double sum = 0;
        for (std::size_t i = rank; i > 0; i -= i & (~i + 1)) sum += sums_[i];
        return sum;
    }
    double at(std::size_t rank) const { return own_[rank]; }
    double above(std::size_t rank) const { return total_ - below(rank) - own_[rank]; }

private:
    std::vector<double> sums_, own_;
    double total_ = 0;
};

/// One row of a stratum; `gain` and `pairs` collect what its pairs contribute, for the jackknife.
struct Ranked {
    double start, stop, weight, event_weight, risk;
    bool is_event;
    std::uint32_t rank = 0;
    double gain = 0, pairs = 0;
};

/// Rows in the order in which they may be added to a tree, and how far that has come.
class Queue {
public:
    template <class Less>
    Queue(const std::vector<Ranked>& rows, Less less) : order_(rows.size()) {
        std::iota(order_.begin(), order_.end(), 0u);
        std::ranges::sort(order_, less);
    }
    const std::vector<std::uint32_t>& order() const { return order_; }
    template <class Due, class Take>
    void take_while(Due due, Take take) {
        for (; next_ < order_.size() && due(order_[next_]); ++next_) take(order_[next_]);
    }

private:
    std::vector<std::uint32_t> order_;
    std::size_t next_ = 0;
};

/// The pairs of one stratum. Pass 1 goes back in time and asks of each event who is at risk; pass 2 goes forward and asks of each row which
/// events it was at risk of. Both see each pair once.
class Pairs {
public:
    Pairs(std::vector<Ranked>& rows, std::size_t ranks, bool has_starts) : rows_(rows), ranks_(ranks), has_starts_(has_starts) {}

    void ask_events(Concordance& total) {
        RankedWeights at_risk(ranks_);
        // At one time the censored come first: they are at risk of the events there.
        Queue by_stop(rows_, [&](std::uint32_t a, std::uint32_t b) {
            if (rows_[a].stop != rows_[b].stop) return rows_[a].stop > rows_[b].stop;
            return rows_[a].is_event != rows_[b].is_event ? rows_[b].is_event : a < b;
        });
        Queue by_start(rows_, [&](std::uint32_t a, std::uint32_t b) {
            return rows_[a].start != rows_[b].start ? rows_[a].start > rows_[b].start : a < b;
        });
        for (std::uint32_t i : by_stop.order()) {
            Ranked& row = rows_[i];
            if (!row.is_event) continue;
            by_stop.take_while(
                [&](std::uint32_t j) { return rows_[j].stop > row.stop || (rows_[j].stop == row.stop && !rows_[j].is_event); },
                [&](std::uint32_t j) { at_risk.add(rows_[j].rank, rows_[j].weight); });
            if (has_starts_)
                by_start.take_while([&](std::uint32_t j) { return rows_[j].start >= row.stop; },
                                    [&](std::uint32_t j) { at_risk.add(rows_[j].rank, -rows_[j].weight); });
            const double lower = at_risk.below(row.rank), equal = at_risk.at(row.rank), higher = at_risk.above(row.rank);
            const double weight = row.event_weight;
            total.concordant += weight * lower;
            total.discordant += weight * higher;
            total.tied_risk += weight * equal;
            row.gain += weight * (lower + equal / 2);
            row.pairs += weight * (lower + equal + higher);
        }
    }

    void ask_rows() {
        count_events_until(&Ranked::stop, 1);
        if (has_starts_) count_events_until(&Ranked::start, -1);
    }

private:
    /// Adds `sign` times the events before each row's time, or, at that very time, those that the row was at risk of (or never was).
    void count_events_until(double Ranked::*end, double sign) {
        RankedWeights happened(ranks_);
        auto includes_own_time = [&](const Ranked& row) { return sign < 0 || !row.is_event; };
        Queue events(rows_, [&](std::uint32_t a, std::uint32_t b) {
            return rows_[a].stop != rows_[b].stop ? rows_[a].stop < rows_[b].stop : a < b;
        });
        Queue ends(rows_, [&](std::uint32_t a, std::uint32_t b) {
            if (rows_[a].*end != rows_[b].*end) return rows_[a].*end < rows_[b].*end;
            const bool first = includes_own_time(rows_[a]), second = includes_own_time(rows_[b]);
            return first != second ? second : a < b;
        });
        for (std::uint32_t i : ends.order()) {
            Ranked& row = rows_[i];
            events.take_while(
                [&](std::uint32_t j) { return rows_[j].stop < row.*end || (rows_[j].stop == row.*end && includes_own_time(row)); },
                [&](std::uint32_t j) {
                    if (rows_[j].is_event) happened.add(rows_[j].rank, rows_[j].event_weight);
                });
            const double lower = happened.below(row.rank), equal = happened.at(row.rank), higher = happened.above(row.rank);
            row.gain += sign * row.weight * (higher + equal / 2);
            row.pairs += sign * row.weight * (lower + equal + higher);
        }
    }

    std::vector<Ranked>& rows_;
    std::size_t ranks_;
    bool has_starts_;
};

Status check_risks(const SurvivalTimes& times, std::span<const double> risks) {
    TRY_VOID(check(times));
    if (risks.size() != times.rows()) return fail(ErrorKind::invalid, "{} risks for {} rows", risks.size(), times.rows());
    for (std::size_t i = 0; i < risks.size(); ++i)
        if (std::isnan(risks[i])) return fail(ErrorKind::invalid, "row {}: the risk is no number", i);
    return {};
}

/// Fills in the ranks of the rows' risks; the number of ranks.
std::size_t rank(std::vector<Ranked>& rows) {
    std::vector<std::uint32_t> order(rows.size());
    std::iota(order.begin(), order.end(), 0u);
    std::ranges::sort(order, {}, [&](std::uint32_t i) { return rows[i].risk; });
    std::size_t count = 0;
    for (std::size_t k = 0; k < order.size(); ++k) {
        if (k == 0 || rows[order[k]].risk != rows[order[k - 1]].risk) ++count;
        rows[order[k]].rank = static_cast<std::uint32_t>(count - 1);
    }
    return count;
}

/// The rows of each stratum; the caller's order within.
std::vector<std::vector<Ranked>> groups_of(const SurvivalTimes& times, std::span<const double> risks,
                                           std::span<const std::uint32_t> strata) {
    std::map<std::uint32_t, std::vector<Ranked>> groups;
    for (std::size_t i = 0; i < times.rows(); ++i) {
        const double weight = times.weight(i), start = times.starts.empty() ? -1 : times.starts[i];
        groups[strata.empty() ? 0 : strata[i]].push_back({start, times.stops[i], weight, weight, risks[i], times.events[i] == 1});
    }
    std::vector<std::vector<Ranked>> result;
    for (auto& [code, rows] : groups) result.push_back(std::move(rows));
    return result;
}

}  // namespace

double Concordance::index() const {
    const double pairs = concordant + discordant + tied_risk;
    return pairs > 0 ? (concordant + tied_risk / 2) / pairs : 0.5;
}

Result<Concordance> concordance(const SurvivalTimes& times, std::span<const double> risks, std::span<const std::uint32_t> strata) {
    TRY_VOID(check_risks(times, risks));
    if (!strata.empty() && strata.size() != times.rows())
        return fail(ErrorKind::invalid, "{} strata for {} rows", strata.size(), times.rows());
    std::vector<std::vector<Ranked>> groups = groups_of(times, risks, strata);
    Concordance total;
    for (std::vector<Ranked>& rows : groups) {
        const std::size_t ranks = rank(rows);
        Pairs pairs(rows, ranks, !times.starts.empty());
        pairs.ask_events(total);
        pairs.ask_rows();
    }
    const double count = total.concordant + total.discordant + total.tied_risk, index = total.index();
    if (!(count > 0)) return fail(ErrorKind::invalid, "no two rows can be compared: there are no events, or nobody outlives one");
    double squares = 0;
    for (const std::vector<Ranked>& rows : groups)
        for (const Ranked& row : rows) squares += std::pow((row.gain - index * row.pairs) / count, 2);
    total.standard_error = std::sqrt(squares);
    return total;
}

Result<double> uno_concordance(const SurvivalTimes& times, std::span<const double> risks, const SurvivalCurve& censoring, double horizon) {
    TRY_VOID(check_risks(times, risks));
    if (!times.starts.empty()) return fail(ErrorKind::unsupported, "Uno's concordance of rows that enter late is not estimated");
    std::vector<Ranked> rows;
    for (std::size_t i = 0; i < times.rows(); ++i) {
        const bool counts = times.events[i] == 1 && times.stops[i] < horizon;
        const double uncensored = counts ? censoring.at(times.stops[i]) : 1;
        if (!(uncensored > 0)) return fail(ErrorKind::invalid, "at time {} all are censored; take a nearer horizon", times.stops[i]);
        rows.push_back({-1, times.stops[i], times.weight(i), times.weight(i) / (uncensored * uncensored), risks[i], counts});
    }
    Concordance total;
    const std::size_t ranks = rank(rows);
    Pairs(rows, ranks, false).ask_events(total);
    if (!(total.concordant + total.discordant + total.tied_risk > 0)) return fail(ErrorKind::invalid, "no two rows can be compared");
    return total.index();
}

}  // namespace quoin
