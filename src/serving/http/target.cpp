#include "serving/http/target.h"

namespace quoin {
namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

Result<std::string> decoded(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += plus_is_space && text[i] == '+' ? ' ' : text[i];
            continue;
        }
        int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low < 0) return fail(ErrorKind::invalid, "the request target has a percent sign without two hexadecimal digits behind it");
        if (high == 0 && low == 0) return fail(ErrorKind::invalid, "the request target holds an encoded NUL");
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

}  // namespace

Result<std::string> percent_decoded(std::string_view text) { return decoded(text, false); }

Result<std::vector<std::pair<std::string, std::string>>> query_parameters_of(std::string_view query) {
    std::vector<std::pair<std::string, std::string>> parameters;
    while (!query.empty()) {
        auto end = query.find('&');
        auto part = query.substr(0, end);
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
        if (part.empty()) continue;
        auto equals = part.find('=');
        TRY(name, decoded(part.substr(0, equals), true));
        TRY(value, decoded(equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1), true));
        parameters.emplace_back(std::move(name), std::move(value));
    }
    return parameters;
}

Result<Target> split_target(std::string_view target) {
    for (std::string_view scheme : {"http://", "https://"}) {
        if (!target.starts_with(scheme)) continue;
        target.remove_prefix(scheme.size());
        auto path = target.find_first_of("/?");
        if (path == std::string_view::npos) return Target{"/", {}};
        target.remove_prefix(path);
        if (target.front() == '?') return Target{"/", target.substr(1)};
    }
    if (target != "*" && !target.starts_with('/')) return fail(ErrorKind::invalid, "the request target must start with a slash");
    auto question = target.find('?');
    if (question == std::string_view::npos) return Target{target, {}};
    return Target{target.substr(0, question), target.substr(question + 1)};
}

}  // namespace quoin
