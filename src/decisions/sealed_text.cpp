#include "decisions/sealed_text.h"

#include <boost/json.hpp>

#include "base/digest.h"
#include "base/json.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::int64_t version = 1;
constexpr std::string_view mark = "sha256 ";
constexpr std::size_t digits = 64, bytes_max = 64u << 20;

}  // namespace

std::string seal(std::string_view format, json::object body) {
    json::object all{{"format", format}, {"version", version}};
    for (auto& field : body) all.emplace(field.key(), std::move(field.value()));
    std::string text = json_text(all) + "\n";
    return text + std::string(mark) + sha256_hex(text) + "\n";
}

Result<json::object> unseal(std::string_view format, std::string_view text) {
    const std::size_t tail = mark.size() + digits + 1;
    if (text.size() > bytes_max) return fail(ErrorKind::too_large, "{}: {} bytes; the limit is {}", format, text.size(), bytes_max);
    if (text.size() < tail || text.substr(text.size() - tail, mark.size()) != mark || text.back() != '\n')
        return fail(ErrorKind::corrupt, "{}: the line with the checksum is missing", format);
    std::string_view body = text.substr(0, text.size() - tail);
    if (sha256_hex(body) != text.substr(body.size() + mark.size(), digits))
        return fail(ErrorKind::corrupt, "{}: the checksum does not fit the text", format);
    auto parsed = parse_json(body, {.bytes_max = bytes_max});
    if (!parsed || !parsed->is_object()) return fail(ErrorKind::corrupt, "{}: the text is not a JSON object", format);
    json::object object = std::move(parsed->get_object());
    const json::value *name = object.if_contains("format"), *number = object.if_contains("version");
    if (!name || !name->is_string() || std::string_view(name->get_string()) != format || !number || !number->is_int64())
        return fail(ErrorKind::corrupt, "{}: the text is of another format", format);
    if (number->get_int64() != version)
        return fail(ErrorKind::unsupported, "{}: version {}; this program reads version {}", format, number->get_int64(), version);
    object.erase("format");
    object.erase("version");
    return object;
}

}  // namespace quoin
