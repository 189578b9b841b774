#include <algorithm>
#include <array>
#include <cctype>

#include "registry/names.h"
#include "registry/registry.h"

namespace quoin {

const char* name_of(Stage stage) {
    constexpr std::array names{"None", "Staging", "Production", "Archived"};
    return names[static_cast<std::size_t>(stage)];
}

Result<Stage> stage_from(std::string_view text) {
    auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b)); };
    for (Stage stage : {Stage::none, Stage::staging, Stage::production, Stage::archived}) {
        std::string_view name = name_of(stage);
        if (std::equal(text.begin(), text.end(), name.begin(), name.end(), same)) return stage;
    }
    return fail_field(ErrorKind::invalid, "stage", "'{}' is not a stage; use None, Staging, Production or Archived", shown_text(text));
}

std::string ModelVersion::version_text() const { return fmt::format("v{}", number); }

bool ModelVersion::gates_passed() const {
    return std::all_of(gates.begin(), gates.end(), [](const GateOutcome& gate) { return gate.passed; });
}

}  // namespace quoin
