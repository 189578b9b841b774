#include "events/sources/http_poll.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/digest.h"
#include "base/json.h"
#include "events/sources/json_path.h"
#include "remote/retry.h"

namespace quoin {
namespace {

/// The start of an answer, for the error: one line of plain characters.
std::string shown_start(std::string_view body) {
    std::string shown;
    for (char c : body.substr(0, 160)) shown += c >= 0x20 && c < 0x7f ? c : ' ';
    return shown;
}

tl::unexpected<PollFailure> passing(Error error) { return tl::unexpected(PollFailure{std::move(error)}); }

}  // namespace

HttpPoll::HttpPoll(std::shared_ptr<const Source> source, PollTools& tools, Options options)
    : source_(std::move(source)), tools_(tools), options_(options), limit_(tools.limits.of(source_->declaration())) {}

std::size_t HttpPoll::parts() const { return std::max<std::size_t>(source_->declaration().http.each.size(), 1); }

std::string HttpPoll::consumer() const {
    const auto& declared = source_->declaration();
    std::vector<std::string> values;
    if (!declared.http.each.empty())
        for (const auto& [name, value] : declared.http.each[part_]) values.push_back(value);
    auto part = fmt::format("{}", fmt::join(values, "/"));
    return fmt::format("source:{}:part:{}", declared.name, part.size() <= 128 ? part : sha256_hex(part));
}

void HttpPoll::count_request(std::string_view outcome) {
    tools_.telemetry
        .counter("quoin_source_requests_total", "Requests to sources",
                 {{"source", source_->declaration().name}, {"outcome", std::string(outcome)}})
        .add();
}

Status HttpPoll::begin_part() {
    const auto& declared = source_->declaration();
    TRY(kept, tools_.ingest.log().position(consumer()));
    position_ = parse_part_position(kept);
    auto now = tools_.clock.now();
    // What was compared before is forgotten, so it begins again.
    if (source_->mapping().compares() || options_.history_from) position_.page.clear();
    if (position_.page.empty()) {
        position_.is_history = options_.history_from || (kept.empty() && declared.history.value() > 0);
        if (options_.history_from) position_.since = *options_.history_from;
        else if (position_.is_history) position_.since = now - declared.history;
        else position_.since = (position_.newest.is_missing() ? now : std::min(position_.newest, now)) - source_->overlap();
    }
    poll_ = {.now = now, .since = position_.since, .is_history = position_.is_history, .parameters = {}};
    poll_.parameters = {FieldValue::number(static_cast<double>(position_.since.value())),
                        FieldValue::number(static_cast<double>(now.value()))};
    if (!declared.http.each.empty())
        for (const auto& [name, value] : declared.http.each[part_])
            poll_.parameters.push_back(value.empty() ? FieldValue() : FieldValue::text(value));
    pages_ = 0;
    in_part_ = true;
    return {};
}

HttpPoll::Outcome HttpPoll::step() {
    if (!in_run_) {
        auto kept = tools_.ingest.log().position(run_consumer(source_->declaration()));
        if (!kept) return passing(kept.error());
        run_ = parse_run_position(*kept);
        in_run_ = true;
        part_ = 0;
        failure_.reset();
    }
    if (!in_part_)
        if (auto begun = begin_part(); !begun) return passing(begun.error());
    auto wait = limit_->take(tools_.clock.now());
    if (wait.value() > 0) return PollStep{PollStep::State::waits, wait};
    return exchange();
}

HttpPoll::Outcome HttpPoll::exchange() {
    poll_.now = tools_.clock.now();
    auto request = source_->requests().render({.values = poll_.parameters, .page = position_.page, .environment = tools_.environment});
    if (!request) return give_up({request.error(), false});
    request->cancelled = options_.cancelled;
    auto digest = sha256_hex(request->method + request->shown + request->body).substr(0, 16);
    if (source_->declaration().http.conditional && position_.request == digest && !options_.history_from) {
        if (!position_.etag.empty()) request->headers.push_back({"If-None-Match", position_.etag});
        if (!position_.modified.empty()) request->headers.push_back({"If-Modified-Since", position_.modified});
    } else {
        position_.request = digest;
        position_.etag.clear();
        position_.modified.clear();
    }
    auto response = tools_.transport(*request);
    if (!response) {
        count_request("no_answer");
        auto error = response.error();
        error.message = without_variables(error.message, request->variables);
        bool is_passing = error.kind == ErrorKind::unavailable;
        if (!is_passing) return give_up({std::move(error), false});
        return passing(std::move(error));
    }
    count_request(response->status == 304 ? "not_modified" : fmt::format("{}xx", response->status / 100));
    if (response->status == 304) return end_part();
    if (response->is_success()) return take(*request, *response);
    auto failure = refusal(*request, *response);
    if (failure.is_passing) return tl::unexpected(std::move(failure));
    return give_up(std::move(failure));
}

PollFailure HttpPoll::refusal(const SourceRequest& request, const HttpResponse& response) const {
    PollFailure failure;
    failure.is_passing = is_worth_retrying(response.status);
    if (const auto* value = response.header("retry-after")) failure.retry_after = parse_retry_after(*value, tools_.clock.now());
    bool is_denied = response.status == 401 || response.status == 403;
    failure.error.kind = failure.is_passing ? ErrorKind::unavailable : ErrorKind::invalid;
    failure.error.message = fmt::format("{} answers {}{}: {}", request.shown, response.status,
                                        is_denied ? ", it refuses the credentials" : "",
                                        shown_start(without_variables(response.body, request.variables)));
    return failure;
}

/// Where the next page is, as the answer says; empty if it does not.
Result<std::string> HttpPoll::link_of(const HttpResponse& response) const {
    const auto& pages = source_->declaration().http.pages;
    if (pages.by != PageTerms::By::cursor && pages.by != PageTerms::By::link) return std::string();
    if (pages.cursor.empty()) {
        const auto* header = response.header("link");
        return header == nullptr ? std::string() : link_to_next(*header);
    }
    TRY(path, ValuePath::parse(pages.cursor.text));
    TRY(document, parse_json(response.body, {.bytes_max = response.body.size() + 1}));
    JsonStep root{&document, {}, 0};
    const auto* found = path.find({&root, 1}).value;
    if (found == nullptr || found->is_null()) return std::string();
    if (found->is_string()) return std::string(found->get_string());
    if (found->is_number()) return json_text(*found);
    return fail(ErrorKind::invalid, "'{}' in the answer is no text that leads to the next page", pages.cursor.text);
}

Result<std::size_t> HttpPoll::read(const SourceRequest& request, const HttpResponse& response, SourceWriter& writer) {
    std::size_t records = 0;
    if (response.body.empty()) return records;
    TRY_VOID(source_->reader().read_text(response.body, [&](const SourceRecord& record) -> Result<bool> {
        ++records;
        TRY(mapped, source_->mapping().map(record, poll_));
        if (!mapped) {
            writer.count_left_out();
            return true;
        }
        if (!mapped->refusal.empty()) {  // what a provider repeats of the request must not become a dead letter
            mapped->event.data = without_variables(mapped->event.data, request.variables);
            mapped->refusal = without_variables(mapped->refusal, request.variables);
        }
        TRY_VOID(writer.add(std::move(*mapped)));
        return true;
    }));
    return records;
}

HttpPoll::Outcome HttpPoll::take(const SourceRequest& request, const HttpResponse& response) {
    SourceWriter writer(tools_.ingest, refused_, poll_.now);
    auto records = read(request, response, writer);
    auto link = records ? link_of(response) : Result<std::string>(std::string());
    if (!records || !link) {
        auto error = records ? link.error() : records.error();
        (void)writer.commit();  // what could be read is kept; the position is not moved on
        tally_ += writer.tally();
        error.message = without_variables(fmt::format("{}: {}", request.shown, error.message), request.variables);
        if (error.kind != ErrorKind::unavailable) return give_up({std::move(error), false});
        in_part_ = false;  // begins again where the log says
        return passing(std::move(error));
    }
    position_.page = source_->requests().page_after(position_.page, *records, *link);
    const auto* etag = response.header("etag");
    const auto* modified = response.header("last-modified");
    position_.etag = etag == nullptr ? "" : *etag;
    position_.modified = modified == nullptr ? "" : *modified;
    if (!writer.newest().is_missing()) position_.newest = std::max(position_.newest, writer.newest());
    auto stored = writer.commit({{consumer(), position_text(position_)}});
    tally_ += writer.tally();
    if (!stored) {
        in_part_ = false;
        return passing(stored.error());
    }
    if (position_.page.empty() || ++pages_ >= source_->declaration().http.pages.pages_max) return end_part();
    return PollStep{PollStep::State::more};
}

HttpPoll::Outcome HttpPoll::give_up(PollFailure failure) {
    if (!failure_) failure_ = std::move(failure);
    return end_part();
}

HttpPoll::Outcome HttpPoll::end_part() {
    in_part_ = false;
    if (++part_ < parts()) return PollStep{PollStep::State::more};
    return end_run();
}

HttpPoll::Outcome HttpPoll::end_run() {
    in_run_ = false;
    if (failure_) return tl::unexpected(*failure_);
    run_.answered = tools_.clock.now();
    run_.has_history = true;
    SourceWriter writer(tools_.ingest, refused_, run_.answered);
    if (auto stored = writer.commit({{run_consumer(source_->declaration()), position_text(run_)}}); !stored) return passing(stored.error());
    options_.history_from.reset();
    return PollStep{PollStep::State::finished};
}

}  // namespace quoin
