#include "decisions/search/trial_journal.h"

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/digest.h"
#include "base/json.h"

namespace quoin {
namespace {

constexpr std::size_t digits = 16, line_bytes_max = 1u << 20;

std::string digest_of(std::string_view text) { return sha256_hex(text).substr(0, digits); }

Result<std::string> text_of_file(const std::filesystem::path& path) {
    if (!std::filesystem::exists(path)) return std::string();
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) return fail(ErrorKind::unavailable, "the journal of trials {} cannot be read", path.string());
    return std::move(text).str();
}

}  // namespace

std::string journal_line(const SearchTrial& trial) {
    const std::string text = json_text(to_json(trial));
    return fmt::format("{} {}\n", digest_of(text), text);
}

Result<SearchTrial> read_journal_line(std::string_view line) {
    if (line.size() <= digits + 1 || line.size() > line_bytes_max || line[digits] != ' ')
        return fail(ErrorKind::corrupt, "a line of the journal is no checksum with a trial");
    const std::string_view text = line.substr(digits + 1);
    if (digest_of(text) != line.substr(0, digits)) return fail(ErrorKind::corrupt, "a line's checksum does not fit its trial");
    auto value = parse_json(text);
    if (!value) return fail(ErrorKind::corrupt, "a line's trial is not JSON: {}", value.error().message);
    return search_trial_from_json(*value);
}

Result<TrialJournal> TrialJournal::open(const std::filesystem::path& path, BayesOptimizer& optimizer) {
    TRY(text, text_of_file(path));
    std::size_t begin = 0, number = 1;
    for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1, ++number) {
        auto trial = read_journal_line(std::string_view(text).substr(begin, end - begin));
        if (!trial) return fail(trial.error().kind, "{}:{}: {}", path.string(), number, trial.error().message);
        if (auto taken = optimizer.replay(*trial); !taken)
            return fail(ErrorKind::invalid, "{}:{}: {}", path.string(), number, taken.error().message);
    }
    std::error_code error;
    if (begin < text.size()) std::filesystem::resize_file(path, begin, error);
    std::FILE* file = error ? nullptr : std::fopen(path.c_str(), "ab");
    if (!file) return fail(ErrorKind::unavailable, "the journal of trials {} cannot be written: {}", path.string(), std::strerror(errno));
    return TrialJournal(file);
}

Status TrialJournal::append(const SearchTrial& trial) {
    const std::string line = journal_line(trial);
    if (std::fwrite(line.data(), 1, line.size(), file_.get()) == line.size() && std::fflush(file_.get()) == 0) return {};
    return fail(ErrorKind::unavailable, "the journal of trials cannot be written: {}", std::strerror(errno));
}

}  // namespace quoin
