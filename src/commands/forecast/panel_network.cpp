#include "commands/forecast/panel_network.h"

#include <fstream>

#include "models/network/metadata.h"
#include "store/blobs.h"

namespace quoin {
namespace {

constexpr std::uintmax_t bytes_max = 1ull << 30;

Result<std::vector<std::byte>> read_bytes(const std::filesystem::path& file) {
    std::error_code problem;
    std::uintmax_t size = std::filesystem::file_size(file, problem);
    if (problem) return fail(ErrorKind::not_found, "'{}' cannot be read: {}", file.string(), problem.message());
    if (size > bytes_max) return fail(ErrorKind::too_large, "'{}' has more than {} bytes", file.string(), bytes_max);
    std::vector<std::byte> bytes(size);
    std::ifstream stream(file, std::ios::binary);
    stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    if (!stream) return fail(ErrorKind::unavailable, "'{}' cannot be read", file.string());
    return bytes;
}

template <class Model>
Result<PanelNetwork> loaded(std::span<const std::byte> bytes) {
    TRY(model, Model::load(bytes));
    return PanelNetwork{std::move(model)};
}

}  // namespace

std::string method_of(const PanelNetwork& network) { return std::holds_alternative<TftModel>(network) ? "tft" : "nbeats"; }

std::size_t horizon_of(const PanelNetwork& network) {
    if (const auto* tft = std::get_if<TftModel>(&network)) return tft->parts().network.shape().horizon;
    return std::get<NbeatsModel>(network).horizon();
}

Result<PanelNetwork> read_network(const std::filesystem::path& file) {
    TRY(bytes, read_bytes(file));
    auto content = read_safetensors(bytes);
    if (!content) return fail(content.error().kind, "'{}' holds no network: {}", file.string(), content.error().message);
    TRY(format, metadata_text(*content, "format"));
    auto network = format.starts_with("quoin tft") ? loaded<TftModel>(bytes) : loaded<NbeatsModel>(bytes);
    if (!network) return fail(network.error().kind, "'{}': {}", file.string(), network.error().message);
    return network;
}

Status write_network(const std::filesystem::path& file, const PanelNetwork& network) {
    return write_file_atomically(file, std::visit([](const auto& model) { return model.save(); }, network));
}

}  // namespace quoin
