#pragma once

#include <span>
#include <string>
#include <vector>

#include "models/series/learned_path_model.h"
#include "models/series/tft_network.h"

namespace quoin {

/// A series with its other inputs, on a grid of equal steps without missing values.
struct TftSeries {
    std::vector<std::size_t> categories;  ///< codes from 1 on; 0 is unknown
    std::vector<double> static_numbers;
    std::vector<double> target;
    std::vector<std::vector<double>> observed;  ///< other columns, each as long as the target
    std::vector<std::vector<double>> known;     ///< columns, each as long as the target and the horizon after it
};

/// Why a forecast is what it is.
struct TftReasons {
    std::vector<double> static_weights;                ///< categories, then numbers
    std::vector<double> past_weights, future_weights;  ///< in the order of the model's names
    std::vector<double> attention;                     ///< one per step of the lookback: mean over the steps ahead, renormalised
};

/// A trained Temporal Fusion Transformer (Lim et al. 2021) for series like those that it was trained on. The target and observed inputs are
/// scaled by their own window, known ones by the mean and deviation of training. To a network's known inputs come the sine and cosine of
/// each season, the step ahead, and the target one lag of each season before (season_lag()). Immutable, thread-safe.
class TftModel {
public:
    struct Scale {
        double mean = 0, deviation = 1;
    };
    struct Parts {
        std::vector<std::string> static_names, observed_names, known_names;  ///< of the caller's inputs; observed without the target
        std::vector<std::vector<std::string>> levels;                        ///< names of each category's codes from 1 on; may be empty
        std::vector<std::size_t> periods;                                    ///< of seasons
        std::vector<Scale> static_scales, known_scales;
        PathCalibration calibration;
        TftNetwork network;
    };
    /// Error: corrupt.
    static Result<TftModel> make(Parts parts);
    const Parts& parts() const { return parts_; }
    /// Names of the network's variables, in the order of the weights in TftReasons.
    std::vector<std::string> past_names() const, future_names() const;

    /// What comes after the first `origin` values. Error: invalid (inputs that do not fit, a value that is not finite).
    Result<TftWindow> window(const TftSeries& series, std::size_t origin) const;
    Result<LearnedPathModel> path(const TftSeries& series, std::size_t origin) const;
    Result<TftReasons> reasons(const TftSeries& series, std::size_t origin) const;
    /// horizon × quantiles in the series' unit, sorted so that none cross; before calibration. Error: as window().
    Result<Matrix> quantiles(const TftSeries& series, std::size_t origin) const;

    /// safetensors; docs/formats/series.md.
    std::vector<std::byte> save() const;
    static Result<TftModel> load(std::span<const std::byte> bytes);

private:
    Parts parts_;
};

/// The least multiple of a season that is no shorter than the horizon: the season's values so long ago are known for every step ahead.
std::size_t season_lag(std::size_t period, std::size_t horizon);
/// Inputs that a network gets besides the caller's: sine, cosine and lag of each season, and the step.
std::size_t added_known(std::size_t periods);

/// The window of a series as a network of this shape reads it.
Result<TftWindow> tft_window(const TftSeries& series, std::size_t origin, const TftModel::Parts& parts, const TftShape& shape);

}  // namespace quoin
