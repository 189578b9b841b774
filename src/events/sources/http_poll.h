#pragma once

#include "events/sources/source_poll.h"
#include "events/sources/source_position.h"

namespace quoin {

/// Asks a source over HTTP: for each entry of `for_each`, page by page. An answer that cannot be used ends its part of the run; one that
/// another attempt may change (429, 5xx, no connection) is tried again by the next step.
class HttpPoll final : public SourcePoll {
public:
    HttpPoll(std::shared_ptr<const Source> source, PollTools& tools, Options options);
    tl::expected<PollStep, PollFailure> step() override;
    SourceTally tally() const override { return tally_; }

private:
    using Outcome = tl::expected<PollStep, PollFailure>;
    Status begin_part();
    Outcome exchange();
    Outcome take(const SourceRequest& request, const HttpResponse& response);
    Result<std::size_t> read(const SourceRequest& request, const HttpResponse& response, SourceWriter& writer);
    Result<std::string> link_of(const HttpResponse& response) const;
    Outcome give_up(PollFailure failure);
    Outcome end_part();
    Outcome end_run();
    PollFailure refusal(const SourceRequest& request, const HttpResponse& response) const;
    std::string consumer() const;
    std::size_t parts() const;
    void count_request(std::string_view outcome);

    std::shared_ptr<const Source> source_;
    PollTools& tools_;
    Options options_;
    std::shared_ptr<RateLimit> limit_;
    RefusedRecords refused_;
    SourceTally tally_;
    RunPosition run_;

    bool in_run_ = false, in_part_ = false;
    std::size_t part_ = 0;
    std::int64_t pages_ = 0;
    PartPosition position_;
    RecordMapping::Poll poll_;
    std::optional<PollFailure> failure_;  ///< of a part that was given up in this run
};

}  // namespace quoin
