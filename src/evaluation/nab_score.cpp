#include "evaluation/nab_score.h"

#include <algorithm>
#include <cmath>

namespace quoin {
namespace {

constexpr double probation_share = 0.15;
constexpr double probation_rows_max = 0.15 * 5000;
constexpr double far_behind = 3;              // widths behind a window from where a false alarm weighs fully
constexpr double threshold_of_silence = 1.1;  // above every score

/// 2 σ(−5 x) − 1: near 1 at the left edge of a window (x = −1), 0 at its right edge, near −1 a width behind it.
double scaled_sigmoid(double position) { return position >= far_behind ? -1 : 2 / (1 + std::exp(5 * position)) - 1; }

/// A row after the probation: what an alarm there is worth, and the window it is in, counted over the corpus; −1: none.
struct Row {
    double score, worth;
    std::ptrdiff_t window;
};

/// Appends the rows of one file; windows are numbered from `window_first`.
void append_rows(const NabSeries& series, const NabProfile& profile, std::ptrdiff_t window_first, std::vector<Row>& rows) {
    const double most = scaled_sigmoid(-1);
    std::size_t probation = nab_probation(series.scores.size()), next = 0;
    for (std::size_t i = 0; i < series.scores.size(); ++i) {
        while (next < series.windows.size() && i > series.windows[next].last) ++next;
        bool inside = next < series.windows.size() && i >= series.windows[next].first;
        double worth = -profile.false_alarm;
        if (inside) {
            auto [first, last] = series.windows[next];
            double width = static_cast<double>(last - first + 1);
            worth = scaled_sigmoid(-static_cast<double>(last - i + 1) / width) * profile.detection / most;
        } else if (next > 0) {
            auto [first, last] = series.windows[next - 1];
            double behind = first == last ? far_behind : static_cast<double>(i - last) / static_cast<double>(last - first);
            worth = scaled_sigmoid(behind) * profile.false_alarm;
        }
        if (i >= probation) rows.push_back({series.scores[i], worth, inside ? window_first + static_cast<std::ptrdiff_t>(next) : -1});
    }
}

/// Alarms are raised one after the other, from the highest score down; `best` is what each window has earned so far.
class Sweep {
public:
    Sweep(std::span<const Row> rows, std::size_t windows, const NabProfile& profile) : best_(windows, 0.0), met_(windows, 0) {
        for (const Row& row : rows) {
            if (row.window < 0) {
                ++tally_.true_quiet;
                continue;
            }
            ++tally_.missed_rows;
            auto window = static_cast<std::size_t>(row.window);
            if (!met_[window]) tally_.points -= profile.miss, best_[window] = -profile.miss;
            met_[window] = 1;
        }
    }
    void raise(const Row& row) {
        if (row.window < 0) {
            tally_.points += row.worth;
            ++tally_.false_alarms, --tally_.true_quiet;
            return;
        }
        ++tally_.true_alarms, --tally_.missed_rows;
        double& best = best_[static_cast<std::size_t>(row.window)];
        if (row.worth > best) tally_.points += row.worth - best, best = row.worth;
    }
    const NabTally& tally() const { return tally_; }

private:
    NabTally tally_;
    std::vector<double> best_;
    std::vector<char> met_;  ///< windows with a row after the probation; others cannot be missed
};

Status check(const NabSeries& series, std::size_t file) {
    for (double score : series.scores)
        if (!(score >= 0 && score <= 1)) return fail(ErrorKind::invalid, "file {} has the score {}; it must be in [0, 1]", file, score);
    for (std::size_t i = 0; i < series.windows.size(); ++i) {
        auto [first, last] = series.windows[i];
        if (first > last || last >= series.scores.size() || (i > 0 && first <= series.windows[i - 1].last))
            return fail(ErrorKind::invalid, "window {} of file {} is not in order or not in the file", i, file);
    }
    return {};
}

}  // namespace

std::size_t nab_probation(std::size_t rows) {
    return static_cast<std::size_t>(std::min(std::floor(probation_share * static_cast<double>(rows)), probation_rows_max));
}

NabTally nab_tally(const NabSeries& series, const NabProfile& profile, double threshold) {
    std::vector<Row> rows;
    append_rows(series, profile, 0, rows);
    Sweep sweep(rows, series.windows.size(), profile);
    for (const Row& row : rows)
        if (row.score >= threshold) sweep.raise(row);
    return sweep.tally();
}

Result<NabScore> nab_score(std::span<const NabSeries> corpus, const NabProfile& profile) {
    std::vector<Row> rows;
    std::size_t windows = 0;
    for (std::size_t file = 0; file < corpus.size(); ++file) {
        TRY_VOID(check(corpus[file], file));
        append_rows(corpus[file], profile, static_cast<std::ptrdiff_t>(windows), rows);
        windows += corpus[file].windows.size();
    }
    if (windows == 0) return fail(ErrorKind::invalid, "without a labelled window there is nothing to score");
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.score > b.score; });
    Sweep sweep(rows, windows, profile);
    double silence = sweep.tally().points;
    NabScore best{0, threshold_of_silence, sweep.tally()};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        sweep.raise(rows[i]);
        bool last_of_score = i + 1 == rows.size() || rows[i + 1].score != rows[i].score;
        if (last_of_score && sweep.tally().points > best.tally.points) best = {0, rows[i].score, sweep.tally()};
    }
    // The benchmark's zero is a detector that alarms never; its hundred finds every window at its first row.
    double perfect = profile.detection * static_cast<double>(windows);
    double null = -profile.miss * static_cast<double>(windows);
    best.score = 100 * (std::max(best.tally.points, silence) - null) / (perfect - null);
    return best;
}

}  // namespace quoin
