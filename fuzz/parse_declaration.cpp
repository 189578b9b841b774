// A model declaration of any bytes is read or refused, and what is read can be written and read again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "learning/declaration.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto parsed = quoin::parse_declaration({reinterpret_cast<const char*>(data), size});
    if (parsed && !quoin::parse_declaration(quoin::render_declaration(*parsed))) std::abort();
    return 0;
}
