#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "models/network/safetensors.h"

namespace quoin {

// Reading the metadata of a safetensors file. Error: corrupt, naming the entry.

inline Result<std::string_view> metadata_text(const Safetensors& content, const std::string& name) {
    auto found = content.metadata.find(name);
    if (found == content.metadata.end()) return fail(ErrorKind::corrupt, "network: \"{}\" is not in the metadata", name);
    return std::string_view(found->second);
}

/// Numbers separated by single spaces.
template <class Number>
Result<std::vector<Number>> metadata_numbers(const Safetensors& content, const std::string& name) {
    TRY(text, metadata_text(content, name));
    std::vector<Number> numbers;
    for (std::string_view rest = text; !rest.empty();) {
        auto space = rest.find(' ');
        std::string_view word = rest.substr(0, space);
        Number number{};
        auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), number);
        if (problem != std::errc{} || end != word.data() + word.size())
            return fail(ErrorKind::corrupt, "network: \"{}\" holds '{}', which is not a number", name, word.substr(0, 40));
        numbers.push_back(number);
        rest = space == std::string_view::npos ? std::string_view{} : rest.substr(space + 1);
    }
    return numbers;
}

inline Result<std::size_t> metadata_count(const Safetensors& content, const std::string& name) {
    TRY(numbers, metadata_numbers<std::size_t>(content, name));
    if (numbers.size() != 1) return fail(ErrorKind::corrupt, "network: \"{}\" is not one number", name);
    return numbers[0];
}

}  // namespace quoin
