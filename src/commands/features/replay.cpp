#include <cstdio>

#include "commands/features/feature_source.h"
#include "commands/features/verbs.h"
#include "features/replay_stream.h"

namespace quoin::features_verb {
namespace {

constexpr std::size_t block_bytes = 1u << 20, line_bytes_max = 16u << 20;

/// Lines of standard input, without their ends.
class InputLines {
public:
    Result<bool> next(std::string_view& line) {
        for (;;) {
            auto end = buffer_.find('\n', searched_);
            if (end != std::string::npos || (is_at_end_ && begin_ < buffer_.size())) {
                std::size_t last = end == std::string::npos ? buffer_.size() : end;
                line = std::string_view(buffer_).substr(begin_, last - begin_);
                begin_ = searched_ = std::min(buffer_.size(), last + 1);
                return true;
            }
            if (is_at_end_) return false;
            buffer_.erase(0, begin_);
            begin_ = 0, searched_ = buffer_.size();
            if (buffer_.size() > line_bytes_max)
                return fail(ErrorKind::too_large, "a line of standard input has more than {} bytes", line_bytes_max);
            buffer_.resize(searched_ + block_bytes);
            std::size_t count = std::fread(buffer_.data() + searched_, 1, block_bytes, stdin);
            buffer_.resize(searched_ + count);
            if (count == 0 && std::ferror(stdin)) return fail(ErrorKind::unavailable, "cannot read standard input");
            is_at_end_ = count == 0;
        }
    }

private:
    std::string buffer_;
    std::size_t begin_ = 0, searched_ = 0;
    bool is_at_end_ = false;
};

Status write_out(std::string& out, bool is_last) {
    if (out.size() < block_bytes && !is_last) return {};
    bool good = std::fwrite(out.data(), 1, out.size(), stdout) == out.size() && (!is_last || std::fflush(stdout) == 0);
    out.clear();
    return good ? Status{} : fail(ErrorKind::unavailable, "cannot write standard output");
}

Status pass(const std::function<Status(std::string_view line, std::string& out)>& take) {
    InputLines lines;
    std::string out;
    std::string_view line;
    for (;;) {
        TRY(has_line, lines.next(line));
        if (!has_line) return write_out(out, true);
        TRY_VOID(take(line, out));
        TRY_VOID(write_out(out, false));
    }
}

Result<int> run(const CommandLine& line) {
    TRY(catalog, feature_catalog(line));
    std::vector<FeaturePlace> features;
    if (line.has("features")) {
        TRY(named, named_features(*catalog, line.text("features")));
        features = std::move(named);
    } else {
        for (const auto& view : catalog->views())
            for (const FeaturePlace& feature : features_of(*view)) features.push_back(feature);
    }
    TRY(plan, ReplayPlan::make(catalog, features));
    if (line.has("keys")) {
        TRY(knowledge, time_option(line, "knowledge"));
        ReplayKeys keys(plan, knowledge);
        std::uint64_t number = 0;
        TRY_VOID(pass([&](std::string_view one, std::string& out) {
            auto status = keys.take(one, out);
            ++number;
            if (!status) status.error().message = fmt::format("line {}: {}", number, status.error().message);
            return status;
        }));
        if (keys.undecodable() > 0)
            fmt::print(stderr, "quoin features replay: {} events are not what their types ask for and were left out\n", keys.undecodable());
        return 0;
    }
    ReplayStream stream(plan, line.has("numbers"));
    TRY_VOID(pass([&](std::string_view one, std::string& out) { return stream.take(one, out); }));
    std::string rest;
    TRY_VOID(stream.finish(rest));
    TRY_VOID(write_out(rest, true));
    return 0;
}

}  // namespace

CommandEntry replay() {
    return {"replay",
            "the replay as a filter for clusters: sorted lines in, feature vectors out (docs/formats/feature-replay.md)",
            "quoin features replay --keys < events_and_questions.ndjson | LC_ALL=C sort | quoin features replay",
            {{"--keys", "", "first stage: events and questions as NDJSON in, keyed lines for sorting out"},
             features_option(),
             {"--knowledge", "TIME", "with --keys: as known then, not as known at each question's time"},
             {"--numbers", "", "numbers as JSON numbers; otherwise the 16 hexadecimal digits of their bits"},
             catalog_option(),
             {"--dir", "FOLDER", "project folder whose catalog is meant"}},
            run};
}

}  // namespace quoin::features_verb
