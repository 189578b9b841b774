#pragma once

#include <filesystem>
#include <string>
#include <variant>

#include "models/series/nbeats_model.h"
#include "models/series/tft_model.h"

namespace quoin {

/// A network for many series as a file keeps it.
using PanelNetwork = std::variant<NbeatsModel, TftModel>;

std::string method_of(const PanelNetwork& network);   ///< nbeats or tft
std::size_t horizon_of(const PanelNetwork& network);  ///< steps ahead that it was trained for
/// Error: not_found, unavailable (the file); corrupt, unsupported, too_large (its content).
Result<PanelNetwork> read_network(const std::filesystem::path& file);
/// Error: unavailable.
Status write_network(const std::filesystem::path& file, const PanelNetwork& network);

}  // namespace quoin
