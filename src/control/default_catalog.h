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

/// The event types, features, sources, products and models that come with the program, sorted by path.
std::vector<CatalogFile> default_catalog();
/// Writes the declaration of a model that comes with the program, unless the project has one of that name. Error: not_found, unavailable.
Status write_default_model(const std::filesystem::path& folder, std::string_view model);

/// Writes them under `folder`, from where they can be changed. Nothing is done for a part (events, features, sources,
/// products) that has a folder already. Error: unavailable.
Status write_default_catalog(const std::filesystem::path& folder);

}  // namespace quoin
