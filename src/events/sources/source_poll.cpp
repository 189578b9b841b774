#include "events/sources/source_poll.h"

#include "events/sources/folder_poll.h"
#include "events/sources/http_poll.h"

namespace quoin {

std::shared_ptr<RateLimit> RateLimits::of(const SourceDeclaration& source) {
    const auto& http = source.http;
    // Other numbers are another limit, so that a changed declaration takes effect.
    auto name = fmt::format("{} {}/{}+{}", http.shares.empty() ? "source:" + source.name : "shared:" + http.shares, http.requests,
                            to_text(http.per), http.burst);
    std::lock_guard lock(mutex_);
    auto& limit = limits_[name];
    if (!limit) limit = std::make_shared<RateLimit>(http.requests, http.per, http.burst);
    return limit;
}

std::unique_ptr<SourcePoll> SourcePoll::make(std::shared_ptr<const Source> source, PollTools& tools, Options options) {
    switch (source->declaration().way) {
        case SourceDeclaration::Way::http: return std::make_unique<HttpPoll>(std::move(source), tools, options);
        case SourceDeclaration::Way::files: return std::make_unique<FolderPoll>(std::move(source), tools, options);
        case SourceDeclaration::Way::pushed: break;
    }
    return nullptr;
}

std::string run_consumer(const SourceDeclaration& source) { return "source:" + source.name; }

}  // namespace quoin
