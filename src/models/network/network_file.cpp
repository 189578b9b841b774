#include <algorithm>

#include "models/network/metadata.h"
#include "models/network/network.h"

namespace quoin {
namespace {

constexpr std::string_view format_name = "quoin network 1";

template <class Number>
Result<Number> metadata_number(const Safetensors& content, const std::string& name) {
    TRY(numbers, metadata_numbers<Number>(content, name));
    if (numbers.size() != 1) return fail(ErrorKind::corrupt, "network: \"{}\" is not one number", name);
    return numbers[0];
}

Result<const Safetensors::Tensor*> tensor(const Safetensors& content, const std::string& name, std::size_t rank) {
    auto found = content.tensors.find(name);
    if (found == content.tensors.end()) return fail(ErrorKind::corrupt, "network: tensor '{}' is missing", name);
    if (found->second.shape.size() != rank) return fail(ErrorKind::corrupt, "network: tensor '{}' does not have {} dimensions", name, rank);
    return &found->second;
}

/// Layers in the file are numbered with four digits, so that their order by name is their order in the network.
std::string tensor_name(std::size_t layer, std::string_view part) { return fmt::format("layer.{:04}.{}", layer, part); }

Result<std::vector<Network::Input>> inputs_from(const Safetensors& content) {
    TRY(features, metadata_numbers<std::size_t>(content, "input_features"));
    TRY(levels, metadata_numbers<int>(content, "input_levels"));
    TRY(means, tensor(content, "input.mean", 1));
    TRY(scales, tensor(content, "input.scale", 1));
    if (levels.size() != features.size() || means->values.size() != features.size() || scales->values.size() != features.size()) {
        return fail(ErrorKind::corrupt, "network: {} inputs, but {} levels, {} means and {} scales", features.size(), levels.size(),
                    means->values.size(), scales->values.size());
    }
    std::vector<Network::Input> inputs;
    for (std::size_t i = 0; i < features.size(); ++i) {
        inputs.push_back({.feature = features[i], .level = levels[i], .mean = means->values[i], .scale = scales->values[i]});
    }
    return inputs;
}

Result<Network::Layer> layer_from(const Safetensors& content, std::size_t index) {
    TRY(weights, tensor(content, tensor_name(index, "weight"), 2));
    TRY(bias, tensor(content, tensor_name(index, "bias"), 1));
    return Network::Layer{weights->shape[1], weights->shape[0], weights->values, bias->values};
}

}  // namespace

std::vector<std::byte> Network::save() const {
    Safetensors content;
    std::vector<std::size_t> features;
    std::vector<int> levels;
    Safetensors::Tensor means{{parts_.inputs.size()}, {}}, scales{{parts_.inputs.size()}, {}};
    for (const Input& input : parts_.inputs) {
        features.push_back(input.feature);
        levels.push_back(input.level);
        means.values.push_back(input.mean);
        scales.values.push_back(input.scale);
    }
    // Shortest decimal text that reads back as the same double, so that a loaded network answers bit for bit the same.
    content.metadata = {{"format", std::string(format_name)},
                        {"features", fmt::format("{}", parts_.features)},
                        {"layers", fmt::format("{}", parts_.layers.size())},
                        {"input_features", fmt::format("{}", fmt::join(features, " "))},
                        {"input_levels", fmt::format("{}", fmt::join(levels, " "))},
                        {"input_limit", fmt::format("{}", parts_.input_limit)},
                        {"output_mean", fmt::format("{}", parts_.output_mean)},
                        {"output_scale", fmt::format("{}", parts_.output_scale)}};
    content.tensors["input.mean"] = std::move(means);
    content.tensors["input.scale"] = std::move(scales);
    for (std::size_t l = 0; l < parts_.layers.size(); ++l) {
        const Layer& layer = parts_.layers[l];
        content.tensors[tensor_name(l, "weight")] = {{layer.outputs, layer.inputs}, layer.weights};
        content.tensors[tensor_name(l, "bias")] = {{layer.outputs}, layer.bias};
    }
    return write_safetensors(content);
}

Result<Network> Network::load(std::span<const std::byte> bytes) {
    TRY(content, read_safetensors(bytes));
    TRY(format, metadata_text(content, "format"));
    if (format != format_name)
        return fail(ErrorKind::unsupported, "network: format '{}'; only '{}' is read", format.substr(0, 40), format_name);
    Parts parts;
    TRY(features, metadata_number<std::size_t>(content, "features"));
    TRY(layers, metadata_number<std::size_t>(content, "layers"));
    TRY(inputs, inputs_from(content));
    TRY(input_limit, metadata_number<float>(content, "input_limit"));
    TRY(output_mean, metadata_number<double>(content, "output_mean"));
    TRY(output_scale, metadata_number<double>(content, "output_scale"));
    parts.features = features;
    parts.inputs = std::move(inputs);
    parts.input_limit = input_limit;
    parts.output_mean = output_mean;
    parts.output_scale = output_scale;
    if (content.tensors.size() != 2 + 2 * layers || layers > content.tensors.size()) {
        return fail(ErrorKind::corrupt, "network: {} tensors for {} layers", content.tensors.size(), layers);
    }
    for (std::size_t l = 0; l < layers; ++l) {
        TRY(layer, layer_from(content, l));
        parts.layers.push_back(std::move(layer));
    }
    return make(std::move(parts));
}

}  // namespace quoin
