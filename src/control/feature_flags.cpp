#include "control/feature_flags.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

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

/// A file in which everything is commented out switches nothing.
Status read_keys(const Yaml& document, const std::string& where, FeatureFlags& flags) {
    if (document.kind == Yaml::Kind::null) return {};
    TRY(keys, YamlKeys::of(document, where));
    TRY_VOID(keys.truth("challenger_models", flags.challenger_models));
    TRY_VOID(keys.truth("feedback_loop", flags.feedback_loop));
    return keys.nothing_else();
}

}  // namespace

Result<FeatureFlags> read_feature_flags(const std::filesystem::path& project) {
    FeatureFlags flags;
    auto file = project / "catalog" / "flags.yaml";
    std::error_code error;
    if (std::filesystem::exists(file, error)) {
        std::ifstream stream(file, std::ios::binary);
        if (std::filesystem::file_size(file, error) > file_bytes_max)
            return fail(ErrorKind::too_large, "{} has more than {} bytes", file.string(), file_bytes_max);
        std::string text(std::istreambuf_iterator<char>(stream), {});
        if (stream.bad()) return fail(ErrorKind::unavailable, "{} cannot be read", file.string());
        TRY(document, parse_yaml(text, file.string()));
        TRY_VOID(read_keys(document, file.string(), flags));
    }
    TRY_VOID(read_variable("ENABLE_CHALLENGER_MODELS", flags.challenger_models));
    TRY_VOID(read_variable("ENABLE_FEEDBACK_LOOP", flags.feedback_loop));
    return flags;
}

}  // namespace quoin
