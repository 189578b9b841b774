#include "serving/http/request_reader.h"

#include <gtest/gtest.h>

namespace quoin {
namespace {

using State = RequestReader::State;
using namespace std::string_literals;

/// Feeds the bytes in pieces the way a connection does: what the reader does not take is shown again with more behind it.
State feed(RequestReader& reader, std::string_view bytes, std::size_t piece) {
    std::string unread;
    for (std::size_t i = 0; i < bytes.size() && (reader.state() == State::header || reader.state() == State::body); i += piece) {
        unread += bytes.substr(i, piece);
        unread.erase(0, reader.read(unread));
    }
    return reader.state();
}

struct Refused {
    const char* name;
    std::string bytes;
    int status;
};

// RFC 9112 and the request-smuggling classes (CL.TE, TE.CL, TE.TE, obs-fold, bare LF) are the oracle of this table.
std::vector<Refused> refused_requests() {
    const std::string host = "Host: a\r\n";
    return {
        {"bare line feeds", "GET / HTTP/1.1\nHost: a\n\n", 400},
        {"one bare line feed", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
        {"line feed first", "\nGET / HTTP/1.1\r\n" + host + "\r\n", 400},
        {"bare carriage return in a value", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400},
        {"folded header", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400},
        {"blank before colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
        {"no colon", "GET / HTTP/1.1\r\nHost\r\n\r\n", 400},
        {"empty name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400},
        {"NUL in value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"s, 400},
        {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
        {"two Hosts", "GET / HTTP/1.1\r\n" + host + host + "\r\n", 400},
        {"no version", "GET /\r\n" + host + "\r\n", 400},
        {"lower-case version", "GET / http/1.1\r\n" + host + "\r\n", 400},
        {"two blanks", "GET  / HTTP/1.1\r\n" + host + "\r\n", 400},
        {"blank in target", "GET /a b HTTP/1.1\r\n" + host + "\r\n", 400},
        {"control in target", "GET /a\x01 HTTP/1.1\r\n" + host + "\r\n", 400},
        {"odd method", "G(T / HTTP/1.1\r\n" + host + "\r\n", 400},
        {"relative target", "GET a HTTP/1.1\r\n" + host + "\r\n", 400},
        {"broken escape", "GET /%4 HTTP/1.1\r\n" + host + "\r\n", 400},
        {"encoded NUL", "GET /%00 HTTP/1.1\r\n" + host + "\r\n", 400},
        {"broken escape in query", "GET /?a=%zz HTTP/1.1\r\n" + host + "\r\n", 400},
        {"TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n"s, 400},
        {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"HTTP/1.2", "GET / HTTP/1.2\r\n" + host + "\r\n", 505},
        {"negative length", "POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n", 400},
        {"signed length", "POST / HTTP/1.1\r\n" + host + "Content-Length: +1\r\n\r\na", 400},
        {"hexadecimal length", "POST / HTTP/1.1\r\n" + host + "Content-Length: 0x1\r\n\r\na", 400},
        {"empty length", "POST / HTTP/1.1\r\n" + host + "Content-Length: \r\n\r\na", 400},
        {"list of lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 1, 1\r\n\r\na", 400},
        {"two lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
        {"the same length twice", "POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", 400},
        {"length above 64 bits", "POST / HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999999\r\n\r\n", 400},
        {"length above the limit", "POST / HTTP/1.1\r\n" + host + "Content-Length: 1001\r\n\r\n", 413},
        {"CL.TE", "POST / HTTP/1.1\r\n" + host + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"TE.CL", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400},
        {"TE.TE", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", 400},
        {"unknown coding", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
        {"gzip, chunked", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
        {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"chunk size with sign", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n", 400},
        {"chunk size with blank", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n1 \r\na\r\n0\r\n\r\n", 400},
        {"chunk size with prefix", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n", 400},
        {"no chunk size", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n\r\n", 400},
        {"chunk longer than said", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", 400},
        {"chunk with bare line feed", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n", 400},
        {"chunks above the limit",
         "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n3e8\r\n" + std::string(1000, 'a') + "\r\n1\r\n", 413},
        {"chunk above 32 bits", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 413},
        {"folded trailer", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n X: a\r\n\r\n", 400},
        {"unknown expectation", "POST / HTTP/1.1\r\n" + host + "Expect: the best\r\nContent-Length: 1\r\n\r\n", 417},
        {"long target", "GET /" + std::string(300, 'a') + " HTTP/1.1\r\n" + host + "\r\n", 414},
        {"endless target", "GET /" + std::string(1000, 'a'), 414},
        {"endless header", "GET / HTTP/1.1\r\n" + host + "X: " + std::string(1100, 'a'), 431},
        {"many fields", "GET / HTTP/1.1\r\n" + host + "a:b\r\na:b\r\na:b\r\na:b\r\na:b\r\na:b\r\na:b\r\na:b\r\n\r\n", 431},
    };
}

ServerOptions small_limits() {
    ServerOptions options;
    options.header_bytes_max = 1024;
    options.header_fields_max = 8;
    options.target_bytes_max = 256;
    options.body_bytes_max = 1000;
    return options;
}

TEST(RequestReader, RefusesWhatIsMalformedOrAmbiguousHoweverItArrives) {
    auto limits = small_limits();
    for (const auto& request : refused_requests()) {
        for (std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, request.bytes.size()}) {
            RequestReader reader(limits);
            EXPECT_EQ(feed(reader, request.bytes, piece), State::refused) << request.name << " in pieces of " << piece;
            EXPECT_EQ(reader.refusal().status, request.status) << request.name << ": " << reader.refusal().detail;
            EXPECT_FALSE(reader.refusal().detail.empty()) << request.name;
            EXPECT_FALSE(reader.keep_alive()) << request.name;
        }
    }
}

TEST(RequestReader, ReadsTheSameRequestsHoweverTheBytesAreCut) {
    const std::string stream = "\r\nPOST /v1/a%20b?x=1&y=a+b%26&&z HTTP/1.1\r\nhOsT: a\r\nContent-Length: 5\r\n\r\nhello"
                               "POST http://a/chunks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
                               "3;name=\"v\"\r\nabc\r\n0A\r\n0123456789\r\n0\r\nTrailer: ignored\r\n\r\n"
                               "GET http://a?q HTTP/1.0\r\n\r\n"
                               "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    auto limits = small_limits();
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
        RequestReader reader(limits);
        std::string unread, seen;
        for (std::size_t i = 0; i < stream.size(); i += piece) {
            unread += std::string_view(stream).substr(i, piece);
            for (;;) {
                unread.erase(0, reader.read(unread));
                ASSERT_NE(reader.state(), State::refused) << reader.refusal().detail << " in pieces of " << piece;
                if (reader.state() != State::complete) break;
                const auto& request = reader.request();
                seen += fmt::format("{} {} [{}] {}", request.method, request.path, request.body, reader.keep_alive());
                for (const auto& [name, value] : request.query_parameters) seen += fmt::format(" {}={}", name, value);
                seen += fmt::format(" {}\n", request.header("HOST"));
                reader.next();
            }
        }
        EXPECT_EQ(seen, "POST /v1/a b [hello] true x=1 y=a b& z= a\n"
                        "POST /chunks [abc0123456789] true a\n"
                        "GET / [] false q= \n"
                        "GET /last [] false a\n")
            << "in pieces of " << piece;
    }
}

TEST(RequestReader, ReadsTheLastChunkInAnyTwoPieces) {
    // Beast 1.81's own reader asserts on "0\r\n" + "\r".
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", tail = "0\r\n\r\n";
    auto limits = small_limits();
    for (std::size_t cut = 0; cut <= tail.size(); ++cut) {
        RequestReader reader(limits);
        EXPECT_EQ(feed(reader, head, head.size()), State::body);
        EXPECT_EQ(feed(reader, tail.substr(0, cut), 5), cut == tail.size() ? State::complete : State::body);
        EXPECT_EQ(feed(reader, tail.substr(cut), 5), State::complete);
    }
}

}  // namespace
}  // namespace quoin
