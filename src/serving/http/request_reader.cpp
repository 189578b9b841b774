#include "serving/http/request_reader.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <charconv>
#include <cstring>
#include <optional>

#include "serving/http/target.h"

namespace quoin {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

/// A buffer that grew beyond this for one request is given back before the next.
constexpr std::size_t kept_bytes_max = 64 * 1024;
/// Room for the method and the version around the longest target in the first line.
constexpr std::size_t start_line_extra_bytes = 32;

bool equal_ignoring_case(std::string_view a, std::string_view b) { return beast::iequals({a.data(), a.size()}, {b.data(), b.size()}); }

/// Beast reads the header into views of the bytes given to it; the body is not its business.
class HeaderParser final : public http::basic_parser<true> {
public:
    HeaderParser(Request& request, const ServerOptions& limits) : request_(request), fields_max_(limits.header_fields_max) {
        header_limit(static_cast<std::uint32_t>(limits.header_bytes_max + 1));
        body_limit(boost::none);
    }
    int version = 11;

private:
    using Text = beast::string_view;
    static std::string_view text(Text view) { return {view.data(), view.size()}; }

    void on_request_impl(http::verb, Text method, Text target, int minor, beast::error_code&) override {
        request_.method = text(method);
        request_.target = text(target);
        version = minor;
    }
    void on_field_impl(http::field, Text name, Text value, beast::error_code& error) override {
        if (request_.headers.size() >= fields_max_) {
            error = http::error::header_limit;
        } else {
            request_.headers.emplace_back(text(name), text(value));
        }
    }
    void on_response_impl(int, Text, int, beast::error_code&) override {}
    void on_header_impl(beast::error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
    std::size_t on_body_impl(Text bytes, beast::error_code&) override { return bytes.size(); }
    void on_chunk_header_impl(std::uint64_t, Text, beast::error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text bytes, beast::error_code&) override { return bytes.size(); }
    void on_finish_impl(beast::error_code&) override {}

    Request& request_;
    std::size_t fields_max_;
};

/// "HTTP/2.0" at the end of the first line: a version that we understand to be one, and do not speak.
bool names_other_version(std::string_view head) {
    auto line = head.substr(0, head.find('\r'));
    auto word = line.substr(line.rfind(' ') + 1);
    return word.size() == 8 && word.starts_with("HTTP/") && word[6] == '.' && word != "HTTP/1.1" && word != "HTTP/1.0";
}

std::string bad_header_sentence(const beast::error_code& error) {
    if (error == http::error::bad_method) return "the method in the first line is malformed";
    if (error == http::error::bad_target) return "the request target has a character that must be percent-encoded";
    if (error == http::error::bad_version) return "the first line does not end in HTTP/1.1 or HTTP/1.0";
    if (error == http::error::bad_field) return "a header field's name is malformed";
    if (error == http::error::bad_value) return "a header field's value is malformed";
    if (error == http::error::bad_content_length) return "Content-Length is no number, or is given twice";
    if (error == http::error::multiple_content_length) return "Content-Length is given twice";
    if (error == http::error::bad_transfer_encoding) return "Transfer-Encoding together with Content-Length, or twice, is ambiguous";
    return "the header is malformed";
}

}  // namespace

RequestReader::RequestReader(const ServerOptions& limits) : limits_(limits) {}
RequestReader::~RequestReader() = default;

void RequestReader::next() {
    state_ = State::header;
    request_.headers.clear();
    request_.path_parameters.clear();
    request_.query_parameters.clear();
    request_.body = {};
    scanned_ = line_start_ = body_bytes_ = 0;
    keep_alive_ = true;
    expects_continue_ = chunked_ = false;
    if (body_.capacity() > kept_bytes_max) std::string().swap(body_);
    body_.clear();
}

std::size_t RequestReader::read(std::string_view unread) {
    std::size_t taken = 0;
    if (state_ == State::header) taken = read_header(unread);
    if (state_ == State::body) taken += read_body(unread.substr(taken));
    return taken;
}

std::size_t RequestReader::refuse(int status, std::string_view detail) {
    state_ = State::refused;
    keep_alive_ = false;
    refusal_ = {status, std::string(detail)};
    return 0;
}

std::size_t RequestReader::read_header(std::string_view unread) {
    // RFC 9112 section 2.2: empty lines before a request are skipped, since old clients send one after a body.
    std::size_t blank = 0;
    while (scanned_ == 0 && unread.substr(blank).starts_with("\r\n")) blank += 2;
    unread.remove_prefix(blank);
    if (scanned_ == 0 && unread == "\r") return blank;  // half of another empty line, perhaps
    while (scanned_ < unread.size()) {
        auto feed = unread.find('\n', scanned_);
        if (feed == std::string_view::npos) {
            scanned_ = unread.size();
            break;
        }
        if (feed == 0 || unread[feed - 1] != '\r') return refuse(400, "a header line ends with a line feed alone instead of CR LF");
        char first = unread[line_start_];
        if (line_start_ > 0 && (first == ' ' || first == '\t')) return refuse(400, "a header line is folded, which HTTP/1.1 forbids");
        bool end_of_header = line_start_ + 1 == feed;
        scanned_ = line_start_ = feed + 1;
        if (!end_of_header) continue;
        if (scanned_ > limits_.header_bytes_max) break;
        head_.assign(unread.substr(0, scanned_));
        if (parse_header()) state_ = body_bytes_ > 0 || chunked_ ? State::body : State::complete;
        return blank + scanned_;
    }
    auto first_line_bytes = line_start_ == 0 ? scanned_ : 0;
    if (first_line_bytes > limits_.target_bytes_max + start_line_extra_bytes) {
        return refuse(414, fmt::format("the request target has more than {} bytes", limits_.target_bytes_max));
    }
    if (scanned_ > limits_.header_bytes_max) {
        return refuse(431, fmt::format("the request header has more than {} bytes", limits_.header_bytes_max));
    }
    return blank;
}

bool RequestReader::parse_header() {
    HeaderParser parser(request_, limits_);
    beast::error_code error;
    parser.put(boost::asio::const_buffer(head_.data(), head_.size()), error);
    if (error == http::error::header_limit) {
        refuse(431, fmt::format("the request has more than {} header fields", limits_.header_fields_max));
    } else if (error == http::error::bad_version && names_other_version(head_)) {
        refuse(505, "this server speaks HTTP/1.1 and HTTP/1.0");
    } else if (error) {
        refuse(400, bad_header_sentence(error));
    } else if (request_.target.size() > limits_.target_bytes_max) {
        refuse(414, fmt::format("the request target has more than {} bytes", limits_.target_bytes_max));
    } else {
        version_ = parser.version;
        keep_alive_ = parser.keep_alive();
        return parse_body_framing() && parse_target();
    }
    return false;
}

bool RequestReader::parse_body_framing() {
    std::size_t hosts = 0, lengths = 0;
    for (const auto& [name, value] : request_.headers) {
        if (equal_ignoring_case(name, "host")) {
            ++hosts;
        } else if (equal_ignoring_case(name, "transfer-encoding")) {
            if (version_ == 10) return refuse(400, "Transfer-Encoding has no meaning in HTTP/1.0"), false;
            if (!equal_ignoring_case(value, "chunked")) return refuse(501, "the only Transfer-Encoding understood is chunked"), false;
            chunked_ = true;
        } else if (equal_ignoring_case(name, "content-length")) {
            // "5, 5" and the field given twice pass in Beast; one plain number leaves nobody in front of us another length to read.
            if (++lengths > 1) return refuse(400, "Content-Length is given twice"), false;
            auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), body_bytes_);
            if (error == std::errc::result_out_of_range) body_bytes_ = limits_.body_bytes_max + 1;
            else if (error != std::errc() || end != value.data() + value.size()) return refuse(400, "Content-Length is no number"), false;
        } else if (equal_ignoring_case(name, "expect")) {
            if (!equal_ignoring_case(value, "100-continue")) return refuse(417, "the only expectation understood is 100-continue"), false;
            expects_continue_ = version_ == 11;
        }
    }
    if (hosts > 1 || (hosts == 0 && version_ == 11)) return refuse(400, "a request has exactly one Host field"), false;
    if (body_bytes_ > limits_.body_bytes_max) {
        return refuse(413, fmt::format("the body has more than {} bytes", limits_.body_bytes_max)), false;
    }
    if (chunked_) chunks_.restart(limits_.body_bytes_max);
    return true;
}

bool RequestReader::parse_target() {
    auto target = split_target(request_.target);
    if (!target) return refuse(400, target.error().message), false;
    request_.path = target->path;
    if (target->path.find('%') != std::string_view::npos) {
        auto path = percent_decoded(target->path);
        if (!path) return refuse(400, path.error().message), false;
        decoded_path_ = std::move(*path);
        request_.path = decoded_path_;
    }
    if (target->query.empty()) return true;
    auto parameters = query_parameters_of(target->query);
    if (!parameters) return refuse(400, parameters.error().message), false;
    request_.query_parameters = std::move(*parameters);
    return true;
}

std::size_t RequestReader::read_body(std::string_view unread) {
    if (!chunked_) {
        auto taken = std::min(unread.size(), body_bytes_ - body_.size());
        body_.append(unread.substr(0, taken));
        if (body_.size() == body_bytes_) state_ = State::complete;
        request_.body = body_;
        return taken;
    }
    auto taken = chunks_.read(unread);
    if (chunks_.state() == ChunkedBody::State::malformed) refuse(400, "the chunked body is malformed");
    if (chunks_.state() == ChunkedBody::State::too_large) {
        refuse(413, fmt::format("the body has more than {} bytes", limits_.body_bytes_max));
    }
    if (chunks_.state() == ChunkedBody::State::complete) state_ = State::complete;
    request_.body = chunks_.body();
    return taken;
}

}  // namespace quoin
