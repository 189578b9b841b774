#pragma once

#include <deque>
#include <map>

#include "events/sources/source_poll.h"
#include "events/sources/source_position.h"

namespace quoin {

/// Reads the files of a folder, in the order of their names, each once: again only if its size or time of change differs, which then adds
/// what is new in it. A step reads one file. A file that cannot be read is named in the failure of the run and tried again when it has
/// changed; the others go on.
class FolderPoll final : public SourcePoll {
public:
    FolderPoll(std::shared_ptr<const Source> source, PollTools& tools, Options options);
    tl::expected<PollStep, PollFailure> step() override;
    SourceTally tally() const override { return tally_; }

private:
    using Outcome = tl::expected<PollStep, PollFailure>;
    struct File {
        std::filesystem::path path;
        FilePosition position;
    };
    Status begin_run();
    Status look_at(const std::filesystem::directory_entry& entry);
    Status read(File& file);
    std::string consumer(const std::filesystem::path& file) const;
    Outcome end_run();

    std::shared_ptr<const Source> source_;
    PollTools& tools_;
    Options options_;
    RefusedRecords refused_;
    SourceTally tally_;
    RunPosition run_;
    bool in_run_ = false, is_history_ = false;
    std::deque<File> waiting_;
    std::map<std::string, FilePosition> known_;  ///< what was read, or could not be, as it was then
    std::map<std::string, Error> unreadable_;    ///< files, until they change
};

}  // namespace quoin
