#pragma once

/// Elementary functions that give the same bits on every machine. Those of the C library do not: they differ between its versions, and one
/// version picks other code where the processor has fused multiply-add. These use additions, multiplications, divisions and square roots
/// only, whose results IEEE 754 fixes. exp, the logarithms and pow compute in pairs of doubles (Dekker 1971) and are wrong by less than
/// 0.53 units in the last place, so that a result that is exact in theory is exact; sin and cos by less than 1, tan and atan2 by less than
/// 3; results below 2.3e-308 by less than 1. Pure; never set errno. A result that is no real number is NaN, one that is too large an
/// infinity.
namespace quoin::elementary {

double exp(double x);
double log(double x);
double log1p(double x);
double log2(double x);
double log10(double x);
double pow(double x, double y);
/// NaN beyond ±1,000,000, where the angle is known to few digits only.
double sin(double x);
double cos(double x);
double tan(double x);
double atan2(double y, double x);

}  // namespace quoin::elementary
