#include "commands/command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

namespace quoin {

namespace command {
#define COMMAND(name) CommandEntry name();
#include "commands/commands.list"
#undef COMMAND
}  // namespace command

namespace {

int exit_code(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::invalid:
        case ErrorKind::too_large: return 2;
        case ErrorKind::not_found: return 3;
        case ErrorKind::conflict: return 4;
        case ErrorKind::unsupported: return 5;
        case ErrorKind::corrupt: return 6;
        case ErrorKind::unavailable: return 7;
        case ErrorKind::internal: return 70;
    }
    return 70;
}

std::string key_of(const OptionSpec& option) {
    auto key = option.name;
    while (key.starts_with('-')) key.erase(0, 1);
    std::ranges::transform(key, key.begin(), [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::tolower(c)); });
    return key;
}

/// What CLI11 writes into: one slot per option.
struct Slot {
    std::string text;
    bool set = false;
};

/// The options of a command and of its verbs, by "command" and "command verb".
using Slots = std::map<std::string, std::map<std::string, Slot>>;

void declare(CLI::App& app, const CommandEntry& entry, std::map<std::string, Slot>& slots) {
    for (const auto& option : entry.options) {
        auto& slot = slots[key_of(option)];
        CLI::Option* declared = option.value.empty() && option.name.starts_with("--") ? app.add_flag(option.name, slot.set, option.help)
                                                                                      : app.add_option(option.name, slot.text, option.help);
        if (!option.value.empty()) declared->type_name(option.value);
        if (!option.name.starts_with("--")) declared->type_name("");
        if (option.required) declared->required();
        if (!option.otherwise.empty()) declared->default_str(option.otherwise);
    }
    app.footer("Example:\n  " + entry.example);
}

void declare_command(CLI::App& app, const CommandEntry& entry, Slots& slots) {
    auto* sub = app.add_subcommand(entry.name, entry.summary);
    declare(*sub, entry, slots[entry.name]);
    for (const auto& verb : entry.verbs) declare(*sub->add_subcommand(verb.name, verb.summary), verb, slots[entry.name + ' ' + verb.name]);
    if (!entry.verbs.empty()) sub->require_subcommand(1);
}

CommandLine line_of(const CLI::App& app, const CommandEntry& entry, const std::map<std::string, Slot>& slots) {
    std::map<std::string, std::string, std::less<>> values;
    for (const auto& option : entry.options) {
        auto key = key_of(option);
        const auto& slot = slots.at(key);
        if (app.count(option.name) > 0) {
            values[key] = slot.text;
        } else if (!option.otherwise.empty()) {
            values[key] = option.otherwise;
        }
    }
    return CommandLine(std::move(values));
}

int run_entry(const CLI::App& app, const CommandEntry& entry, const std::map<std::string, Slot>& slots, const std::string& name) {
    auto outcome = entry.run(line_of(app, entry, slots));
    if (outcome) return *outcome;
    fmt::print(stderr, "quoin {}: {}\n", name, outcome.error().message);
    return exit_code(outcome.error().kind);
}

}  // namespace

std::string CommandLine::text(std::string_view name) const {
    auto found = values_.find(name);
    return found == values_.end() ? "" : found->second;
}

Result<std::int64_t> CommandLine::whole(std::string_view name, std::int64_t lower, std::int64_t upper) const {
    auto given = text(name);
    std::int64_t value = 0;
    auto [end, code] = std::from_chars(given.data(), given.data() + given.size(), value);
    if (code != std::errc{} || end != given.data() + given.size() || value < lower || value > upper)
        return fail_field(ErrorKind::invalid, std::string(name), "--{} must be a whole number from {} to {}, not '{}'", name, lower, upper,
                          given);
    return value;
}

std::span<const CommandEntry> commands() {
    static const std::vector<CommandEntry> all = {
#define COMMAND(name) command::name(),
#include "commands/commands.list"
#undef COMMAND
    };
    return all;
}

OptionSpec dir_option() { return {"--dir", "FOLDER", "project folder", "quoin-project"}; }
OptionSpec model_option() { return {"--model", "NAME", "which model; may be left out when there is only one"}; }
OptionSpec json_option() { return {"--json", "", "print one JSON document instead of text"}; }
OptionSpec quiet_option() { return {"--quiet", "", "no progress on standard error"}; }

int run_program(std::span<const std::string> arguments) {
    CLI::App app("Quoin turns property events into calibrated, explained decisions.", "quoin");
    app.set_version_flag("--version", "quoin " QUOIN_VERSION);
    app.require_subcommand(1);
    app.footer("Start with a file of sales:\n  quoin init sales.csv --dir demo && quoin train --dir demo && quoin serve --dir demo\nor "
               "with the simulated market:\n  quoin demo");
    app.get_formatter()->column_width(34);
    Slots slots;
    for (const auto& entry : commands()) declare_command(app, entry, slots);
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    try {
        app.parse(reversed);
    } catch (const CLI::ParseError& error) {
        int code = app.exit(error);
        return code == 0 ? 0 : 2;
    }
    for (const auto& entry : commands()) {
        auto* sub = app.get_subcommand(entry.name);
        if (!sub->parsed()) continue;
        if (entry.verbs.empty()) return run_entry(*sub, entry, slots.at(entry.name), entry.name);
        for (const auto& verb : entry.verbs)
            if (auto* asked = sub->get_subcommand(verb.name); asked->parsed())
                return run_entry(*asked, verb, slots.at(entry.name + ' ' + verb.name), entry.name + ' ' + verb.name);
    }
    return 2;
}

}  // namespace quoin
