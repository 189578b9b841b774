#include <algorithm>
#include <fstream>

#include "base/digest.h"
#include "events/transport.h"

namespace quoin {
namespace {

constexpr std::size_t name_bytes_max = 64;

bool is_word(std::string_view text) {
    return !text.empty() && text.size() <= name_bytes_max &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

Status read_json(const Yaml* node, TransportDeclaration& made) {
    if (node == nullptr)
        return fail_field(ErrorKind::invalid, "json", "{}: the format json needs a section 'json' with at least a 'type'", made.where);
    TRY(keys, YamlKeys::of(*node, made.where));
    auto& json = made.json;
    TRY_VOID(keys.text("type", json.type, true));
    TRY_VOID(keys.text("source", json.source));
    TRY_VOID(keys.text("id", json.id));
    TRY_VOID(keys.text("time", json.time));
    TRY_VOID(keys.text("subject", json.subject));
    return keys.nothing_else();
}

}  // namespace

Result<TransportDeclaration> parse_transport(std::string_view text, const std::string& where) {
    TRY(root, parse_yaml(text, where));
    TRY(keys, YamlKeys::of(root, where));
    TransportDeclaration made;
    made.where = where;
    made.stamp = sha256_hex(text);
    std::string format = "cloudevents", tenant = made.tenant.value();
    TRY_VOID(keys.text("transport", made.name, true));
    TRY_VOID(keys.text("kind", made.kind, true));
    TRY_VOID(keys.text("description", made.description));
    TRY_VOID(keys.text("tenant", tenant));
    TRY_VOID(keys.text("format", format));
    TRY_VOID(keys.truth("enabled", made.enabled));
    if (!is_word(made.name))
        return fail_field(ErrorKind::invalid, "transport", "{}: '{}' is no name; use at most {} of a-z, 0-9 and _", keys.place("transport"),
                          made.name.substr(0, 80), name_bytes_max);
    if (tenant.empty()) return fail_field(ErrorKind::invalid, "tenant", "{}: the tenant is empty", keys.place("tenant"));
    made.tenant = TenantId(tenant);
    if (format != "cloudevents" && format != "json")
        return fail_field(ErrorKind::invalid, "format", "{}: '{}' is no format; write cloudevents or json", keys.place("format"), format);
    made.format = format == "json" ? TransportDeclaration::Format::json : TransportDeclaration::Format::cloudevents;
    const auto* json = keys.node("json");
    if (made.format == TransportDeclaration::Format::json) TRY_VOID(read_json(json, made));
    if (made.format == TransportDeclaration::Format::cloudevents && json != nullptr)
        return fail_field(ErrorKind::invalid, "json", "{}: the section 'json' is for the format json", keys.place("json"));
    if (made.json.source.empty()) made.json.source = fmt::format("/{}/{}", made.kind, made.name);
    const auto* options = keys.node(made.kind);
    if (options == nullptr)
        return fail_field(ErrorKind::invalid, made.kind, "{}: a transport of the kind '{}' needs a section of that name", where, made.kind);
    made.options = *options;
    TRY_VOID(keys.nothing_else());
    return made;
}

Result<std::vector<TransportDeclaration>> load_transports(const std::filesystem::path& folder) {
    std::vector<TransportDeclaration> all;
    std::error_code error;
    if (!std::filesystem::exists(folder, error)) return all;
    std::vector<std::filesystem::path> files;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
        if (entry->path().extension() == ".yaml") files.push_back(entry->path());
    if (error) return fail(ErrorKind::unavailable, "the folder '{}' cannot be read: {}", folder.string(), error.message());
    std::ranges::sort(files);
    for (const auto& file : files) {
        std::ifstream stream(file, std::ios::binary);
        std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
        if (!stream) return fail(ErrorKind::unavailable, "'{}' cannot be read", file.string());
        TRY(declared, parse_transport(text, file.filename().string()));
        if (declared.name != file.stem().string())
            return fail_field(ErrorKind::invalid, "transport", "{}: the file declares the transport '{}'; name file and transport alike",
                              file.string(), declared.name);
        all.push_back(std::move(declared));
    }
    return all;
}

}  // namespace quoin
