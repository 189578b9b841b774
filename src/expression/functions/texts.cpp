#include "expression/function.h"

namespace quoin::function_entries {
namespace {

double letters(const TextSpan& text) {
    double count = 0;
    for (char byte : text.view()) count += (byte & 0xC0) != 0x80;  // continuation bytes of UTF-8 start with the bits 10
    return count;
}

double starts(const TextSpan& text, const TextSpan& start) {
    return text.length >= start.length && equal(text.part(0, start.length), start);
}

double ends(const TextSpan& text, const TextSpan& end) {
    return text.length >= end.length && equal(text.part(text.length - end.length, end.length), end);
}

double holds(const TextSpan& text, const TextSpan& part) {
    if (!text.is_lowered && !part.is_lowered) return text.view().find(part.view()) != std::string_view::npos;
    for (std::uint32_t at = 0; at + part.length <= text.length; ++at)
        if (equal(text.part(at, part.length), part)) return 1;
    return 0;
}

}  // namespace

FunctionEntry length() { return {"length", "text", "number of characters (Unicode code points)", letters}; }
FunctionEntry lower() {
    return {"lower", "text", "the text with a to z for A to Z; for comparing, it cannot be the whole result", FunctionForm::lower};
}
FunctionEntry starts_with() { return {"starts_with", "text, start", "1 if the text begins so, else 0", starts}; }
FunctionEntry ends_with() { return {"ends_with", "text, end", "1 if the text ends so, else 0", ends}; }
FunctionEntry contains() { return {"contains", "text, part", "1 if the part is somewhere in the text, else 0", holds}; }

}  // namespace quoin::function_entries
