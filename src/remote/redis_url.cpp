#include "remote/redis_url.h"

#include <charconv>

#include "remote/redaction.h"

namespace quoin {
namespace {

Result<std::string> percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        unsigned value = 0;
        auto digits = text.substr(i + 1, 2);
        auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2)
            return fail(ErrorKind::invalid, "a percent sign is not followed by two hexadecimal digits");
        out += static_cast<char>(value);
        i += 2;
    }
    return out;
}

template <class Number>
bool parse_whole(std::string_view text, Number upper, Number& out) {
    Number value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || text[0] == '-' || error != std::errc() || end != text.data() + text.size() || value > upper) return false;
    out = value;
    return true;
}

}  // namespace

Result<RedisAddress> parse_redis_url(std::string_view url) {
    auto bad = [&](std::string_view why) {
        return fail_field(ErrorKind::invalid, "url", "'{}' is no address such as redis://:password@host:6379/0: {}", without_secrets(url),
                          why);
    };
    RedisAddress address;
    auto rest = url;
    if (rest.starts_with("rediss://")) address.tls = true;
    if (!address.tls && !rest.starts_with("redis://")) return bad("it begins with neither redis:// nor rediss://");
    rest.remove_prefix(address.tls ? 9 : 8);
    if (auto at = rest.rfind('@'); at != std::string_view::npos) {
        auto login = rest.substr(0, at);
        rest.remove_prefix(at + 1);
        auto colon = login.find(':');
        if (colon == std::string_view::npos) return bad("a password is written after a colon");
        auto user = percent_decoded(login.substr(0, colon)), password = percent_decoded(login.substr(colon + 1));
        if (!user || !password) return bad((user ? password : user).error().message);
        address.user = std::move(*user);
        address.password = std::move(*password);
    }
    if (auto slash = rest.find('/'); slash != std::string_view::npos) {
        auto database = rest.substr(slash + 1);
        if (!database.empty() && !parse_whole(database, 65'535, address.database)) return bad("the database is no whole number");
        rest = rest.substr(0, slash);
    }
    auto bracket = rest.starts_with('[') ? rest.find(']') : std::string_view::npos;
    auto host = bracket == std::string_view::npos ? rest.substr(0, rest.find(':')) : rest.substr(1, bracket - 1);
    auto after = bracket == std::string_view::npos ? rest.substr(host.size()) : rest.substr(bracket + 1);
    if (host.empty() || host.find_first_of("?#[] ") != std::string_view::npos) return bad("the host is missing or no host");
    address.host = host;
    unsigned port = address.port;
    if (!after.empty() && (after[0] != ':' || !parse_whole(after.substr(1), 65'535u, port) || port == 0)) return bad("the port is none");
    address.port = static_cast<std::uint16_t>(port);
    return address;
}

}  // namespace quoin
