#include "events/sources/source_fixture.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <chrono>
#include <fstream>
#include <sstream>

#include "base/json.h"

namespace quoin {

namespace json = boost::json;

namespace {

constexpr std::size_t fixture_bytes_max = 64u << 20;
/// Headers of an answer that a poll reads; others may hold cookies.
constexpr std::array<std::string_view, 6> kept_headers = {"content-type", "etag", "last-modified", "link", "retry-after", "date"};

std::string text_of(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// A text, the lines of one, or any JSON value.
std::string body_of(const json::object& object) {
    if (const auto* value = object.if_contains("json")) return json_text(*value);
    const auto* lines = object.if_contains("lines");
    if (lines == nullptr || !lines->is_array()) return text_of(object, "body");
    std::string text;
    for (const auto& line : lines->get_array())
        if (line.is_string()) text.append(line.get_string()).append("\n");
    return text;
}

template <class Visit>
Status each_object(const json::object& document, std::string_view key, Visit visit) {
    const auto* list = document.if_contains(key);
    if (list == nullptr) return {};
    if (!list->is_array()) return fail(ErrorKind::invalid, "'{}' must be a list", key);
    for (const auto& item : list->get_array()) {
        if (!item.is_object()) return fail(ErrorKind::invalid, "'{}' must be a list of objects", key);
        TRY_VOID(visit(item.get_object()));
    }
    return {};
}

}  // namespace

struct FixtureReading {
    static Status add_exchange(const json::object& object, SourceFixture& fixture) {
        const auto* request = object.if_contains("request");
        if (request == nullptr || !request->is_object()) return fail(ErrorKind::invalid, "an exchange has no 'request'");
        SourceFixture::Exchange exchange{.method = text_of(request->get_object(), "method"),
                                         .url = text_of(request->get_object(), "url"),
                                         .error = text_of(object, "error")};
        if (const auto* response = object.if_contains("response"); response != nullptr && response->is_object()) {
            const auto& answer = response->get_object();
            const auto* status = answer.if_contains("status");
            exchange.response.status = status != nullptr && status->is_int64() ? static_cast<int>(status->get_int64()) : 200;
            exchange.response.body = body_of(answer);
            const auto* headers = answer.if_contains("headers");
            if (headers != nullptr && headers->is_object())
                for (const auto& [name, value] : headers->get_object())
                    if (value.is_string()) exchange.response.headers.push_back({name, std::string(value.get_string())});
        } else if (exchange.error.empty()) {
            return fail(ErrorKind::invalid, "the exchange with '{}' has neither 'response' nor 'error'", exchange.url);
        }
        fixture.exchanges_.push_back(std::move(exchange));
        return {};
    }

    static Status add_file(const json::object& object, SourceFixture& fixture) {
        SourceFixture::RecordedFile file{text_of(object, "name"), body_of(object)};
        if (file.name.empty() || file.name.find('/') != std::string::npos || file.name.starts_with("."))
            return fail(ErrorKind::invalid, "'{}' is no name of a file", file.name);
        fixture.files_.push_back(std::move(file));
        return {};
    }

    /// Structured CloudEvents, of which the fixture needs only what a log keeps.
    static Status add_event(const json::object& object, SourceFixture& fixture) {
        Event event;
        event.source = text_of(object, "source");
        event.id = text_of(object, "id");
        event.type = text_of(object, "type");
        event.subject = text_of(object, "subject");
        TRY(time, parse_time(text_of(object, "time")));
        event.time = time;
        if (const auto* data = object.if_contains("data")) event.data = json_text(*data);
        fixture.events_.push_back(std::move(event));
        return {};
    }

    static Status read(const json::object& document, SourceFixture& fixture) {
        fixture.source_ = text_of(document, "source");
        TRY(recorded, parse_time(text_of(document, "recorded")));
        fixture.recorded_ = recorded;
        TRY_VOID(each_object(document, "exchanges", [&](const json::object& object) { return add_exchange(object, fixture); }));
        TRY_VOID(each_object(document, "files", [&](const json::object& object) { return add_file(object, fixture); }));
        TRY_VOID(each_object(document, "events", [&](const json::object& object) { return add_event(object, fixture); }));
        fixture.uses_.resize(fixture.exchanges_.size());
        if (fixture.exchanges_.empty() && fixture.files_.empty() && fixture.events_.empty())
            return fail(ErrorKind::invalid, "it has neither 'exchanges' nor 'files' nor 'events'");
        return {};
    }
};

Result<std::shared_ptr<SourceFixture>> SourceFixture::load(const std::filesystem::path& file) {
    std::error_code missing;
    if (!std::filesystem::exists(file, missing)) return fail(ErrorKind::not_found, "there is no recording '{}'", file.string());
    std::ifstream stream(file, std::ios::binary);
    std::stringstream text;
    text << stream.rdbuf();
    if (!stream) return fail(ErrorKind::unavailable, "the recording '{}' cannot be read", file.string());
    auto refused = [&](const Error& error) { return fail(error.kind, "the recording '{}': {}", file.string(), error.message); };
    auto document = parse_json(text.str(), {.bytes_max = fixture_bytes_max});
    if (!document) return refused(document.error());
    auto fixture = std::make_shared<SourceFixture>();
    if (!document->is_object()) return refused({ErrorKind::invalid, "it is no JSON object", {}});
    if (auto read = FixtureReading::read(document->get_object(), *fixture); !read) return refused(read.error());
    return fixture;
}

SourceTransport SourceFixture::transport() {
    return [this](const SourceRequest& request) -> Result<HttpResponse> {
        std::lock_guard lock(mutex_);
        std::optional<std::size_t> last;
        for (std::size_t i = 0; i < exchanges_.size(); ++i) {
            const auto& exchange = exchanges_[i];
            bool is_prefix = exchange.url.ends_with('*');
            bool fits = is_prefix ? request.shown.starts_with(std::string_view(exchange.url).substr(0, exchange.url.size() - 1))
                                  : request.shown == exchange.url;
            if (!fits || exchange.method != request.method) continue;
            // The address that says most; of equal ones the first that was not used yet, or else the last.
            auto said = last ? exchanges_[*last].url.size() : 0;
            bool is_next = last && exchange.url.size() == said && uses_[*last] > 0;
            if (!last || exchange.url.size() > said || is_next) last = i;
        }
        if (!last) return fail(ErrorKind::invalid, "the recording has no answer to {} {}", request.method, request.shown);
        ++uses_[*last];
        const auto& exchange = exchanges_[*last];
        if (!exchange.error.empty()) return fail(ErrorKind::unavailable, "{}", exchange.error);
        return exchange.response;
    };
}

Status SourceFixture::write_files(const std::filesystem::path& folder) const {
    using namespace std::chrono;
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    for (const auto& file : files_) {
        std::ofstream stream(folder / file.name, std::ios::binary);
        stream << file.text;
        stream.close();
        if (!stream) return fail(ErrorKind::unavailable, "'{}' cannot be written", (folder / file.name).string());
        auto changed = sys_time<microseconds>(microseconds(recorded_.value())) - minutes(1);
        std::filesystem::last_write_time(folder / file.name, file_clock::from_sys(changed), error);
    }
    return {};
}

struct SourceRecorder::State {
    SourceTransport transport;
    std::size_t requests_max;
    mutable std::mutex mutex;
    json::array exchanges = {};
};

SourceRecorder::SourceRecorder(SourceTransport transport, std::size_t requests_max)
    : state_(std::make_shared<State>(std::move(transport), requests_max)) {}

std::size_t SourceRecorder::size() const {
    std::lock_guard lock(state_->mutex);
    return state_->exchanges.size();
}

SourceTransport SourceRecorder::transport() {
    return [state = state_](const SourceRequest& request) -> Result<HttpResponse> {
        {
            std::lock_guard lock(state->mutex);
            if (state->exchanges.size() >= state->requests_max)
                return fail(ErrorKind::unavailable, "the recording has its {} requests; allow more with --requests", state->requests_max);
        }
        auto response = state->transport(request);
        json::object exchange{{"request", {{"method", request.method}, {"url", request.shown}}}};
        if (response) {
            json::object headers;
            for (const auto& [name, value] : response->headers)
                if (std::ranges::find(kept_headers, name) != kept_headers.end())
                    headers[name] = without_variables(value, request.variables);
            exchange["response"] = {{"status", response->status},
                                    {"headers", std::move(headers)},
                                    {"body", without_variables(response->body, request.variables)}};
        } else {
            exchange["error"] = without_variables(response.error().message, request.variables);
        }
        std::lock_guard lock(state->mutex);
        state->exchanges.push_back(std::move(exchange));
        return response;
    };
}

std::string SourceRecorder::text(const std::string& source, EventTime recorded) const {
    std::lock_guard lock(state_->mutex);
    return json_text(json::object{{"source", source},
                                  {"note", "recorded from the provider; headers that are not needed were left out"},
                                  {"recorded", to_text(recorded)},
                                  {"exchanges", state_->exchanges}},
                     2) +
           "\n";
}

}  // namespace quoin
