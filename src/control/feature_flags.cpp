#include "control/feature_flags.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/yaml.h"

namespace quoin {
namespace {

constexpr std::size_t file_bytes_max = 64u << 10;

Status read_variable(const char* name, bool& flag) {
    const char* value = std::getenv(name);
    if (value == nullptr) return {};
    std::string_view text(value);
    if (text != "true" && text != "false" && text != "1" && text != "0")
        return fail_field(ErrorKind::invalid, name, "{} is true or false (or 1 or 0), not '{}'", name, text.substr(0, 40));
    flag = text == "true" || text == "1";
    return {};
}

}  // namespace

Result<FeatureFlags> read_feature_flags(const std::filesystem::path& project) {
    FeatureFlags flags;
    auto file = project / "catalog" / "flags.yaml";
    std::error_code error;
    if (std::filesystem::exists(file, error)) {
        std::ifstream stream(file, std::ios::binary);
        std::ostringstream text;
        if (std::filesystem::file_size(file, error) > file_bytes_max)
            return fail(ErrorKind::too_large, "{} has more than {} bytes", file.string(), file_bytes_max);
        text << stream.rdbuf();
        if (!stream) return fail(ErrorKind::unavailable, "{} cannot be read", file.string());
        TRY(document, parse_yaml(text.str(), file.string()));
        TRY(keys, YamlKeys::of(document, file.string()));
        TRY_VOID(keys.truth("challenger_models", flags.challenger_models));
        TRY_VOID(keys.truth("feedback_loop", flags.feedback_loop));
        TRY_VOID(keys.nothing_else());
    }
    TRY_VOID(read_variable("ENABLE_CHALLENGER_MODELS", flags.challenger_models));
    TRY_VOID(read_variable("ENABLE_FEEDBACK_LOOP", flags.feedback_loop));
    return flags;
}

}  // namespace quoin
