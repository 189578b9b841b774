#include "control/default_catalog.h"

#include <charconv>
#include <set>
#include <span>

#include "store/blobs.h"

// Made by cmake/embed.cmake: for each file a line "path size" and then its bytes.
extern "C" const char quoin_embedded_catalog[], quoin_embedded_catalog_end[];

namespace quoin {

std::vector<CatalogFile> default_catalog() {
    std::vector<CatalogFile> files;
    std::string_view bytes(quoin_embedded_catalog, static_cast<std::size_t>(quoin_embedded_catalog_end - quoin_embedded_catalog));
    while (!bytes.empty()) {
        auto line = bytes.substr(0, bytes.find('\n'));
        auto space = line.rfind(' ');
        std::size_t size = 0;
        std::from_chars(line.data() + space + 1, line.data() + line.size(), size);
        files.push_back({line.substr(0, space), bytes.substr(line.size() + 1, size)});
        bytes.remove_prefix(line.size() + 1 + size);
    }
    return files;
}

Status write_default_model(const std::filesystem::path& folder, std::string_view model) {
    auto path = fmt::format("models/{}.yaml", model);
    if (std::filesystem::exists(folder / path)) return {};
    for (auto [own, text] : default_catalog())
        if (own == path) return write_file_atomically(folder / path, std::as_bytes(std::span(text)));
    return fail(ErrorKind::not_found, "the program brings no model '{}'", model);
}

Status write_default_catalog(const std::filesystem::path& folder) {
    std::set<std::string, std::less<>> missing;
    for (std::string part : {"events", "features", "sources", "products"}) {
        if (std::filesystem::exists(folder / part)) continue;
        missing.insert(part);
        std::error_code failure;
        std::filesystem::create_directories(folder / part, failure);
        if (failure) return fail(ErrorKind::unavailable, "cannot make '{}': {}", (folder / part).string(), failure.message());
    }
    for (auto [path, text] : default_catalog())
        if (missing.contains(path.substr(0, path.find('/'))))
            TRY_VOID(write_file_atomically(folder / path, std::as_bytes(std::span(text))));
    return {};
}

}  // namespace quoin
