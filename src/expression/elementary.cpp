#include "expression/elementary.h"

#include <cmath>

namespace quoin::elementary {

double exp(double x) { return std::exp(x); }
double log(double x) { return std::log(x); }
double log1p(double x) { return std::log1p(x); }
double log2(double x) { return std::log2(x); }
double log10(double x) { return std::log10(x); }
double pow(double x, double y) { return std::pow(x, y); }
double sin(double x) { return std::sin(x); }
double cos(double x) { return std::cos(x); }
double tan(double x) { return std::tan(x); }
double atan2(double y, double x) { return std::atan2(y, x); }

}  // namespace quoin::elementary
