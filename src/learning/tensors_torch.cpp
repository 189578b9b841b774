#include <dlfcn.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "learning/tensors.h"

namespace quoin {

void compute_on_one_thread() {
    at::set_num_threads(1);  // kept per thread
    static const bool blas_on_one_thread = [] {
        using SetThreads = void (*)(int);
        const auto set_threads = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
        if (set_threads) set_threads(1);
        return set_threads != nullptr;
    }();
    static_cast<void>(blas_on_one_thread);
}

at::Tensor tensor_of(const std::vector<float>& values, std::vector<std::int64_t> shape) {
    torch::Tensor tensor = torch::empty(shape, torch::kFloat32);
    std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
    return tensor;
}

std::vector<float> floats_of(const at::Tensor& tensor) {
    torch::Tensor dense = tensor.detach().contiguous();
    return {dense.data_ptr<float>(), dense.data_ptr<float>() + dense.numel()};
}

at::Tensor uniform_weights(std::int64_t outputs, std::int64_t inputs, double bound, Rng& rng) {
    std::vector<float> weights(static_cast<std::size_t>(outputs * inputs));
    for (float& weight : weights) weight = static_cast<float>((2 * rng.uniform() - 1) * bound);
    return tensor_of(weights, {outputs, inputs}).requires_grad_();
}

double cosine_rate(double rate, double progress) { return rate * 0.5 * (1 + std::cos(std::numbers::pi * progress)); }

std::string text_of(const std::exception& error) {
    const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
    return torch_error ? torch_error->what_without_backtrace() : error.what();
}

}  // namespace quoin
