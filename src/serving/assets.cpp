#include "serving/assets.h"

#include <algorithm>
#include <vector>

#include "base/digest.h"

#define EMBEDDED_FILE(name, path, type)                                           \
    extern "C" const char quoin_embedded_##name[], quoin_embedded_##name##_end[]; \
    extern "C" const char quoin_embedded_##name##_gzip[], quoin_embedded_##name##_gzip_end[];
#include "serving/assets.list"
#undef EMBEDDED_FILE

namespace quoin {
namespace {

std::string_view between(const char* begin, const char* end) { return {begin, static_cast<std::size_t>(end - begin)}; }

std::vector<Asset> all_assets() {
    std::vector<Asset> all = {
#define EMBEDDED_FILE(name, path, type)                                            \
    Asset{path,                                                                    \
          type,                                                                    \
          between(quoin_embedded_##name, quoin_embedded_##name##_end),             \
          between(quoin_embedded_##name##_gzip, quoin_embedded_##name##_gzip_end), \
          {}},
#include "serving/assets.list"
#undef EMBEDDED_FILE
    };
    for (auto& asset : all) asset.tag = "\"" + sha256_hex(asset.plain).substr(0, 32) + "\"";
    return all;
}

}  // namespace

std::span<const Asset> assets() {
    static const std::vector<Asset> all = all_assets();
    return all;
}

const Asset* find_asset(std::string_view path) {
    auto all = assets();
    auto found = std::ranges::find(all, path, &Asset::path);
    return found == all.end() ? nullptr : &*found;
}

}  // namespace quoin
