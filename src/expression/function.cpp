#include "expression/function.h"

#include <array>

namespace quoin {

namespace function_entries {
#define FUNCTION(name) FunctionEntry name();
#include "expression/functions.list"
#undef FUNCTION
}  // namespace function_entries

std::span<const FunctionEntry> functions() {
    static const std::array entries{
#define FUNCTION(name) function_entries::name(),
#include "expression/functions.list"
#undef FUNCTION
    };
    return entries;
}

const FunctionEntry* find_function(std::string_view name) {
    for (const auto& entry : functions())
        if (entry.name == name) return &entry;
    return nullptr;
}

}  // namespace quoin
