#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "events/sources/source_declaration.h"
#include "events/sources/text_template.h"
#include "remote/http_client.h"

namespace quoin {

/// A request as it is sent, and as it may be shown.
struct SourceRequest {
    std::string method, url, body;
    std::vector<HttpHeader> headers;
    std::string shown;                                           ///< the address with ${NAME} where a variable of the environment stands
    std::vector<std::pair<std::string, std::string>> variables;  ///< what must not be shown
    Duration timeout = Duration::seconds(30);
    std::size_t bytes_max = 16u << 20;
    const std::atomic<bool>* cancelled = nullptr;
};

/// Sends a request and answers what came back; a recording answers from a file. Thread-safe.
using SourceTransport = std::function<Result<HttpResponse>(const SourceRequest& request)>;
SourceTransport http_transport(std::shared_ptr<const HttpClient> client);

/// The requests of a source that is asked over HTTP. Immutable; thread-safe.
class HttpRequests {
public:
    /// Error: invalid, with file and line.
    static Result<HttpRequests> make(const SourceDeclaration& source, std::span<const TemplateName> names);

    struct Asked {
        std::span<const FieldValue> values;        ///< of the names
        std::string page;                          ///< offset, number, cursor or address of a page; empty: the first
        const Environment* environment = nullptr;  ///< none: variables stay as they are written
    };
    /// Query parameters and headers that come out empty are left out. Error: unsupported (a variable is not set), invalid.
    Result<SourceRequest> render(const Asked& asked) const;

    /// The page after one with so many records; empty: there is none. `link`: where the answer says it goes on, for cursor and link.
    std::string page_after(const std::string& page, std::size_t records, const std::string& link) const;

private:
    struct Line {
        std::string name;
        TextTemplate text;
    };
    Result<std::string> query_of(const Asked& asked, const Environment* environment) const;
    Result<std::string> address(const Asked& asked, const Environment* environment) const;

    HttpTerms terms_;
    std::size_t bytes_max_ = 0;
    TextTemplate url_, body_;
    std::vector<Line> query_, headers_;
};

/// The address that `link` means, which an answer from `base` gave. Error: invalid, if it leads to another server: what was sent here is
/// not meant for others.
Result<std::string> next_address(const std::string& base, const std::string& link);

/// The address of rel="next" in a Link header (RFC 8288); empty if there is none.
std::string link_to_next(std::string_view header);

}  // namespace quoin
