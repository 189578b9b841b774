#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace quoin {

/// A file of named float tensors in the safetensors format (huggingface/safetensors, version of 2023), limited to F32.
struct Safetensors {
    struct Tensor {
        std::vector<std::size_t> shape;
        std::vector<float> values;  ///< row-major; as many as the product of the shape
    };
    std::map<std::string, std::string> metadata;
    std::map<std::string, Tensor> tensors;
};

/// Tensors in order of name, one after the other; the header is padded with spaces to a multiple of 8. Same content, same bytes.
std::vector<std::byte> write_safetensors(const Safetensors& content);
/// Error: corrupt (saying which tensor and why), unsupported (a type other than F32), too_large.
Result<Safetensors> read_safetensors(std::span<const std::byte> bytes);

}  // namespace quoin
