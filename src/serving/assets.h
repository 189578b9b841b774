#pragma once

#include <span>
#include <string>
#include <string_view>

namespace quoin {

/// A file that was put into the program at build time (cmake/embed.cmake), plain and gzipped.
struct Asset {
    std::string_view path;  ///< "swagger-ui/swagger-ui.css"
    std::string_view content_type;
    std::string_view plain, gzip;
    std::string tag;  ///< ETag: digest of the content, in quotes
};

std::span<const Asset> assets();
/// Null when there is none of that path.
const Asset* find_asset(std::string_view path);

}  // namespace quoin
