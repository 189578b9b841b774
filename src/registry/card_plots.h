#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "registry/model_card.h"

/// The plots of a model card: each returns one svg element without colours of its own (classes, which the page's style sheet fills, light
/// or dark), or an empty text if there is nothing to draw. Points that are not finite are left out.
namespace quoin {

/// How often the truth lies inside the interval, against how often it should.
std::string coverage_plot(const std::vector<std::pair<double, double>>& curve);
/// Mean observed against mean predicted per bin, in `unit` ("USD": money; otherwise numbers, shares as per cent).
std::string calibration_plot(const std::vector<std::pair<double, double>>& bins, std::string_view unit);
/// Median ratio per price decile with the band 0.90 to 1.10 of the IAAO standard.
std::string decile_ratio_plot(const std::vector<CardContent::DecileLine>& deciles);
std::string decile_error_plot(const std::vector<CardContent::DecileLine>& deciles);
/// The most important features (at most 20), the rest in one bar.
std::string importance_plot(const std::vector<std::pair<std::string, double>>& importance);
std::string learning_curve_plot(std::string_view family, const std::vector<double>& losses);

}  // namespace quoin
