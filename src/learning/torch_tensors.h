#pragma once

#include <dlfcn.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/rng.h"

// What the sources of libquoin_torch.so share.

namespace quoin {

/// libtorch's matrix products run in OpenBLAS, which splits them over all cores unless told otherwise; a split product rounds differently.
inline void compute_on_one_thread() {
    at::set_num_threads(1);  // kept per thread
    static const bool blas_on_one_thread = [] {
        using SetThreads = void (*)(int);
        const auto set_threads = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
        if (set_threads) set_threads(1);
        return set_threads != nullptr;
    }();
    static_cast<void>(blas_on_one_thread);
}

/// A copy. Precondition: as many values as the shape says.
inline torch::Tensor tensor_of(const std::vector<float>& values, std::vector<std::int64_t> shape) {
    torch::Tensor tensor = torch::empty(shape, torch::kFloat32);
    std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
    return tensor;
}

inline std::vector<float> floats_of(const torch::Tensor& tensor) {
    torch::Tensor dense = tensor.detach().contiguous();
    return {dense.data_ptr<float>(), dense.data_ptr<float>() + dense.numel()};
}

/// A weight matrix (outputs × inputs) uniform in ± bound.
inline torch::Tensor uniform_weights(std::int64_t outputs, std::int64_t inputs, double bound, Rng& rng) {
    std::vector<float> weights(static_cast<std::size_t>(outputs * inputs));
    for (float& weight : weights) weight = static_cast<float>((2 * rng.uniform() - 1) * bound);
    return tensor_of(weights, {outputs, inputs}).requires_grad_();
}

/// From `rate` down to 0 along half a cosine (Loshchilov & Hutter 2017); progress in [0, 1].
inline double cosine_rate(double rate, double progress) { return rate * 0.5 * (1 + std::cos(std::numbers::pi * progress)); }

/// Runs `work`, whose exceptions become errors: internal, in libtorch's words.
template <class T, class Work>
Result<T> guarded_training(std::string_view what, Work work) {
    try {
        compute_on_one_thread();
        return work();
    } catch (const c10::Error& error) {
        return fail(ErrorKind::internal, "libtorch: {}", error.what_without_backtrace());
    } catch (const std::exception& error) {
        return fail(ErrorKind::internal, "training {}: {}", what, error.what());
    }
}

}  // namespace quoin
