#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace quoin {

/// One option of a command as help shows it and the parser accepts it.
struct OptionSpec {
    std::string name;   ///< "--dir", or "FILE" for a positional argument
    std::string value;  ///< what stands for its value: "FOLDER"; empty: a switch
    std::string help;
    std::string otherwise;  ///< default value; empty: none
    bool required = false;
};

/// The options of one call, by name without dashes ("dir", "file").
class CommandLine {
public:
    explicit CommandLine(std::map<std::string, std::string, std::less<>> values) : values_(std::move(values)) {}
    bool has(std::string_view name) const { return values_.contains(name); }
    /// Empty if it was not given and has no default.
    std::string text(std::string_view name) const;
    /// Error: invalid, naming the option, if it is no whole number in the range.
    Result<std::int64_t> whole(std::string_view name, std::int64_t lower, std::int64_t upper) const;

private:
    std::map<std::string, std::string, std::less<>> values_;
};

/// One command: one file and one line in commands.list. A command with verbs (`quoin features list`) has no options of its own.
struct CommandEntry {
    std::string name;
    std::string summary;
    std::string example;  ///< one or two lines as a user types them
    std::vector<OptionSpec> options;
    Result<int> (*run)(const CommandLine&) = nullptr;  ///< the exit code; an Error is printed and mapped to one
    std::vector<CommandEntry> verbs = {};
};

/// All commands, in the order of commands.list.
std::span<const CommandEntry> commands();

/// Options that many commands share.
OptionSpec dir_option();
OptionSpec model_option();
OptionSpec json_option();
OptionSpec quiet_option();

/// Parses the command line, runs the command, prints errors to standard error. Returns the program's exit code: 0 success, 2 wrong usage or
/// input, 3 not found, 4 refused, 5 not supported, 6 corrupt, 7 unavailable, 70 internal.
int run_program(std::span<const std::string> arguments);

}  // namespace quoin
