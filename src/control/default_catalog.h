#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace quoin {

/// A file of the catalog that the program carries, e.g. "features/user_documents.yaml".
struct CatalogFile {
    std::string_view path, text;
};

/// The event types, features, sources and products that come with the program, and the declarations of the simulated market's models (in
/// simulated/), sorted by path.
std::vector<CatalogFile> default_catalog();

/// Writes them under `folder`, from where they can be changed. Nothing is done for a part (events, features, sources,
/// products) that has a folder already. Error: unavailable.
Status write_default_catalog(const std::filesystem::path& folder);

/// Writes the declaration of a model of the simulated market that the program carries, named as the file, unless the file is there.
/// Error: not_found, unavailable.
Status write_simulated_declaration(const std::filesystem::path& file);

}  // namespace quoin
