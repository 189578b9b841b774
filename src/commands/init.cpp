#include <boost/json.hpp>
#include <filesystem>

#include "base/json.h"
#include "commands/command.h"
#include "control/project.h"
#include "learning/draft.h"
#include "store/blobs.h"
#include "table/read.h"

namespace quoin::command {

CommandEntry init();

namespace {

void print_list(const char* title, const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    fmt::print("\n{}\n", title);
    for (const auto& line : lines) fmt::print("  · {}\n", line);
}

void print_draft(const Draft& draft, const std::filesystem::path& file, const std::string& dir) {
    const auto& d = draft.declaration;
    fmt::print("wrote {}: {} predicts '{}' from {} columns\n", file.string(), d.model, d.label, d.features.size());
    print_list("How the columns were told apart", draft.choices);
    std::vector<std::string> ignored;
    for (const auto& column : d.ignored) ignored.push_back(fmt::format("'{}': {}", column.column, column.why));
    print_list("Columns the model will not read", ignored);
    auto doubts = draft.doubts;
    for (const auto& leak : draft.leaks)
        if (!leak.certain) doubts.push_back(fmt::format("'{}' {}", leak.column, leak.message));
    print_list("Please check", doubts);
    fmt::print("\nnext: quoin train --dir {}\n", dir);
}

boost::json::object draft_json(const Draft& draft, const std::filesystem::path& file) {
    boost::json::object leaks;
    for (const auto& leak : draft.leaks) leaks[leak.column] = leak.message;
    const auto& d = draft.declaration;
    return {{"file", file.string()},
            {"model", d.model},
            {"label", d.label},
            {"time", d.time},
            {"id", d.id},
            {"features", d.features.size()},
            {"choices", boost::json::value_from(draft.choices)},
            {"doubts", boost::json::value_from(draft.doubts)},
            {"leaks", std::move(leaks)}};
}

Result<int> run(const CommandLine& line) {
    std::filesystem::path source = line.text("file");
    TRY(table, read_table(source));
    DraftHints hints{.model = line.text("model"),
                     .target = line.text("target"),
                     .time = line.text("time"),
                     .id = line.text("id"),
                     .source = std::filesystem::absolute(source).lexically_normal().string()};
    TRY(draft, draft_declaration(table, hints));
    TRY(project, Project::create(line.text("dir")));
    auto file = project.declaration_file(draft.declaration.model);
    if (std::filesystem::exists(file) && !line.has("force"))
        return fail(ErrorKind::conflict, "'{}' is there already; write over it with --force", file.string());
    auto text = render_declaration(draft.declaration);
    TRY_VOID(write_file_atomically(file, std::as_bytes(std::span(text))));
    if (line.has("json")) {
        fmt::print("{}\n", json_text(draft_json(draft, file), 2));
    } else {
        print_draft(draft, file, line.text("dir"));
    }
    return 0;
}

}  // namespace

CommandEntry init() {
    return {"init",
            "write a working model declaration from a file never seen before",
            "quoin init sales.csv --dir demo --target price",
            {{"FILE", "", "CSV, Parquet or NDJSON file (.gz too)", "", true},
             dir_option(),
             {"--target", "COLUMN", "the column to predict"},
             {"--time", "COLUMN", "when the label was observed"},
             {"--id", "COLUMN", "what names the entity"},
             {"--model", "NAME", "name of the model"},
             {"--force", "", "write over an existing declaration"},
             json_option()},
            run};
}

}  // namespace quoin::command
