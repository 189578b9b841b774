#pragma once

#include <filesystem>

#include "base/result.h"
#include "prediction/product.h"

namespace quoin {

/// The products that come with the program.
Result<ProductCatalog> default_products();
/// Those of a project, <project>/catalog/products/*.yaml; the program's own where there is no such folder. Error: invalid, conflict,
/// unavailable, each with the file.
Result<ProductCatalog> project_products(const std::filesystem::path& project);

}  // namespace quoin
