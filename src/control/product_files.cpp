#include "control/product_files.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "control/default_catalog.h"

namespace quoin {

Result<ProductCatalog> default_products() {
    std::vector<Product> products;
    for (auto [path, text] : default_catalog()) {
        if (!path.starts_with("products/")) continue;
        TRY(product, Product::parse(text, path));
        products.push_back(std::move(product));
    }
    return ProductCatalog::make(std::move(products));
}

Result<ProductCatalog> project_products(const std::filesystem::path& project) {
    auto folder = project / "catalog" / "products";
    std::error_code failure;
    if (!std::filesystem::is_directory(folder, failure)) return default_products();
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failure))
        if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    if (failure) return fail(ErrorKind::unavailable, "cannot read '{}': {}", folder.string(), failure.message());
    std::ranges::sort(files);
    std::vector<Product> products;
    for (const auto& file : files) {
        std::ifstream stream(file, std::ios::binary);
        std::ostringstream text;
        text << stream.rdbuf();
        if (!stream) return fail(ErrorKind::unavailable, "cannot read '{}'", file.string());
        TRY(product, Product::parse(text.str(), file.string()));
        products.push_back(std::move(product));
    }
    return ProductCatalog::make(std::move(products));
}

}  // namespace quoin
