#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "decisions/search/bayes_optimizer.h"

namespace quoin {

/// Trials on disk as they happen: one line each, the first 16 digits of the SHA-256 of the JSON, a space, and the JSON
/// (docs/formats/decisions.md). A line is handed to the system before `append` returns: it survives the end of the process, and the last
/// ones may be lost with the power. One process writes; one thread at a time.
class TrialJournal {
public:
    /// Opens or makes the file and takes its trials into `optimizer`, which must be fresh and of the same space. A last line without its
    /// end is what a crash leaves, and is cut off. Error: corrupt (another line that is damaged), unavailable (the file), invalid (a trial
    /// that does not belong to the optimizer).
    static Result<TrialJournal> open(const std::filesystem::path& path, BayesOptimizer& optimizer);
    /// Error: unavailable.
    Status append(const SearchTrial& trial);

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    explicit TrialJournal(std::FILE* file) : file_(file) {}
    std::unique_ptr<std::FILE, Close> file_;
};

/// The line of a trial, with its end.
std::string journal_line(const SearchTrial& trial);
/// Error: corrupt. `line` without its end.
Result<SearchTrial> read_journal_line(std::string_view line);

}  // namespace quoin
