#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/rng.h"

namespace at {
class Tensor;
}

// What the sources of libquoin_torch.so share.

namespace quoin {

/// libtorch's matrix products run in OpenBLAS, which splits them over all cores unless told otherwise; a split product rounds differently.
void compute_on_one_thread();

/// A copy. Precondition: as many values as the shape says.
at::Tensor tensor_of(const std::vector<float>& values, std::vector<std::int64_t> shape);
std::vector<float> floats_of(const at::Tensor& tensor);
/// A weight matrix (outputs × inputs) uniform in ± bound, to be trained.
at::Tensor uniform_weights(std::int64_t outputs, std::int64_t inputs, double bound, Rng& rng);

/// From `rate` down to 0 along half a cosine (Loshchilov & Hutter 2017); progress in [0, 1].
double cosine_rate(double rate, double progress);

/// In libtorch's words, without its backtrace.
std::string text_of(const std::exception& error);

/// Runs `work` on one thread; its exceptions become errors: internal.
template <class T, class Work>
Result<T> guarded_training(std::string_view what, Work work) {
    try {
        compute_on_one_thread();
        return work();
    } catch (const std::exception& error) {
        return fail(ErrorKind::internal, "training {}: {}", what, text_of(error));
    }
}

}  // namespace quoin
