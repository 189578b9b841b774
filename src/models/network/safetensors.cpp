#include "models/network/safetensors.h"

#include <algorithm>
#include <bit>
#include <boost/json.hpp>
#include <cassert>
#include <cstring>
#include <limits>

#include "base/json.h"

namespace quoin {
namespace {

namespace json = boost::json;

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian");

constexpr std::size_t length_bytes = 8;
constexpr std::size_t header_bytes_max = 16u << 20;
constexpr std::size_t rank_max = 4;

/// One tensor's line of the header, checked against the data that follows.
struct Placed {
    std::vector<std::size_t> shape;
    std::size_t first, last;  ///< bytes of the data section
};

Result<std::size_t> whole_number(const json::value& value, std::string_view name) {
    if (!value.is_int64() && !value.is_uint64())
        return fail(ErrorKind::corrupt, "safetensors: tensor '{}' has a size that is not a whole number", name);
    if (value.is_int64() && value.get_int64() < 0) return fail(ErrorKind::corrupt, "safetensors: tensor '{}' has a negative size", name);
    return static_cast<std::size_t>(value.is_int64() ? static_cast<std::uint64_t>(value.get_int64()) : value.get_uint64());
}

Result<Placed> placed_from(const json::value& value, std::string_view name, std::size_t data_bytes) {
    if (!value.is_object()) return fail(ErrorKind::corrupt, "safetensors: tensor '{}' is not described by an object", name);
    const json::object& object = value.get_object();
    const json::value* type = object.if_contains("dtype");
    const json::value* shape = object.if_contains("shape");
    const json::value* offsets = object.if_contains("data_offsets");
    if (!type || !type->is_string() || !shape || !shape->is_array() || !offsets || !offsets->is_array() ||
        offsets->get_array().size() != 2) {
        return fail(ErrorKind::corrupt, "safetensors: tensor '{}' lacks dtype, shape or data_offsets", name);
    }
    if (type->get_string() != "F32") {
        return fail(ErrorKind::unsupported, "safetensors: tensor '{}' is of type {}; only F32 is read", name,
                    std::string_view(type->get_string()));
    }
    if (shape->get_array().size() > rank_max)
        return fail(ErrorKind::unsupported, "safetensors: tensor '{}' has more than {} dimensions", name, rank_max);
    Placed placed{};
    std::size_t bytes = sizeof(float);
    for (const json::value& entry : shape->get_array()) {
        TRY(size, whole_number(entry, name));
        if (size != 0 && bytes > data_bytes / size)
            return fail(ErrorKind::corrupt, "safetensors: tensor '{}' is larger than the file", name);
        bytes *= size;
        placed.shape.push_back(size);
    }
    TRY(first, whole_number(offsets->get_array()[0], name));
    TRY(last, whole_number(offsets->get_array()[1], name));
    if (first > last || last > data_bytes || last - first != bytes) {
        return fail(ErrorKind::corrupt, "safetensors: tensor '{}' lies at bytes {} to {} of {}, but its shape needs {}", name, first, last,
                    data_bytes, bytes);
    }
    placed.first = first;
    placed.last = last;
    return placed;
}

Result<std::map<std::string, std::string>> metadata_from(const json::value& value) {
    if (!value.is_object()) return fail(ErrorKind::corrupt, "safetensors: __metadata__ is not an object");
    std::map<std::string, std::string> metadata;
    for (const auto& entry : value.get_object()) {
        if (!entry.value().is_string()) return fail(ErrorKind::corrupt, "safetensors: a value of __metadata__ is not a string");
        metadata.emplace(entry.key(), std::string_view(entry.value().get_string()));
    }
    return metadata;
}

/// The tensors must cover the data without a gap or an overlap, as the format demands.
Status check_cover(std::vector<std::pair<std::size_t, std::size_t>> ranges, std::size_t data_bytes) {
    std::sort(ranges.begin(), ranges.end());
    std::size_t end = 0;
    for (auto [first, last] : ranges) {
        if (first != end) return fail(ErrorKind::corrupt, "safetensors: a gap or an overlap at byte {} of the data", std::min(first, end));
        end = last;
    }
    if (end != data_bytes) return fail(ErrorKind::corrupt, "safetensors: {} bytes of data belong to no tensor", data_bytes - end);
    return {};
}

}  // namespace

std::vector<std::byte> write_safetensors(const Safetensors& content) {
    json::object header;
    json::object metadata;
    for (const auto& [name, text] : content.metadata) metadata[name] = text;
    header["__metadata__"] = std::move(metadata);
    std::size_t offset = 0;
    for (const auto& [name, tensor] : content.tensors) {
        json::array shape(tensor.shape.begin(), tensor.shape.end());
        std::size_t bytes = tensor.values.size() * sizeof(float);
        header[name] = {{"dtype", "F32"}, {"shape", std::move(shape)}, {"data_offsets", json::array{offset, offset + bytes}}};
        offset += bytes;
    }
    std::string text = json_text(header);
    text.resize((text.size() + 7) / 8 * 8, ' ');

    std::vector<std::byte> bytes(length_bytes + text.size() + offset);
    const std::uint64_t length = text.size();
    std::memcpy(bytes.data(), &length, length_bytes);
    std::memcpy(bytes.data() + length_bytes, text.data(), text.size());
    std::byte* at = bytes.data() + length_bytes + text.size();
    for (const auto& [name, tensor] : content.tensors) {
        if (tensor.values.empty()) continue;
        std::memcpy(at, tensor.values.data(), tensor.values.size() * sizeof(float));
        at += tensor.values.size() * sizeof(float);
    }
    return bytes;
}

Result<Safetensors> read_safetensors(std::span<const std::byte> bytes) {
    if (bytes.size() < length_bytes) return fail(ErrorKind::corrupt, "safetensors: {} bytes are too few for a header", bytes.size());
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), length_bytes);
    if (length > header_bytes_max)
        return fail(ErrorKind::too_large, "safetensors: a header of {} bytes; the limit is {}", length, header_bytes_max);
    if (length > bytes.size() - length_bytes) return fail(ErrorKind::corrupt, "safetensors: the file ends inside its header");
    std::string_view text(reinterpret_cast<const char*>(bytes.data()) + length_bytes, length);
    auto header = parse_json(text, {.bytes_max = header_bytes_max, .depth_max = 4});
    if (!header) return fail(ErrorKind::corrupt, "safetensors: {}", header.error().message);
    if (!header->is_object()) return fail(ErrorKind::corrupt, "safetensors: the header is not an object");

    std::span<const std::byte> data = bytes.subspan(length_bytes + length);
    Safetensors content;
    std::vector<std::pair<std::size_t, std::size_t>> ranges;
    for (const auto& entry : header->get_object()) {
        if (entry.key() == "__metadata__") {
            TRY(metadata, metadata_from(entry.value()));
            content.metadata = std::move(metadata);
            continue;
        }
        TRY(placed, placed_from(entry.value(), entry.key(), data.size()));
        Safetensors::Tensor tensor{std::move(placed.shape), std::vector<float>((placed.last - placed.first) / sizeof(float))};
        if (!tensor.values.empty()) std::memcpy(tensor.values.data(), data.data() + placed.first, placed.last - placed.first);
        ranges.emplace_back(placed.first, placed.last);
        content.tensors.emplace(entry.key(), std::move(tensor));
    }
    TRY_VOID(check_cover(std::move(ranges), data.size()));
    return content;
}

}  // namespace quoin
