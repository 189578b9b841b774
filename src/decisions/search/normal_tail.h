#pragma once

namespace quoin {

/// log Φ(z) without underflow: by the asymptotic series below −25 (relative error 1e-10 there, less beyond). Thread-safe.
double log_normal_below(double z);

/// log(φ(z) + z Φ(z)), the logarithm of the expected improvement of a standard normal over −z, without underflow or cancellation for any z
/// (Ament, Daulton, Eriksson, Balandat & Bakshy 2023, "Unexpected improvements to expected improvement"). Thread-safe.
double log_improvement(double z);

}  // namespace quoin
