#include "models/network/metadata.h"
#include "models/series/nbeats_model.h"

namespace quoin {
namespace {

constexpr std::string_view format_name = "quoin n-beats 1";
constexpr std::size_t kinds = 3;

struct LayerPlace {
    std::size_t member, stack, block, layer;
};

std::string tensor_name(const LayerPlace& at, std::string_view part) {
    return fmt::format("member.{:04}.stack.{:04}.block.{:04}.layer.{:04}.{}", at.member, at.stack, at.block, at.layer, part);
}

Result<Network::Layer> layer_from(const Safetensors& content, const std::string& weight_name, const std::string& bias_name) {
    auto weight = content.tensors.find(weight_name), bias = content.tensors.find(bias_name);
    if (weight == content.tensors.end() || bias == content.tensors.end())
        return fail(ErrorKind::corrupt, "N-BEATS: tensor '{}' or its bias is missing", weight_name);
    if (weight->second.shape.size() != 2) return fail(ErrorKind::corrupt, "N-BEATS: tensor '{}' does not have 2 dimensions", weight_name);
    return Network::Layer{weight->second.shape[1], weight->second.shape[0], weight->second.values, bias->second.values};
}

void add_member(Safetensors& content, const NbeatsModel::Member& member, std::size_t index) {
    std::string stacks;
    const auto& parts = member.network.parts();
    for (std::size_t s = 0; s < parts.stacks.size(); ++s) {
        const NbeatsNetwork::Stack& stack = parts.stacks[s];
        stacks += fmt::format("{}{} {} {} {}", s ? " " : "", static_cast<int>(stack.kind), stack.repeats, stack.blocks.size(),
                              stack.blocks[0].size());
        for (std::size_t b = 0; b < stack.blocks.size(); ++b)
            for (std::size_t l = 0; l < stack.blocks[b].size(); ++l) {
                const Network::Layer& layer = stack.blocks[b][l];
                content.tensors[tensor_name({index, s, b, l}, "weight")] = {{layer.outputs, layer.inputs}, layer.weights};
                content.tensors[tensor_name({index, s, b, l}, "bias")] = {{layer.outputs}, layer.bias};
            }
    }
    std::string name = fmt::format("member.{:04}", index);
    content.metadata[name + ".loss"] = member.loss;
    content.metadata[name + ".lookback"] = fmt::format("{}", parts.lookback);
    content.metadata[name + ".stacks"] = stacks;
}

Result<NbeatsModel::Member> member_from(const Safetensors& content, std::size_t index, std::size_t horizon) {
    std::string name = fmt::format("member.{:04}", index);
    TRY(loss, metadata_text(content, name + ".loss"));
    TRY(lookback, metadata_count(content, name + ".lookback"));
    TRY(stacks, metadata_numbers<std::size_t>(content, name + ".stacks"));
    NbeatsNetwork::Parts parts{lookback, horizon, {}};
    if (stacks.size() % 4 != 0) return fail(ErrorKind::corrupt, "N-BEATS: \"{}.stacks\" is not four numbers per stack", name);
    for (std::size_t s = 0; s < stacks.size() / 4; ++s) {
        const std::size_t* numbers = stacks.data() + 4 * s;
        if (numbers[0] >= kinds || numbers[2] > content.tensors.size() || numbers[3] > content.tensors.size())
            return fail(ErrorKind::corrupt, "N-BEATS: stack {} of member {} is not possible", s, index);
        NbeatsNetwork::Stack stack{static_cast<NbeatsNetwork::Kind>(numbers[0]), numbers[1], {}};
        for (std::size_t b = 0; b < numbers[2]; ++b) {
            NbeatsNetwork::Block block;
            for (std::size_t l = 0; l < numbers[3]; ++l) {
                TRY(layer, layer_from(content, tensor_name({index, s, b, l}, "weight"), tensor_name({index, s, b, l}, "bias")));
                block.push_back(std::move(layer));
            }
            stack.blocks.push_back(std::move(block));
        }
        parts.stacks.push_back(std::move(stack));
    }
    TRY(network, NbeatsNetwork::make(std::move(parts)));
    return NbeatsModel::Member{std::string(loss), std::move(network)};
}

}  // namespace

std::vector<std::byte> NbeatsModel::save() const {
    Safetensors content;
    content.metadata = {{"format", std::string(format_name)},
                        {"horizon", fmt::format("{}", horizon())},
                        {"period", fmt::format("{}", parts_.period)},
                        {"members", fmt::format("{}", parts_.members.size())},
                        {"growth", fmt::format("{}", fmt::join(parts_.calibration.growth, " "))},
                        {"scores", fmt::format("{}", fmt::join(parts_.calibration.scores, " "))}};
    for (std::size_t m = 0; m < parts_.members.size(); ++m) add_member(content, parts_.members[m], m);
    return write_safetensors(content);
}

Result<NbeatsModel> NbeatsModel::load(std::span<const std::byte> bytes) {
    TRY(content, read_safetensors(bytes));
    TRY(format, metadata_text(content, "format"));
    if (format != format_name)
        return fail(ErrorKind::unsupported, "N-BEATS: format '{}'; only '{}' is read", format.substr(0, 40), format_name);
    TRY(horizon, metadata_count(content, "horizon"));
    TRY(period, metadata_count(content, "period"));
    TRY(members, metadata_count(content, "members"));
    TRY(growth, metadata_numbers<double>(content, "growth"));
    TRY(scores, metadata_numbers<double>(content, "scores"));
    if (members > content.tensors.size()) return fail(ErrorKind::corrupt, "N-BEATS: {} members are not in the file", members);
    Parts parts{.period = period, .members = {}, .calibration = {std::move(growth), std::move(scores)}};
    for (std::size_t m = 0; m < members; ++m) {
        TRY(member, member_from(content, m, horizon));
        parts.members.push_back(std::move(member));
    }
    return make(std::move(parts));
}

}  // namespace quoin
