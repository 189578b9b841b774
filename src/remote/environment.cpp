#include "remote/environment.h"

#include <cstdlib>

namespace quoin {

Result<std::string> with_environment(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        auto mark = text.find('$');
        out.append(text.substr(0, mark));
        if (mark == std::string_view::npos) break;
        text.remove_prefix(mark + 1);
        if (text.starts_with('$')) {
            out += '$';
            text.remove_prefix(1);
            continue;
        }
        if (!text.starts_with('{')) {
            out += '$';
            continue;
        }
        auto end = text.find('}');
        std::string name(text.substr(1, end == std::string_view::npos ? std::string_view::npos : end - 1));
        bool is_name = end != std::string_view::npos && !name.empty() && name.size() <= 128 &&
                       name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
        if (!is_name)
            return fail(ErrorKind::invalid, "a value holds a ${{ that is no ${{NAME}} of the environment; write $$ for a dollar sign");
        const char* value = std::getenv(name.c_str());
        if (value == nullptr) return fail(ErrorKind::invalid, "the environment has no variable '{}', which a declaration refers to", name);
        out += value;
        text.remove_prefix(end + 1);
    }
    return out;
}

}  // namespace quoin
