#pragma once

/// Elementary functions that give the same bits on every machine. Those of the C library do not: they differ between its versions, and one
/// version picks other code where the processor has fused multiply-add. These use additions, multiplications, divisions and square roots
/// only, whose results IEEE 754 fixes. Error below one unit in the last place where not said otherwise. Pure; never set errno.
/// A result that is no real number is NaN, one that is too large an infinity.
namespace quoin::elementary {

double exp(double x);
double log(double x);
double log1p(double x);
double log2(double x);
double log10(double x);
double pow(double x, double y);
double sin(double x);
double cos(double x);
double tan(double x);
double atan2(double y, double x);

}  // namespace quoin::elementary
